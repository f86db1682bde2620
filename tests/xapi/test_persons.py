"""GET /agents, /activities and /about."""

from __future__ import annotations

import orjson

from lms_bridge.xapi.about import about
from lms_bridge.xapi.persons import person, read_activity_query, read_agent_query
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import ADA, BO, COURSE

V1 = Version.V1_0_3


def test_a_person_has_arrays() -> None:
    assert person([ADA, BO, ADA]) == {
        "objectType": "Person",
        "name": ["Ada"],
        "mbox": ["mailto:ada@example.com"],
        "account": [BO["account"]],
    }
    assert person([]) == {"objectType": "Person"}


def test_the_agent_is_required_and_valid() -> None:
    assert read_agent_query([("agent", orjson.dumps(ADA).decode())], V1) == ADA
    for wrong in (
        [],
        [("agent", "x")],
        [("agent", "{}")],
        [("agent", orjson.dumps(ADA).decode()), ("x", "1")],
    ):
        assert isinstance(read_agent_query(wrong, V1), tuple)
        assert read_agent_query(wrong, V1)


def test_the_activity_is_required_and_an_iri() -> None:
    assert read_activity_query([("activityId", COURSE)], V1) == COURSE
    for wrong in ([], [("activityId", "x")], [("activityId", COURSE), ("x", "1")]):
        assert isinstance(read_activity_query(wrong, V1), tuple)


def test_about_lists_both_versions() -> None:
    assert about() == {"version": ["1.0.3", "2.0.0"]}
    assert about({"http://x.y": 1})["extensions"] == {"http://x.y": 1}
