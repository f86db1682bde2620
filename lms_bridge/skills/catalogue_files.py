"""catalogue.csv: learning objects and the activity patterns that mean them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from lms_bridge.csv_tables import Line, Table, read_table
from lms_bridge.errors import FileRefusedError, InvalidInputError
from lms_bridge.skills.text_patterns import matcher
from lms_bridge.timelines import Change, Key, Span, Timeline, before, differences, joined, restated

COLUMNS = ("key", "title", "lang", "provider", "kind", "hours", "cost", "url", "activity_patterns")


@dataclass(frozen=True, slots=True)
class CataloguePlan:
    """The changes of a catalogue import, and the keys whose patterns changed."""

    changes: tuple[Change, ...]
    keys: frozenset[str]


def plan_catalogue(
    content: bytes,
    objects: Mapping[Key, Timeline],
    aliases: Mapping[Key, Timeline],
    today: date,
    *,
    replace: bool,
) -> CataloguePlan:
    """Return the changes that catalogue.csv asks for.

    An alias that is seen for the first time holds without a beginning; one that moves to another object, or that a
    listed object no longer has, changes on `today`. With `replace` the file is the whole truth, for the past too.

    Raises:
        FileRefusedError: with every fault found.
    """
    table = read_table("catalogue.csv", content, COLUMNS)
    wanted_objects: dict[Key, Timeline] = {}
    wanted_aliases: dict[Key, Timeline] = {}
    owner: dict[str, str] = {
        key[0]: key[1] for key, timeline in aliases.items() if timeline and timeline[-1].end is None
    }
    known = {key[0] for key, timeline in aliases.items() if timeline}
    seen: dict[str, int] = {}
    for line in table.lines:
        key = table.need(line, "key")
        if key in seen:
            table.complain(line, "key", f"stands twice (line {seen[key]}); keep one line")
        seen[key] = line.number
    for line in table.lines:
        key = line["key"]
        hours = table.read(line, "hours", _hours, None)
        values = (
            table.need(line, "title"),
            line["lang"],
            line["provider"],
            line["kind"],
            hours,
            line["cost"],
            line["url"],
        )
        wanted_objects[key,] = restated(objects.get((key,), ()), [(values, None)], today)
        for pattern in dict.fromkeys(
            part.strip() for part in line["activity_patterns"].split(";") if part.strip()
        ):
            _check_pattern(table, line, pattern)
            holder = owner.get(pattern)
            if (
                holder is not None
                and holder != key
                and (holder not in seen or (pattern, holder) in wanted_aliases)
            ):
                table.complain(
                    line, "activity_patterns", f"pattern {pattern!r} already means {holder!r}; keep one"
                )
            owner[pattern] = key
            wanted_aliases[pattern, key] = _claimed(
                aliases.get((pattern, key), ()), today, is_first=replace or pattern not in known
            )
    if table.problems:
        raise FileRefusedError(table.problems)
    for alias_key, timeline in aliases.items():
        moved = alias_key[0] in owner and owner[alias_key[0]] != alias_key[1]
        if timeline and alias_key not in wanted_aliases and (alias_key[1] in seen or moved or replace):
            wanted_aliases[alias_key] = () if replace else before(timeline, today)
    if replace:
        for object_key in objects:
            if object_key not in wanted_objects:
                wanted_objects[object_key] = ()
    alias_changes = differences("aliases", aliases, wanted_aliases)
    return CataloguePlan(
        (*differences("objects", objects, wanted_objects), *alias_changes),
        frozenset(change.key[1] for change in alias_changes),
    )


def _claimed(current: Timeline, today: date, *, is_first: bool) -> Timeline:
    """Return since when an object has a pattern: always, where nobody else ever had it."""
    if is_first:
        return (Span((), None, None),)
    if current and current[-1].end is None:
        return current
    return joined((*current, Span((), today, None)))


def _check_pattern(table: Table, line: Line, pattern: str) -> None:
    try:
        matcher(pattern)
    except InvalidInputError as error:
        table.complain(line, "activity_patterns", str(error))


def _hours(text: str) -> Decimal:
    try:
        hours = Decimal(text)
    except InvalidOperation:
        raise InvalidInputError("is no number of hours") from None
    if not 0 <= hours <= 100_000:
        raise InvalidInputError("is out of range; hours are 0 to 100000")
    return hours.quantize(Decimal("0.01"))
