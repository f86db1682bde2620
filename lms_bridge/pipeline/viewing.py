"""What a page or report is asked for: the day, and the knowledge; read from the address or the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from lms_bridge import clock
from lms_bridge.errors import InvalidInputError
from lms_bridge.settings import Settings
from lms_bridge.store.company import first_known
from lms_bridge.store.derivation import derived_through
from lms_bridge.xapi.instants import parse_timestamp


@dataclass(frozen=True, slots=True)
class View:
    """As of a day, as known at an instant; None is the latest possible."""

    as_of: date
    known_on: datetime | None = None


def read_view(session: Session, settings: Settings, args: Mapping[str, str]) -> View:
    """Read `as_of` (YYYY-MM-DD, default today) and `known_on` (RFC 3339 instant, or a date: its end in the company's zone).

    Raises:
        InvalidInputError: one is no date or instant, or `known_on` lies after the latest possible or before all knowledge.
    """
    as_of_text, known_text = args.get("as_of", "").strip(), args.get("known_on", "").strip()
    as_of = read_date("as_of", as_of_text) if as_of_text else default_day(settings)
    if not known_text:
        return View(as_of)
    known_on = read_known_on(settings, known_text)
    latest = derived_through(session, clock.now())
    if known_on > latest:
        if _is_today(settings, known_text, latest):
            return View(as_of)
        raise InvalidInputError(
            f"known_on {known_text!r} lies after {latest.isoformat()}, up to which every cause is derived; "
            "leave it out for the latest"
        )
    first = first_known(session)
    if first is not None and known_on < first:
        raise InvalidInputError(
            f"known_on {known_text!r}: nothing was known yet; the first of the company is known since "
            f"{first.astimezone(settings.zone).isoformat(sep=' ', timespec='seconds')}"
        )
    return View(as_of, known_on)


def _is_today(settings: Settings, text: str, latest: datetime) -> bool:
    """Tell whether a date names the day that is not over yet: its end is the latest knowledge there is."""
    return len(text) == 10 and date.fromisoformat(text) == latest.astimezone(settings.zone).date()


def default_day(settings: Settings) -> date:
    """Return the day of pages that name none: today, or the demo's day."""
    return (
        date.fromisoformat(settings.default_as_of) if settings.default_as_of else clock.today(settings.zone)
    )


def read_date(name: str, text: str) -> date:
    """Read YYYY-MM-DD.

    Raises:
        InvalidInputError: it is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(f"{name}: {text!r} is no date; write YYYY-MM-DD") from None


def read_known_on(settings: Settings, text: str) -> datetime:
    """Read an instant, or a date as its end in the company's zone.

    Raises:
        InvalidInputError: it is neither.
    """
    if len(text) == 10:
        day = read_date("known_on", text)
        return datetime.combine(day + timedelta(days=1), time(), tzinfo=settings.zone) - timedelta(
            microseconds=1
        )
    instant = parse_timestamp(text)
    if instant is None:
        raise InvalidInputError(f"known_on: {text!r} is neither an RFC 3339 instant nor a date")
    return instant


def known_instant(session: Session, view: View) -> datetime:
    """Return the instant of knowledge of a view."""
    return view.known_on or derived_through(session, clock.now())
