"""Which statements of one id are the same (Data 2.3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from lms_bridge.xapi.comparison import is_same
from lms_bridge.xapi.versions import Version
from tests.xapi.builders import ADA, BO, COURSE, OTHER_ID, PASSED, accepted, statement, substatement


def _same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    first = accepted(left, version=Version.V2_0_0)
    second = accepted(right, version=Version.V2_0_0)
    return is_same(first.fingerprint, second.fingerprint)


_BASE = statement(
    actor={"objectType": "Group", "mbox": "mailto:team@example.com", "member": [ADA, BO]},
    context={
        "registration": OTHER_ID,
        "language": "en-US",
        "contextActivities": {"parent": [{"id": COURSE}]},
    },
    result={
        "duration": "PT1.25S",
        "score": {"raw": 1, "max": 2},
        "extensions": {"http://x.y": [1, {"a": 2}]},
    },
)


@pytest.mark.parametrize(
    "changed",
    [
        dict(reversed(_BASE.items())),
        _BASE | {"stored": "2020-01-01T00:00:00Z", "authority": BO, "version": "1.0.0"},
        _BASE | {"id": OTHER_ID},
        _BASE | {"verb": {"id": PASSED, "display": {"de": "bestanden"}}},
        _BASE | {"object": {"id": COURSE, "objectType": "Activity"}},
        _BASE
        | {"actor": _BASE["actor"] | {"member": [BO, {"mbox": "mailto:ADA@example.com", "name": "Ada"}]}},
        _BASE | {"timestamp": "2026-05-04T11:30:00+02:00"},
        {key: value for key, value in _BASE.items() if key != "timestamp"},
        _BASE | {"context": _BASE["context"] | {"contextActivities": {"parent": {"id": COURSE}}}},
        _BASE | {"context": _BASE["context"] | {"registration": OTHER_ID.upper(), "language": "EN-us"}},
        _BASE | {"result": _BASE["result"] | {"duration": "PT1.257S", "score": {"raw": 1.0, "max": 2.0}}},
    ],
)
def test_differences_that_the_lrs_may_have_caused_are_ignored(changed: dict[str, Any]) -> None:
    assert _same(_BASE, changed)


@pytest.mark.parametrize(
    "changed",
    [
        _BASE | {"actor": ADA},
        _BASE | {"actor": _BASE["actor"] | {"member": [ADA]}},
        _BASE | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}},
        _BASE | {"object": {"id": COURSE + "3"}},
        _BASE | {"timestamp": "2026-05-04T09:30:00.001Z"},
        _BASE | {"result": _BASE["result"] | {"duration": "PT1.26S"}},
        _BASE | {"result": _BASE["result"] | {"score": {"raw": 1.5, "max": 2}}},
        _BASE | {"result": _BASE["result"] | {"extensions": {"http://x.y": [1, {"a": 3}]}}},
        _BASE | {"context": _BASE["context"] | {"contextActivities": {"parent": [{"id": COURSE + "3"}]}}},
        {key: value for key, value in _BASE.items() if key != "context"},
        substatement(),
    ],
)
def test_other_differences_are_not(changed: dict[str, Any]) -> None:
    assert not _same(_BASE, changed)


@pytest.mark.parametrize(
    ("sent", "forwarded", "is_one"),
    [
        ("2026-05-04T09:30:00.123456Z", "2026-05-04T09:30:00.123Z", True),
        ("2026-05-04T09:30:00.123556Z", "2026-05-04T09:30:00.124Z", True),
        ("2026-05-04T09:30:00.123456Z", "2026-05-04T09:30:00.123457Z", False),
        ("2026-05-04T09:30:00.123456Z", "2026-05-04T09:30:00.125Z", False),
        ("1969-12-31T23:59:59.999600Z", "1969-12-31T23:59:59.999Z", True),
    ],
)
def test_a_timestamp_cut_or_rounded_to_milliseconds_on_the_way_is_the_same(
    sent: str, forwarded: str, is_one: bool
) -> None:
    one, other = (_BASE | {"timestamp": stamp} for stamp in (sent, forwarded))
    assert _same(one, other) is _same(other, one) is is_one


def test_substatements_are_compared_in_the_same_way() -> None:
    left = substatement(
        actor=BO, object={"id": COURSE, "definition": {"name": {"en": "x"}}}, timestamp="2020-01-01T00:00:00Z"
    )
    right = substatement(actor=BO, object={"id": COURSE}, timestamp="2020-01-01T01:00:00+01:00")
    assert _same(left, right)
    assert not _same(left, substatement(actor=ADA, object={"id": COURSE}, timestamp="2020-01-01T00:00:00Z"))
