"""Rules and patterns from TOML: what is understood, what is refused with its remedy, and versions by digest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lms_bridge.errors import FileRefusedError
from lms_bridge.skills.rules import Pack, Rule, WithdrawnBy, digest, pattern_from, read_pack, rule_from

CONFIG = Path(__file__).parents[2] / "config"
PATTERN = """
[[pattern]]
id = "quiz"
canonical = "parent"
[pattern.when]
source_kind = "moodle"
verb = ["http://adlnet.gov/expapi/verbs/completed"]
completion = "not_false"
[pattern.withdrawn_by]
verb = ["https://w3id.org/xapi/tla/verbs/forfeited"]
"""
WHEN = '[rule.when]\nactivity = "https://lms.example/course/42"\n'
GIVES = '[[rule.gives]]\nskill = "urn:s:1"\nlevel = 3\nstrength = "assessed"\n'


def pack(text: str, known: Mapping[str, Mapping[str, Any]] | None = None) -> Pack:
    return read_pack("rules/onboarding.toml", text, known or {})


def rule(body: str = WHEN + GIVES, head: str = "", patterns: str = "") -> Rule:
    found = pack(f'{patterns}\n[[rule]]\nid = "r"\n{head}\n{body}')
    return rule_from(found.rules["r"])


def faults(text: str, known: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    with pytest.raises(FileRefusedError) as refused:
        pack(text, known)
    return str(refused.value)


def fault(body: str, head: str = "", patterns: str = "") -> str:
    return faults(f'{patterns}\n[[rule]]\nid = "r"\n{head}\n{body}')


def test_the_example_of_the_design_reads() -> None:
    found = rule(
        """
[rule.when]
activity = "https://lms.example/course/42"
score_min = 0.7
[rule.needs]
at_least = 3
of = ["key-1", "key-2", "key-3", "key-4"]
within = "P1Y"
[[rule.gives]]
skill = "urn:s:1"
level_by_score = [[0.5, 2], [0.8, 3]]
strength = "assessed"
valid_for = "P2Y"
renew_window = "P90D"
renew_from = "previous_expiry"
[rule.withdrawn_by]
verb = ["https://w3id.org/xapi/tla/verbs/forfeited"]
effect = "never_held"
""",
        'uses = "quiz"\napplies_from = 2026-01-01\napplies_to = 2026-12-31',
        PATTERN,
    )
    assert found.uses is not None
    assert (found.uses.pattern_id, found.canonical) == ("quiz", "parent")
    assert found.when.text("activity") == ("https://lms.example/course/42",)
    assert found.when.score_min == Decimal("0.7")
    assert (found.applies_from, found.applies_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert found.needs is not None
    assert (found.needs.at_least, found.needs.within) == (3, "P1Y")
    (given,) = found.gives
    assert given.levels_by_score == ((Decimal("0.5"), 2), (Decimal("0.8"), 3))
    assert (given.valid_for, given.renew_window, given.renew_from) == ("P2Y", "P90D", "previous_expiry")
    assert found.taken_back_by == WithdrawnBy(("https://w3id.org/xapi/tla/verbs/forfeited",), "never_held")


def test_a_rule_without_withdrawn_by_takes_its_patterns_which_ends() -> None:
    found = rule(GIVES, 'uses = "quiz"', PATTERN)
    assert found.taken_back_by == WithdrawnBy(("https://w3id.org/xapi/tla/verbs/forfeited",), "ended")


def test_a_day_of_the_year_reads() -> None:
    assert rule(WHEN + GIVES + 'valid_until = "12-31"').gives[0].valid_until == (12, 31)
    assert rule(WHEN + GIVES + 'valid_until = "02-29"').gives[0].valid_until == (2, 29)


def test_a_rule_that_excludes_gives_nothing() -> None:
    found = rule(WHEN, 'counts = false\nwhy = "a sandbox"')
    assert (found.counts, found.gives, found.why) == (False, (), "a sandbox")


def test_a_rule_may_use_a_pattern_of_another_pack() -> None:
    known = pack(PATTERN).patterns
    found = pack(f'[[rule]]\nid = "r"\nuses = "quiz"\n{GIVES}', known)
    assert rule_from(found.rules["r"]).uses == pattern_from(known["quiz"])


def test_a_pattern_that_its_own_pack_no_longer_has_is_gone() -> None:
    known = pack(PATTERN).patterns
    text = f'pack = "own"\n[[rule]]\nid = "r"\nuses = "quiz"\n{GIVES}'
    assert read_pack("own.toml", text, known, {"quiz": "vendor"}).rules
    with pytest.raises(FileRefusedError, match="no such pattern"):
        read_pack("own.toml", text, known, {"quiz": "own"})


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("rules/onboarding.toml", "", "onboarding"),
        ("rules/onboarding.toml", 'pack = "company"', "company"),
        ("onboarding.toml", "", "onboarding"),
    ],
)
def test_a_pack_is_its_key_else_its_file(file: str, text: str, name: str) -> None:
    assert read_pack(file, text, {}).name == name


@pytest.mark.parametrize("file", sorted(CONFIG.glob("rules/*.toml")), ids=lambda file: file.stem)
def test_the_shipped_packs_read(file: Path) -> None:
    found = read_pack(file.name, file.read_text(encoding="utf-8"), {})
    assert found.name == file.stem
    assert found.patterns


# Versions


def version(text: str) -> str:
    return digest(pack(text).rules["r"])


PLAIN = f'{PATTERN}\n[[rule]]\nid = "r"\nuses = "quiz"\n{WHEN}{GIVES}'


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n" + PLAIN,
        'pack = "other"\n' + PLAIN,
        PLAIN + '\n[[rule]]\nid = "another"\n' + WHEN + GIVES,
        PLAIN.replace('skill = "urn:s:1"\nlevel = 3', 'level = 3 # three\nskill = "urn:s:1"'),
    ],
)
def test_a_version_is_of_the_parsed_rule_not_of_its_file(text: str) -> None:
    assert version(text) == version(PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("level = 3", "level = 2"),
        PLAIN.replace("course/42", "course/43"),
        PLAIN.replace('completion = "not_false"', "completion = true"),
    ],
)
def test_a_version_changes_with_the_rule_or_the_pattern_it_uses(text: str) -> None:
    assert version(text) != version(PLAIN)


def test_numbers_compare_by_value() -> None:
    one, two = (PLAIN.replace(GIVES, f"score_min = {text}\n{GIVES}") for text in ("0.7", "0.70"))
    assert version(one) == version(two)


# Faults


def test_a_fault_names_file_rule_and_remedy() -> None:
    assert (
        fault(WHEN + GIVES.replace("assessed", "tested"))
        == "rules/onboarding.toml, column 'rule r': strength 'tested' is none of self-asserted, attended, "
        "completed, assessed, verified, certified; use one of these"
    )


def test_all_faults_are_told_at_once() -> None:
    text = faults(f'color = 1\n[[rule]]\nid = "a"\n{GIVES}\n[[rule]]\nid = "b"\nuses = "no"\n{GIVES}')
    assert "'color'" in text
    assert "rule a" in text
    assert "rule b" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[rule", "not readable as TOML"),
        ("rules = 1", "no such key; a pack has pack, pattern and rule"),
        ("pack = 3", "is no name"),
        ('pack = ""', "is no name"),
        ("rule = 5", r"write \[\[rule\]\]"),
        ('[rule]\nid = "r"', r"write \[\[rule\]\]"),
        ("[[rule]]\nuses = 'x'", "give it an id"),
        ("[[rule]]\nid = ''", "give it an id"),
        (f'[[rule]]\nid = "r"\n{WHEN}{GIVES}[[rule]]\nid = "r"\n{WHEN}{GIVES}', "stands twice"),
        (f'[[rule]]\nid = "r"\nlevel = 2\n{WHEN}{GIVES}', "no such key; allowed: applies_from"),
        (
            '[[pattern]]\nid = "p"\ncanonical = "child"\n[pattern.when]\nverb = "v"',
            "canonical 'child' is none of",
        ),
        ('[[pattern]]\nid = "p"', "would match every statement"),
        ('[[pattern]]\nid = "p"\ngives = 1\n[pattern.when]\nverb = "v"', "no such key"),
    ],
)
def test_faults_of_a_file(text: str, words: str) -> None:
    with pytest.raises(FileRefusedError, match=words):
        pack(text)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ('uses = "quizz"', "'quizz': no such pattern; known: quiz"),
        ("uses = 3", "no such pattern"),
        ('applies_from = "soon"', "applies_from: 'soon' is no date; write YYYY-MM-DD"),
        ("applies_from = 2026-02-01\napplies_to = 2026-01-01", "lies before applies_from"),
        ('counts = "no"', "counts: 'no' is neither true nor false"),
    ],
)
def test_faults_of_a_head(head: str, words: str) -> None:
    assert words in fault(WHEN + GIVES, head, PATTERN)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("actvity = 'x'", "condition 'actvity' is unknown; conditions are activity"),
        ("activity = 5", "activity: 5 is no text and no list of texts"),
        ("activity = []", "is no text and no list of texts"),
        ("activity = 're:('", "is no RE2 pattern"),
        ("completion = 'maybe'", 'is none of true, false, "not_false"'),
        ("score_min = 70", "score_min: 70 is out of range; scores are 0..1"),
        ("score_min = 'good'", "score_min: 'good' is no number"),
        ("score_min = nan", "is no number"),
        ("duration_min = 30", "is no duration; write PT30M or P1D"),
        ("duration_min = 'half an hour'", "is not understood"),
        ("extension = 3", "extension is a table"),
    ],
)
def test_faults_of_conditions(when: str, words: str) -> None:
    assert words in fault(f"[rule.when]\n{when}\n{GIVES}")


@pytest.mark.parametrize(
    ("gives", "words"),
    [
        (GIVES.replace("level = 3\n", ""), "state either level or level_by_score"),
        (GIVES + "level_by_score = [[0.5, 1]]", "state either level or level_by_score"),
        (GIVES.replace("level = 3", "level = 0"), "is no step of a scale"),
        (GIVES.replace("level = 3", "level = true"), "is no step of a scale"),
        (GIVES.replace("level = 3", 'level = "3"'), "is no step of a scale"),
        (GIVES.replace("urn:s:1", "excel"), "gives.skill: 'excel' is no IRI"),
        (GIVES + "skil = 1", "gives: 'skil' is unknown; allowed: level"),
        (GIVES + 'valid_for = "1 year"', "duration '1 year' is not understood"),
        (GIVES + "valid_for = 1", "gives.valid_for: 1 is no duration"),
        (GIVES + 'valid_for = "P0D"', "is no time at all"),
        (GIVES + 'valid_for = "P201Y"', "is longer than 200 years"),
        (GIVES + 'renew_window = "P0D"', "is no time at all"),
        (GIVES + 'renew_from = "expiry"', 'is neither "achievement" nor "previous_expiry"'),
        (GIVES + 'valid_for = "P1Y"\nvalid_until = "12-31"', "state either valid_for or valid_until"),
        (GIVES + 'valid_until = "31.12."', 'is no day of the year; write "12-31"'),
        (GIVES + 'valid_until = "13-01"', "is no day of the year"),
        ("", "a rule that counts gives something"),
    ],
)
def test_faults_of_what_it_gives(gives: str, words: str) -> None:
    assert words in fault(WHEN + gives)


@pytest.mark.parametrize(
    "bands", ["[]", "3", "[[0.5]]", "[0.5, 2]", "[[0.8, 2], [0.5, 3]]", "[[0.5, 3], [0.8, 2]]", "[[0.5, 2], [0.5, 3]]",
              '[[0.5, "2"]]', "[[0.5, 0]]"]
)  # fmt: skip
def test_bands_must_rise(bands: str) -> None:
    body = GIVES.replace("level = 3", f"level_by_score = {bands}")
    assert "thresholds and levels must rise, e.g. [[0.5, 2], [0.8, 3]]" in fault(WHEN + body)


def test_a_band_beyond_the_scale_of_scores_is_refused() -> None:
    body = GIVES.replace("level = 3", "level_by_score = [[50, 2]]")
    assert "is out of range; scores are 0..1" in fault(WHEN + body)


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ("at_least = 3\nof = ['a', 'b']", "is no number from 1 to 2, the length of needs.of"),
        ("at_least = 0\nof = ['a']", "is no number from 1 to 1"),
        ("at_least = true\nof = ['a']", "is no number from 1 to 1"),
        ("of = ['a']", "is no number from 1 to 1"),
        ("at_least = 2\nof = ['a', 'a']", "names an object twice"),
        ("at_least = 1\nof = ['a']\nwithin = 'a year'", "is not understood"),
        ("at_least = 1\nof = ['a']\nany = 1", "needs: 'any' is unknown; allowed: at_least, of, within"),
        ("at_least = 1", "needs.of: [] is no text and no list of texts"),
    ],
)
def test_faults_of_groups(needs: str, words: str) -> None:
    assert words in fault(f"[rule.needs]\n{needs}\n{GIVES}")


@pytest.mark.parametrize(
    ("taking", "words"),
    [
        ("verb = ['v']\neffect = 'gone'", 'effect \'gone\' is neither "ended" nor "never_held"'),
        ("effect = 'ended'", "withdrawn_by verb: [] is no text"),
        ("verb = ['v']\nwhen = 1", "withdrawn_by: 'when' is unknown; allowed: effect, verb"),
    ],
)
def test_faults_of_taking_back(taking: str, words: str) -> None:
    assert words in fault(f"{WHEN}{GIVES}[rule.withdrawn_by]\n{taking}\n")


def test_tables_that_are_none_are_told() -> None:
    assert "withdrawn_by: 3 is no table" in fault(WHEN + GIVES, "withdrawn_by = 3")
    assert "needs: 3 is no table" in fault(WHEN + GIVES, "needs = 3")
    assert "gives is no list of tables; write [[rule.gives]]" in fault(WHEN, "gives = 3")
    assert "when is a table of conditions" in fault(GIVES, "when = 3")


def test_a_rule_that_would_match_everything_is_refused() -> None:
    assert "would match every statement" in fault(GIVES)


def test_a_rule_does_not_build_on_what_never_counts() -> None:
    never = '[[pattern]]\nid = "waived"\ncounts = false\n[pattern.when]\nverb = "v"\n'
    assert "pattern 'waived' says what never counts" in fault(GIVES, 'uses = "waived"', never)
