"""The demo as the tests see it: built once for the day it is written for, and read back from its files."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lms_bridge.demo.company import company_files
from lms_bridge.demo.statements import DemoStatement, statements

WRITTEN_FOR = date(2026, 6, 30)
ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


@cache
def files(today: date = WRITTEN_FOR) -> Mapping[str, str]:
    return company_files(today)


@cache
def everything(today: date = WRITTEN_FOR) -> tuple[DemoStatement, ...]:
    return tuple(statements(today))


def rows(name: str, today: date = WRITTEN_FOR) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files(today)[name])))


def person(name: str, team_id: str | None = None) -> str:
    """Return the id of a person by name, of one team where two share the name."""
    found = [
        row["person_id"]
        for row in rows("people.csv")
        if row["name"] == name and team_id in {None, row["team_id"]}
    ]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def identity(actor: Mapping[str, Any]) -> str:
    """Return an actor as people.csv writes an identity; "" where it is broken on purpose."""
    if "mbox" in actor:
        return str(actor["mbox"])
    account = actor["account"]
    return f"{account['homePage']}|{account['name']}" if "homePage" in account else ""


@cache
def owners() -> Mapping[str, tuple[str, ...]]:
    """Return identity → person ids, as people.csv declares them."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows("people.csv"):
        found[f"mailto:{row['email']}"].append(row["person_id"])
        for text in filter(None, row["identities"].split(";")):
            found[text.removeprefix("account:")].append(row["person_id"])
    return {key: tuple(ids) for key, ids in found.items()}


def of(person_id: str, *, verb: str = "", about: str = "") -> Iterator[DemoStatement]:
    """Yield what is sent of a person, by the end of the verb and a part of the object or its context."""
    for item in everything():
        statement = item.statement
        if person_id not in owners().get(identity(statement["actor"]), ()):
            continue
        if statement["verb"]["id"].endswith(verb) and about in str(statement["object"]) + str(
            statement.get("context")
        ):
            yield item
