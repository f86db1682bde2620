"""How often a suggested skill is right: course titles whose skills a reader labelled, against the shipped ESCO release.

Accuracy at 1 and at 5 with 95 % intervals (Wilson 1927), and the milliseconds of a question, by the title's language.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import Figure, Omitted, Result, median
from bench.rig import Rig
from bench.servers import ROOT
from lms_bridge.pipeline import meanings
from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import GROUP_KINDS
from lms_bridge.skills.suggestions import Meanings, SkillIndex, SkillText

TITLES: Final = ROOT / "tests" / "skills" / "data" / "course_titles.csv"
ESCO: Final = ROOT / "config" / "frameworks" / "esco-1.2.0"
_NAMES: Final = {"en": "English", "fr": "French", "de": "German, a language without labels"}
_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Title:
    """A course title with the skills that count as right."""

    text: str
    description: str
    lang: str
    skills: frozenset[str]


def measure(rig: Rig) -> Iterator[Result]:
    """Ask for every title with its description, as the page does."""
    del rig
    yield from _measured("suggestions", None)
    if meanings.is_installed():
        yield from _measured("suggestions by meaning too", meanings.LabelMeanings)
    else:
        yield Omitted("suggestions by meaning", "the extra is not installed: make meanings")


def _measured(kind: str, made: Callable[[Sequence[SkillText]], Meanings] | None) -> Iterator[Figure]:
    texts = esco_texts()
    begin = time.process_time()
    index = SkillIndex(texts, made)
    built = time.process_time() - begin
    yield Figure(kind, "building the index", built, "s CPU", is_cost=True, note=f"{len(index):,} skills")
    for lang, name in _NAMES.items():
        asked = [title for title in titles() if title.lang == lang]
        ranks: list[int | None] = []
        seconds: list[float] = []
        for title in asked:
            begin = time.perf_counter()
            found = index.suggest(title.text, title.description, title.lang)
            seconds.append(time.perf_counter() - begin)
            ranks.append(next((place for place, one in enumerate(found) if one.iri in title.skills), None))
        group = f"{kind}, {name}, {len(asked)} titles"
        for most in (1, 5):
            right = sum(rank is not None and rank < most for rank in ranks)
            low, high = interval(right, len(asked))
            note = f"{right} of {len(asked)}, 95 % interval {low:.2f} to {high:.2f}"
            yield Figure(group, f"right among the first {most}", right / len(asked), "share", note=note)
        yield Figure(group, "a question", median(seconds) * 1000, "ms", is_cost=True)


def titles() -> Sequence[Title]:
    """Return the labelled titles."""
    with TITLES.open(encoding="utf-8", newline="") as file:
        return tuple(
            Title(row["title"], row["description"], row["lang"], frozenset(row["skill_iris"].split(";")))
            for row in csv.DictReader(file)
        )


def esco_texts() -> tuple[SkillText, ...]:
    """Return the texts of the shipped ESCO release, as an import stores them."""
    files = {
        f"{ESCO.name}/{file.name}": file.read_bytes() for file in sorted(ESCO.iterdir()) if file.is_file()
    }
    release = read_framework("esco", files)
    return tuple(
        SkillText(
            skill.iri,
            tuple((label.lang, label.kind, label.text) for label in skill.labels),
            skill.description,
        )
        for skill in release.skills
        if skill.kind not in GROUP_KINDS and skill.labels
    )


def interval(right: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = share + _Z**2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return (middle - spread) / (1 + _Z**2 / count), (middle + spread) / (1 + _Z**2 / count)
