"""Making and changing rules by page: suggested, foreseen, then in force; what was foreseen is what derivation then finds."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.errors import ConflictError, FileRefusedError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import rule_making, rule_pages
from lms_bridge.pipeline.rule_making import Draft, RuleChange
from lms_bridge.store.database import session_of
from reports.content.rules import Foresight, LearningPage
from tests.pipeline.company import FIRST_DAY, SKILL, Company, statement

HR = Reader("hr@example.com", "hr", None)
COURSE = "https://lms.example/course/aid"
PACK = """
[[pattern]]
id = "passed"
[pattern.when]
verb = ["http://adlnet.gov/expapi/verbs/passed"]
"""


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    opened.rules(PACK)
    opened.roster({"ada": ["a"], "bo": ["b"]})
    opened.post(
        named(1, "a", "First aid at the workplace (course)", score="0.9"),
        named(2, "b", "First aid at the workplace (course)", score="0.5"),
    )
    opened.drain()
    yield opened
    opened.close()


def named(number: int, account: str, title: str, score: str | None = None) -> bytes:
    made = orjson.loads(statement(number, account, COURSE, day=number, score=score))
    made["object"]["definition"]["name"] = {"en": title}
    return orjson.dumps(made)


def learning(company: Company, wanted: str = "", reader: Reader = HR) -> LearningPage:
    with session_of(company.engine) as session:
        return rule_making.learning_page(session, company.settings, reader, COURSE, wanted)


def draft(**given: object) -> Draft:
    usual: dict[str, object] = {
        "object_key": COURSE,
        "title": "First aid",
        "pattern_id": "passed",
        "skill_iri": SKILL,
        "level": 2,
        "strength": "assessed",
        "valid_for": "",
        "score_min": "",
    }
    return Draft(**{**usual, **given})  # type: ignore[arg-type] # the fields of a draft


def foreseen(company: Company, wanted: Draft | RuleChange) -> Foresight:
    with session_of(company.engine) as session:
        if isinstance(wanted, Draft):
            return rule_making.foresee_draft(session, company.settings, HR, wanted)
        return rule_making.foresee_change(session, company.settings, HR, wanted)


def put(company: Company, wanted: Draft | RuleChange) -> str:
    with session_of(company.engine) as session:
        if isinstance(wanted, Draft):
            return rule_making.put_draft(session, company.settings, HR, wanted)
        return rule_making.put_change(session, company.settings, HR, wanted)


def held(company: Company) -> dict[str, str]:
    """Return who holds what level of the skill today, as the pages say it."""
    words = {1: "1 Aware", 2: "2 Working", 3: "3 Independent", 4: "4 Expert"}
    best: dict[str, int] = {}
    for fact in company.facts():
        person, level = str(fact["person_id"]), int(str(fact["level"]))
        best[person] = max(level, best.get(person, 0))
    return {person: words[level] for person, level in best.items()}


def then(foresight: Foresight, before: dict[str, str]) -> dict[str, str]:
    """Return who would hold what, by the foresight."""
    after = dict(before)
    for gain in foresight.gains:
        assert before.get(gain.person_id, "") == gain.before
        after[gain.person_id] = gain.after
    return {person: word for person, word in after.items() if word}


def test_learning_is_suggested_the_skill_its_title_shares_words_with(company: Company) -> None:
    page = learning(company)
    assert (page.title, page.people, page.pattern_id, page.has_scores) == (
        "First aid at the workplace (course)",
        2,
        "passed",
        True,
    )
    assert page.suggestions[0].iri == SKILL
    assert set(page.suggestions[0].words) == {"first", "aid"}
    assert [name for _, name in page.suggestions[0].levels] == ["Aware", "Working", "Independent", "Expert"]
    assert learning(company, "fire drill").suggestions[0].label == "Fire drill"


def test_with_meaning_a_skill_is_found_that_shares_no_word(company: Company) -> None:
    with_meaning = replace(company, settings=replace(company.settings, suggestions="meaning"))
    assert learning(company, "resuscitating injured colleagues").suggestions == ()
    page = learning(with_meaning, "resuscitating injured colleagues")
    assert page.by_meaning
    assert (page.suggestions[0].iri, page.suggestions[0].words) == (SKILL, ())
    # What shares words and is near stays first.
    assert learning(with_meaning, "fire drill").suggestions[0].label == "Fire drill"


def test_a_foresight_writes_nothing_and_is_what_then_happens(company: Company) -> None:
    wanted = draft(score_min="0.70")
    foresight = foreseen(company, wanted)
    assert [(gain.name, gain.before, gain.after) for gain in foresight.gains] == [("Ada", "", "2 Working")]
    assert (foresight.people_touched, foresight.is_whole) == (2, True)
    assert company.facts() == []
    assert company.waiting() == 0
    before = held(company)
    rule_id = put(company, wanted)
    company.drain()
    assert held(company) == then(foresight, before) == {"ada": "2 Working"}
    with session_of(company.engine) as session:
        (line,) = rule_pages.rule_list(session, company.settings, HR)
        assert (line.rule_id, line.facts, line.people, line.pack) == (rule_id, 1, 1, "company")


NAMED = f"""
[[rule]]
id = "named"
title = "Half a day of first aid"
uses = "passed"
[rule.when]
activity = "{COURSE}"
[[rule.gives]]
skill = "{SKILL}"
strength = "assessed"
valid_for = "P1Y6M"
level_by_score = [[0.50, 1], [0.625, 2]]

[[rule]]
id = "unnamed"
uses = "passed"
[rule.when]
activity = "{COURSE}"
[[rule.gives]]
skill = "{SKILL}"
level = 3
strength = "completed"

[[rule]]
id = "group"
uses = "passed"
[rule.needs]
at_least = 1
of = ["{COURSE}", "elsewhere"]
[[rule.gives]]
skill = "{SKILL}"
level = 1
strength = "completed"
"""


def test_the_list_says_what_rules_look_at_and_give_in_words(company: Company) -> None:
    company.rules(PACK + NAMED)
    with session_of(company.engine) as session:
        lines = {line.rule_id: line for line in rule_pages.rule_list(session, company.settings, HR)}
    course = "First aid at the workplace (course)"
    named, unnamed, group = (lines[rule_id] for rule_id in ("named", "unnamed", "group"))
    assert (named.title, named.titles, named.concerns) == ("Half a day of first aid", (course,), COURSE)
    assert named.gives == (
        "First aid at level 1 Aware from 50 % or level 2 Working from 62.5 %, assessed, for 1 year 6 months",
    )
    # Without a title of its own a rule is called like the one thing it looks at, which is then not said again.
    assert (unnamed.title, unnamed.titles, unnamed.concerns) == (course, (), COURSE)
    assert (group.title, group.titles, group.concerns) == ("group", (course,), f"1 of {COURSE}, elsewhere")


def test_learning_with_a_rule_no_longer_waits(company: Company) -> None:
    put(company, draft())
    company.drain()
    with pytest.raises(NotFoundError):
        learning(company)


def test_new_criteria_from_a_day_keep_the_past_and_a_correction_does_not(company: Company) -> None:
    rule_id = put(company, draft())
    company.drain()
    assert held(company) == {"ada": "2 Working", "bo": "2 Working"}
    with session_of(company.engine) as session:
        text = rule_pages.rule_page(session, company.settings, HR, rule_id).text
    harder = text.replace("level = 2", "level = 3")
    from_bo = date.fromordinal(FIRST_DAY.date().toordinal() + 2)
    for change in (
        RuleChange(rule_id, harder, from_bo, is_correction=False),
        RuleChange(rule_id, text.replace("level = 2", "level = 4"), None, is_correction=True),
    ):
        before = held(company)
        foresight = foreseen(company, change)
        put(company, change)
        company.drain()
        assert held(company) == then(foresight, before)
    assert held(company) == {"ada": "4 Expert", "bo": "4 Expert"}
    with session_of(company.engine) as session:
        assert len(rule_pages.rule_page(session, company.settings, HR, rule_id).versions) == 4


def test_what_is_taken_away_is_shown_first_as_a_loss(company: Company) -> None:
    rule_id = put(company, draft())
    company.drain()
    with session_of(company.engine) as session:
        text = rule_pages.rule_page(session, company.settings, HR, rule_id).text
    gated = text.replace("[rule.when]", '[rule.when]\nscore_min = "0.7"')
    assert gated != text
    foresight = foreseen(company, RuleChange(rule_id, gated, None, is_correction=True))
    assert [(gain.name, gain.before, gain.after, gain.is_loss) for gain in foresight.gains] == [
        ("Bo", "2 Working", "", True)
    ]


def test_the_text_of_a_rule_read_again_is_the_same_version(company: Company) -> None:
    rule_id = put(company, draft(score_min="0.70", valid_for="P2Y"))
    with session_of(company.engine) as session:
        text = rule_pages.rule_page(session, company.settings, HR, rule_id).text
    with pytest.raises(InvalidInputError, match="nothing is changed"):
        foreseen(company, RuleChange(rule_id, text, None, is_correction=True))


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("[[rule", FileRefusedError, "TOML"),
        (
            f'[[rule]]\nid = "other"\n[rule.when]\nobject = "x"\n[[rule.gives]]\nskill = "{SKILL}"\nlevel = 1\nstrength = "assessed"',
            InvalidInputError,
            "keep the id",
        ),
        (
            '[[rule]]\nid = "first-aid"\n[rule.when]\nobject = "x"\n[[rule.gives]]\nskill = "urn:co:none"\nlevel = 1\nstrength = "assessed"',
            FileRefusedError,
            "in no loaded framework",
        ),
    ],
)
def test_a_text_that_is_no_change_of_this_rule_is_refused(
    company: Company, text: str, error: type[Exception], said: str
) -> None:
    rule_id = put(company, draft())
    with pytest.raises(error, match=said):
        foreseen(company, RuleChange(rule_id, text, None, is_correction=True))


def test_rules_of_the_same_title_get_names_of_their_own(company: Company) -> None:
    assert [put(company, draft()), put(company, draft(level=1))] == ["first-aid", "first-aid-2"]


def test_importing_a_pack_tells_first_who_would_gain_and_its_patterns_count(company: Company) -> None:
    text = (
        PACK.replace('id = "passed"', 'id = "own"')
        + f"""
[[rule]]
id = "aid"
uses = "own"
[rule.when]
object = "{COURSE}"
[[rule.gives]]
skill = "{SKILL}"
level = 3
strength = "assessed"
"""
    )
    with session_of(company.engine) as session:
        (foresight,) = rule_making.foresee_packs(session, company.settings, {"own.toml": text.encode()})
    assert [(gain.name, gain.after) for gain in foresight.gains] == [
        ("Ada", "3 Independent"),
        ("Bo", "3 Independent"),
    ]
    assert company.facts() == []


def test_managers_make_no_rules(company: Company) -> None:
    with pytest.raises(NotFoundError):
        learning(company, reader=Reader("m@example.com", "manager", "ada"))


def test_a_statement_is_tried_clause_by_clause(company: Company) -> None:
    rule_id = put(company, draft(score_min="0.70"))
    with session_of(company.engine) as session:
        good = rule_pages.try_rule(
            session, company.settings, HR, rule_id, named(9, "z", "x", score="0.8").decode(), "lms"
        )
        weak = rule_pages.try_rule(
            session, company.settings, HR, rule_id, named(9, "z", "x", score="0.6").decode(), "lms"
        )
        broken = rule_pages.try_rule(session, company.settings, HR, rule_id, "{}", "lms")
        nobody = rule_pages.try_rule(session, company.settings, HR, rule_id, "{}", "elsewhere")
    assert good.gives == ("First aid at level 2 Working, assessed",)
    assert (weak.holds, [clause.name for clause in weak.clauses if not clause.holds]) == (False, ["score"])
    assert "no statement" in broken.problem
    assert "elsewhere" in nobody.problem
    assert company.facts() == []


TEXTS = st.text(st.sampled_from('ab ,"[]\n\\#=\u2028\u2029\x85\x0b'), max_size=6)
VALUES = st.recursive(
    TEXTS | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=8,
)


@given(rule=st.dictionaries(TEXTS, VALUES, max_size=4))
def test_a_rule_reads_back_from_its_text_as_it_was(rule: dict[str, object]) -> None:
    assert tomllib.loads(rule_making.text_of_rule({"rule": rule}))["rule"] == [rule]


def test_short_arrays_stand_on_one_line() -> None:
    rule = {"id": "r", "when": {"verb": ["a", "b"]}, "gives": [{"level_by_score": [["0.5", 1], ["0.75", 2]]}]}
    text = rule_making.text_of_rule({"rule": rule})
    assert 'level_by_score = [["0.5", 1], ["0.75", 2]]' in text
    assert 'verb = ["a", "b"]' in text


def test_who_changes_what_somebody_else_has_changed_is_told(company: Company) -> None:
    rule_id = put(company, draft())
    with session_of(company.engine) as session:
        page = rule_pages.rule_page(session, company.settings, HR, rule_id)
    ana = RuleChange(rule_id, page.text.replace("level = 2", "level = 3"), None, True, page.in_force)
    ben = replace(ana, text=page.text.replace('"assessed"', '"attended"'))
    assert foreseen(company, ben).words == foreseen(company, replace(ben, replaces="")).words
    put(company, ana)
    for act in (foreseen, put):
        with pytest.raises(ConflictError, match="was changed by somebody else meanwhile"):
            act(company, ben)
    with session_of(company.engine) as session:
        now = rule_pages.rule_page(session, company.settings, HR, rule_id)
    assert "level = 3" in now.text
    put(company, replace(ben, text=now.text.replace('"assessed"', '"attended"'), replaces=now.in_force))


def test_a_change_says_which_other_versions_it_takes_the_place_of(company: Company) -> None:
    rule_id = put(company, draft())

    def read() -> str:
        with session_of(company.engine) as session:
            return rule_pages.rule_page(session, company.settings, HR, rule_id).text

    def words(change: RuleChange) -> list[str]:
        return [word for word in foreseen(company, change).words if "takes the place of" in word]

    planned = date(2100, 1, 1)
    harder = RuleChange(rule_id, read().replace("level = 2", "level = 3"), planned, is_correction=False)
    assert words(harder) == []
    put(company, harder)
    titled = read().replace('title = "First aid"', 'title = "Rescue"')
    assert titled != read()
    # In force from today on, it would reach what was planned; and as a correction, what holds till then too.
    sooner = words(RuleChange(rule_id, titled, date(2026, 1, 1), is_correction=False))
    assert any("from 2100-01-01" in one for one in sooner)
    assert any("before 2100-01-01" in one and "'level': 2" in one for one in sooner)
    always = words(RuleChange(rule_id, titled, None, is_correction=True))
    assert any("before 2100-01-01" in one and "'level': 2" in one for one in always)
    assert words(RuleChange(rule_id, titled, planned, is_correction=False)) == []


def test_a_draft_that_is_put_twice_is_one_rule(company: Company) -> None:
    rule_id = put(company, draft(score_min="0.70"))
    for act in (foreseen, put):
        with pytest.raises(ConflictError, match=f"the rule '{rule_id}' says the same"):
            act(company, draft(score_min="0.70"))
    assert put(company, draft(score_min="0.80")) != rule_id
