"""A role's requirements proposed from an occupation: weights, levels as a share of the scale, and what is left out."""

from __future__ import annotations

from lms_bridge.coverage.proposals import ProposedRow, propose, requirements_csv
from lms_bridge.skills.frameworks import Occupation, OccupationTechnology, OccupationValue


def value(
    skill: str, scale: str, amount: float, *, suppress: bool = False, not_relevant: bool = False
) -> OccupationValue:
    return OccupationValue(
        "15-1252.00", f"urn:s:{skill}", scale, amount, suppress=suppress, not_relevant=not_relevant
    )


def test_weight_decides_importance_and_the_level_is_the_same_share_of_the_scale() -> None:
    found = propose(
        [
            value("a", "IM", 4.5),
            value("a", "LV", 3.6),
            value("b", "IM", 3.0),
            value("b", "LV", 7.0),
            value("c", "IM", 2.99),
            value("d", "IM", 4.0),
        ],
        (),
        lambda _: 4,
    )
    assert found.rows == (
        ProposedRow("urn:s:a", 3, "required", 4.5),
        ProposedRow("urn:s:d", 2, "required", 4.0),
        ProposedRow("urn:s:b", 4, "desirable", 3.0),
    )
    assert (found.too_light, found.doubtful) == (1, 0)


def test_what_the_publisher_doubts_is_left_out_and_counted() -> None:
    found = propose(
        [value("a", "IM", 5, suppress=True), value("b", "IM", 5), value("b", "LV", 5, not_relevant=True)],
        (),
        lambda _: 4,
    )
    assert [row.skill_iri for row in found.rows] == ["urn:s:b"]
    assert found.doubtful == 1


def test_listed_skills_are_required_at_the_middle_and_technologies_in_demand_desirable() -> None:
    technologies = [
        OccupationTechnology("x", "urn:t:hot", "Excel", hot=True),
        OccupationTechnology("x", "urn:t:cold", "Abacus"),
    ]
    found = propose([value("k", "listed", 1)], technologies, lambda _: 5)
    assert found.rows == (
        ProposedRow("urn:s:k", 3, "required", 1.0),
        ProposedRow("urn:t:hot", 1, "desirable", 0.0),
    )


def test_what_is_essential_is_required_and_what_is_optional_desirable() -> None:
    found = propose(
        [value("e", "essential", 1), value("e", "optional", 1), value("o", "optional", 1)], (), lambda _: 4
    )
    assert found.rows == (
        ProposedRow("urn:s:e", 2, "required", 1.0),
        ProposedRow("urn:s:o", 2, "desirable", 0.0),
    )


def test_the_file_names_where_it_came_from() -> None:
    proposal = propose([value("a", "IM", 5)], (), lambda _: 4)
    lines = requirements_csv(
        proposal, Occupation("15-1252.00", "Developers, Software"), "O*NET", "29.2", "dev"
    ).splitlines()
    assert lines[1] == b'role,dev,"Developers, Software (O*NET 29.2 15-1252.00)",urn:s:a,2,,,,required'
