"""Every SQL of the product stands in the store: above it there are sessions and engines, but no question in SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.files import ROOT, modules, shown

ABOVE_THE_STORE = ("lms_bridge/pipeline", "lms_bridge/web", "lms_bridge/cli", "lms_bridge/demo")
SINGLE_MODULES = ("lms_bridge/app.py", "lms_bridge/scheduler.py")
# What a use case hands on or catches; everything else of SQLAlchemy writes SQL.
HANDLES = frozenset({("sqlalchemy", "Engine"), ("sqlalchemy.orm", "Session")})
EXCEPTIONS = "sqlalchemy.exc"
MODELS = "lms_bridge.store.models"
# Instants as integers, not a table.
NO_TABLES = "lms_bridge.store.models.base"
RUNS_SQL = frozenset({"exec_driver_sql", "execute", "executemany", "scalar", "scalars"})


def _files() -> Iterator[Path]:
    yield from modules(*ABOVE_THE_STORE)
    yield from (ROOT / name for name in SINGLE_MODULES)


def _faults(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (f"imports {item.name}" for item in names if _is_refused(item.name))
            case ast.ImportFrom(module=str(module), names=names):
                yield from (
                    f"imports {item.name} from {module}" for item in names if _is_refused(module, item.name)
                )
            case ast.Call(func=ast.Attribute(attr=name)) if name in RUNS_SQL:
                yield f"calls {name}"


def _is_refused(module: str, name: str = "") -> bool:
    if module.partition(".")[0] == "sqlalchemy":
        return module != EXCEPTIONS and (module, name) not in HANDLES
    whole = f"{module}.{name}" if name else module
    return (whole == MODELS or whole.startswith(f"{MODELS}.")) and not whole.startswith(NO_TABLES)


def test_no_sql_stands_outside_the_store() -> None:
    found = [
        f"{shown(path)} {fault}"
        for path in _files()
        for fault in _faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_sql_is_recognised_however_it_is_written() -> None:
    for line in (
        "from sqlalchemy import select",
        "from sqlalchemy import Engine, text",
        "from sqlalchemy.orm import Session, joinedload",
        "import sqlalchemy as sa",
        "import sqlalchemy.sql",
        "from lms_bridge.store.models.people import Person",
        "from lms_bridge.store.models import people",
        "from lms_bridge.store import models",
        "session.execute(question)",
    ):
        assert list(_faults(ast.parse(line))), line
    for line in (
        "from sqlalchemy import Engine",
        "from sqlalchemy.orm import Session",
        "from sqlalchemy.exc import OperationalError",
        "from lms_bridge.store.models.base import to_micros",
    ):
        assert not list(_faults(ast.parse(line))), line
