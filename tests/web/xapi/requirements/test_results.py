"""Results and scores (1.0.3 Data 2.4.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.xapi.lrs import Caller
from tests.web.xapi.requirements.cases import VERSIONS, all_refused, is_taken, nested, spoiled, whole

both = pytest.mark.parametrize("version", VERSIONS)

# Number, property of the result, and values that break it.
_NO_RESULTS: list[tuple[str, str, list[Any]]] = [
    ("XAPI-00074", "success", ["true", 1, 0, "yes", {}, []]),
    ("XAPI-00075", "completion", ["false", 1, 0, "no", {}, []]),
    ("XAPI-00076", "response", [1, True, {}, ["yes"]]),
    (
        "XAPI-00077 XAPI-00124",
        "duration",
        [90, "90", "PT", "P", "1H", "PT1H30", "P4W1D", "PT1.5H30M", "-PT1H", {}],
    ),
    ("XAPI-00078", "extensions", ["x", 1, ["https://example.com/e"], True]),
    ("XAPI-00118", "extensions", [{"e": 1}, {"": 1}, {"example.com/e": 1}]),
    ("XAPI-00079", "score", [1, "0.5", [0.5], True]),
]
_NO_NUMBERS: list[Any] = ["1", True, {}, [1]]
_NO_SCORES: list[tuple[str, list[dict[str, Any]]]] = [
    (
        "XAPI-00006",
        [{key: wrong} for key in ("scaled", "raw", "min", "max") for wrong in _NO_NUMBERS],
    ),
    (
        "XAPI-00081",
        [{"min": 1, "max": 1}, {"min": 2, "max": 1}, {"min": 0, "max": -0.5}, {"min": 1.5, "max": 1.25}],
    ),
    ("XAPI-00082", [{"raw": 11, "max": 10}, {"raw": -1, "min": 0}, {"raw": 10.001, "min": 0, "max": 10}]),
    ("XAPI-00083", [{"scaled": 1.0001}, {"scaled": -1.0001}, {"scaled": 100}, {"scaled": -2}]),
    ("XAPI-00010", [{"percent": 50}]),
]


def _with_result(result: Any, version: str) -> list[dict[str, Any]]:
    return [
        spoiled(whole(version), ("result",), result),
        spoiled(nested(version), ("object", "result"), result),
    ]


@pytest.mark.xapi("XAPI-00074 to XAPI-00079", "XAPI-00124")
@both
def test_the_properties_of_a_result_have_their_types(moodle: Caller, version: str) -> None:
    for numbers, name, values in _NO_RESULTS:
        sent = [one for value in values for one in _with_result({name: value}, version)]
        assert all_refused(moodle, numbers.split()[-1], sent, version)
    assert all_refused(moodle, "XAPI-00006", _with_result("passed", version), version)
    good = [{}, {"success": False, "completion": True}, {"response": ""}, {"score": {}}, {"extensions": {}}]
    assert is_taken(
        moodle, *(one for result in good for one in _with_result(result, version)), version=version
    )


@pytest.mark.xapi("XAPI-00080 to XAPI-00083")
@both
def test_the_numbers_of_a_score_stand_within_their_bounds(moodle: Caller, version: str) -> None:
    for number, scores in _NO_SCORES:
        sent = [one for score in scores for one in _with_result({"score": score}, version)]
        assert all_refused(moodle, number, sent, version)
    good: list[dict[str, Any]] = [
        {"scaled": 1},
        {"scaled": -1},
        {"scaled": 0.0},
        {"raw": 10, "min": 0, "max": 10},
        {"raw": 0, "min": 0, "max": 10},
        {"raw": -7.5},
        {"max": -5},
        {"min": 5},
        {"min": -0.5, "max": 0},
        {"raw": 1000, "min": 0},
    ]
    sent = [one for score in good for one in _with_result({"score": score}, version)]
    assert is_taken(moodle, *sent, version=version)


@pytest.mark.xapi("XAPI-00080", "XAPI-00082", "XAPI-00083")
def test_a_bound_is_not_passed_by_what_a_double_rounds_away(moodle: Caller) -> None:
    scores = [
        '{"scaled": 1.00000000000000000001}',
        '{"scaled": -1.00000000000000000001}',
        '{"raw": 10.00000000000000000001, "max": 10}',
        '{"min": 1.00000000000000000001, "max": 1.00000000000000000001}',
    ]
    for score in scores:
        body = json.dumps(whole()).replace(json.dumps(whole()["result"]["score"]), score).encode()
        answer = moodle.request("POST", "statements", body=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert answer.json["errors"][0]["pointer"].startswith("/result/score")
