"""What templates draw with: figures as words with their units, days, links that keep the view, and assets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from markupsafe import Markup

from lms_bridge.pipeline.report_pages import OWN_ROOT
from lms_bridge.settings import Settings
from lms_bridge.web.access import is_open_to
from lms_bridge.web.auth import signed_in
from reports.content.model import Share
from reports.content.words import (
    IMPORTANCE_WORDS,
    REASON_WORDS,
    STATUS_WORDS,
    day_word,
    days_word,
    level_word,
    percent_word,
    share_word,
)

STATIC: Final = Path(__file__).parent / "static"
VIEW_ARGUMENTS: Final = ("as_of", "known_on")
ROLE_WORDS: Final[Mapping[str, str]] = {
    "admin": "Administrator",
    "hr": "HR",
    "manager": "Manager",
    "auditor": "Auditor",
    "employee": "Employee",
}
KIND_WORDS: Final[Mapping[str, str]] = {
    "main": "main role",
    "second": "second role",
    "acting": "acting",
    "target": "aims at it",
}
END_WORDS: Final[Mapping[str, str]] = {
    "expiry": "validity ended",
    "withdrawn": "withdrawn",
    "revoked": "revoked",
}
STATE_WORDS: Final[Mapping[str, str]] = {"holds": "holds", "ended": "ended", "reversed": "taken back"}
# The pages of a role's daily work, then those of its data.
MENU: Final = (
    ("Overview", "dashboard.overview", "dashboard.overview"),
    ("Teams", "dashboard.teams", "dashboard.team"),
    ("Skills", "dashboard.skills", ("dashboard.skill", "frameworks.")),
    ("Roles", "roles.listed", ("dashboard.role", "roles.")),
    ("Running out", "dashboard.expiring", "dashboard.expiring"),
    ("Sources", "dashboard.sources", "dashboard.sources"),
    ("Credentials", "credentials.listed", "credentials."),
    ("Rules", "rules.listed", "rules."),
    ("Queues", "queues.rejected", "queues."),
    ("My skills", "dashboard.me", "dashboard.me"),
    ("Definitions", "dashboard.definitions", "dashboard.definitions"),
)


def register_filters(app: Flask, settings: Settings) -> None:
    """Add the filters and globals of the templates."""
    zone = settings.zone
    digests = _asset_digests()
    app.jinja_env.filters.update(
        percent=percent_word,
        share=share_text,
        parts=parts_text,
        day=day_tag,
        days=days_word,
        instant=lambda moment: instant_tag(moment, zone),
        level=lambda level, levels: level_word(levels, level),
        count=count_text,
        plural=plural,
        asked=asked_text,
        size=size_text,
        rate=rate_text,
        delay=delay_text,
        status_word=lambda status: STATUS_WORDS.get(status, status),
        reason_word=lambda reason: REASON_WORDS.get(reason, reason or ""),
        importance_word=lambda importance: IMPORTANCE_WORDS.get(importance, importance or ""),
        kind_word=lambda kind: KIND_WORDS.get(kind, kind),
        attribute_word=lambda name: name.removeprefix("x_").replace("_", " "),
        end_word=lambda kind: END_WORDS.get(kind, kind or ""),
        state_word=lambda state: STATE_WORDS.get(state, state),
        role_word=lambda role: ROLE_WORDS.get(role, role),
    )
    app.jinja_env.globals.update(
        to=to,
        asset=lambda name: url_for("site.static", filename=name, v=digests[name]),
        menu=menu,
        may=may,
        reader=signed_in,
        person_link=person_link,
        cell_link=cell_link,
        team_link=team_link,
        company_name=settings.company_name,
        as_of_asked=lambda: request.args.get("as_of", ""),
        known_on_asked=lambda: request.args.get("known_on", ""),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def to(endpoint: str, **values: Any) -> str:
    """Return the address of `endpoint` on the same day and knowledge as this page; `_anchor` is the fragment."""
    kept = {name: request.args[name] for name in VIEW_ARGUMENTS if request.args.get(name)}
    return url_for(endpoint, **{**kept, **values})


def person_link(person_id: str, short_id: str = "") -> str:
    """Return the address of a person, of one skill of it where given: the own page for an employee."""
    reader = signed_in()
    if reader is not None and reader.role == "employee":
        return cell_link(to("dashboard.me"), short_id)
    return cell_link(to("dashboard.person", person_id=person_id), short_id)


def cell_link(person_address: str, short_id: str) -> str:
    """Return the address of one skill of a person: a heat map has thousands, so the person's is built once a row."""
    if not short_id:
        return person_address
    name = quote(short_id, safe="")
    return f"{person_address}{'&' if '?' in person_address else '?'}skill={name}#skill-{name}"


def team_link(team_id: str, anchor: str = "") -> str:
    """Return the address of a team with the teams below it; a manager's own root of several teams is the overview."""
    fragment = {"_anchor": anchor} if anchor else {}
    if team_id == OWN_ROOT:
        return to("dashboard.overview", **fragment)
    return to("dashboard.team", team_id=team_id, tree=1, **fragment)


def menu() -> tuple[tuple[str, str, bool], ...]:
    """Return the menu of the reader: label, address, and whether this page lies there."""
    reader = signed_in()
    if reader is None:
        return ()
    here = request.endpoint or ""
    return tuple(
        (label, to(endpoint), here == endpoint or here.startswith(prefix))
        for label, endpoint, prefix in MENU
        if is_open_to(reader.role, endpoint) and _has_use(endpoint, reader.role, reader.person_id)
    )


def may(endpoint: str) -> bool:
    """Tell whether the reader may open `endpoint`, so that no link leads into a 404."""
    reader = signed_in()
    return reader is not None and is_open_to(reader.role, endpoint)


def share_text(share: Share) -> str:
    """Return `3 of 9 (33 %)`, or `n/a`."""
    return share_word(share.met, share.total)


def plural(number: int, one: str, many: str) -> str:
    """Return `1 person` or `3 people`."""
    return f"{count_text(number)} {one if number == 1 else many}"


def parts_text(share: Share) -> str:
    """Return `3 of 9`, for a place where the percentage stands beside it."""
    return f"{share.met} of {share.total}" if share.total else "nothing is asked"


def day_tag(day: date | None) -> Markup:
    """Return a day as a `time` element, or nothing."""
    if day is None:
        return Markup("")
    return Markup('<time datetime="{0}">{0}</time>').format(day_word(day))


def instant_tag(moment: datetime | None, zone: ZoneInfo) -> Markup:
    """Return an instant to the minute in the company's zone, or a dash."""
    if moment is None:
        return Markup("–")
    local = moment.astimezone(zone)
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(), local.strftime("%Y-%m-%d %H:%M")
    )


def count_text(number: int) -> str:
    """Return `1 240`: thousands apart by a narrow space that never breaks."""
    return f"{number:,}".replace(",", "\u202f")


def asked_text(asked: str) -> str:
    """Return what a head-count asks: `2 people`, `10 % of active members`; other texts as they are."""
    if asked.endswith("%") and asked[:-1].strip().isdigit():
        return f"{asked[:-1].strip()} % of active members"
    if asked.isdigit():
        return f"{asked} {'person' if asked == '1' else 'people'}"
    return asked


def rate_text(per_hour: float) -> str:
    """Return a number of things an hour: with one digit below ten, so that a slow source is not 0."""
    return f"{per_hour:.1f}" if 0 < per_hour < 10 else count_text(round(per_hour))


def delay_text(seconds: float) -> str:
    """Return a length of time in its largest sensible unit; a sender's clock that is ahead arrives before it happens."""
    if seconds < -1:
        return f"{delay_text(-seconds)} before it happened"
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds" if seconds >= 1 else "less than a second"


def size_text(size_bytes: int) -> str:
    """Return a size in bytes, kB or MB."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1000:.1f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"


def _has_use(endpoint: str, role: str, person_id: str | None) -> bool:
    if endpoint == "dashboard.me":
        return person_id is not None
    return not (endpoint == "dashboard.overview" and role == "employee")


def _asset_digests() -> Mapping[str, str]:
    return {
        path.relative_to(STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()[:12]
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }
