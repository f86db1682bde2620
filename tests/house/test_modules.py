"""What holds for every module: it says what it is for, and it asks the outside world nothing behind the reader's back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.files import ROOT, modules, shown

CORE = tuple(
    f"lms_bridge/{name}"
    for name in ("xapi", "people", "skills", "credentials", "evidence", "coverage", "awarding")
)
# What a pure module may not import: files, network, processes, clocks, chance.
OUTSIDE = frozenset(
    {
        "asyncio",
        "glob",
        "http",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "socket",
        "sqlite3",
        "subprocess",
        "tempfile",
        "threading",
        "time",
    }
)
# `http.client`, `urllib.request` and the like are told apart here: an import contract knows only the whole package.
CONVERSATIONS = frozenset({"http.client", "urllib.request", "smtplib", "ftplib", "socketserver"})
CLOCKS = frozenset({("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("datetime", "today")})


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _calls(tree: ast.Module) -> Iterator[ast.expr]:
    return (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))


def _asks_the_clock(function: ast.expr) -> bool:
    match function:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
            return (owner, name) in CLOCKS
        case _:
            return False


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=shown(path))


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        shown(path) for path in modules("lms_bridge", "reports") if not ast.get_docstring(_parsed(path))
    ]
    assert silent == []


def test_the_core_asks_nothing_of_the_outside_world() -> None:
    found = []
    for path in modules(*CORE):
        tree = _parsed(path)
        found += [f"{shown(path)} imports {name}" for name in _imports(tree) if name.split(".")[0] in OUTSIDE]
        found += [
            f"{shown(path)} opens a file"
            for call in _calls(tree)
            if isinstance(call, ast.Name) and call.id == "open"
        ]
    assert found == []


def test_only_the_clock_asks_the_time() -> None:
    asking = [
        shown(path)
        for path in modules("lms_bridge", "reports")
        if path != ROOT / "lms_bridge" / "clock.py" and any(map(_asks_the_clock, _calls(_parsed(path))))
    ]
    assert asking == []


def test_other_servers_are_spoken_to_only_from_remote_and_demo() -> None:
    allowed = (ROOT / "lms_bridge" / "remote", ROOT / "lms_bridge" / "demo", ROOT / "lms_bridge" / "demo.py")
    found = [
        f"{shown(path)} imports {name}"
        for path in modules("lms_bridge", "reports")
        if not any(path.is_relative_to(place) for place in allowed)
        for name in _imports(_parsed(path))
        if name in CONVERSATIONS
    ]
    assert found == []


def test_the_configuration_is_data_and_no_code() -> None:
    assert [shown(path) for path in modules("config")] == []
