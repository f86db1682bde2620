"""A plain framework in CSV, the layout that a company writes itself.

Columns: skill_iri, label, parent_iri (`;` where several), description, levels (`1=Aware;2=Working`, on the first row for the
whole framework or on rows of their own), alt_labels (`;`), lang. Several rows of one IRI give several languages. Unknown
columns and unknown parents are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lms_bridge.skills.formats.tables import Faults, Progress, Table, cycles, is_iri, read_csv
from lms_bridge.skills.frameworks import (
    UNKNOWN_LANGUAGE,
    FrameworkRelease,
    FrameworkSkill,
    Label,
    Level,
    merge_labels,
)

FILES = "a .csv file with the columns skill_iri, label, parent_iri, description, levels, alt_labels, lang"

COLUMNS = ("skill_iri", "label", "parent_iri", "description", "levels", "alt_labels", "lang")


def knows(base: str) -> bool:
    """Whether `base`, a file name in lower case, may be a plain framework."""
    return base.endswith(".csv")


@dataclass(slots=True)
class _Skill:
    labels: list[Label] = field(default_factory=list)
    languages: dict[str, int] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    parents: dict[str, tuple[str, int]] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()


def read(texts: Mapping[str, str], faults: Faults, progress: Progress) -> FrameworkRelease:
    """Return the release in `texts` (file name to text); faults of the files are added to `faults`."""
    skills: dict[str, _Skill] = {}
    scale: tuple[Level, ...] = ()
    for done, (file, text) in enumerate(sorted(texts.items())):
        progress(f"read {file}", done, len(texts))
        table = read_csv(file, text, faults, required=("skill_iri", "label"), known=COLUMNS)
        if table is not None:
            scale = _read_rows(table, skills, scale, faults)
    _check_parents(skills, faults)
    return FrameworkRelease(
        format="csv",
        name=_stem(min(texts)),
        version="",
        scale=scale,
        skills=tuple(_framework_skills(skills)),
    )


def _read_rows(
    table: Table, skills: dict[str, _Skill], scale: tuple[Level, ...], faults: Faults
) -> tuple[Level, ...]:
    """Add the rows of one file to `skills`; return the framework's scale, which the very first row may give."""
    for line, (iri, label, parent_text, description, level_text, alternatives, lang_text) in table.cells(
        *COLUMNS
    ):
        levels = _levels(table.file, line, level_text, faults)
        if not skills and levels:
            scale, levels = levels, ()
        if not is_iri(iri):
            faults.add(
                table.file,
                line,
                "skill_iri",
                iri,
                "this is no IRI; write one like https://example.org/skills/sql",
            )
            continue
        lang = lang_text.lower() or UNKNOWN_LANGUAGE
        skill = skills.setdefault(iri, _Skill())
        if lang in skill.languages:
            faults.add(
                table.file,
                line,
                "skill_iri",
                iri,
                f"the skill has its row for language {lang!r} in line {skill.languages[lang]} already; keep one row",
            )
            continue
        skill.languages[lang] = line
        if not label:
            faults.add(table.file, line, "label", "", f"the label of {iri!r} is empty; write its name")
        if lang_text and not _is_language(lang_text):
            faults.add(
                table.file, line, "lang", lang_text, "this is no language tag; write one like en, de or pt-BR"
            )
        skill.labels.append(Label(lang, "preferred", label))
        skill.labels.extend(Label(lang, "alternative", text) for text in alternatives.split(";"))
        skill.descriptions[lang] = description
        if levels and skill.levels and levels != skill.levels:
            faults.add(
                table.file, line, "levels", level_text, f"{iri!r} has other levels above; write them once"
            )
        skill.levels = skill.levels or levels
        for parent in filter(None, (text.strip() for text in parent_text.split(";"))):
            skill.parents.setdefault(parent, (table.file, line))
    return scale


def _levels(file: str, line: int, text: str, faults: Faults) -> tuple[Level, ...]:
    levels = read_levels(text)
    if isinstance(levels, str):
        faults.add(file, line, "levels", text, levels)
        return ()
    return levels


def read_levels(text: str) -> tuple[Level, ...] | str:
    """Return the steps of `1=Aware;2=Working`, or what is wrong with them in a sentence with the remedy."""
    levels: list[Level] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        step_text, sign, name = (piece.strip() for piece in part.partition("="))
        is_step = (
            step_text.isascii() and step_text.isdigit() and int(step_text[:4]) >= 1 and len(step_text) <= 3
        )
        if not sign or not is_step or not name:
            return f"{part!r} is no level; write steps and names like 1=Aware;2=Working;3=Expert, steps from 1 to 999"
        if levels and int(step_text) <= levels[-1].step:
            return f"step {step_text} does not follow step {levels[-1].step}; write the steps in rising order"
        if any(level.name.casefold() == name.casefold() for level in levels):
            return f"the level name {name!r} stands twice; give every step its own name"
        levels.append(Level(int(step_text), name))
    return tuple(levels)


def _is_language(text: str) -> bool:
    parts = text.split("-")
    return all(part.isascii() and part.isalnum() and len(part) <= 8 for part in parts) and (
        2 <= len(parts[0]) <= 3 and parts[0].isalpha()
    )


def _check_parents(skills: Mapping[str, _Skill], faults: Faults) -> None:
    for skill in skills.values():
        for parent, (file, line) in skill.parents.items():
            if parent not in skills:
                faults.add(
                    file,
                    line,
                    "parent_iri",
                    parent,
                    "no row has this skill_iri; add the parent's row or correct the IRI",
                )
    for path in cycles({iri: skill.parents for iri, skill in skills.items()}):
        file, line = skills[path[-2]].parents[path[-1]]
        faults.add(
            file,
            line,
            "parent_iri",
            path[-1],
            f"the hierarchy runs in a circle ({' → '.join(path)}); remove this parent",
        )


def _framework_skills(skills: Mapping[str, _Skill]) -> Iterator[FrameworkSkill]:
    for iri, skill in skills.items():
        described = [skill.descriptions.get("en", ""), *skill.descriptions.values()]
        yield FrameworkSkill(
            iri=iri,
            # The layout has no word for groups: a row that others stand under is a skill too.
            kind="skill",
            labels=merge_labels(skill.labels),
            description=next(filter(None, described), ""),
            parents=tuple(skill.parents),
            levels=skill.levels,
        )


def _stem(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
