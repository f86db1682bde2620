"""Small framework files in the official layouts, ways to break them, and where the large ones lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lms_bridge.errors import FileProblem, FileRefusedError
from lms_bridge.skills.formats import read_framework

DATA = Path(__file__).parent / "data"
PROJECT = Path(__file__).resolve().parents[3]
SHARED_FRAMEWORKS = PROJECT.parent / "shared" / "data" / "frameworks"
SHIPPED_FRAMEWORKS = PROJECT / "config" / "frameworks"


def folder_files(folder: Path) -> dict[str, bytes]:
    """Return the files of `folder` as a folder import hands them over: folder and file name to content."""
    return {
        f"{folder.name}/{path.name}": path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()
    }


def shared_files(folder: str) -> dict[str, bytes]:
    """Return a publisher's complete files, or skip the test where they are not at hand."""
    if not (SHARED_FRAMEWORKS / folder).is_dir():
        pytest.skip(f"the complete files of {folder} are not here")
    return folder_files(SHARED_FRAMEWORKS / folder)


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a file: what is replaced, and the fault that must be told."""

    name: str
    file: str
    old: bytes
    new: bytes
    line: int
    column: str
    value: str
    remedy: str

    def applied(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return `files` with the fault: `old` to `new` once; an empty `old` replaces the whole file."""
        content = files[self.file]
        assert self.old in content, f"{self.old!r} does not stand in {self.file}"
        broken = content.replace(self.old, self.new, 1) if self.old else self.new
        return {**files, self.file: broken}


_ABSENT = object()


@dataclass(frozen=True, slots=True)
class JsonBreak:
    """One way to break a JSON document: what stands at a place instead (nothing: it is removed), and the fault.

    The steps of `place` begin with `~`; `column` is the pointer that the reader must tell.
    """

    name: str
    place: str
    column: str
    remedy: str
    value: Any = _ABSENT

    def applied(self, document: Any) -> bytes:
        """Return the broken document."""
        broken = json.loads(json.dumps(document))
        *way, last = self.place.split("~")[1:]
        target = broken
        for step in way:
            target = target[int(step)] if isinstance(target, list) else target[step]
        key: Any = int(last) if isinstance(target, list) else last
        if self.value is _ABSENT:
            del target[key]
        else:
            target[key] = self.value
        return json.dumps(broken).encode()


def assert_json_refused(format_key: str, document: Any, fault: JsonBreak) -> None:
    """Assert that the broken document is refused with the JSON pointer and a remedy."""
    found = problems(format_key, {"own.json": fault.applied(document)})
    fitting = [
        problem for problem in found if problem.column == fault.column and fault.remedy in problem.remedy
    ]
    assert fitting, f"{fault} not among {found}"


def problems(format_key: str, files: Mapping[str, bytes]) -> tuple[FileProblem, ...]:
    """Return the faults for which `files` are refused."""
    with pytest.raises(FileRefusedError) as refused:
        read_framework(format_key, files)
    return refused.value.problems


def assert_refused(format_key: str, files: Mapping[str, bytes], fault: Break) -> None:
    """Assert that the broken files are refused with the place, the value and a remedy."""
    found = problems(format_key, fault.applied(files))
    fitting = [
        problem
        for problem in found
        if problem.file == fault.file
        and problem.line == fault.line
        and problem.column == fault.column
        and fault.value in problem.value
        and fault.remedy in problem.remedy
    ]
    assert fitting, f"{fault} not among {found}"
    assert all(problem.remedy for problem in found)
