"""Importing a pack against what is in force: replaced as a whole, a changed rule only with a choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lms_bridge.errors import InvalidInputError
from lms_bridge.skills.rulebook import PatternRow, RulePlan, RuleRow, plan_pack
from lms_bridge.skills.rules import read_pack

MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
PATTERN = '[[pattern]]\nid = "{}"\n[pattern.when]\nverb = "{}"\n'
RULE = '[[rule]]\nid = "{}"\n[rule.when]\nactivity = "a"\n[[rule.gives]]\nskill = "urn:s:1"\nlevel = {}\nstrength = "completed"\n'


class Book:
    """What is in force, with rows numbered as a database would."""

    def __init__(self) -> None:
        self.rules: list[RuleRow] = []
        self.patterns: list[PatternRow] = []
        self.next = 1

    def load(
        self, text: str, *, name: str = "co", new_from: date | None = None, is_correction: bool = False
    ) -> RulePlan:
        pack = read_pack(f"{name}.toml", text, {row.pattern_id: row.document for row in self.patterns})
        plan = plan_pack(pack, self.rules, self.patterns, new_from=new_from, is_correction=is_correction)
        self.rules = [row for row in self.rules if row.row_id not in plan.retired_rules]
        self.patterns = [row for row in self.patterns if row.row_id not in plan.retired_patterns]
        for row in plan.added_rules:
            self.rules.append(replace(row, row_id=self._number()))
        for pattern in plan.added_patterns:
            self.patterns.append(replace(pattern, row_id=self._number()))
        return plan

    def _number(self) -> int:
        self.next += 1
        return self.next

    def times(self, rule_id: str = "r") -> list[tuple[date | None, date | None, int]]:
        """Return (from, to, level) of the versions in force."""
        rows = [row for row in self.rules if row.rule_id == rule_id]
        rows.sort(key=lambda row: row.applies_from or date.min)
        return [(row.applies_from, row.applies_to, row.document["rule"]["gives"][0]["level"]) for row in rows]


@pytest.fixture
def book() -> Book:
    made = Book()
    made.load(RULE.format("r", 1))
    return made


def test_a_new_rule_applies_always(book: Book) -> None:
    assert book.times() == [(None, None, 1)]


def test_the_same_pack_again_changes_nothing(book: Book) -> None:
    plan = book.load("# as before\n" + RULE.format("r", 1))
    assert (plan.retired_rules, plan.added_rules, plan.words) == ((), (), ())
    assert plan.rule_ids == frozenset()


def test_a_changed_rule_without_a_choice_is_refused_with_the_difference(book: Book) -> None:
    with pytest.raises(InvalidInputError, match=r"1 rules changed \(r: rule.gives: .*'level': 1.*'level': 2"):
        book.load(RULE.format("r", 2))
    assert book.times() == [(None, None, 1)]


def test_from_a_day_the_old_version_keeps_its_past(book: Book) -> None:
    plan = book.load(RULE.format("r", 2), new_from=MARCH)
    assert book.times() == [(None, MARCH, 1), (MARCH, None, 2)]
    assert plan.rule_ids == {"r"}
    assert book.load(RULE.format("r", 2), new_from=MARCH).words == ()


def test_a_third_version_leaves_both_pasts(book: Book) -> None:
    book.load(RULE.format("r", 2), new_from=MARCH)
    book.load(RULE.format("r", 3), new_from=JUNE)
    assert book.times() == [(None, MARCH, 1), (MARCH, JUNE, 2), (JUNE, None, 3)]


def test_a_version_from_an_earlier_day_replaces_the_later_ones(book: Book) -> None:
    book.load(RULE.format("r", 2), new_from=JUNE)
    book.load(RULE.format("r", 3), new_from=MARCH)
    assert book.times() == [(None, MARCH, 1), (MARCH, None, 3)]


def test_a_correction_holds_for_all_time(book: Book) -> None:
    book.load(RULE.format("r", 2), new_from=MARCH)
    book.load(RULE.format("r", 3), is_correction=True)
    assert book.times() == [(None, None, 3)]


def test_importing_replaces_exactly_the_pack(book: Book) -> None:
    book.load(RULE.format("other", 1), name="vendor")
    plan = book.load(RULE.format("s", 1))
    assert sorted(row.rule_id for row in book.rules) == ["other", "s"]
    assert plan.words == ("new rule s", "removed rule r")


def test_a_removed_rule_takes_all_its_versions_along(book: Book) -> None:
    book.load(RULE.format("r", 2), new_from=MARCH)
    book.load(RULE.format("s", 1))
    assert book.times() == []


def test_a_rule_id_in_two_packs_is_refused(book: Book) -> None:
    with pytest.raises(InvalidInputError, match="rule 'r' of pack 'vendor' is already in pack 'co'"):
        book.load(RULE.format("r", 1), name="vendor")


def test_a_pattern_id_in_two_packs_is_refused(book: Book) -> None:
    book.load(PATTERN.format("p", "v"), name="vendor")
    with pytest.raises(InvalidInputError, match="pattern 'p' of pack 'co' is already in pack 'vendor'"):
        book.load(PATTERN.format("p", "v") + RULE.format("r", 1))


def test_patterns_are_replaced_with_their_pack() -> None:
    book = Book()
    book.load(PATTERN.format("p", "v") + PATTERN.format("q", "v"))
    plan = book.load(PATTERN.format("p", "w") + PATTERN.format("n", "v"))
    assert plan.words == ("changed pattern p", "new pattern n", "removed pattern q")
    assert {row.pattern_id: row.document["when"]["verb"] for row in book.patterns} == {"p": "w", "n": "v"}


def test_a_changed_pattern_is_a_changed_rule_of_those_that_use_it() -> None:
    book = Book()
    using = RULE.format("r", 1).replace('id = "r"', 'id = "r"\nuses = "p"')
    book.load(PATTERN.format("p", "v") + using)
    with pytest.raises(InvalidInputError, match=r"pattern\.when"):
        book.load(PATTERN.format("p", "w") + using)


def test_a_changed_pattern_leaves_the_rules_of_other_packs_until_they_are_imported() -> None:
    book = Book()
    using = RULE.format("r", 1).replace('id = "r"', 'id = "r"\nuses = "p"')
    book.load(PATTERN.format("p", "v"), name="vendor")
    book.load(using)
    before = book.rules[0].version
    book.load(PATTERN.format("p", "w"), name="vendor")
    assert book.rules[0].version == before
    with pytest.raises(InvalidInputError, match="1 rules changed"):
        book.load(using)
