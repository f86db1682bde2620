"""Extensions, language maps, timestamps and durations (1.0.3 Data 4)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.web.xapi.lrs import Caller, statement
from tests.web.xapi.requirements.cases import (
    VERSIONS,
    all_refused,
    at,
    is_taken,
    nested,
    refusal,
    spoiled,
    whole,
)

both = pytest.mark.parametrize("version", VERSIONS)
_EXTENDED = ("object.definition", "result", "context", "context.contextActivities.category.0.definition")


def with_extensions(extensions: Any, version: str) -> list[dict[str, Any]]:
    """Return a statement for each place of extensions, of a statement and of a SubStatement."""
    tops = [spoiled(whole(version), (*at(path), "extensions"), extensions) for path in _EXTENDED]
    inner = [spoiled(nested(version), ("object", *at(path), "extensions"), extensions) for path in _EXTENDED]
    return tops + inner


@pytest.mark.xapi("XAPI-00118")
@both
def test_the_keys_of_extensions_are_iris(moodle: Caller, version: str) -> None:
    for key in ("", "e", "example.com/e", "https://", "https://exa mple.com/e", "https://example.com/<e>"):
        assert all_refused(moodle, "XAPI-00118", with_extensions({key: 1}, version), version)
    for key in (
        "https://example.com/e",
        "urn:uuid:39c24cc4-69d7-4d01-a0e4-61b6ea1c9a1f",
        "tag:example.com,2026:ü",
    ):
        assert is_taken(moodle, *with_extensions({key: 1}, version), version=version)


@pytest.mark.xapi("XAPI-00119")
@both
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_extension_holds_anything_and_keeps_it(moodle: Caller, version: str, method: str) -> None:
    caller = moodle.speaking(version)
    values: list[Any] = [
        None,
        "",
        {},
        [],
        0,
        False,
        [None, {"": None}],
        {"id": None, "objectType": "x"},
        "\u0001",
    ]
    extensions = {f"https://example.com/{number}": value for number, value in enumerate(values)}
    one = statement(
        thing={"id": "https://example.com/x", "definition": {"extensions": extensions}},
        result={"extensions": extensions},
        context={"extensions": extensions},
    )
    query = {"statementId": one["id"]} if method == "PUT" else None
    assert caller.send(method, "statements", one, query=query).status_code in {200, 204}
    found = caller.get(statementId=one["id"]).json
    assert found["result"]["extensions"] == extensions
    assert found["context"]["extensions"] == extensions
    assert found["object"]["definition"]["extensions"] == extensions
    activity = caller.request("GET", "activities", query={"activityId": "https://example.com/x"}).json
    assert activity["definition"]["extensions"] == extensions


@pytest.mark.xapi("XAPI-00057", "XAPI-00078", "XAPI-00120")
@both
def test_extensions_are_an_object(moodle: Caller, version: str) -> None:
    wrongs: list[Any] = ["x", 1, True, [], ["https://example.com/e"], [{"https://example.com/e": 1}]]
    for wrong in wrongs:
        found = {"XAPI-00057": 4, "XAPI-00078": 2, "XAPI-00120": 2}
        counted = dict.fromkeys(found, 0)
        for one in with_extensions(wrong, version):
            (number,) = refusal(moodle, one, version)
            counted[number] += 1
        assert counted == found


@pytest.mark.xapi("XAPI-00121")
@both
def test_a_language_map_has_tags_as_keys_and_strings_as_values(moodle: Caller, version: str) -> None:
    for key in ("english", "en_GB", "", "e", "en-", "und efined", "englishlanguage"):
        one = spoiled(whole(version), at("verb.display"), {"en": "answered", key: "x"})
        if key == "english":
            # Well formed, though no language is registered by it.
            assert is_taken(moodle, one, version=version)
        else:
            assert refusal(moodle, one, version) == {"XAPI-00121"}


@pytest.mark.xapi("XAPI-00122")
@both
def test_a_timestamp_keeps_its_milliseconds(moodle: Caller, version: str) -> None:
    for fraction in ("123", "1234567", "001", "9999999", "000001"):
        caller = moodle.speaking(version)
        text = f"2026-05-04T09:30:00.{fraction}Z"
        (one,) = caller.post(statement(timestamp=text))
        found = caller.get(statementId=one).json
        assert found["timestamp"][:23] == text[:23]
        assert len(found["stored"].partition(".")[2]) > 3


@pytest.mark.xapi("XAPI-00122")
def test_stored_is_no_whole_second_throughout(moodle: Caller) -> None:
    moodle.post_each(*(statement() for _ in range(5)))
    stored = [one["stored"] for one in moodle.get().json["statements"]]
    assert any(text.partition(".")[2][2] != "0" for text in stored)


_GOOD_TIMES = [
    "2026-05-04T09:30:00Z", "2026-05-04T09:30:00.5Z", "2026-05-04T11:30:00+02:00", "2026-05-04T04:30:00-05:00",
    "2026-05-04T09:30:00.000+00:00", "2024-02-29T00:00:00Z", "2999-01-01T00:00:00Z",
]  # fmt: skip
_ONLY_1_0_3 = ["20260504T093000Z", "2026-05-04T09:30:00+0200", "2026-05-04T09:30Z", "2026-05-04T09:30:00,5Z"]
_NO_TIMES = [
    "2026-05-04", "09:30:00Z", "2026-05-04 ", "04/05/2026 09:30", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-05-04T24:30:00Z", "2026-05-04T09:60:00Z", "2026-05-04T09:30:00-00", "2026-05-04T09:30:00-0000",
    "2026-05-04T09:30:00-00:00", "2026-05-04T09:30:00+25:00", "2026-W19-1T09:30:00Z", "now", "", "1777887000",
]  # fmt: skip


@pytest.mark.xapi("XAPI-00022", "XAPI-00123")
@both
def test_a_timestamp_is_iso_8601_with_a_known_offset(moodle: Caller, version: str) -> None:
    good = _GOOD_TIMES + (_ONLY_1_0_3 if version == "1.0.3" else [])
    bad = _NO_TIMES + (_ONLY_1_0_3 if version == "2.0.0" else [])
    for path, base in ((("timestamp",), whole(version)), (("object", "timestamp"), nested(version))):
        assert is_taken(moodle, *(spoiled(base, path, text) for text in good), version=version)
        assert all_refused(moodle, "XAPI-00022", [spoiled(base, path, text) for text in bad], version)


@pytest.mark.xapi("XAPI-00122", "XAPI-00123")
@both
def test_an_offset_comes_back_as_the_same_instant(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    text = "2026-05-04T04:30:00.123-05:00"
    (one,) = caller.post(statement(timestamp=text))
    found = caller.get(statementId=one).json["timestamp"]
    assert datetime.fromisoformat(found) == datetime.fromisoformat(text)


_GOOD_DURATIONS = ["P4W", "P3Y", "PT16559.14S", "P3Y1M29DT4H35M59.14S", "PT0S", "P1D", "PT1,5H", "PT1H0M0.1S"]
_NO_DURATIONS = [
    "P4W1D",
    "P",
    "PT",
    "",
    "1H",
    "P1H",
    "PT1D",
    "P1Y1W",
    "P0003-06-04T12:30:05",
    "P20260504T093000",
    "PTS",
]


@pytest.mark.xapi("XAPI-00077", "XAPI-00124")
@both
def test_a_duration_has_designators_and_weeks_stand_alone(moodle: Caller, version: str) -> None:
    for path, base in (
        (at("result.duration"), whole(version)),
        (at("object.result.duration"), nested(version)),
    ):
        assert is_taken(moodle, *(spoiled(base, path, text) for text in _GOOD_DURATIONS), version=version)
        assert all_refused(
            moodle, "XAPI-00124", [spoiled(base, path, text) for text in _NO_DURATIONS], version
        )


@pytest.mark.xapi("XAPI-00077")
@both
def test_a_duration_comes_back_with_its_hundredths(moodle: Caller, version: str) -> None:
    caller = moodle.speaking(version)
    (one,) = caller.post(statement(result={"duration": "PT12.3456S"}))
    assert caller.get(statementId=one).json["result"]["duration"].startswith("PT12.34")
    assert json.loads(caller.get(statementId=one).data)["id"] == one
