"""What the modules of the single senders share: a statement with the moment and the way it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from lms_bridge.demo.draws import Draws
from lms_bridge.demo.timeline import Timeline, instant

JsonObject = dict[str, Any]

Via = Literal["tincan", "raw"]
Expected = Literal["stored", "refused", "either"]


@dataclass(frozen=True, slots=True)
class Sending:
    """A statement on its way.

    `sent_at` decides the order, and is the statement's own time unless the sender was late. Sendings of one `batch`
    name travel together and alone; "" joins the sender's stream. `via` "raw" is for what tincan refuses to model.
    """

    source: str
    statement: JsonObject
    sent_at: datetime
    batch: str = ""
    via: Via = "tincan"
    expected: Expected = "stored"

    def later(self, sent_at: datetime) -> Sending:
        """Return the same statement, sent at another moment."""
        return replace(self, sent_at=sent_at)


@dataclass(frozen=True, slots=True)
class Stage:
    """The day and the draws that every sender's statements are made from."""

    timeline: Timeline
    draws: Draws

    def id(self, *names: object) -> str:
        """Return a statement id: the same for the same seed, day and names.

        The day is part of it, so feeding two days into one database never sends two statements under one id.
        """
        return str(self.draws.uuid(self.timeline.today.isoformat(), *names))

    def uuid(self, *names: object) -> UUID:
        """Return a registration or session id that does not depend on the day."""
        return self.draws.uuid(*names)

    def moment(self, day: date, *names: object) -> datetime:
        """Return a moment between 6 and 15 hours UTC of `day`, the same time of day whatever today is."""
        written = self.timeline.written(day).isoformat()
        second = 6 * 3600 + self.draws.number(9 * 3600, "second", written, *names)
        return instant(day, second, self.draws.number(999, "ms", written, *names) + 1)

    def minutes(self, low: int, high: int, *names: object) -> timedelta:
        """Return a duration of whole seconds between `low` and `high` minutes."""
        return timedelta(seconds=low * 60 + self.draws.number((high - low) * 60, "minutes", *names))


def duration(span: timedelta) -> str:
    """Return an ISO 8601 duration in whole minutes and seconds."""
    seconds = int(span.total_seconds())
    return f"PT{seconds // 60}M{seconds % 60}S" if seconds >= 60 else f"PT{seconds}S"
