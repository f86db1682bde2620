"""The examples of docs/files.md and docs/rules.md are read by the importers themselves, and columns are those they take."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import pytest

from lms_bridge.coverage.requirement_files import SkillCheck, plan_requirements
from lms_bridge.credentials.awards import read_certificates
from lms_bridge.errors import FileRefusedError
from lms_bridge.people.roster import FILES, RosterState, plan_roster
from lms_bridge.skills.catalogue_files import plan_catalogue
from lms_bridge.skills.crosswalk_files import plan_crosswalks
from lms_bridge.skills.formats import FORMATS, read_framework
from lms_bridge.skills.rules import (
    CANONICAL,
    GIVES_KEYS,
    RULE_KEYS,
    WHEN_KEYS,
    pattern_from,
    read_pack,
    rule_from,
)
from lms_bridge.xapi.statement_files import read_template, table_lines
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from tests.docs.pages import ROOT, codes, examples, page, rows, section

TEXT = page("files.md")
# The template of statements is no table: it has a test of its own below.
EXAMPLES = {name: text.encode() for name, text in examples("files.md").items() if name != "mapping.toml"}
TODAY = date(2026, 6, 30)
OTHER = "https://other.example.org/"


def framework() -> Mapping[str, int]:
    """Return the skills of the example framework with the number of their steps."""
    release = read_framework("csv", {"framework.csv": EXAMPLES["framework.csv"]}, name="Example", version="1")
    return {skill.iri: len(skill.levels or release.scale) for skill in release.skills}


def steps(iri: str) -> int | None:
    return 4 if iri.startswith(OTHER) else framework().get(iri)


def team_ids() -> frozenset[str]:
    plan = plan_roster({"teams.csv": EXAMPLES["teams.csv"]}, RosterState(), TODAY, 0.2)
    return frozenset(change.key[0] for change in plan.changes if change.table == "teams")


def read_roster(file: str, content: bytes) -> object:
    return plan_roster({**{name: EXAMPLES[name] for name in FILES}, file: content}, RosterState(), TODAY, 0.2)


def read_requirements(content: bytes) -> object:
    check = SkillCheck(steps, lambda _: "")
    return plan_requirements(content, {}, {}, team_ids(), check, TODAY, replace=False)


def read_paper(content: bytes) -> object:
    people = frozenset({"P001", "P002", "P003", "P004"})
    return read_certificates(content, people, lambda _: (), steps, TODAY)


READERS: Mapping[str, Callable[[bytes], object]] = {
    **{name: partial(read_roster, name) for name in FILES},
    "requirements.csv": read_requirements,
    "catalogue.csv": lambda content: plan_catalogue(content, {}, {}, TODAY, replace=False),
    "certificates.csv": read_paper,
    "crosswalk.csv": lambda content: plan_crosswalks(content, {}, steps, TODAY),
    "framework.csv": lambda content: read_framework("csv", {"framework.csv": content}),
}
HEADINGS = {"framework.csv": "### A plain framework"}


def columns_of(file: str) -> dict[str, str]:
    """Return the documented columns of a file, each with the word for its presence."""
    own = section(TEXT, HEADINGS.get(file, f"## {file}"))
    return {codes(row[0])[0]: row[1] for row in rows(own) if codes(row[0]) != ["x_…"]}


def test_every_example_has_a_reader_and_every_file_an_example() -> None:
    assert set(EXAMPLES) == set(READERS)


@pytest.mark.parametrize("file", sorted(READERS))
def test_an_example_is_taken_and_changes_something(file: str) -> None:
    assert READERS[file](EXAMPLES[file])


@pytest.mark.parametrize("file", sorted(READERS))
def test_the_documented_columns_are_those_that_the_importer_takes(file: str) -> None:
    columns = columns_of(file)
    header = ",".join(columns).encode() + b"\n"
    assert [problem for problem in _problems(READERS[file], header) if "this column" in problem] == []
    assert any("unknown" in problem for problem in _problems(READERS[file], header[:-1] + b",colour\n"))
    for name, presence in columns.items():
        others = ",".join(other for other in columns if other != name).encode() + b"\n"
        is_missed = any(
            "missing" in problem and name in problem for problem in _problems(READERS[file], others)
        )
        assert is_missed == (presence == "yes"), name


def _problems(read: Callable[[bytes], object], content: bytes) -> list[str]:
    try:
        read(content)
    except FileRefusedError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_the_template_makes_a_statement_that_is_taken() -> None:
    template = read_template("mapping.toml", examples("files.md")["mapping.toml"])
    table = (b"User;Course;Title;Finished;Done;Points\n", b"7;42;Excel;04.05.2026 09:30;ja;80,5\n")
    (line,) = table_lines("old.csv", table, template)
    assert read_statements(line.statement or b"", version=Version.V1_0_3).violations == ()


def test_every_format_of_frameworks_is_listed() -> None:
    listed = [codes(row[0])[0] for row in rows(section(TEXT, "## Frameworks"))]
    assert listed == list(FORMATS)


def test_the_rules_are_read_with_the_shipped_patterns() -> None:
    patterns = dict(shipped_patterns())
    pack = read_pack("our-rules.toml", examples("rules.md")["our-rules.toml"], patterns)
    assert pack.name == "our-rules"
    assert len(pack.rules) == 5
    for document in pack.rules.values():
        rule_from(document)


def test_the_skills_of_the_example_rules_stand_in_the_example_framework() -> None:
    rules = tomllib.loads(examples("rules.md")["our-rules.toml"])["rule"]
    assert {gives["skill"] for rule in rules for gives in rule.get("gives", ())} <= set(framework())


def test_every_word_of_the_rule_language_is_explained() -> None:
    text = page("rules.md")
    conditions = {
        code.partition(".")[0]
        for row in rows(section(text, "## Conditions (`when`)"))
        for code in codes(row[0])
    }
    assert conditions == set(WHEN_KEYS)
    meant = section(text, "## Which learning object is meant (`canonical`)")
    assert [codes(row[0])[0] for row in rows(meant)] == list(CANONICAL)
    gives = section(text, "## What a match gives (`gives`)")
    assert {codes(row[0])[0] for row in rows(gives)} == set(GIVES_KEYS)
    assert [key for key in RULE_KEYS if key not in text] == []


def shipped_patterns() -> Mapping[str, Mapping[str, object]]:
    """Return the patterns of config/rules by id."""
    found: dict[str, Mapping[str, object]] = {}
    for file in sorted((ROOT / "config" / "rules").glob("*.toml")):
        found.update(read_pack(file.name, file.read_text(encoding="utf-8"), {}).patterns)
    return found


@pytest.mark.parametrize("sender", ["moodle", "openedx", "cmi5"])
def test_a_sender_s_page_lists_the_patterns_of_its_pack(sender: str) -> None:
    text = (ROOT / "config" / "rules" / f"{sender}.toml").read_text(encoding="utf-8")
    pack = read_pack(f"{sender}.toml", text, {})
    patterns = {key: pattern_from(document) for key, document in pack.patterns.items()}
    own = page(f"connect/{sender}.md")
    for counts, heading in ((True, "## What counts"), (False, "## What does not count")):
        listed = {
            code
            for row in rows(section(own, heading))
            for code in codes(row[0])
            if code.startswith(f"{sender}-")
        }
        assert listed == {key for key, pattern in patterns.items() if pattern.counts is counts}


@pytest.mark.parametrize("sender", ["moodle", "openedx", "cmi5"])
def test_a_sender_s_page_answers_what_its_admin_asks(sender: str) -> None:
    own = page(f"connect/{sender}.md")
    for heading in (
        "## Fields to fill",
        "## What counts",
        "## What does not count",
        "## What takes back",
        "## Score scale",
        "## Identities",
        "## Lenient defects",
        "## Diagnosis",
    ):
        assert section(own, heading).strip(), heading
