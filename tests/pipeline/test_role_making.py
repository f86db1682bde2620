"""Role profiles by page: proposed, edited, foreseen, in force; where they came from, and what a variant asks otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lms_bridge import clock
from lms_bridge.errors import ConflictError, InvalidInputError, NotFoundError
from lms_bridge.people.scope import Reader
from lms_bridge.pipeline import pages
from lms_bridge.pipeline import role_making as cases
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.imports import import_requirements
from lms_bridge.pipeline.role_making import DraftRow, RoleDraft
from lms_bridge.pipeline.viewing import read_view
from lms_bridge.store.database import session_of
from lms_bridge.store.roles import origins
from lms_bridge.store.timelines import read_timelines
from reports.content.model import Share
from reports.content.pages import RolePage
from reports.content.roles import RoleChange, RoleForm
from tests.pipeline.company import OTHER_SKILL, SKILL, Company, statement

HR = Reader("hr@example.com", "hr", None)
AUDITOR = Reader("auditor@example.com", "auditor", None)
ONET = Path(__file__).parents[1] / "skills" / "formats" / "data" / "onet"
COURSE = "https://lms.example/course/1"
RULES = f"""pack = "test"
[[rule]]
id = "aid"
[rule.when]
activity = "{COURSE}"
[[rule.gives]]
skill = "{SKILL}"
level = 2
strength = "assessed"
"""
CLERK = RoleDraft("clerk", "Clerk", (DraftRow(SKILL, "2", "required"),))


@pytest.fixture
def company(migrated_database_url: str, tmp_path: Path) -> Iterator[Company]:
    opened = Company.open(migrated_database_url, tmp_path)
    opened.rules(RULES)
    opened.people(
        "ada,Ada,,T,,clerk,account:https://lms.example|a,2020-01-01,,\n"
        "bo,Bo,,T,,clerk,account:https://lms.example|b,2020-01-01,,\n"
    )
    opened.post(statement(1, "a", COURSE, day=1))
    opened.drain()
    yield opened
    opened.close()


def foresee(company: Company, draft: RoleDraft) -> RoleChange:
    with session_of(company.engine) as session:
        return cases.foresee_role(session, company.settings, HR, draft)


def put(company: Company, draft: RoleDraft) -> bool:
    with session_of(company.engine) as session:
        return cases.put_role(session, company.settings, HR, draft)


def form(company: Company, **named: str) -> RoleForm:
    with session_of(company.engine) as session:
        return cases.role_form(session, company.settings, HR, **named)


def page(company: Company, role_id: str) -> RolePage:
    with session_of(company.engine) as session:
        view = read_view(session, company.settings, {})
        return pages.role(session, company.settings, HR, view, role_id)


def asked(company: Company, role_id: str = "clerk") -> list[tuple[object, ...]]:
    """Return what a role asks: skill by its short id, level, importance, strength, due."""
    return sorted((row[0], row[2], *row[4:]) for row in page(company, role_id).requirements)


def requirements(company: Company, lines: str) -> None:
    header = "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance\n"
    with session_of(company.engine) as session:
        import_requirements(session, company.settings, (header + lines).encode())


def test_a_profile_is_foreseen_as_it_then_is(company: Company) -> None:
    change = foresee(company, CLERK)
    assert (change.holders, change.was, change.then, change.worse) == (2, Share(0, 0), Share(1, 2), ("Bo",))
    assert change.lines == ("the role is called Clerk", "First aid: required, level 2")
    assert asked(company) == []
    assert put(company, CLERK)
    assert [row[1:] for row in asked(company)] == [(2, "required", "completed", "")]
    shares = {name: met for _, name, _, met, _ in page(company, "clerk").people}
    assert shares == {"Ada": Share(1, 1), "Bo": Share(0, 1)}
    assert not put(company, CLERK)
    assert foresee(company, CLERK).lines == ()


def test_what_is_left_out_ends_and_nothing_of_other_roles_and_teams_does(company: Company) -> None:
    requirements(
        company,
        f"role,clerk,Clerk,{SKILL},1,,,,required\nrole,clerk,,{OTHER_SKILL},1,,,,desirable\n"
        f"role,other,Other,{SKILL},3,,,,mandatory\nteam,T,,{SKILL},1,1,,,required\n"
        f"role,clerk,,{OTHER_SKILL},1,,2999-01-01,,mandatory\n",
    )
    change = foresee(company, CLERK)
    assert (change.was, change.then, change.worse) == (Share(1, 2), Share(1, 2), ())
    put(company, CLERK)
    assert [row[1:3] for row in asked(company)] == [(2, "required")]
    assert [row[1:3] for row in asked(company, "other")] == [(3, "mandatory")]
    with session_of(company.engine) as session:
        later = read_view(session, company.settings, {"as_of": "2999-01-02"})
        future = pages.role(session, company.settings, HR, later, "clerk").requirements
    assert sorted(row[4] for row in future) == ["mandatory", "required"]


def day_of(company: Company, day: str, role_id: str = "clerk") -> list[tuple[object, ...]]:
    """Return what a role asks on a day: level and importance."""
    with session_of(company.engine) as session:
        view = read_view(session, company.settings, {"as_of": day})
        rows = pages.role(session, company.settings, HR, view, role_id).requirements
    return sorted((row[2], row[4]) for row in rows)


def test_earlier_days_and_what_is_planned_stay_as_they_are(company: Company) -> None:
    requirements(
        company,
        f"role,clerk,Clerk,{SKILL},1,,2020-01-01,2025-12-31,required\n"
        f"role,clerk,,{SKILL},2,,2026-01-01,,required\nrole,clerk,,{SKILL},3,,2999-01-01,,required\n",
    )
    today = clock.today(company.settings.zone).isoformat()
    # The form as it was shown changes nothing.
    assert foresee(company, CLERK).lines == ()
    assert not put(company, CLERK)
    raised = replace(CLERK, rows=(DraftRow(SKILL, "4", "required"),))
    assert foresee(company, raised).then == Share(0, 2)
    assert put(company, raised)
    days = {day: day_of(company, day) for day in ("2021-01-01", "2026-02-01", today, "2999-02-01")}
    assert days == {
        "2021-01-01": [(1, "required")],
        "2026-02-01": [(2, "required")],
        today: [(4, "required")],
        "2999-02-01": [(3, "required")],
    }
    other = replace(CLERK, rows=(DraftRow(OTHER_SKILL, "1", "required"),))
    change = foresee(company, other)
    put(company, other)
    assert change.lines == (f"Fire drill: required, level 1 from {today}", "First aid: required no longer")
    assert day_of(company, "2026-02-01") == [(2, "required")]
    assert day_of(company, today) == [(1, "required")]
    assert day_of(company, "2999-02-01") == [(1, "required"), (3, "required")]


def test_a_planned_end_and_a_time_that_runs_stay(company: Company) -> None:
    soon = (clock.today(company.settings.zone) - timedelta(days=3)).isoformat()
    with session_of(company.engine) as session:
        import_requirements(
            session,
            company.settings,
            (
                "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance,due_within\n"
                f"role,clerk,Clerk,{SKILL},2,,{soon},2998-12-31,required,P90D\n"
            ).encode(),
        )
    same = replace(CLERK, rows=(DraftRow(SKILL, "2", "required", "", "P90D"),))
    change = foresee(company, same)
    assert (change.lines, change.was, change.then, change.worse) == ((), Share(1, 1), Share(1, 1), ())
    assert not put(company, same)
    assert day_of(company, "2999-02-01") == []


def test_another_importance_begins_today_and_earlier_days_keep_the_first(company: Company) -> None:
    requirements(company, f"role,clerk,Clerk,{SKILL},1,,2020-01-01,,desirable\n")
    put(company, CLERK)
    assert day_of(company, "2026-02-01") == [(1, "desirable")]
    assert [row[1:3] for row in asked(company)] == [(2, "required")]


def test_a_form_that_was_overtaken_is_refused(company: Company) -> None:
    put(company, CLERK)
    first, second = form(company, role_id="clerk"), form(company, role_id="clerk")
    assert first.stamp == second.stamp
    put(company, replace(CLERK, rows=(DraftRow(SKILL, "3", "required"),), stamp=first.stamp))
    with pytest.raises(ConflictError, match="was changed meanwhile"):
        put(company, replace(CLERK, rows=(DraftRow(SKILL, "1", "required"),), stamp=second.stamp))
    assert [row[1:3] for row in asked(company)] == [(3, "required")]


def test_two_who_put_at_once_leave_one_truth(company: Company) -> None:
    put(company, CLERK)

    def put_level(level: int) -> None:
        put(company, replace(CLERK, rows=(DraftRow(SKILL, str(level), "required"),)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put_level, (1, 2, 3, 4)))
    assert len(asked(company)) == 1
    with session_of(company.engine) as session:
        (timeline,) = [
            known for key, known in read_timelines(session, "requirements").items() if key[1] == "clerk"
        ]
    assert sum(span.end is None for span in timeline) == 1


def test_an_origin_is_known_from_when_it_was_kept(company: Company) -> None:
    put(company, CLERK)
    before = clock.now()
    put(company, replace(CLERK, role_id="senior", based_on="clerk"))
    put(company, replace(CLERK, role_id="other"))
    known = clock.now()
    put(company, replace(CLERK, role_id="other", based_on="clerk"))
    with session_of(company.engine) as session:
        assert origins(session, before) == {}
        assert set(origins(session, known)) == {"senior"}
        assert set(origins(session, clock.now())) == {"senior", "other"}


def test_strength_and_time_are_asked_and_edited_on(company: Company) -> None:
    row = DraftRow(SKILL, "2", "mandatory", "certified", "P90D")
    put(company, replace(CLERK, rows=(row,)))
    assert [item[1:] for item in asked(company)] == [(2, "mandatory", "certified", "P90D")]
    shown = form(company, role_id="clerk")
    assert [(item.level, item.importance, item.strength, item.due_within) for item in shown.rows] == [
        ("2", "mandatory", "certified", "P90D")
    ]
    assert shown.rows[0].levels == ("Aware", "Working", "Independent", "Expert")
    assert not shown.is_new


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        (replace(CLERK, role_id=""), "role id: '' is none"),
        (replace(CLERK, role_id="a/b"), "role id: 'a/b' is none"),
        (replace(CLERK, name=" "), "name: write what people call the role"),
        (replace(CLERK, name="x" * 201), "name: write what people call the role"),
        (replace(CLERK, name="two\nlines"), "name: write what people call the role"),
        (replace(CLERK, role_id="x" * 81), "write up to 80 letters"),
        (replace(CLERK, role_id=".."), "role id: '..' is none"),
        (replace(CLERK, role_id="a;b"), "role id: 'a;b' is none"),
        (replace(CLERK, based_on="clerk"), "no variant of itself"),
        (replace(CLERK, rows=()), "asks nothing"),
        (
            replace(CLERK, rows=(DraftRow(SKILL, "9", "required"),)),
            "First aid, level: '9': the skill's scale has 4",
        ),
        (
            replace(CLERK, rows=(*CLERK.rows, DraftRow("urn:x", "1", "required"))),
            "urn:x, skill iri: 'urn:x'",
        ),
        (
            replace(CLERK, rows=(DraftRow(SKILL, "1", "required", "", "soon"),)),
            "First aid, due within: 'soon'",
        ),
        (replace(CLERK, rows=CLERK.rows * 2), "stand twice"),
    ],
)
def test_a_profile_that_is_none_is_refused_whole(company: Company, draft: RoleDraft, text: str) -> None:
    for act in (foresee, put):
        with pytest.raises(InvalidInputError) as refused:
            act(company, draft)
        assert text in str(refused.value)
    assert asked(company) == []


def test_an_occupation_proposes_and_is_kept_as_the_source(company: Company) -> None:
    files = {f"onet/{file.name}": file.read_bytes() for file in ONET.iterdir() if file.is_file()}
    with session_of(company.engine) as session:
        found = cases.occupations(session, company.settings, HR, "repairers")
        assert (found.hits, found.has_any) == ((), False)
        import_framework(session, format="onet", files=files, known_at=clock.now())
        found = cases.occupations(session, company.settings, HR, "REPAIRERS electronics")
        assert [hit[:2] for hit in found.hits] == [("O*NET", "49-2094.00")]
        for code in ("49-2094.00", "49-2094", " 49-20 "):
            assert cases.occupations(session, company.settings, HR, code).hits == found.hits
        assert cases.occupations(session, company.settings, HR, "2094").hits == ()
        assert cases.occupations(session, company.settings, HR, "%").hits == ()
        assert cases.occupations(session, company.settings, HR, "a " * 2000).hits != ()
    shown = form(company, framework="O*NET", code="49-2094.00")
    assert shown.origin is not None
    assert (shown.origin.framework, shown.origin.code, shown.is_new) == ("O*NET", "49-2094.00", True)
    draft = RoleDraft(
        "repairer",
        shown.name,
        tuple(DraftRow(row.skill_iri, row.level, row.importance) for row in shown.rows[:2]),
        framework="O*NET",
        code="49-2094.00",
    )
    put(company, draft)
    origin = page(company, "repairer").origin
    assert origin is not None
    assert (origin.is_role, origin.framework, origin.code) == (False, "O*NET", "49-2094.00")
    # Edited on, the source stays; put again as it is, nothing changes.
    assert form(company, role_id="repairer").origin == origin
    put(company, replace(draft, framework="", code="", rows=draft.rows[:1]))
    assert page(company, "repairer").origin == origin
    with pytest.raises(NotFoundError, match="99-9999"):
        form(company, framework="O*NET", code="99-9999.99")


def test_a_variant_starts_as_its_base_and_shows_what_it_asks_otherwise(company: Company) -> None:
    put(company, CLERK)
    shown = form(company, based_on="clerk")
    assert [(row.skill_iri, row.level) for row in shown.rows] == [(SKILL, "2")]
    assert (shown.role_id, shown.name, shown.is_new) == ("", "", True)
    rows = (DraftRow(SKILL, "2", "required", "certified", "P90D"), DraftRow(OTHER_SKILL, "1", "desirable"))
    put(company, RoleDraft("senior", "Senior clerk", rows, based_on="clerk"))
    senior = page(company, "senior")
    assert senior.origin is not None
    assert (senior.origin.is_role, senior.origin.title) == (True, "Clerk")
    assert [(item.label, item.own, item.base) for item in senior.differences] == [
        ("Fire drill", ("desirable, level 1",), ()),
        ("First aid", ("required, level 2, at least certified, due within 90 days",), ("required, level 2",)),
    ]
    with pytest.raises(NotFoundError, match="nobody"):
        form(company, based_on="nobody")


def test_the_list_counts_what_is_asked_and_who_holds(company: Company) -> None:
    put(company, CLERK)
    put(company, RoleDraft("senior", "Senior clerk", CLERK.rows, based_on="clerk"))
    with session_of(company.engine) as session:
        found = pages.role_list(session, company.settings, AUDITOR).roles
        blind = Reader("m@example.com", "manager", "nobody")
        unseen = pages.role_list(session, company.settings, blind).roles
    assert [(line.role_id, line.requirements, line.holders) for line in found] == [
        ("clerk", 1, 2),
        ("senior", 1, 0),
    ]
    assert [line.holders for line in unseen] == [0, 0]


def test_who_may_not_make_roles_finds_nothing(company: Company) -> None:
    employee = Reader("e@example.com", "employee", "ada")
    with session_of(company.engine) as session:
        for act in (
            lambda: pages.role_list(session, company.settings, employee),
            lambda: cases.occupations(session, company.settings, AUDITOR, ""),
            lambda: cases.role_form(session, company.settings, AUDITOR),
            lambda: cases.foresee_role(session, company.settings, AUDITOR, CLERK),
            lambda: cases.put_role(session, company.settings, AUDITOR, CLERK),
        ):
            with pytest.raises(NotFoundError):
                act()


def test_what_a_file_leaves_out_keeps_its_past(company: Company) -> None:
    requirements(
        company,
        f"role,clerk,Clerk,{SKILL},1,,2020-01-01,2025-12-31,required\n"
        f"role,clerk,,{SKILL},2,,2026-01-01,,required\nrole,clerk,,{OTHER_SKILL},1,,,,required\n",
    )
    header = "scope,scope_id,scope_name,skill_iri,level,headcount,valid_from,valid_to,importance\n"
    with session_of(company.engine) as session:
        content = (header + f"role,clerk,,{OTHER_SKILL},1,,,,required\n").encode()
        import_requirements(session, company.settings, content, replace=True)
    assert day_of(company, "2021-01-01") == [(1, "required"), (1, "required")]
    assert day_of(company, "2026-02-01") == [(1, "required"), (2, "required")]
    assert [row[1:3] for row in asked(company)] == [(1, "required")]
