"""One person and one skill: what binds, whether it is met, how far it is and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from lms_bridge.coverage.inputs import Company, CrosswalkRow, UnrecognisedBadge
from lms_bridge.coverage.pairs import Cell
from lms_bridge.coverage.teams import Sheet, lapsed
from lms_bridge.evidence.facts import EvidenceRow
from lms_bridge.skills.strengths import Strength
from tests.factories import (
    DAY,
    KNOWN,
    ROLE,
    SKILL,
    company,
    evidence,
    exemption,
    fact,
    person,
    requirement,
)

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)


def cell(asked: Company, skill: str = SKILL) -> Cell:
    return Sheet(asked).cell("p-ada", skill)


def judged(*rows: EvidenceRow, level: int = 2, strength: Strength | None = None) -> Cell:
    """The cell of Ada, of whom `level` is asked."""
    return cell(company([person()], [requirement(level, strength=strength)], rows))


def test_nobody_asks_anything() -> None:
    assert cell(company([person()])).status == "not_required"
    held = cell(company([person()], rows=[evidence(fact(3))]))
    assert (held.status, held.required, held.attained, held.is_counted) == ("not_required", None, 3, False)


def test_a_row_of_a_team_above_binds() -> None:
    made = company(
        [person(teams=["BELOW"])], [requirement(scope_id="TOP")], parents={"BELOW": "TOP", "TOP": None}
    )
    assert cell(made).status == "unmet"


def test_a_row_of_a_team_below_or_beside_does_not_bind() -> None:
    made = company(
        [person(teams=["TOP"])],
        [requirement(scope_id="BELOW"), requirement(scope_id="BESIDE")],
        parents={"BELOW": "TOP", "BESIDE": "TOP", "TOP": None},
    )
    assert cell(made).status == "not_required"


def test_a_role_aimed_at_binds_nothing() -> None:
    asked = [requirement(scope="role", scope_id=ROLE)]
    assert cell(company([person(roles=[ROLE])], asked)).status == "unmet"
    assert cell(company([person(targets=[ROLE])], asked)).status == "not_required"


def test_a_head_count_binds_nobody() -> None:
    assert cell(company([person()], [requirement(headcount="1")])).status == "not_required"


def test_desirable_alone_is_shown_and_not_counted() -> None:
    shown = cell(company([person()], [requirement(importance="desirable")]))
    assert (shown.status, shown.required, shown.is_counted, shown.gap) == ("desirable", None, False, 0)


def test_a_desirable_row_changes_nothing_of_a_pair() -> None:
    shown = cell(
        company([person()], [requirement(1), requirement(4, importance="desirable")], [evidence(fact(1))])
    )
    assert (shown.status, shown.required) == ("met", 1)


def test_a_lower_level_counts_nothing_and_a_higher_one_is_enough() -> None:
    assert (judged(evidence(fact(1))).status, judged(evidence(fact(1))).reason) == ("unmet", "too_low")
    assert judged(evidence(fact(3))).status == "met"


def test_every_row_is_asked_at_its_own_strength() -> None:
    rows = [requirement(2), requirement(1, strength=Strength.ASSESSED, importance="mandatory")]
    completed = evidence(fact(2))
    assert cell(company([person()], rows, [completed])).status == "unmet"
    assessed = evidence(fact(1, strength=Strength.ASSESSED))
    both = cell(company([person()], rows, [completed, assessed]))
    assert (both.status, both.required, both.importance) == ("met", 2, "mandatory")


def test_the_gap_is_the_largest_of_the_unmet_rows() -> None:
    rows = [requirement(2), requirement(4, strength=Strength.CERTIFIED, importance="mandatory")]
    found = cell(
        company([person()], rows, [evidence(fact(1)), evidence(fact(1, strength=Strength.CERTIFIED))])
    )
    assert (found.required, found.attained, found.gap) == (4, 1, 3)


@pytest.mark.parametrize(
    ("ended", "status", "last"),
    [(DAY, "unmet", None), (TOMORROW, "met", DAY), (DAY + timedelta(days=2), "met", TOMORROW)],
)
def test_a_fact_does_not_hold_on_the_day_on_which_it_ends(
    ended: date, status: str, last: date | None
) -> None:
    found = judged(evidence(fact(2, ended=ended)))
    assert (found.status, found.last_valid_day) == (status, last)


def test_a_fact_holds_from_the_day_it_was_achieved() -> None:
    assert judged(evidence(fact(2, achieved=DAY))).status == "met"
    assert judged(evidence(fact(2, achieved=TOMORROW))).reason == "never"


def test_a_met_pair_lasts_as_long_as_it_is_met_not_as_its_highest_level() -> None:
    found = judged(evidence(fact(4, ended=TOMORROW)), evidence(fact(2)))
    assert (found.attained, found.last_valid_day) == (4, None)
    shorter = judged(evidence(fact(4, ended=TOMORROW)), evidence(fact(2, ended=DAY + timedelta(days=9))))
    assert shorter.last_valid_day == DAY + timedelta(days=8)


def test_a_pair_lasts_as_long_as_each_of_its_rows_is_met() -> None:
    rows = [requirement(2), requirement(1, strength=Strength.ASSESSED, importance="mandatory")]
    known = [evidence(fact(2)), evidence(fact(1, strength=Strength.ASSESSED, ended=DAY + timedelta(days=5)))]
    assert cell(company([person()], rows, known)).last_valid_day == DAY + timedelta(days=4)


def test_what_begins_later_does_not_lengthen_what_is_met_today() -> None:
    found = judged(evidence(fact(2, ended=TOMORROW)), evidence(fact(2, achieved=TOMORROW)))
    assert found.last_valid_day == DAY


# Due later


@pytest.mark.parametrize(("within", "status"), [("P1D", "unmet"), ("P2D", "open"), (None, "unmet")])
def test_a_pair_is_open_while_its_unmet_rows_are_due_after_the_day(within: str | None, status: str) -> None:
    made = company([person(since=YESTERDAY)], [requirement(due_within=within)])
    assert cell(made).status == status


def test_one_unmet_row_that_is_due_makes_the_pair_unmet() -> None:
    rows = [requirement(due_within="P90D"), requirement(importance="mandatory")]
    assert cell(company([person(since=DAY)], rows)).status == "unmet"


def test_a_row_that_is_met_does_not_close_an_open_pair() -> None:
    rows = [requirement(1), requirement(2, due_within="P90D", importance="mandatory")]
    assert cell(company([person(since=DAY)], rows, [evidence(fact(1))])).status == "open"


@pytest.mark.parametrize(
    ("since", "valid_from", "due"),
    [
        (date(2025, 1, 31), None, date(2025, 2, 28)),
        (None, date(2025, 1, 31), date(2025, 2, 28)),
        (date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1)),
        (date(2025, 3, 1), date(2025, 1, 1), date(2025, 4, 1)),
        (None, None, None),
    ],
)
def test_time_runs_from_the_day_the_row_binds(
    since: date | None, valid_from: date | None, due: date | None
) -> None:
    made = company([person(since=since)], [requirement(due_within="P1M", valid_from=valid_from)])
    assert cell(made).due_on == due


# Exemptions


def test_an_exempt_pair_is_shown_and_not_counted() -> None:
    found = cell(company([person()], [requirement()], exemptions=[exemption()]))
    assert (found.status, found.exempt_reason, found.required, found.gap) == ("exempt", "agreed", None, 0)


def test_an_exemption_from_a_role_leaves_what_a_team_asks() -> None:
    rows = [requirement(3, scope="role", scope_id=ROLE), requirement(1)]
    free = exemption(skill=None, role=ROLE)
    found = cell(company([person(roles=[ROLE])], rows, [evidence(fact(1))], exemptions=[free]))
    assert (found.status, found.required) == ("met", 1)
    assert cell(company([person(roles=[ROLE])], rows[:1], exemptions=[free])).status == "exempt"


def test_an_exemption_of_another_or_from_another_skill_changes_nothing() -> None:
    others = [exemption("p-bo"), exemption(skill="skill:b"), exemption(skill=None, role="other")]
    assert cell(company([person()], [requirement()], exemptions=others)).status == "unmet"


def test_a_desirable_row_of_somebody_exempt_is_no_exemption() -> None:
    rows = [requirement(importance="desirable")]
    assert cell(company([person()], rows, exemptions=[exemption()])).status == "not_required"


# Judgements by persons


def test_a_later_judgement_supersedes_earlier_ones_up_and_down() -> None:
    def seen(level: int, day: date) -> EvidenceRow:
        return evidence(fact(level, strength=Strength.VERIFIED, achieved=day, by_person=True))

    january, march = date(2025, 1, 1), date(2025, 3, 1)
    assert judged(seen(4, january), seen(1, march)).attained == 1
    assert judged(seen(1, january), seen(4, march)).attained == 4
    assert judged(seen(4, january), seen(1, march), evidence(fact(3))).attained == 3
    assert judged(seen(4, january), seen(1, TOMORROW)).attained == 4


# Reasons


def voided(level: int, at: date, successor: EvidenceRow | None = None) -> EvidenceRow:
    return evidence(
        fact(level),
        reversed_at=KNOWN.replace(month=at.month, day=at.day),
        reversal="void",
        successor=successor,
    )


def test_the_later_of_running_out_and_taking_back_names_the_reason() -> None:
    ran_out = evidence(fact(2, ended=date(2025, 4, 1)))
    withdrawn = evidence(fact(3, ended=date(2025, 5, 1), end_kind="withdrawn"))
    assert judged(ran_out).reason == "expired"
    assert judged(withdrawn).reason == "reversed"
    assert judged(ran_out, withdrawn).reason == "reversed"
    assert judged(withdrawn, evidence(fact(2, ended=date(2025, 6, 1)))).reason == "expired"
    assert judged(ran_out, voided(2, date(2025, 6, 1))).reason == "reversed"
    assert judged(ran_out, voided(2, date(2025, 2, 1))).reason == "expired"


def test_what_ran_out_below_the_level_or_strength_is_no_reason() -> None:
    assert judged(evidence(fact(1, ended=DAY))).reason == "never"
    assert judged(evidence(fact(2, ended=DAY)), strength=Strength.ASSESSED).reason == "never"


def test_a_corrected_identity_or_rule_leaves_no_trace() -> None:
    gone = replace(voided(2, date(2025, 6, 1)), reversal_kind="identity")
    assert (judged(gone).reason, judged(gone).traces) == ("never", ())


def test_a_void_is_the_reason_where_only_a_lower_level_took_its_place() -> None:
    lower = evidence(fact(1))
    found = judged(lower, voided(2, date(2025, 6, 1), successor=lower))
    assert (found.attained, found.reason) == (1, "reversed")


def test_a_void_leaves_no_trace_where_as_much_took_its_place() -> None:
    heir = evidence(fact(2, ended=date(2025, 5, 1)))
    found = judged(heir, voided(2, date(2025, 6, 1), successor=heir))
    assert (found.reason, found.traces) == ("expired", (heir.evidence_id,))


def test_a_fact_that_does_not_count_is_not_recognised() -> None:
    assert judged(evidence(fact(2, strength=Strength.ATTENDED))).reason == "not_recognised"
    assert judged(evidence(fact(2)), strength=Strength.ASSESSED).reason == "not_recognised"
    assert judged(evidence(fact(1, strength=Strength.ATTENDED))).reason == "too_low"


@pytest.mark.parametrize(
    ("awarded_on", "ended_on", "reason"),
    [
        (DAY, None, "not_recognised"),
        (DAY, TOMORROW, "not_recognised"),
        (TOMORROW, None, "never"),
        (date(2024, 1, 1), DAY, "never"),
    ],
)
def test_a_badge_of_an_issuer_that_nobody_trusts_is_not_recognised_while_it_holds(
    awarded_on: date, ended_on: date | None, reason: str
) -> None:
    badge = UnrecognisedBadge("a", SKILL, "First aid", "Academy", "undecided", awarded_on, ended_on)
    made = company([person()], [requirement(2)], badges={person().person_id: [badge]})
    assert cell(made).reason == reason
    met = company([person()], [requirement(2)], [evidence(fact(2))], badges={person().person_id: [badge]})
    assert (cell(met).status, cell(met).reason) == ("met", None)
    other = replace(badge, skill_iri="skill:b")
    assert cell(company([person()], [requirement(2)], badges={person().person_id: [other]})).reason == "never"


@pytest.mark.parametrize(
    ("relation", "levels", "status", "attained", "reason"),
    [
        ("exactMatch", (), "met", 2, None),
        ("exactMatch", ((2, 3),), "met", 3, None),
        ("exactMatch", ((2, 1),), "unmet", 1, "too_low"),
        ("exactMatch", ((3, 3),), "unmet", 0, "never"),
        ("closeMatch", (), "unmet", 0, "not_recognised"),
        ("broadMatch", (), "unmet", 0, "never"),
    ],
)
def test_only_an_exact_match_counts(
    relation: str, levels: tuple[tuple[int, int], ...], status: str, attained: int, reason: str | None
) -> None:
    made = company(
        [person()],
        [requirement(2)],
        [evidence(fact(2, skill="skill:b"))],
        crosswalks=[CrosswalkRow("skill:b", SKILL, relation, levels)],
    )
    found = cell(made)
    assert (found.status, found.attained, found.reason) == (status, attained, reason)


def test_a_mapping_carries_one_hop_and_never_back() -> None:
    walks = [
        CrosswalkRow("skill:c", "skill:b", "exactMatch", ()),
        CrosswalkRow("skill:b", SKILL, "exactMatch", ()),
    ]
    made = company([person()], [requirement(1)], [evidence(fact(2, skill="skill:c"))], crosswalks=walks)
    assert cell(made).reason == "never"
    back = company([person()], [requirement(1, skill="skill:b")], [evidence(fact(2))], crosswalks=walks[1:])
    assert cell(back, "skill:b").reason == "never"


def test_the_rows_that_ran_out_are_those_at_the_level_asked() -> None:
    right = evidence(fact(2, ended=date(2025, 4, 1)))
    lower = evidence(fact(1, ended=date(2025, 6, 1)))
    sheet = Sheet(company([person()], [requirement(2)], [right, lower]))
    assert lapsed(sheet, sheet.cell("p-ada", SKILL)) == (right,)


def test_proofs_are_best_first_and_traces_explain_a_gap() -> None:
    best, other = evidence(fact(3)), evidence(fact(2))
    assert judged(other, best).evidence == (best.evidence_id, other.evidence_id)
    assert judged(other, best).traces == ()
    past = evidence(fact(2, ended=YESTERDAY))
    assert judged(past).traces == (past.evidence_id,)
