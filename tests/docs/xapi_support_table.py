"""The table of docs/xapi_support.md: every conformance requirement, its rule, the code that cites it and its tests.

The rules stand in docs/xapi_requirements.csv. Code cites a requirement in a comment, a docstring or the number of a
violation; a test by `@pytest.mark.xapi`, by its name (`test_xapi_00171_…`), in its body, or in a table that it names.
`XAPI-00067 to XAPI-00070` cites everything between as well. `python -m tests.docs.xapi_support_table --write` writes
the table.
"""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/xapi_support.md"
LIST = "docs/xapi_requirements.csv"
BEGIN = "<!-- requirements: begin -->"
END = "<!-- requirements: end -->"

_CODE = (
    "lms_bridge/xapi/*.py",
    "lms_bridge/web/xapi*.py",
    "lms_bridge/pipeline/*.py",
    "lms_bridge/store/*.py",
)
_TESTS = ("tests/xapi/**/test_*.py", "tests/web/xapi/**/test_*.py")
_NUMBER = re.compile(r"\bXAPI-([0-9]{5})(?:(?:-[0-9])? to XAPI-([0-9]{5}))?")
_NAMED = re.compile(r"xapi_([0-9]{5})")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the list; `versions` are those of xAPI that ask for it."""

    number: str
    section: str
    rule: str
    versions: tuple[str, ...]

    @property
    def is_withdrawn(self) -> bool:
        """Whether the public list no longer has it as a rule of its own."""
        return self.rule.startswith("withdrawn: ")


def requirements(root: Path) -> tuple[Requirement, ...]:
    """Return the list in its order."""
    with (root / LIST).open(encoding="utf-8", newline="") as rows:
        return tuple(
            Requirement(row["requirement"], row["section"], row["rule"], tuple(row["versions"].split()))
            for row in csv.DictReader(rows)
        )


def numbers_in(text: str) -> frozenset[str]:
    """Return every requirement that a text cites."""
    found: set[str] = set()
    for first, last in _NUMBER.findall(text):
        found.update(f"XAPI-{number:05}" for number in range(int(first), int(last or first) + 1))
    return frozenset(found)


@cache
def citations_by_number(root: Path) -> Mapping[str, Sequence[str]]:
    """Return the modules that cite each requirement."""
    found: dict[str, list[str]] = {}
    for path in _files(root, _CODE):
        for number in numbers_in(path.read_text(encoding="utf-8")):
            found.setdefault(number, []).append(str(path.relative_to(root)))
    return found


@cache
def proofs_by_number(root: Path) -> Mapping[str, Sequence[str]]:
    """Return the tests that cite each requirement, as pytest names them; those that are marked with it come first."""
    found: dict[str, list[tuple[bool, str]]] = {}
    for path in _files(root, _TESTS):
        shown = str(path.relative_to(root))
        for name, numbers, marked in _tests_of(path.read_text(encoding="utf-8")):
            for number in numbers:
                found.setdefault(number, []).append((number not in marked, f"{shown}::{name}"))
    return {number: [test for _, test in sorted(tests)] for number, tests in found.items()}


def _files(root: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted({path for pattern in patterns for path in root.glob(pattern)})


def _tests_of(source: str) -> Iterator[tuple[str, frozenset[str], frozenset[str]]]:
    """Yield each test function with all numbers that it cites, and those that it is marked with."""
    tree = ast.parse(source)
    tables = {
        target.id: numbers_in(ast.get_source_segment(source, node) or "")
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        # A function's own segment begins at `def`, after its decorators.
        decorators = [ast.get_source_segment(source, one) or "" for one in node.decorator_list]
        marked = numbers_in("\n".join(one for one in decorators if one.startswith("pytest.mark.xapi(")))
        cited = numbers_in("\n".join([*decorators, ast.get_source_segment(source, node) or ""]))
        named = frozenset(f"XAPI-{digits}" for digits in _NAMED.findall(node.name))
        used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} & tables.keys()
        yield node.name, cited.union(named, *(tables[name] for name in used)), marked


def table(root: Path) -> str:
    """Return the generated part of the page, from the list, the code and the tests below `root`."""
    code, tests = citations_by_number(root), proofs_by_number(root)
    lines = ["| Requirement | Rule | Code | Tests |", "|---|---|---|---|"]
    for one in requirements(root):
        if one.is_withdrawn:
            lines.append(f"| {one.number} | {one.rule} | | |")
            continue
        versions = "" if len(one.versions) > 1 else f" {one.versions[0]} only."
        rule = f"{one.rule}{versions} ({one.section})"
        lines.append(
            f"| {one.number} | {rule} | {_cell(code.get(one.number, ()))} | {_cell(tests.get(one.number, ()))} |"
        )
    return "\n".join(lines)


def _cell(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(f"`{name}`" for name in names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def generated_part(text: str) -> str:
    """Return what stands between the two marks of the page."""
    begin = text.index(BEGIN) + len(BEGIN)
    return text[begin : text.index(END)].strip("\n")


def write(root: Path) -> None:
    """Write the table into the page, between its marks."""
    page = root / PAGE
    text = page.read_text(encoding="utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text(f"{text[:begin]}\n{table(root)}\n{text[end:]}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(ROOT)
    else:
        sys.stdout.write(table(ROOT) + "\n")
