"""Formatting of statements: every value in its place, of its type, in its form (1.0.3 Data 2.1, 2.2 and 2.4.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.xapi.lrs import COURSES, Caller, activity, agent, mail_of, reference, statement
from tests.web.xapi.requirements.cases import (
    ABSENT,
    UUID,
    VERSIONS,
    Path,
    all_refused,
    at,
    is_free,
    is_taken,
    nested,
    paths,
    pointer,
    refusal,
    spoiled,
    value_at,
    verdicts,
    whole,
)

both = pytest.mark.parametrize("version", VERSIONS)


def cases(version: str) -> list[tuple[dict[str, Any], Path]]:
    """Return every value of a whole statement and of a whole SubStatement."""
    return [(one, path) for one in (whole(version), nested(version)) for path in paths(one)]


@both
def test_a_statement_with_every_property_is_taken(moodle: Caller, version: str) -> None:
    assert is_taken(moodle, whole(version), nested(version), version=version)


@pytest.mark.xapi("XAPI-00001")
@both
def test_null_is_refused_at_every_place_but_inside_extensions(moodle: Caller, version: str) -> None:
    spoils = [(one, path) for one, path in cases(version) if path[-1] != "extensions"]
    found = verdicts(moodle, [spoiled(one, path, None) for one, path in spoils], version)
    assert len(spoils) > 150
    for (_, path), violations in zip(spoils, found, strict=True):
        assert ("XAPI-00001", pointer(path)) in violations, path
    assert is_taken(moodle, whole(version), version=version)


@pytest.mark.xapi("XAPI-00002")
@pytest.mark.parametrize("digits", ["0.1234567", "1.17549435e-38", "3.4028234e38", "-0.333333343267440796"])
def test_a_decimal_keeps_the_precision_of_a_float(moodle: Caller, digits: str) -> None:
    one = statement(result={"score": {"raw": 7}, "extensions": {"https://example.com/x": 7}})
    body = json.dumps(one).replace("7}", f"{digits}}}").encode()
    headers = {"Content-Type": "application/json"}
    assert moodle.request("POST", "statements", body=body, headers=headers).status_code == 200
    found = moodle.get(statementId=one["id"])
    assert found.data.count(digits.encode()) == 2
    assert found.json["result"]["score"]["raw"] == float(digits)


@pytest.mark.xapi("XAPI-00003", "XAPI-00004", "XAPI-00005")
@both
def test_actor_verb_and_object_must_be_there(moodle: Caller, version: str) -> None:
    for number, name in (("XAPI-00003", "actor"), ("XAPI-00004", "verb"), ("XAPI-00005", "object")):
        top, inner = (
            spoiled(whole(version), (name,), ABSENT),
            spoiled(nested(version), ("object", name), ABSENT),
        )
        assert all_refused(moodle, number, [top, inner], version)
    assert moodle.ids() == []


def _of_another_type(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return 5
        case list():
            return "text"
        case _:
            return ["text"]


@pytest.mark.xapi("XAPI-00006")
@both
def test_a_value_of_another_type_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    spoils = cases(version)
    sent = [spoiled(one, path, _of_another_type(value_at(one, path))) for one, path in spoils]
    for (_, path), violations in zip(spoils, verdicts(moodle, sent, version), strict=True):
        assert any(place.startswith(pointer(path)) for _, place in violations), (path, violations)
    assert moodle.ids() == []


_FORMATTED = (
    "actor.mbox", "verb.id", "object.id", "object.definition.type", "object.definition.moreInfo", "result.duration",
    "context.registration", "context.instructor.openid", "context.team.account.homePage",
    "context.team.member.0.mbox", "context.contextActivities.parent.0.id", "context.contextActivities.other.0.id",
    "context.contextActivities.grouping.0.id", "context.contextActivities.category.0.definition.type",
    "context.language", "context.statement.id", "timestamp", "attachments.0.usageType", "attachments.0.contentType",
    "attachments.0.sha2", "attachments.0.fileUrl",
)  # fmt: skip


@pytest.mark.xapi("XAPI-00007")
@both
def test_text_that_has_a_format_must_follow_it(moodle: Caller, version: str) -> None:
    for wrong in ("", " ", "no format at all", "\u00a0"):
        tops = [(whole(version), at(path)) for path in _FORMATTED]
        inner = [(nested(version), ("object", *at(path))) for path in _FORMATTED]
        own = [(whole(version) | {"id": UUID}, ("id",)), (whole(version), at("authority.account.homePage"))]
        spoils = [*tops, *inner, *own]
        found = verdicts(moodle, [spoiled(one, path, wrong) for one, path in spoils], version)
        for (_, path), violations in zip(spoils, found, strict=True):
            assert pointer(path) in {place for _, place in violations}, path
        assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00008", "XAPI-00010")
@both
def test_a_key_in_another_case_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    spoils = [
        (one, path)
        for one, path in cases(version)
        if isinstance(path[-1], str)
        and not is_free(one, path[:-1])
        # The keys of contextActivities have a number of their own (XAPI-00093).
        and path[-2:-1] != ("contextActivities",)
    ]
    sent = []
    for one, path in spoils:
        key = str(path[-1])
        without = spoiled(one, path, ABSENT)
        sent.append(spoiled(without, (*path[:-1], key.swapcase()), value_at(one, path)))
    for (_, path), violations in zip(spoils, verdicts(moodle, sent, version), strict=True):
        if path[-1] == "objectType":
            # Without its kind a Group or SubStatement is refused for what it then is.
            assert violations, path
        else:
            assert ("XAPI-00008", pointer((*path[:-1], str(path[-1]).swapcase()))) in violations, path


@pytest.mark.xapi("XAPI-00009")
@both
def test_an_enumerated_value_in_another_case_is_refused(moodle: Caller, version: str) -> None:
    kinds = [
        statement(thing=agent("bo")),
        statement(thing=reference(UUID)),
        whole(version),
        nested(version),
    ]
    spoils = [
        (one, path) for one in kinds for path in paths(one) if path[-1] in {"objectType", "interactionType"}
    ]
    assert len(spoils) > 20
    sent = [spoiled(one, path, value_at(one, path).swapcase()) for one, path in spoils]
    for (_, path), violations in zip(spoils, verdicts(moodle, sent, version), strict=True):
        assert pointer(path) in {place for _, place in violations}, path


@pytest.mark.xapi("XAPI-00010")
@both
def test_a_property_that_the_specification_has_not_is_refused_at_every_place(
    moodle: Caller, version: str
) -> None:
    spoils = [
        (one, (*path, "extra"))
        for one, path in [(whole(version), ()), (nested(version), ()), *cases(version)]
        if isinstance(value_at(one, path), dict)
        and not is_free(one, path)
        and path[-1:] != ("contextActivities",)
    ]
    assert len(spoils) > 50
    found = verdicts(moodle, [spoiled(one, path, "x") for one, path in spoils], version)
    for (_, path), violations in zip(spoils, found, strict=True):
        assert ("XAPI-00010", pointer(path)) in violations, path


_IRIS = (
    "verb.id", "object.id", "object.definition.type", "object.definition.moreInfo", "context.instructor.openid",
    "context.team.account.homePage", "context.contextActivities.parent.0.id",
    "context.contextActivities.grouping.0.id", "context.contextActivities.category.0.id",
    "context.contextActivities.other.0.id", "context.contextActivities.category.0.definition.type",
    "context.contextActivities.category.0.definition.moreInfo", "attachments.0.usageType", "attachments.0.fileUrl",
    "actor.mbox", "context.team.member.0.mbox",
)  # fmt: skip
_IRIS_OF_2_0 = (
    "context.contextAgents.0.agent.mbox",
    "context.contextAgents.0.relevantTypes.0",
    "context.contextGroups.0.group.account.homePage",
    "context.contextGroups.0.relevantTypes.0",
)
_EXTENDED = ("object.definition", "result", "context", "context.contextActivities.category.0.definition")


@pytest.mark.xapi("XAPI-00011", "XAPI-00118")
@both
def test_an_iri_without_a_scheme_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    for wrong in ("example.com/path", "//example.com/path", "/path", "ada@example.com", "://x"):
        places = [at(path) for path in (*_IRIS, *(_IRIS_OF_2_0 if version == "2.0.0" else ()))]
        spoils = [(whole(version), path, wrong) for path in (*places, at("authority.account.homePage"))]
        spoils += [(nested(version), ("object", *path), wrong) for path in places]
        sent = [spoiled(one, path, value) for one, path, value in spoils]
        expected = [pointer(path) for _, path, _ in spoils]
        for base, before in ((whole(version), ()), (nested(version), ("object",))):
            for path in _EXTENDED:
                place = (*before, *at(path), "extensions")
                sent.append(spoiled(base, place, {wrong: 1}))
                expected.append(pointer((*place, wrong)))
        for wanted, violations in zip(expected, verdicts(moodle, sent, version), strict=True):
            assert wanted in {one for _, one in violations}, wanted
        assert moodle.ids() == []


@pytest.mark.xapi("XAPI-00011", "XAPI-00012")
@both
def test_an_iri_without_a_scheme_is_refused_in_every_parameter(moodle: Caller, version: str) -> None:
    caller, who = moodle.speaking(version), mail_of("ada")
    asked: list[tuple[str, dict[str, str]]] = [
        ("statements", {"verb": "example.com/v"}),
        ("statements", {"activity": "example.com/a"}),
        ("statements", {"agent": json.dumps({"openid": "example.com/ada"})}),
        ("statements", {"agent": json.dumps({"account": {"homePage": "example.com", "name": "a"}})}),
        ("statements", {"agent": json.dumps({"mbox": "ada@example.com"})}),
        ("activities", {"activityId": "example.com/a"}),
        ("activities/state", {"activityId": "example.com/a", "agent": who}),
        ("activities/profile", {"activityId": "example.com/a"}),
        ("agents", {"agent": json.dumps({"mbox": "ada@example.com"})}),
        ("agents/profile", {"agent": json.dumps({"openid": "//example.com/ada"})}),
    ]
    for path, query in asked:
        answer = caller.request("GET", path, query=query)
        assert answer.status_code == 400, (path, query)
        assert answer.json["errors"][0]["pointer"].startswith(tuple(query)), answer.text


_WRONG_VALUES = {
    "statementId": ["", "x", UUID[:-1], f"{{{UUID}}}", UUID.replace("-", "")],
    "voidedStatementId": ["", "x", f"{UUID}0"],
    "agent": ["", "ada", "{}", "[]", "null", '"x"', '{"mbox":1}', '{"objectType":"Person","mbox":"mailto:a@b.c"}'],
    "verb": ["", "completed"],
    "activity": ["", "excel"],
    "registration": ["", "x", UUID.replace("-", "")],
    "related_activities": ["", "1", "yes", "True", "null"],
    "related_agents": ["", "0", "no", "FALSE"],
    "since": ["", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-04T00:00:00-00:00"],
    "until": ["", "now", "2026-05-04T25:00:00Z", "P1D", "1777887000"],
    "limit": ["", "-1", "1.5", "ten", "1e3", "0x10"],
    "format": ["", "EXACT", "full"],
    "attachments": ["", "1", "True"],
    "ascending": ["", "asc", "1"],
}  # fmt: skip


@pytest.mark.xapi("XAPI-00012")
@both
def test_a_parameter_with_a_wrong_value_is_refused_and_named(moodle: Caller, version: str) -> None:
    for name, values in _WRONG_VALUES.items():
        for value in values:
            answer = moodle.speaking(version).get(**{name: value})
            assert answer.status_code == 400, (name, value)
            assert answer.json["errors"][0]["pointer"].startswith(name), answer.text


@pytest.mark.xapi("XAPI-00013", "XAPI-00091", "XAPI-00121")
@both
def test_the_subtags_of_a_language_tag_have_their_lengths_and_order(moodle: Caller, version: str) -> None:
    good = [
        "de",
        "cmn",
        "de-AT",
        "zh-Hant",
        "sr-Latn-RS",
        "es-419",
        "de-CH-1996",
        "en-a-bbb-x-y",
        "x-own",
        "i-klingon",
    ]
    bad = [
        "a", "a12345678", "abcdefghi", "de-123456789", "de-AT-Latn", "sr-RS-Latn", "en_US", "de-", "-de", "de--AT",
        "zh-z-aaa-z-bbb-c-ccc", "de-1996-1996", "en-US-", "dé", "",
    ]  # fmt: skip
    maps = (
        "verb.display",
        "object.definition.name",
        "object.definition.description",
        "object.definition.choices.0.description",
        "attachments.0.display",
        "context.contextActivities.category.0.definition.name",
    )
    for tag in good:
        one = spoiled(whole(version), at("context.language"), tag)
        for path in maps:
            one = spoiled(one, at(path), {tag: "text"})
        assert is_taken(moodle, one, version=version)
    for number, new in (("XAPI-00091", lambda tag: tag), ("XAPI-00121", lambda tag: {tag: "text"})):
        places = maps if number == "XAPI-00121" else ("context.language",)
        sent = [spoiled(whole(version), at(path), new(tag)) for path in places for tag in bad]
        assert all_refused(moodle, number, sent, version)


@pytest.mark.xapi("XAPI-00014")
def test_what_is_no_json_is_refused_by_post_and_put(moodle: Caller) -> None:
    bodies = [
        b"",
        b"{",
        b"[{]}",
        b"{'id': 1}",
        b'{"actor": }',
        b"{} {}",
        b"[{},]",
        b"undefined",
        b"// text\n{}",
        b'{"actor": NaN}',
        b'"\\x"',
    ]
    for body in bodies:
        headers = {"Content-Type": "application/json"}
        for method, query in (("POST", None), ("PUT", {"statementId": UUID})):
            answer = moodle.request(method, "statements", body=body, query=query, headers=headers)
            assert (answer.status_code, answer.json["errors"][0]["requirement"]) == (400, "XAPI-00014")


@pytest.mark.xapi("XAPI-00015")
@both
def test_text_of_every_script_comes_back_and_is_found(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    text = "Ünïcode – 日本語 – עברית – 🎓 – \u2028"
    iri = f"{COURSES}Übung-日本"
    one = statement(verb=f"{iri}/verb", thing=activity("x") | {"id": iri}, result={"response": text})
    escaped, plain = (json.dumps(one, ensure_ascii=ascii_only).encode() for ascii_only in (True, False))
    headers = {"Content-Type": "application/json"}
    for body in (escaped, plain):
        assert caller.request("POST", "statements", body=body, headers=headers).status_code == 200
    found = caller.get(activity=iri, verb=f"{iri}/verb")
    (only,) = json.loads(found.data.decode("utf-8"))["statements"]
    assert (only["result"]["response"], only["object"]["id"]) == (text, iri)
    for encoding in ("latin-1", "utf-16"):
        spoilt = json.dumps(statement(result={"response": "Übung"}), ensure_ascii=False).encode(encoding)
        assert caller.request("POST", "statements", body=spoilt, headers=headers).status_code == 400


@pytest.mark.xapi("XAPI-00021")
@both
def test_a_property_that_stands_twice_is_refused_at_every_place(moodle: Caller, version: str) -> None:
    for base in (whole(version), nested(version)):
        objects = [path for path in paths(base, free=True) if isinstance(value_at(base, path), dict)]
        texts, expected = [], []
        for path in ((), *objects):
            inner = value_at(base, path)
            if not inner:
                continue
            key = next(iter(inner))
            doubled = f"{json.dumps(inner)[:-1]}, {json.dumps(key)}: {json.dumps(inner[key])}}}"
            texts.append(json.dumps(spoiled(base, path, "@")).replace('"@"', doubled) if path else doubled)
            expected.append(pointer((*path, key)))
        body = f"[{', '.join(texts)}]".encode()
        answer = moodle.speaking(version).request(
            "POST", "statements", body=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        found = [(error["requirement"], error["pointer"]) for error in answer.json["errors"]]
        assert found == [("XAPI-00021", place) for place in expected]


@pytest.mark.xapi("XAPI-00026")
@both
def test_a_statement_without_id_gets_one_of_its_own(moodle: Caller, version: str) -> None:
    import uuid

    nameless = {key: value for key, value in statement().items() if key != "id"}
    one, two = moodle.speaking(version).post(nameless, nameless)
    assert one != two
    for statement_id in (one, two):
        assert str(uuid.UUID(statement_id)) == statement_id
        assert moodle.speaking(version).get(statementId=statement_id).json["id"] == statement_id


_NO_UUIDS = [
    "", "x", UUID[:-1], f"{UUID}0", UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", f" {UUID}", f"{UUID}\n",
    UUID.replace("3", "g", 1), UUID.replace("-", "_"), "39c24cc46-9d7-4d01-a0e4-61b6ea1c9a1f",
]  # fmt: skip
_UUID_PLACES = [
    ("XAPI-00027", statement(), ("id",)),
    ("XAPI-00087-1", statement(context={"registration": UUID}), at("context.registration")),
    ("XAPI-00072", statement(context={"statement": reference(UUID)}), at("context.statement.id")),
    ("XAPI-00072", statement(thing=reference(UUID)), at("object.id")),
]


@pytest.mark.xapi("XAPI-00027", "XAPI-00029", "XAPI-00030")
@both
def test_a_uuid_has_its_standard_form_wherever_one_stands(moodle: Caller, version: str) -> None:
    for number, base, path in _UUID_PLACES:
        nameless = base if path == ("id",) else spoiled(base, ("id",), ABSENT)
        found = verdicts(moodle, [spoiled(nameless, path, wrong) for wrong in _NO_UUIDS], version)
        assert all(pointer(path) in {place for _, place in violations} for violations in found), path
        assert all(number in {one for one, _ in violations} for violations in found[1:]), path
        for good in (UUID.upper(), "ffffffff-ffff-ffff-ffff-ffffffffffff"):
            assert is_taken(moodle, spoiled(nameless, path, good), version=version)


@pytest.mark.xapi("XAPI-00028")
def test_the_id_of_a_statement_is_a_string(moodle: Caller) -> None:
    wrongs: list[Any] = [1, 1.5, True, {}, [], [UUID], {"id": UUID}]
    for wrong in wrongs:
        assert refusal(moodle, statement() | {"id": wrong}) == {"XAPI-00028"}
