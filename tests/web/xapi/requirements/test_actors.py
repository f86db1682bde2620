"""Agents and Groups, at each of the places where one may stand (1.0.3 Data 2.4.2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.xapi.lrs import Caller, activity, agent, statement
from tests.web.xapi.requirements.cases import ACCOUNT, VERSIONS, all_refused, is_taken, refusal

both = pytest.mark.parametrize("version", VERSIONS)
SHA1 = "ab" * 20


def _inner(**changes: Any) -> dict[str, Any]:
    verb = {"id": "https://example.com/verbs/did"}
    return {
        "objectType": "SubStatement",
        "actor": agent("bo"),
        "verb": verb,
        "object": activity("x"),
        **changes,
    }


def _without_id(one: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if key != "id"}


def statements_with(actor: Any, version: str, *, is_group: bool = False) -> dict[str, dict[str, Any]]:
    """Return a statement for each place where an Agent, or a Group, may stand, with `actor` there."""
    as_object = {"objectType": "Group" if is_group else "Agent", **actor}
    found = {
        "actor": statement() | {"actor": actor},
        "object": statement(thing=as_object),
        "instructor": statement(context={"instructor": actor}),
        "inner actor": statement(thing=_inner(actor=actor)),
        "inner object": statement(thing=_inner(object=as_object)),
        "inner instructor": statement(thing=_inner(context={"instructor": actor})),
    }
    if is_group:
        found["team"] = statement(context={"team": actor})
        found["inner team"] = statement(thing=_inner(context={"team": actor}))
    else:
        group = {"objectType": "Group", "member": [agent("bo"), actor]}
        found["authority"] = statement(authority=actor)
        found["member of actor"] = statement() | {"actor": group}
        found["member of team"] = statement(context={"team": group})
        found["member of authority"] = statement(authority=group)
    if version == "2.0.0":
        kind, name = ("contextGroups", "group") if is_group else ("contextAgents", "agent")
        item = {"objectType": f"context{name.title()}", name: actor}
        found[kind] = statement(context={kind: [item]})
    return {place: _without_id(one) for place, one in found.items()}


_AGENTS: list[dict[str, Any]] = [
    {"mbox": "mailto:ada@example.com"},
    {"mbox_sha1sum": SHA1},
    {"openid": "https://ada.example.com/"},
    {"account": ACCOUNT},
    {"objectType": "Agent", "name": "Ada", "mbox": "mailto:ada@example.com"},
]
_GROUPS: list[dict[str, Any]] = [
    {"objectType": "Group", "member": [agent("bo")]},
    {"objectType": "Group", "name": "Payroll", "mbox": "mailto:payroll@example.com"},
    {"objectType": "Group", "mbox_sha1sum": SHA1, "member": [agent("bo"), {"account": ACCOUNT}]},
    {"objectType": "Group", "openid": "https://payroll.example.com/"},
    {"objectType": "Group", "account": ACCOUNT, "member": [agent("bo")]},
]


@pytest.mark.xapi("XAPI-00034", "XAPI-00037")
@both
def test_valid_agents_and_groups_are_taken_at_every_place(moodle: Caller, version: str) -> None:
    for actor in _AGENTS:
        assert is_taken(moodle, *statements_with(actor, version).values(), version=version)
    for group in _GROUPS:
        assert is_taken(moodle, *statements_with(group, version, is_group=True).values(), version=version)


# Number, and what is no Agent by it. Where objectType is wrong, an object is one of another kind (XAPI-00046).
_NO_AGENTS: list[tuple[str, dict[str, Any]]] = [
    ("XAPI-00033", {"name": 1, "mbox": "mailto:a@b.c"}),
    ("XAPI-00033", {"name": ["Ada"], "mbox": "mailto:a@b.c"}),
    ("XAPI-00034", {}),
    ("XAPI-00034", {"name": "Ada"}),
    ("XAPI-00034", {"mbox": "mailto:a@b.c", "mbox_sha1sum": SHA1}),
    ("XAPI-00034", {"mbox": "mailto:a@b.c", "openid": "https://a.example.com/"}),
    ("XAPI-00034", {"mbox": "mailto:a@b.c", "account": ACCOUNT}),
    ("XAPI-00034", {"mbox_sha1sum": SHA1, "openid": "https://a.example.com/"}),
    ("XAPI-00034", {"mbox_sha1sum": SHA1, "account": ACCOUNT}),
    ("XAPI-00034", {"openid": "https://a.example.com/", "account": ACCOUNT}),
    ("XAPI-00038", {"mbox": "a@b.c"}),
    ("XAPI-00038", {"mbox": "http://b.c"}),
    ("XAPI-00038", {"mbox": "mailto:"}),
    ("XAPI-00038", {"mbox": "mailto:a.b.c"}),
    ("XAPI-00038", {"mbox": "mailto:a@b.c,d@e.f"}),
    ("XAPI-00038", {"mbox": 1}),
    ("XAPI-00039", {"mbox_sha1sum": 1}),
    ("XAPI-00039", {"mbox_sha1sum": SHA1[1:]}),
    ("XAPI-00039", {"mbox_sha1sum": "x" + SHA1[1:]}),
    ("XAPI-00040", {"openid": "ada"}),
    ("XAPI-00040", {"openid": "https://a.example.com/ü"}),
    ("XAPI-00040", {"openid": 1}),
    ("XAPI-00041", {"account": "bo-17"}),
    ("XAPI-00041", {"account": [ACCOUNT]}),
    ("XAPI-00042", {"account": {"name": "bo-17"}}),
    ("XAPI-00042", {"account": {"name": "bo-17", "homePage": "lms.example.com"}}),
    ("XAPI-00042", {"account": {"name": "bo-17", "homePage": 1}}),
    ("XAPI-00043", {"account": {"homePage": "https://lms.example.com"}}),
    ("XAPI-00043", {"account": {"homePage": "https://lms.example.com", "name": 17}}),
    ("XAPI-00010", {"mbox": "mailto:a@b.c", "member": [agent("bo")]}),
    ("XAPI-00010", {"account": ACCOUNT | {"extra": 1}}),
]


@pytest.mark.xapi("XAPI-00033", "XAPI-00034", "XAPI-00035", "XAPI-00038 to XAPI-00043")
@both
def test_what_is_no_agent_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    for number, actor in _NO_AGENTS:
        assert all_refused(moodle, number, [*statements_with(actor, version).values()], version)
    assert moodle.ids() == []


_NO_GROUPS: list[tuple[str, dict[str, Any]]] = [
    ("XAPI-00035", {"member": []}),
    ("XAPI-00036", {"member": agent("bo")}),
    ("XAPI-00036", {"member": "bo"}),
    ("XAPI-00036", {"mbox": "mailto:a@b.c", "member": {}}),
    ("XAPI-00006", {"member": ["bo"]}),
    ("XAPI-00031", {"member": [{"objectType": "Group", "mbox": "mailto:a@b.c"}]}),
    ("XAPI-00034", {"member": [agent("bo"), {}]}),
    ("XAPI-00034", {"member": [agent("bo") | {"account": ACCOUNT}]}),
    ("XAPI-00037", {}),
    ("XAPI-00037", {"name": "Payroll"}),
    ("XAPI-00037", {"mbox": "mailto:a@b.c", "account": ACCOUNT}),
    ("XAPI-00037", {"mbox": "mailto:a@b.c", "account": ACCOUNT, "member": [agent("bo")]}),
    ("XAPI-00033", {"name": 1, "member": [agent("bo")]}),
    ("XAPI-00038", {"mbox": "payroll"}),
    ("XAPI-00039", {"mbox_sha1sum": "payroll", "member": [agent("bo")]}),
    ("XAPI-00040", {"openid": "payroll"}),
    ("XAPI-00041", {"account": 1}),
    ("XAPI-00042", {"account": {"name": "payroll"}}),
    ("XAPI-00043", {"account": {"homePage": "https://lms.example.com"}}),
]


@pytest.mark.xapi("XAPI-00034 to XAPI-00043")
@both
def test_what_is_no_group_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    for number, group in _NO_GROUPS:
        sent = statements_with({"objectType": "Group"} | group, version, is_group=True)
        assert all_refused(moodle, number, [*sent.values()], version)
    assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00031")
@both
def test_the_kind_of_an_actor_is_agent_or_group(moodle: Caller, version: str) -> None:
    for kind in ("agent", "group", "Person", "Activity", "SubStatement", "StatementRef", ""):
        sent = statements_with({"objectType": kind, "mbox": "mailto:a@b.c"}, version)
        # An object may be of other kinds too (XAPI-00046).
        asked = [one for place, one in sent.items() if "object" not in place]
        assert all_refused(moodle, "XAPI-00031", asked, version)


@pytest.mark.xapi("XAPI-00032")
@both
def test_the_kind_of_an_actor_is_a_string(moodle: Caller, version: str) -> None:
    kinds: list[Any] = [1, True, ["Agent"], {"Agent": 1}]
    for kind in kinds:
        actor = {"objectType": kind, "mbox": "mailto:a@b.c"}
        for one in (
            statement() | {"actor": actor},
            statement(context={"instructor": actor}),
            statement(authority=actor),
            statement() | {"actor": {"objectType": "Group", "member": [actor]}},
            statement(thing=_inner(actor=actor)),
        ):
            assert "XAPI-00032" in refusal(moodle, one, version)


@pytest.mark.xapi("XAPI-00035")
def test_members_stand_in_groups_alone(moodle: Caller) -> None:
    lone: dict[str, Any] = {"member": [agent("bo")]}
    for one in (
        statement() | {"actor": agent("ada") | lone},
        statement(thing=agent("ada") | lone),
        statement(thing=activity("x") | lone),
        statement(authority=agent("ada") | lone),
        statement() | {"verb": {"id": "https://example.com/v"} | lone},
        statement(**lone),
        statement(context=lone),
    ):
        assert "XAPI-00010" in refusal(moodle, one)


@pytest.mark.xapi("XAPI-00088")
def test_a_team_is_no_agent(moodle: Caller) -> None:
    for one in (agent("bo"), {"mbox": "mailto:a@b.c"}, {"objectType": "Agent", "account": ACCOUNT}):
        found = refusal(moodle, statement(context={"team": one}))
        assert found & {"XAPI-00031", "XAPI-00032", "XAPI-00088"}
    wrongs: list[Any] = ["Payroll", ["Payroll"], 7]
    for wrong in wrongs:
        assert refusal(moodle, statement(context={"team": wrong})) == {"XAPI-00088"}
