"""crosswalk.csv: SKOS mappings between skills of two frameworks, each naming both releases.

Columns: source_iri, target_iri, relation (exactMatch, closeMatch, broadMatch, narrowMatch, relatedMatch), levels
(`1=1;2=3`, for exactMatch, rising), source_release, target_release, [valid_from], [valid_to].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from lms_bridge.csv_tables import read_table
from lms_bridge.errors import FileRefusedError, InvalidInputError
from lms_bridge.timelines import Change, Key, Span, Timeline, differences, restated

COLUMNS = ("source_iri", "target_iri", "relation", "levels", "source_release", "target_release")
NO_LEVELS: tuple[tuple[int, int], ...] = ()
RELATIONS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")


def plan_crosswalks(
    content: bytes,
    current: Mapping[Key, Timeline],
    steps: Callable[[str], int | None],
    today: date,
) -> tuple[Change, ...]:
    """Return the changes that crosswalk.csv asks for; mappings absent from it stay.

    A mapping without days holds without a beginning where it is new, and from `today` where it changes one that is known.

    Raises:
        FileRefusedError: with every fault found.
    """
    table = read_table("crosswalk.csv", content, COLUMNS, ("valid_from", "valid_to"))
    wanted: dict[Key, Timeline] = {}
    for line in table.lines:
        source, target = table.need(line, "source_iri"), table.need(line, "target_iri")
        for column, iri in (("source_iri", source), ("target_iri", target)):
            if iri and steps(iri) is None:
                table.complain(line, column, "is in no loaded framework; import it or correct the IRI")
        if source and source == target:
            table.complain(line, "target_iri", "is the source itself; map to another skill")
        relation = table.one_of(line, "relation", RELATIONS, "")
        levels = table.read(line, "levels", read_levels, NO_LEVELS)
        if (source, target) in wanted:
            table.complain(line, "target_iri", "this pair stands twice; keep one line")
        values = (
            relation,
            ";".join(f"{low}={high}" for low, high in levels),
            table.need(line, "source_release"),
            table.need(line, "target_release"),
        )
        begin, end = table.day(line, "valid_from"), table.last_day(line, "valid_to")
        has_days = begin is not None or end is not None
        wanted[source, target] = (
            (Span(values, begin, end),)
            if has_days
            else restated(current.get((source, target), ()), [(values, None)], today)
        )
    if table.problems:
        raise FileRefusedError(table.problems)
    return differences("crosswalks", current, wanted)


def read_levels(text: str) -> tuple[tuple[int, int], ...]:
    """Read a level table `1=1;2=3`.

    Raises:
        InvalidInputError: it is none, or it falls.
    """
    pairs: list[tuple[int, int]] = []
    for part in text.split(";"):
        low, _, high = part.partition("=")
        if not (low.strip().isdigit() and high.strip().isdigit()):
            raise InvalidInputError("is no level table; write 1=1;2=3")
        pairs.append((int(low), int(high)))
    if pairs != sorted(pairs) or [high for _, high in pairs] != sorted(high for _, high in pairs):
        raise InvalidInputError("levels must rise together; a higher level may not map to a lower one")
    if len({low for low, _ in pairs}) != len(pairs):
        raise InvalidInputError("a level stands twice; map each once")
    return tuple(pairs)
