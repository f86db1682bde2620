"""Nesta's crosswalk of occupations, ESCO to O*NET: it leads from an occupation to one that another publisher describes.

One row an ESCO occupation with the O*NET occupation that is nearest, how near by the words of both (`semantic_similarity`,
-1 to 1), and how sure the reviewer was (`confidence`). It maps occupations, not skills: what it leads to proposes requirements
and proves nothing. Source: https://github.com/nestauk/mapping_ESCO_to_ONET (ESCO 1.0.8, O*NET 25).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lms_bridge.skills.formats.tables import Faults, decode, is_iri, read_csv

_REQUIRED: Final = ("concept_uri", "esco_occupation", "onet_code", "onet_occupation", "semantic_similarity")


@dataclass(frozen=True, slots=True)
class OccupationMatch:
    """An occupation that a crosswalk leads to: its code in its own classification, its title, and how near it is."""

    code: str
    title: str
    similarity: float


@dataclass(frozen=True, slots=True)
class OccupationPair:
    """One row: an ESCO occupation by its IRI and an O*NET occupation by its code."""

    esco: OccupationMatch
    onet: OccupationMatch


def read_occupation_crosswalk(file: str, content: bytes) -> tuple[OccupationPair, ...]:
    """Read the crosswalk in the order of its rows.

    Raises:
        FileRefusedError: with every fault found.
    """
    faults = Faults()
    text = decode(file, content, faults)
    table = None if text is None else read_csv(file, text, faults, required=_REQUIRED)
    pairs: list[OccupationPair] = []
    for line, (iri, esco, code, onet, near) in table.cells(*_REQUIRED) if table else ():
        if not is_iri(iri):
            faults.add(file, line, "concept_uri", iri, "this is no IRI of an occupation; give the full IRI")
        if not code:
            faults.add(file, line, "onet_code", code, "the code is empty; write one like 15-1252.00")
        similarity = _similarity(near)
        if similarity is None:
            faults.add(file, line, "semantic_similarity", near, "this is no number from -1 to 1")
            continue
        pairs.append(
            OccupationPair(OccupationMatch(iri, esco, similarity), OccupationMatch(code, onet, similarity))
        )
    faults.raise_if_any()
    return tuple(pairs)


def led_to(pairs: Iterable[OccupationPair], occupation: str) -> tuple[OccupationMatch, ...]:
    """Return what an occupation, an ESCO IRI or an O*NET code, leads to on the other side, nearest first."""
    found = [pair.onet for pair in pairs if pair.esco.code == occupation]
    found += [pair.esco for pair in pairs if pair.onet.code == occupation]
    return tuple(sorted(found, key=lambda match: (-match.similarity, match.code)))


def _similarity(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1 <= value <= 1 else None
