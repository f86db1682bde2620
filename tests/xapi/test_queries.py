"""The parameters of the statement resource."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi import queries
from lms_bridge.xapi.queries import (
    QUERY_PARAMETERS,
    StatementQuery,
    read_post_parameters,
    read_put_id,
    read_query,
)
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import ADA, BO, COURSE, ID, PASSED

V1 = Version.V1_0_3


def _read(**arguments: str) -> StatementQuery:
    found = read_query(list(arguments.items()), V1)
    assert isinstance(found, StatementQuery), found
    return found


def _refused(*pairs: tuple[str, str], version: Version = V1) -> list[tuple[str, str]]:
    found = read_query(pairs, version)
    assert isinstance(found, tuple)
    return [(violation.pointer, violation.requirement) for violation in found]


def test_no_parameter_asks_for_everything() -> None:
    assert _read() == StatementQuery()


def test_every_filter_is_read() -> None:
    found = _read(
        agent=orjson.dumps(ADA).decode(),
        verb=PASSED,
        activity=COURSE,
        registration=ID.upper(),
        related_activities="true",
        related_agents="false",
        since="2026-05-04T09:30:00Z",
        until="2026-05-04T11:30:00+01:00",
        limit="25",
        format="ids",
        attachments="true",
        ascending="true",
        cursor="abc",
    )
    assert found == StatementQuery(
        agent_key="mbox:mailto:ada@example.com",
        verb_iri=PASSED,
        activity_iri=COURSE,
        registration=ID,
        related_activities=True,
        since=datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
        until=datetime(2026, 5, 4, 10, 30, tzinfo=UTC),
        limit=25,
        format="ids",
        attachments=True,
        ascending=True,
        cursor="abc",
    )


def test_what_is_remembered_of_a_query_changes_no_answer() -> None:
    """A query is remembered without its cursor; what a cursor may not do, it may not do the second time either."""
    for _ in range(2):
        assert _read(limit="7", verb=PASSED) == StatementQuery(limit=7, verb_iri=PASSED)
        assert _read(limit="7", verb=PASSED, cursor="a.b.c").cursor == "a.b.c"
        assert _read(limit="7", verb=PASSED, cursor="d").cursor == "d"
        assert _refused(("limit", "7"), ("verb", PASSED), ("cursor", "")) == [("cursor", "XAPI-00012")]
        assert _refused(("limit", "7"), ("cursor", "a"), ("cursor", "b")) == [("cursor", "XAPI-00012")]
        assert _read(statementId=ID).statement_id == ID
        assert _refused(("statementId", ID), ("cursor", "a")) == [("statementId", "XAPI-00151")]
        assert _refused(("limit", "-7"), ("cursor", "a")) == [("limit", "XAPI-00012")]
    assert isinstance(read_query({"since": ["2026-05-04T09:30"]}, V1), StatementQuery)
    assert isinstance(read_query({"since": ["2026-05-04T09:30"]}, Version.V2_0_0), tuple)
    long = f"https://example.com/{'x' * 5_000}"
    assert [_read(verb=long, cursor="a").verb_iri for _ in range(2)] == [long, long]


@pytest.mark.parametrize(
    "arguments",
    [
        [("statementId", ID)],
        [("voidedStatementId", ID)],
        [("cursor", "a"), ("limit", "1")],
        [(f"unknown{number}", "") for number in range(50)],
        [("n" * 3_000, "")],
        [("verb", f"https://example.com/{'x' * 3_000}")],
    ],
)
def test_what_is_long_or_asked_for_once_is_not_remembered(arguments: list[tuple[str, str]]) -> None:
    queries._remembered_query.cache_clear()
    for _ in range(2):
        read_query(arguments, V1)
        read_query([*arguments, ("cursor", "c")], V1)
    assert queries._remembered_query.cache_info().currsize == 0


def test_the_pages_of_a_query_are_remembered_as_one() -> None:
    queries._remembered_query.cache_clear()
    for number in range(5):
        assert _read(cursor=f"c{number}").cursor == f"c{number}"
        assert _read(verb=PASSED, cursor=f"c{number}") == StatementQuery(verb_iri=PASSED, cursor=f"c{number}")
    assert queries._remembered_query.cache_info().currsize == 2


def test_an_identified_group_may_be_asked_for_an_anonymous_one_not() -> None:
    group = {"objectType": "Group", "mbox": "mailto:team@example.com"}
    assert _read(agent=orjson.dumps(group).decode()).agent_key == "mbox:mailto:team@example.com"
    anonymous = orjson.dumps({"objectType": "Group", "member": [BO]}).decode()
    assert _refused(("agent", anonymous)) == [("agent", "XAPI-00012")]


def test_related_agents_alone_is_no_fault() -> None:
    assert _read(related_agents="true").related_agents


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
def test_a_single_statement_is_asked_for_with_attachments_and_format_alone(name: str) -> None:
    assert _read(**{name: ID, "attachments": "true", "format": "canonical"})
    requirement = "XAPI-00151" if name == "statementId" else "XAPI-00150"
    for other in sorted(QUERY_PARAMETERS - {name, "attachments", "format"}):
        value = {"agent": orjson.dumps(ADA).decode(), "limit": "1", "verb": PASSED, "activity": COURSE}.get(
            other, ID
        )
        assert (name, requirement) in _refused((name, ID), (other, value))


@pytest.mark.parametrize("name", ["foo", "LIMIT", "VerB", "statementid", ""])
def test_an_unknown_or_wrongly_cased_parameter_is_refused(name: str) -> None:
    ((pointer, requirement),) = _refused((name, "1"))
    assert pointer == name
    assert requirement in {"XAPI-00324", "XAPI-00325"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statementId", "x"),
        ("voidedStatementId", ""),
        ("agent", "ada"),
        ("agent", "{}"),
        ("agent", '{"mbox":"ada"}'),
        ("agent", '{"mbox":"mailto:a@b","mbox":"mailto:a@b"}'),
        ("agent", '{"mbox":"\ud800"}'),
        ("verb", "passed"),
        ("activity", ""),
        ("registration", "12345"),
        ("related_activities", "1"),
        ("related_agents", "True"),
        ("since", "yesterday"),
        ("until", "2026-02-30T00:00:00Z"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "٣"),
        ("format", "IDS"),
        ("attachments", "yes"),
        ("ascending", ""),
        ("cursor", ""),
    ],
)
def test_xapi_00012_a_value_of_the_wrong_type_is_refused(name: str, value: str) -> None:
    assert _refused((name, value))


@pytest.mark.parametrize("value", ["999999999", "2147483647", "9" * 30])
def test_a_limit_beyond_every_page_is_taken(value: str) -> None:
    """Senders ask for all with the largest number that they know; 2.1.3 wants a nonnegative Integer."""
    query = read_query({"limit": [value]}, V1)
    assert isinstance(query, StatementQuery)
    assert query.limit == 999_999_999


def test_a_parameter_given_twice_is_refused() -> None:
    assert _refused(("limit", "1"), ("limit", "2")) == [("limit", "XAPI-00012")]
    assert isinstance(read_query({"limit": ["1", "1"]}, V1), tuple)


def test_2_0_takes_rfc_3339_alone() -> None:
    assert _refused(("since", "2026-05-04T09:30"), version=Version.V2_0_0)
    assert isinstance(read_query({"since": ["2026-05-04T09:30"]}, V1), StatementQuery)


def test_put_takes_the_id_and_post_takes_nothing() -> None:
    assert read_put_id([("statementId", ID.upper())], V1) == ID.upper()
    for wrong in ([], [("statementId", "x")], [("statementId", ID), ("x", "1")]):
        assert isinstance(read_put_id(wrong, V1), tuple)
    assert read_post_parameters([], V1) == ()
    assert read_post_parameters([("statementId", ID)], V1)


@given(st.lists(st.tuples(st.sampled_from(sorted(QUERY_PARAMETERS)) | st.text(), st.text()), max_size=5))
def test_reading_a_query_never_raises(pairs: list[tuple[str, str]]) -> None:
    for version in Version:
        read_query(pairs, version)
