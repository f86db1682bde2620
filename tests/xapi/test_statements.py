"""The statement data model by requirement number, and what reading a statement yields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.attachments import AttachmentPart
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import (
    ADA,
    BO,
    COURSE,
    DELETE,
    ID,
    OTHER_ID,
    PASSED,
    VOIDED,
    accepted,
    read,
    refused,
    statement,
    substatement,
)

GROUP = {"objectType": "Group", "member": [ADA, BO]}
REF = {"objectType": "StatementRef", "id": OTHER_ID}
ATTACHMENT = {
    "usageType": "http://example.com/usage/certificate",
    "display": {"en": "Certificate"},
    "contentType": "application/pdf",
    "length": 3,
    "sha2": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "fileUrl": "https://files.example.com/1.pdf",
}


def context(**properties: Any) -> dict[str, Any]:
    return statement(context=properties)


def definition(**properties: Any) -> dict[str, Any]:
    return statement(object={"id": COURSE, "definition": properties})


def score(**numbers: Any) -> dict[str, Any]:
    return statement(result={"score": numbers})


def attachment(**changes: Any) -> dict[str, Any]:
    changed = {key: value for key, value in (ATTACHMENT | changes).items() if value is not DELETE}
    return statement(attachments=[changed])


_REFUSED: list[tuple[str, str, Any]] = [
    ("XAPI-00001", "/actor/name", statement(actor=ADA | {"name": None})),
    ("XAPI-00001", "/result", statement(result=None)),
    ("XAPI-00001", "/verb/display/en", statement(verb={"id": PASSED, "display": {"en": None}})),
    ("XAPI-00003", "/actor", statement(actor=DELETE)),
    ("XAPI-00004", "/verb", statement(verb=DELETE)),
    ("XAPI-00005", "/object", statement(object=DELETE)),
    ("XAPI-00006", "/result/score/raw", score(raw="5")),
    ("XAPI-00006", "/result/score/raw", score(raw=True)),
    ("XAPI-00008", "/Result", statement(Result={})),
    ("XAPI-00008", "/actor/MBOX", statement(actor={"MBOX": "mailto:a@b.c"})),
    ("XAPI-00009", "/object/definition/interactionType", definition(interactionType="Choice")),
    ("XAPI-00010", "/color", statement(color="red")),
    ("XAPI-00010", "/actor/member", statement(actor=ADA | {"member": []})),
    ("XAPI-00010", "/context/contextAgents", context(contextAgents=[])),
    ("XAPI-00022", "/timestamp", statement(timestamp="2026-02-30T00:00:00Z")),
    ("XAPI-00022", "/timestamp", statement(timestamp="2026-02-03T00:00:00-00:00")),
    ("XAPI-00023", "/stored", statement(stored="yesterday")),
    ("XAPI-00024", "/authority", statement(authority="me")),
    ("XAPI-00025", "/attachments", statement(attachments=ATTACHMENT)),
    ("XAPI-00025", "/attachments/0", statement(attachments=["x"])),
    ("XAPI-00027", "/id", statement(id="AA97B177-9383-4934-8543-0F91A7A028368")),
    ("XAPI-00028", "/id", statement(id=12345)),
    ("XAPI-00031", "/actor/objectType", statement(actor=ADA | {"objectType": "Person"})),
    ("XAPI-00032", "/actor/objectType", statement(actor=ADA | {"objectType": 1})),
    ("XAPI-00033", "/actor/name", statement(actor=ADA | {"name": 1})),
    ("XAPI-00034", "/actor", statement(actor={"name": "Ada"})),
    ("XAPI-00034", "/actor", statement(actor=ADA | BO)),
    ("XAPI-00035", "/actor/member", statement(actor={"objectType": "Group", "member": []})),
    ("XAPI-00036", "/actor/member", statement(actor={"objectType": "Group", "member": {}})),
    ("XAPI-00031", "/actor/member/0/objectType", statement(actor={"objectType": "Group", "member": [GROUP]})),
    ("XAPI-00037", "/actor", statement(actor={"objectType": "Group"})),
    ("XAPI-00037", "/actor", statement(actor=GROUP | BO | {"mbox": "mailto:a@b.c"})),
    ("XAPI-00038", "/actor/mbox", statement(actor={"mbox": "ada@example.com"})),
    ("XAPI-00039", "/actor/mbox_sha1sum", statement(actor={"mbox_sha1sum": "abc"})),
    ("XAPI-00040", "/actor/openid", statement(actor={"openid": "ab=c://should.fail.com"})),
    ("XAPI-00041", "/actor/account", statement(actor={"account": "bo"})),
    (
        "XAPI-00042",
        "/actor/account/homePage",
        statement(actor={"account": {"homePage": "lms", "name": "bo"}}),
    ),
    ("XAPI-00043", "/actor/account/name", statement(actor={"account": {"homePage": "https://x.y"}})),
    ("XAPI-00044", "/verb/id", statement(verb={"id": "passed"})),
    ("XAPI-00044", "/verb/id", statement(verb={})),
    ("XAPI-00045", "/verb/display", statement(verb={"id": PASSED, "display": "passed"})),
    ("XAPI-00046", "/object/objectType", statement(object={"objectType": "activity", "id": COURSE})),
    ("XAPI-00047", "/object/id", statement(object={})),
    ("XAPI-00048", "/object/definition", statement(object={"id": COURSE, "definition": "x"})),
    ("XAPI-00049", "/object/definition/interactionType", definition(interactionType="guess")),
    ("XAPI-00056", "/object/definition/name", definition(name="x")),
    ("XAPI-00057", "/object/definition/extensions", definition(extensions=[])),
    ("XAPI-00059", "/object/definition/description", definition(description=1)),
    ("XAPI-00060", "/object/definition/type", definition(type="x")),
    ("XAPI-00061", "/object/definition/moreInfo", definition(moreInfo="x")),
    ("XAPI-00064", "/object/definition/interactionType", definition(correctResponsesPattern=["true"])),
    ("XAPI-00064", "/object/definition/interactionType", definition(choices=[{"id": "a"}])),
    ("XAPI-00065", "/object/objectType", statement(object={"mbox": "mailto:bo@example.com"})),
    ("XAPI-00003", "/object/actor", substatement(actor=DELETE)),
    ("XAPI-00067", "/object/authority", substatement(authority=ADA)),
    ("XAPI-00068", "/object/version", substatement(version="1.0.0")),
    ("XAPI-00069", "/object/stored", substatement(stored="2026-01-01T00:00:00Z")),
    ("XAPI-00070", "/object/id", substatement(id=ID)),
    ("XAPI-00071", "/object/object/objectType", substatement(object=substatement()["object"])),
    ("XAPI-00072", "/object/id", statement(object={"objectType": "StatementRef", "id": "x"})),
    ("XAPI-00072", "/object/id", statement(object={"objectType": "StatementRef"})),
    ("XAPI-00074", "/result/success", statement(result={"success": "true"})),
    ("XAPI-00075", "/result/completion", statement(result={"completion": 1})),
    ("XAPI-00076", "/result/response", statement(result={"response": 1})),
    ("XAPI-00124", "/result/duration", statement(result={"duration": "P4W1D"})),
    ("XAPI-00078", "/result/extensions", statement(result={"extensions": "x"})),
    ("XAPI-00079", "/result/score", statement(result={"score": 1})),
    ("XAPI-00081", "/result/score/min", score(min=5, max=5)),
    ("XAPI-00082", "/result/score/raw", score(raw=11, min=0, max=10)),
    ("XAPI-00082", "/result/score/raw", score(raw=-1, min=0)),
    ("XAPI-00083", "/result/score/scaled", score(scaled=1.01)),
    ("XAPI-00083", "/result/score/scaled", score(scaled=-1.00001)),
    ("XAPI-00084", "/context/revision", statement(object=REF, context={"revision": "1"})),
    ("XAPI-00085", "/context/platform", statement(object=ADA, context={"platform": "Moodle"})),
    ("XAPI-00084", "/object/context/revision", substatement(object=ADA, context={"revision": "1"})),
    ("XAPI-00086", "/context/contextActivities", context(contextActivities="x")),
    ("XAPI-00087-1", "/context/registration", context(registration="x")),
    ("XAPI-00087-2", "/context/instructor", context(instructor="x")),
    ("XAPI-00088", "/context/team", context(team="x")),
    ("XAPI-00031", "/context/team/objectType", context(team=ADA)),
    ("XAPI-00089", "/context/revision", context(revision=1)),
    ("XAPI-00090", "/context/platform", context(platform={})),
    ("XAPI-00091", "/context/language", context(language="en_US")),
    ("XAPI-00092", "/context/statement", context(statement=ID)),
    ("XAPI-00073", "/context/statement/objectType", context(statement={"id": ID})),
    ("XAPI-00093", "/context/contextActivities", context(contextActivities={"sibling": []})),
    ("XAPI-00094", "/context/contextActivities/other/0", context(contextActivities={"other": ["x"]})),
    ("XAPI-00098", "/authority", statement(authority={"objectType": "Group", "member": [ADA]})),
    ("XAPI-00098", "/authority", statement(authority={"objectType": "Group", "member": [ADA, BO, BO]})),
    ("XAPI-00098", "/authority", statement(authority=GROUP | {"mbox": "mailto:a@b.c"})),
    ("XAPI-00101", "/version", statement(version="0.9.9")),
    ("XAPI-00101", "/version", statement(version="1.1.0")),
    ("XAPI-00102", "/attachments/0/length", attachment(length="3")),
    ("XAPI-00102", "/attachments/0/length", attachment(length=DELETE)),
    ("XAPI-00103", "/attachments/0/sha2", attachment(sha2=1)),
    ("XAPI-00104", "/attachments/0/fileUrl", attachment(fileUrl="x")),
    ("XAPI-00105", "/attachments/0/contentType", attachment(contentType=1)),
    ("XAPI-00106", "/attachments/0/display", attachment(display="x")),
    ("XAPI-00106", "/attachments/0/display", attachment(display=DELETE)),
    ("XAPI-00107", "/attachments/0/usageType", attachment(usageType="x")),
    ("XAPI-00118", "/result/extensions/x", statement(result={"extensions": {"x": 1}})),
    ("XAPI-00120", "/context/extensions", context(extensions=[])),
    ("XAPI-00121", "/verb/display/a12345678", statement(verb={"id": PASSED, "display": {"a12345678": "x"}})),
    ("XAPI-00129", "/attachments/0/sha2", attachment(fileUrl=DELETE)),
    ("XAPI-00020", "/object/objectType", statement(verb={"id": VOIDED})),
]


@pytest.mark.parametrize(("requirement", "pointer", "body"), _REFUSED)
def test_a_broken_requirement_is_named_with_its_place(requirement: str, pointer: str, body: Any) -> None:
    found = [(violation.requirement, violation.pointer) for violation in read(body).violations]
    assert (requirement, pointer) in found
    assert all(violation.index == 0 for violation in read(body).violations)


@pytest.mark.parametrize(
    "body",
    [
        statement(),
        statement(id=DELETE, timestamp=DELETE),
        statement(actor=BO),
        statement(actor=GROUP),
        statement(actor={"objectType": "Group", "mbox": "mailto:team@example.com"}),
        statement(object=ADA),
        statement(object=GROUP),
        statement(object=REF),
        statement(verb={"id": VOIDED}, object=REF),
        substatement(),
        substatement(object=ADA),
        substatement(object=GROUP),
        substatement(object=REF),
        substatement(result={"success": True}, context={"revision": "1"}),
        statement(authority=ADA, version="1.0", stored="2026-01-01T00:00:00Z"),
        statement(authority=GROUP),
        statement(timestamp="2099-01-01T00:00:00Z"),
        statement(result={}, context={}),
        definition(),
        definition(extensions={}),
        definition(
            interactionType="choice", correctResponsesPattern=[], choices=[{"id": "a", "description": {}}]
        ),
        definition(interactionType="matching", source=[{"id": "a"}], target=[{"id": "a"}]),
        statement(
            result={"extensions": {"http://x.y/null": None, "http://x.y/text": "", "http://x.y/object": {}}}
        ),
        score(scaled=1, raw=0.5, min=0, max=1),
        score(scaled=-1.0, raw=-5),
        context(instructor=GROUP, team=GROUP, language="sr-Latn-RS", platform="Moodle", statement=REF),
        context(registration=ID.upper(), contextActivities={"parent": {"id": COURSE}, "other": []}),
        attachment(),
    ],
)
@pytest.mark.parametrize("version", list(Version))
def test_valid_statements_are_accepted(body: Any, version: Version) -> None:
    accepted(body, version=version)


def test_every_violation_of_every_statement_is_listed() -> None:
    batch = read(
        [statement(id=OTHER_ID), statement(actor={}, verb={}), statement(id=DELETE, color=1, timestamp="x")]
    )
    found = {(violation.index, violation.pointer) for violation in batch.violations}
    assert found == {(1, "/actor"), (1, "/verb/id"), (2, "/color"), (2, "/timestamp")}
    assert batch.statements == ()


@pytest.mark.parametrize("version", list(Version))
def test_an_id_twice_in_a_batch_is_refused(version: Version) -> None:
    batch = read([statement(), statement(id=OTHER_ID), statement(id=ID.upper())], version=version)
    assert [(violation.index, violation.pointer) for violation in batch.violations] == [(2, "/id")]


@pytest.mark.parametrize(
    "body", [b"", b"null", b"1", b'"x"', b"{", b"[null]", b"[[]]", b"not json", b"\xff", b"[{},]"]
)
def test_a_body_that_holds_no_statements_is_refused(body: bytes) -> None:
    refused(body)


def test_an_empty_array_holds_no_statement_and_no_violation() -> None:
    assert read(b" [ ] ") == read(b"[]")
    assert read(b"[]").violations == ()


def test_a_duplicate_key_is_refused_with_index_and_pointer() -> None:
    text = orjson.dumps(statement(id=DELETE))
    doubled = text.replace(b'"name":"Ada"', b'"name":"Ada","name":"Bo"')
    found = refused(b"[%s, %s]" % (text, doubled))
    assert (found.index, found.pointer) == (1, "/actor/name")


def test_a_score_at_its_bound_is_read_digit_by_digit() -> None:
    text = orjson.dumps(statement(result={"score": {"scaled": 0.25}}))
    assert refused(text.replace(b"0.25", b"1.0000000000000000001")).requirement == "XAPI-00083"
    accepted(text.replace(b"0.25", b"1.0000000000000000000"))
    accepted(text.replace(b'"scaled":0.25', b'"scaled":1.0,"raw":1e-99999999999999999999'))
    accepted(text.replace(b'"scaled":0.25', b'"min":0.1,"max":0.10000000000000000001,"raw":0.1'))


def test_more_than_a_thousand_violations_are_cut() -> None:
    batch = read([statement(id=DELETE, actor={})] * 1_500)
    assert len(batch.violations) == 1_001
    assert "more than 1000" in batch.violations[-1].message


def test_deep_extensions_are_refused() -> None:
    deep: Any = 1
    for _ in range(120):
        deep = {"http://x.y": deep}
    assert "deeper" in refused(statement(result={"extensions": {"http://x.y": deep}})).message


def test_put_takes_one_statement_of_the_named_id() -> None:
    def put(value: Any) -> tuple[str, ...]:
        batch = read_statements(orjson.dumps(value), version=Version.V1_0_3, put_id=ID.upper())
        return tuple(violation.pointer for violation in batch.violations)

    assert put(statement()) == ()
    assert put(statement(id=DELETE)) == ()
    assert put(statement(id=OTHER_ID)) == ("/id",)
    assert put([statement()]) == ("",)


def test_context_agents_and_groups_are_of_2_0() -> None:
    body = context(
        contextAgents=[{"objectType": "contextAgent", "agent": ADA, "relevantTypes": ["http://x.y/coach"]}],
        contextGroups=[{"objectType": "contextGroup", "group": GROUP}],
    )
    assert refused(body).requirement == "XAPI-00010"
    one = accepted(body, version=Version.V2_0_0)
    assert dict(one.agents)["account:https://lms.example.com|bo-17"] is False


@pytest.mark.parametrize(
    ("pointer", "item"),
    [
        ("objectType", {"agent": ADA}),
        ("objectType", {"objectType": "ContextAgent", "agent": ADA}),
        ("agent", {"objectType": "contextAgent"}),
        ("relevantTypes", {"objectType": "contextAgent", "agent": ADA, "relevantTypes": []}),
        ("relevantTypes/0", {"objectType": "contextAgent", "agent": ADA, "relevantTypes": ["x"]}),
        ("extra", {"objectType": "contextAgent", "agent": ADA, "extra": 1}),
    ],
)
def test_context_agents_follow_their_rules(pointer: str, item: dict[str, Any]) -> None:
    found = refused(context(contextAgents=[item]), version=Version.V2_0_0)
    assert found.pointer == f"/context/contextAgents/0/{pointer}"


_DEFECTS: list[tuple[str, dict[str, Any]]] = [
    ("group-activity", statement(object={"objectType": "GroupActivity", "id": COURSE})),
    (
        "group-activity",
        context(contextActivities={"parent": [{"objectType": "GroupActivity", "id": COURSE}]}),
    ),
    ("object-id-not-iri", statement(object={"id": "undefined?subContentId=1"})),
    ("account-without-homepage", statement(actor={"account": {"name": "ada"}})),
    ("parent-without-id", context(contextActivities={"parent": [{"definition": {}}]})),
    ("empty-registration", context(registration="")),
]


@pytest.mark.parametrize(("slug", "body"), _DEFECTS)
def test_a_known_defect_is_refused_by_its_name_or_flagged_where_lenient(
    slug: str, body: dict[str, Any]
) -> None:
    assert refused(body).defect == slug
    one = accepted(body, lenient=True)
    assert [flag.defect for flag in one.flags] == [slug]
    assert one.source == orjson.dumps(body)
    assert len(one.fingerprint) == 24


def test_lenient_takes_nothing_but_the_known_defects() -> None:
    assert refused(statement(timestamp="x"), lenient=True).defect is None
    assert refused(context(contextActivities={"other": [{}]}), lenient=True).requirement == "XAPI-00047"
    assert refused(statement(object={}), lenient=True).requirement == "XAPI-00047"


def test_what_storing_needs_is_taken_out() -> None:
    inner = {"id": "http://x.y/quiz", "definition": {"type": "http://x.y/types/quiz"}}
    one = accepted(
        statement(
            id=ID.upper(),
            actor=GROUP | {"mbox": "mailto:Team@example.com"},
            timestamp="2026-05-04T11:30:00+02:00",
            authority={"mbox": "mailto:lms@example.com"},
            context={
                "registration": OTHER_ID.upper(),
                "instructor": {"mbox": "mailto:cem@example.com"},
                "contextActivities": {"parent": [inner], "other": {"id": COURSE}},
            },
        )
    )
    assert one.statement_id == ID
    assert one.timestamp == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert (one.actor_key, one.actor_is_group) == ("mbox:mailto:team@example.com", True)
    assert (one.verb_iri, one.object_kind, one.activity_iri) == (PASSED, "Activity", COURSE)
    assert (one.registration, one.voids, one.refers_to) == (OTHER_ID, None, None)
    assert dict(one.agents) == {
        "mbox:mailto:ada@example.com": True,
        "account:https://lms.example.com|bo-17": True,
        "mbox:mailto:team@example.com": True,
        "mbox:mailto:cem@example.com": False,
        "mbox:mailto:lms@example.com": False,
    }
    assert dict(one.activities) == {COURSE: True, "http://x.y/quiz": False}
    assert one.definitions == (
        (COURSE, b'{"name":{"en":"First aid"}}'),
        ("http://x.y/quiz", b'{"type":"http://x.y/types/quiz"}'),
    )


def test_what_stands_in_a_substatement_is_related_only() -> None:
    one = accepted(substatement(actor=BO, object={"id": "http://x.y/a"}, context={"registration": OTHER_ID}))
    assert one.object_kind == "SubStatement"
    assert one.activity_iri is None
    assert one.registration is None
    assert dict(one.agents) == {
        "mbox:mailto:ada@example.com": True,
        "account:https://lms.example.com|bo-17": False,
    }
    assert dict(one.activities) == {"http://x.y/a": False}


def test_a_voiding_statement_names_its_target_in_lower_case() -> None:
    one = accepted(
        statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": OTHER_ID.upper()})
    )
    assert (one.voids, one.refers_to) == (OTHER_ID, OTHER_ID)
    comment = accepted(statement(object=REF))
    assert (comment.voids, comment.refers_to) == (None, OTHER_ID)


def test_definitions_keep_the_digits_of_numbers() -> None:
    body = orjson.dumps(definition(extensions={"http://x.y/pi": 0.5})).replace(
        b"0.5", b"3.14159265358979323846"
    )
    ((_, found),) = accepted(body).definitions
    assert found == b'{"extensions":{"http://x.y/pi":3.14159265358979323846}}'


def test_a_batch_is_split_at_its_statements_whatever_its_texts_hold() -> None:
    odd = [
        statement(id=DELETE, result={"response": text})
        for text in ("}, {", "{", "}", '"},{"', "\\", "[,]", "}]", "é}, {é")
    ]
    for indent in (orjson.OPT_INDENT_2, 0):
        body = orjson.dumps(odd, option=indent)
        batch = read(body)
        assert batch.violations == ()
        assert [orjson.loads(one.source) for one in batch.statements] == odd
        assert all(one.source in body for one in batch.statements)


def test_parts_must_match_the_attachments() -> None:
    part = AttachmentPart(ATTACHMENT["sha2"], "application/pdf", b"abc")  # type: ignore[arg-type]  # it is a str
    body = attachment(fileUrl=DELETE, sha2=str(ATTACHMENT["sha2"]).upper())
    batch = read(body, parts={part.sha2: part})
    assert batch.violations == ()
    assert batch.statements[0].attachments[0].sha2 == part.sha2
    (excess,) = read(statement(), parts={part.sha2: part}).violations
    assert (excess.index, excess.requirement) == (None, "XAPI-00128")
    inner = substatement(attachments=body["attachments"])
    assert read(inner, parts={part.sha2: part}).violations == ()
    (missing,) = read(body, parts={}).violations
    assert missing.requirement == "XAPI-00129"


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["id", "objectType", "actor", "verb", "object", "member", "mbox", "account", "definition", "context",
             "contextActivities", "parent", "contextAgents", "agent", "result", "score", "scaled", "min", "max", "raw",
             "attachments", "extensions", "timestamp", "duration", "name", "display", "choices", "sha2", "usageType"]
        ),
        inner | st.sampled_from(["Agent", "Group", "SubStatement", "StatementRef", "Activity", ID, PASSED]),
        max_size=6,
    ),
    max_leaves=30,
)  # fmt: skip


@given(_JUNK, st.booleans(), st.sampled_from(list(Version)))
def test_reading_never_raises(junk: Any, lenient: bool, version: Version) -> None:
    text = orjson.dumps(junk, option=orjson.OPT_PASSTHROUGH_SUBCLASS) if _fits(junk) else b"[1]"
    for body in (text, b"[%s]" % text):
        batch = read_statements(body, version=version, lenient=lenient, attachments={})
        assert not (batch.violations and batch.statements)


@given(_JUNK, st.sampled_from(sorted(statement())), st.booleans())
def test_reading_a_statement_with_one_odd_property_never_raises(junk: Any, key: str, lenient: bool) -> None:
    if _fits(junk):
        for body in (statement(**{key: junk}), substatement(**{key: junk})):
            for one in read(body, lenient=lenient, version=Version.V2_0_0).statements:
                one.document(statement_id=ID, stored="s", timestamp="t", authority=b"{}", version="2.0.0")


@given(st.binary(max_size=200))
def test_reading_bytes_never_raises(body: bytes) -> None:
    read_statements(body, version=Version.V1_0_3)


def _fits(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
