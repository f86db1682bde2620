"""Where activities, actors and verbs stand in a valid statement, for code that changes or collects them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def contexts_of(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the context of the statement and of its SubStatement, as far as they have one."""
    for one in with_substatement(statement):
        context = one.get("context")
        if isinstance(context, dict):
            yield context


def with_substatement(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statement, then its SubStatement if it has one."""
    yield statement
    thing = statement.get("object")
    if isinstance(thing, dict) and thing.get("objectType") == "SubStatement":
        yield thing


def verbs_of(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every verb."""
    for one in with_substatement(statement):
        verb = one.get("verb")
        if isinstance(verb, dict):
            yield verb


def activities_of(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every activity: objects first, then context activities, of the statement and of its SubStatement."""
    for one in with_substatement(statement):
        thing = one.get("object")
        if isinstance(thing, dict) and thing.get("objectType", "Activity") in {"Activity", "GroupActivity"}:
            yield thing
    for context in contexts_of(statement):
        for activities in (context.get("contextActivities") or {}).values():
            yield from activities if isinstance(activities, list) else (activities,)


def actors_of(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every agent and group that stands as such, not the members of groups."""
    for one in with_substatement(statement):
        for key in ("actor", "authority"):
            if isinstance(one.get(key), dict):
                yield one[key]
        thing = one.get("object")
        if isinstance(thing, dict) and thing.get("objectType") in {"Agent", "Group"}:
            yield thing
    for context in contexts_of(statement):
        for key in ("instructor", "team"):
            if isinstance(context.get(key), dict):
                yield context[key]
        for key, name in (("contextAgents", "agent"), ("contextGroups", "group")):
            for item in context.get(key) or ():
                yield item[name]
