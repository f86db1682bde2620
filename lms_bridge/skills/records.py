"""A learning record: what rules may ask of one statement, read from its own bytes, never from merged definitions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from lms_bridge.xapi.instants import duration_seconds

LAUNCH_MODE = "https://w3id.org/xapi/cmi5/context/extensions/launchmode"


@dataclass(frozen=True, slots=True)
class Score:
    """A score as sent; every part may be missing. Numbers keep their digits."""

    raw: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    scaled: Decimal | None = None

    def ratio(self, scale: str) -> Decimal | None:
        """Return the score as 0..1, or None.

        (raw − min) / (max − min) where raw and max are given (min defaults to 0); no ratio where max <= min or the
        result is out of range. Else `scaled`, read on the source's own `scale` ("0..1" or "-1..1").
        """
        if self.raw is not None and self.max is not None:
            low = self.min if self.min is not None else Decimal(0)
            if self.max <= low:
                return None
            try:
                found = (self.raw - low) / (self.max - low)
            except ArithmeticError:
                # Numbers of the size of 1E+999999 are no score.
                return None
        elif self.scaled is not None:
            found = (self.scaled + 1) / 2 if scale == "-1..1" else self.scaled
        else:
            return None
        return found if 0 <= found <= 1 else None


@dataclass(frozen=True, slots=True)
class LearningRecord:
    """One stored statement as the rules see it. `voided_at` is when its voiding became known, None if it stands."""

    statement_id: str
    agent_key: str
    source: str
    source_kind: str
    stored: datetime
    timestamp: datetime
    voided_at: datetime | None
    voiding_id: str | None
    verb: str
    activity: str | None
    activity_type: str | None
    parents: tuple[str, ...]
    groupings: tuple[str, ...]
    categories: tuple[str, ...]
    registration: str | None
    platform: str | None
    language: str | None
    success: bool | None
    completion: bool | None
    score: Score
    duration_seconds: float | None
    launch_mode: str | None
    extensions: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement as the store hands it to the core."""

    statement_id: str
    agent_key: str
    source: str
    source_kind: str
    stored: datetime
    timestamp: datetime
    voided_at: datetime | None
    voiding_id: str | None
    document: bytes


# Made once: building a decoder takes longer than reading a statement with it.
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)


def read_record(stored: StoredStatement) -> LearningRecord:
    """Read a stored statement; anything that is not there, or has an unexpected shape in a lenient source, is None."""
    statement = _DECODER.decode(stored.document.decode())
    target = _mapping(statement.get("object"))
    is_activity = target.get("objectType", "Activity") not in (
        "Agent",
        "Group",
        "SubStatement",
        "StatementRef",
    )
    definition = _mapping(target.get("definition")) if is_activity else {}
    context = _mapping(statement.get("context"))
    linked = _mapping(context.get("contextActivities"))
    result = _mapping(statement.get("result"))
    extensions = {
        **_mapping(definition.get("extensions")),
        **_mapping(context.get("extensions")),
        **_mapping(result.get("extensions")),
    }
    return LearningRecord(
        statement_id=stored.statement_id,
        agent_key=stored.agent_key,
        source=stored.source,
        source_kind=stored.source_kind,
        stored=stored.stored,
        timestamp=stored.timestamp,
        voided_at=stored.voided_at,
        voiding_id=stored.voiding_id,
        verb=str(_mapping(statement.get("verb")).get("id", "")),
        activity=_text(target.get("id")) if is_activity else None,
        activity_type=_text(definition.get("type")),
        parents=_ids(linked.get("parent")),
        groupings=_ids(linked.get("grouping")),
        categories=_ids(linked.get("category")),
        registration=_text(context.get("registration")),
        platform=_text(context.get("platform")),
        language=_text(context.get("language")),
        success=_flag(result.get("success")),
        completion=_flag(result.get("completion")),
        score=_score(_mapping(result.get("score"))),
        duration_seconds=_seconds(result.get("duration")),
        launch_mode=_text(extensions.get(LAUNCH_MODE)),
        extensions=extensions,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _ids(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _score(value: Mapping[str, Any]) -> Score:
    return Score(
        _number(value.get("raw")),
        _number(value.get("min")),
        _number(value.get("max")),
        _number(value.get("scaled")),
    )


def _seconds(value: Any) -> float | None:
    return _length(value) if isinstance(value, str) else None


@lru_cache(maxsize=8192)
def _length(text: str) -> float | None:
    found = duration_seconds(text)
    return None if found is None else float(found)
