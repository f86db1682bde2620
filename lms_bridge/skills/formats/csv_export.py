"""A framework's release as plain framework CSV, the layout that `plain_csv` reads, for spreadsheets and for other bridges.

What the layout has no place for is left out: kinds, codes, collections, hidden labels, the publisher's status, occupations
and their values. A concept without label has its code or IRI as one. A semicolon inside a label becomes a comma, because
semicolons part labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lms_bridge.csv_tables import csv_text
from lms_bridge.skills.formats.plain_csv import COLUMNS
from lms_bridge.skills.frameworks import (
    UNKNOWN_LANGUAGE,
    FrameworkRelease,
    FrameworkSkill,
    Level,
    preferred_label,
)


def framework_csv(release: FrameworkRelease) -> bytes:
    """Return the release as UTF-8 CSV; the same release gives the same bytes."""
    # The levels of the very first row are the framework's, so a skill without levels of its own stands first.
    skills = sorted(release.skills, key=lambda skill: (bool(skill.levels), skill.iri))
    return csv_text(
        COLUMNS,
        (
            row
            for place, skill in enumerate(skills)
            for row in _rows(skill, release.scale if place == 0 and not skill.levels else skill.levels)
        ),
    )


def _rows(skill: FrameworkSkill, levels: Sequence[Level]) -> Iterator[tuple[str, ...]]:
    preferred = {label.lang: label.text for label in skill.labels if label.kind == "preferred"}
    others: dict[str, list[str]] = {}
    for label in skill.labels:
        if label.kind == "alternative":
            others.setdefault(label.lang, []).append(label.text.replace(";", ","))
    languages = sorted({*preferred, *others}) or [""]
    described = next((lang for lang in ("en", *languages) if lang in languages), "")
    for place, lang in enumerate(languages):
        alternatives = sorted(others.get(lang, ()))
        yield (
            skill.iri,
            preferred.get(lang) or next(iter(alternatives), preferred_label(skill, lang or "en")),
            ";".join(sorted(skill.parents)) if place == 0 else "",
            skill.description if lang == described else "",
            ";".join(f"{level.step}={level.name}" for level in levels) if place == 0 else "",
            ";".join(alternatives),
            "" if lang == UNKNOWN_LANGUAGE else lang,
        )
