"""The level held on a day, and the steps that answer the same by one index read."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.evidence.attainment import Step, attained, standing_on, steps
from lms_bridge.evidence.facts import Fact
from lms_bridge.skills.strengths import Strength
from tests.evidence.builders import OTHER_SKILL, SKILL, on


def fact(
    level: int = 2,
    day: int = 1,
    end: int | None = None,
    strength: Strength = Strength.COMPLETED,
    skill: str = SKILL,
    *,
    by_person: bool = False,
    cited: str = "s1",
) -> Fact:
    ended_on = on(end) if end is not None else None
    return Fact(
        skill, level, strength, on(day), ended_on, None, None, "statement", cited, "quiz", "r1", "v1", by_person,
        "source key",
    )  # fmt: skip


def test_nothing_is_level_zero() -> None:
    assert attained([], on(1), Strength.COMPLETED) == 0


def test_learning_is_best_of() -> None:
    assert attained([fact(3, 1), fact(1, 5)], on(9), Strength.COMPLETED) == 3


def test_a_weaker_fact_does_not_count() -> None:
    facts = [fact(3, strength=Strength.ATTENDED), fact(1, strength=Strength.ASSESSED)]
    assert attained(facts, on(9), Strength.COMPLETED) == 1
    assert attained(facts, on(9), Strength.ATTENDED) == 3
    assert attained(facts, on(9), Strength.CERTIFIED) == 0


def test_evidence_does_not_hold_on_its_expiry_day() -> None:
    facts = [fact(2, 1, 9)]
    assert [attained(facts, on(day), Strength.COMPLETED) for day in (0, 1, 8, 9)] == [0, 2, 2, 0]


def test_a_later_judgement_by_a_person_supersedes_earlier_ones_up_or_down() -> None:
    facts = [fact(3, 1, by_person=True), fact(1, 5, by_person=True)]
    assert [attained(facts, on(day), Strength.COMPLETED) for day in (4, 5)] == [3, 1]


def test_a_judgement_leaves_learning_facts_alone() -> None:
    facts = [fact(3, 1), fact(1, 5, by_person=True)]
    assert attained(facts, on(9), Strength.COMPLETED) == 3


def test_an_earlier_judgement_does_not_return_when_the_later_one_ran_out() -> None:
    facts = [fact(3, 1, by_person=True), fact(1, 5, 9, by_person=True)]
    assert attained(facts, on(20), Strength.COMPLETED) == 0
    assert standing_on(facts, on(20)) == ()


def test_steps_are_dated_changes_of_the_level() -> None:
    facts = [fact(2, 1, 10), fact(3, 5, 8)]
    assert steps(facts) == (
        Step(SKILL, Strength.COMPLETED, on(1), on(5), 2),
        Step(SKILL, Strength.COMPLETED, on(5), on(8), 3),
        Step(SKILL, Strength.COMPLETED, on(8), on(10), 2),
    )


def test_steps_without_end_have_none() -> None:
    assert steps([fact(2, 1)]) == (Step(SKILL, Strength.COMPLETED, on(1), None, 2),)


FACTS = st.lists(
    st.builds(
        lambda level, day, length, strength, skill, by_person: fact(
            level, day, day + length if length is not None else None, strength, skill, by_person=by_person
        ),
        st.integers(1, 4),
        st.integers(0, 20),
        st.one_of(st.none(), st.integers(0, 12)),
        st.sampled_from(Strength),
        st.sampled_from([SKILL, OTHER_SKILL]),
        st.booleans(),
    ),
    max_size=7,
)


def brute_force(facts: list[Fact], skill: str, day: date, least: Strength) -> int:
    """Ask every fact, one after the other."""
    judged = [item.achieved_on for item in facts if item.skill_iri == skill and item.by_person]
    past = [known for known in judged if known <= day]
    best = 0
    for item in facts:
        if item.skill_iri != skill or item.strength < least or item.achieved_on > day:
            continue
        if item.ended_on is not None and item.ended_on <= day:
            continue
        if item.by_person and item.achieved_on != max(past):
            continue
        best = max(best, item.level)
    return best


@given(FACTS)
def test_steps_equal_brute_force_over_days(facts: list[Fact]) -> None:
    found = steps(facts)
    for skill in (SKILL, OTHER_SKILL):
        for least in Strength:
            for offset in range(-1, 36):
                day = on(0) + timedelta(days=offset)
                read = max(
                    (
                        step.level
                        for step in found
                        if step.skill_iri == skill
                        and step.strength >= least
                        and step.from_on <= day
                        and (step.to_on is None or day < step.to_on)
                    ),
                    default=0,
                )
                assert read == brute_force(facts, skill, day, least)


@given(FACTS)
def test_steps_of_one_series_never_overlap_nor_repeat(facts: list[Fact]) -> None:
    series: dict[tuple[str, Strength], list[Step]] = {}
    for step in steps(facts):
        series.setdefault((step.skill_iri, step.strength), []).append(step)
    for own in series.values():
        for one, following in pairwise(own):
            assert one.to_on is not None
            assert one.to_on <= following.from_on
            assert one.to_on < following.from_on or one.level != following.level
