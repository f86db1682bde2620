"""Results and scores (1.0.3 Data 2.4.5)."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from lms_bridge.xapi.instants import is_duration
from lms_bridge.xapi.reading import Reading, check_extensions, check_text
from lms_bridge.xapi.violations import shown

RESULT_KEYS = frozenset({"score", "success", "completion", "response", "duration", "extensions"})
SCORE_KEYS = frozenset({"scaled", "raw", "min", "max"})


def check_result(reading: Reading, result: Any, pointer: str, source: bytes) -> None:
    """Check a result. `source` is the statement's text, in which a score at its very bound is read digit by digit."""
    if type(result) is not dict:
        reading.refuse_type(pointer, "XAPI-00006", result, "an object")
        return
    for key, value in result.items():
        if key == "score":
            _check_score(reading, value, f"{pointer}/score", source)
        elif key in {"success", "completion"}:
            if type(value) is not bool:
                # XAPI-00074, XAPI-00075: success and completion are booleans.
                requirement = "XAPI-00074" if key == "success" else "XAPI-00075"
                reading.refuse_type(f"{pointer}/{key}", requirement, value, "true or false, without quotes")
        elif key == "duration":
            if type(value) is not str or not is_duration(value):
                # XAPI-00077, XAPI-00124: a duration is ISO 8601 with designators; weeks stand alone (Data 4.6).
                wanted = "an ISO 8601 duration such as 'PT1H30M' or 'P4W'"
                reading.refuse_type(f"{pointer}/duration", "XAPI-00124", value, wanted)
        elif key == "response":
            check_text(reading, value, f"{pointer}/response", "XAPI-00076")
        elif key == "extensions":
            check_extensions(reading, value, f"{pointer}/extensions", "XAPI-00078")
        else:
            reading.unknown_keys(pointer, (key,), RESULT_KEYS)


def _check_score(reading: Reading, score: Any, pointer: str, source: bytes) -> None:
    if type(score) is not dict:
        # XAPI-00079: the score is an object.
        reading.refuse_type(pointer, "XAPI-00079", score, "an object")
        return
    if not SCORE_KEYS.issuperset(score):
        reading.unknown_keys(pointer, score, SCORE_KEYS)
    numbers = {}
    for key in SCORE_KEYS.intersection(score):
        value = score[key]
        if type(value) is int or type(value) is float:
            numbers[key] = value
        else:
            # XAPI-00006: strings are no numbers, even where they hold one (Data 2.2).
            reading.refuse_type(f"{pointer}/{key}", "XAPI-00006", value, "a number, without quotes")
    if _stands_at_a_bound(numbers):
        numbers = _exact_numbers(source, pointer) or numbers
    _check_bounds(reading, numbers, pointer)


def _stands_at_a_bound(numbers: dict[str, Any]) -> bool:
    """Tell whether rounding to a double may have hidden that a score is outside its bounds."""
    scaled, raw, low, high = (numbers.get(key) for key in ("scaled", "raw", "min", "max"))
    return (type(scaled) is float and abs(scaled) == 1.0) or (
        (type(raw) is float or type(low) is float or type(high) is float)
        and ((raw is not None and raw in {low, high}) or (low is not None and low == high))
    )


def _exact_numbers(source: bytes, pointer: str) -> dict[str, Any]:
    value: Any = json.loads(source, parse_float=_exact)
    for key in pointer.split("/")[1:]:
        value = value[key]
    return {key: value[key] for key in SCORE_KEYS if isinstance(value.get(key), int | float | Decimal)}


def _exact(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:
        # An exponent that even a decimal does not hold: a double rounds it to 0.
        return float(text)


def _check_bounds(reading: Reading, numbers: dict[str, Any], pointer: str) -> None:
    scaled, raw, low, high = (numbers.get(key) for key in ("scaled", "raw", "min", "max"))
    if scaled is not None and not -1 <= scaled <= 1:
        # XAPI-00083: scaled is a decimal between -1 and 1 (Data 2.4.5.1).
        message = f"{pointer}/scaled is {shown(scaled)}; give a number from -1 to 1"
        reading.refuse(f"{pointer}/scaled", "XAPI-00083", message)
    if low is not None and high is not None and not low < high:
        # XAPI-00080, XAPI-00081: min is less than max (Data 2.4.5.1).
        message = f"{pointer}/min is {shown(low)} and max {shown(high)}; min must be less than max"
        reading.refuse(f"{pointer}/min", "XAPI-00081", message)
    if raw is not None and ((low is not None and raw < low) or (high is not None and raw > high)):
        # XAPI-00082: raw lies between min and max (Data 2.4.5.1).
        message = f"{pointer}/raw is {shown(raw)}, outside min {shown(low)} and max {shown(high)}; correct one of them"
        reading.refuse(f"{pointer}/raw", "XAPI-00082", message)
