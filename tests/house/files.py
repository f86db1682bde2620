"""The project's files, as the house's tests walk them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What .gitignore leaves out, and what belongs to tools.
_NOT_OURS = frozenset(
    {
        ".git",
        ".venv",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        ".import_linter_cache",
        ".artefacts",
        "__pycache__",
        "var",
        "dist",
        "build",
        "node_modules",
    }
)


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield every file of the project below `root`, in no order."""
    for path in root.iterdir():
        if path.name in _NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from project_files(path)
        elif path.is_file():
            yield path


def modules(*packages: str) -> Iterator[Path]:
    """Yield every Python file of the named folders, sorted."""
    for package in packages:
        yield from sorted(path for path in (ROOT / package).rglob("*.py") if "__pycache__" not in path.parts)


def shown(path: Path) -> str:
    """Return `path` as a reader of the project knows it."""
    return str(path.relative_to(ROOT))
