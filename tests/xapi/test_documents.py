"""State, Agent Profile and Activity Profile: parameters, preconditions and merge."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.documents import (
    Document,
    DocumentQuery,
    Method,
    Refused,
    Resource,
    decide_write,
    etag_of,
    merge_documents,
    read_document_query,
)
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.violations import Violation
from tests.xapi.builders import ADA, COURSE, ID

AGENT = orjson.dumps(ADA).decode()
V1, V2 = Version.V1_0_3, Version.V2_0_0
PROFILES = (Resource.AGENT_PROFILE, Resource.ACTIVITY_PROFILE)
TAG = etag_of(b"{}")


def _query(resource: Resource, method: Method, **arguments: str) -> DocumentQuery | tuple[Violation, ...]:
    return read_document_query(resource, method, list(arguments.items()), V1)


def test_a_state_is_named_by_activity_agent_registration_and_id() -> None:
    found = _query(
        Resource.STATE, "PUT", activityId=COURSE, agent=AGENT, registration=ID.upper(), stateId="a b"
    )
    assert found == DocumentQuery(Resource.STATE, COURSE, "mbox:mailto:ada@example.com", ID, "a b", None)


def test_since_bounds_a_listing_of_ids() -> None:
    found = _query(Resource.AGENT_PROFILE, "GET", agent=AGENT, since="2026-01-01T00:00:00Z")
    assert isinstance(found, DocumentQuery)
    assert found.since is not None
    assert found.document_id is None
    assert isinstance(
        _query(Resource.AGENT_PROFILE, "PUT", agent=AGENT, profileId="x", since="2026-01-01T00:00:00Z"), tuple
    )


def test_deleting_states_needs_no_id_deleting_a_profile_does() -> None:
    assert isinstance(_query(Resource.STATE, "DELETE", activityId=COURSE, agent=AGENT), DocumentQuery)
    assert isinstance(_query(Resource.ACTIVITY_PROFILE, "DELETE", activityId=COURSE), tuple)


@pytest.mark.parametrize(
    ("resource", "method", "arguments", "requirement"),
    [
        (Resource.STATE, "PUT", {"activityId": COURSE, "agent": AGENT}, "XAPI-00206"),
        (Resource.STATE, "GET", {"agent": AGENT}, "XAPI-00208"),
        (Resource.STATE, "DELETE", {"activityId": COURSE}, "XAPI-00212"),
        (Resource.AGENT_PROFILE, "POST", {"profileId": "x"}, "XAPI-00263"),
        (Resource.AGENT_PROFILE, "DELETE", {"agent": AGENT}, "XAPI-00265"),
        (Resource.ACTIVITY_PROFILE, "GET", {}, "XAPI-00296"),
        (Resource.ACTIVITY_PROFILE, "PUT", {"activityId": COURSE}, "XAPI-00302"),
        (Resource.STATE, "GET", {"activityId": COURSE, "agent": "ada"}, "XAPI-00012"),
        (Resource.STATE, "GET", {"activityId": COURSE, "agent": AGENT, "registration": "x"}, "XAPI-00012"),
        (Resource.STATE, "GET", {"activityId": COURSE, "agent": AGENT, "since": "x"}, "XAPI-00012"),
        (Resource.STATE, "GET", {"activityId": "x", "agent": AGENT}, "XAPI-00012"),
        (Resource.STATE, "GET", {"activityId": COURSE, "agent": AGENT, "foo": "1"}, "XAPI-00324"),
        (Resource.STATE, "GET", {"activityId": COURSE, "agent": AGENT, "stateID": "1"}, "XAPI-00325"),
        (Resource.STATE, "PUT", {"activityId": COURSE, "agent": AGENT, "stateId": ""}, "XAPI-00012"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    resource: Resource, method: Method, arguments: dict[str, str], requirement: str
) -> None:
    found = _query(resource, method, **arguments)
    assert isinstance(found, tuple)
    assert [violation.requirement for violation in found] == [requirement]


def test_the_etag_is_the_quoted_sha_1() -> None:
    assert etag_of(b"abc") == '"a9993e364706816aba3e25717850c26c9cd0d89d"'


def _decide(
    resource: Resource,
    version: Version,
    method: Method = "PUT",
    *,
    current: str | None = None,
    if_match: str | None = None,
    if_none_match: str | None = None,
) -> str:
    found = decide_write(
        resource=resource,
        method=method,
        version=version,
        current=current,
        if_match=if_match,
        if_none_match=if_none_match,
    )
    return found.kind if isinstance(found, Refused) else "permitted"


def test_put_without_a_header_by_version_and_resource() -> None:
    for profile in PROFILES:
        assert _decide(profile, V1) == "bad-request"
        assert _decide(profile, V1, current=TAG) == "conflict"
        assert _decide(profile, V2) == "permitted"
        assert _decide(profile, V2, current=TAG) == "conflict"
    assert _decide(Resource.STATE, V1) == "permitted"
    assert _decide(Resource.STATE, V1, current=TAG) == "permitted"
    assert _decide(Resource.STATE, V2) == "permitted"
    assert _decide(Resource.STATE, V2, current=TAG) == "conflict"


@pytest.mark.parametrize("resource", list(Resource))
@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_xapi_00322_conditions_decide_every_write(
    resource: Resource, version: Version, method: Method
) -> None:
    for good in (TAG, f"W/{TAG}", TAG.strip('"'), f'"other", {TAG}', "*"):
        assert _decide(resource, version, method, current=TAG, if_match=good) == "permitted"
    for wrong in ('"other"', '""', 'W/""', '"*"', "", ",", f'"a, {TAG.strip(chr(34))}"'):
        assert _decide(resource, version, method, current=TAG, if_match=wrong) == "precondition-failed"
    assert _decide(resource, version, method, current=TAG, if_none_match='"*"') == "permitted"
    assert _decide(resource, version, method, current=None, if_match=TAG) == "precondition-failed"
    assert _decide(resource, version, method, current=None, if_match="*") == "precondition-failed"
    assert _decide(resource, version, method, current=TAG, if_none_match="*") == "precondition-failed"
    assert _decide(resource, version, method, current=TAG, if_none_match=TAG) == "precondition-failed"
    assert _decide(resource, version, method, current=None, if_none_match="*") == "permitted"


def test_a_conflict_says_what_to_do() -> None:
    found = decide_write(
        resource=Resource.AGENT_PROFILE,
        method="PUT",
        version=V1,
        current=TAG,
        if_match=None,
        if_none_match=None,
    )
    assert isinstance(found, Refused)
    assert "check its current state" in found.message
    assert TAG in found.message


def _json(text: bytes, content_type: str = "application/json; charset=utf-8") -> Document:
    return Document(content_type, text)


def test_xapi_00183_merge_replaces_at_the_top_level() -> None:
    stored = _json(b'{"a":{"x":1,"y":2},"b":1.50}')
    found = merge_documents(Resource.STATE, stored, _json(b'{"a":{"x":3.10},"c":[1]}'))
    assert found == Document("application/json", b'{"a":{"x":3.10},"b":1.50,"c":[1]}')


def test_a_post_of_a_new_document_stores_it() -> None:
    for posted in (_json(b"[1]"), _json(b"abc", "text/plain"), _json(b"", "application/octet-stream")):
        assert merge_documents(Resource.STATE, None, posted) is posted


@pytest.mark.parametrize(
    ("stored", "posted", "requirement"),
    [
        (None, _json(b"{"), "XAPI-00235"),
        (_json(b"{}"), _json(b"{"), "XAPI-00235"),
        (_json(b"{}"), _json(b"[]"), "XAPI-00229"),
        (_json(b"[]"), _json(b"{}"), "XAPI-00229"),
        (_json(b"{"), _json(b"{}"), "XAPI-00229"),
        (_json(b"{}"), _json(b"{}", "text/plain"), "XAPI-00232"),
        (_json(b"{}", "text/plain"), _json(b"{}"), "XAPI-00232"),
        (_json(b"a", "text/plain"), _json(b"b", "text/plain"), "XAPI-00232"),
    ],
)
def test_what_cannot_be_merged_is_refused(
    stored: Document | None, posted: Document, requirement: str
) -> None:
    found = merge_documents(Resource.STATE, stored, posted)
    assert isinstance(found, Violation)
    assert found.requirement == requirement


@given(st.binary(), st.binary(), st.sampled_from(list(Resource)))
def test_merging_never_raises(stored: bytes, posted: bytes, resource: Resource) -> None:
    merge_documents(resource, _json(stored), _json(posted))
