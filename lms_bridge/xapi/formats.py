"""How a statement is returned: its formats, one language of many, and for readers of an older version.

Documents come in as stored and go out as JSON; numbers keep their digits. Sources: 1.0.3 Communication 2.1.3 (format,
Language Filtering Requirements), RFC 9110 12.5.4 and RFC 4647 for languages; exact is the stored document itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from lms_bridge.xapi.activities import COMPONENT_LISTS
from lms_bridge.xapi.contexts import V2_ONLY_KEYS
from lms_bridge.xapi.parsing import exact_json
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.visiting import activities_of, actors_of, contexts_of, verbs_of

_IFIS = ("mbox", "mbox_sha1sum", "openid", "account")
_RANGE = re.compile(
    r"(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[Qq]\s*=\s*(?P<q>[01](?:\.[0-9]{0,3})?))?"
)
# A name could be written in escapes, though no known sender writes ASCII so.
_ESCAPED_ASCII = re.compile(rb"\\u00[2-7]")
_MERGED_MAPS = ("name", "description", "extensions")


def as_ids(document: bytes) -> bytes:
    """Return a statement with the identifiers alone of its actors, verbs and activities (format=ids, XAPI-00171)."""
    statement = exact_json(document)
    for verb in verbs_of(statement):
        _keep(verb, ("id",))
    for activity in activities_of(statement):
        _keep(activity, ("id",))
    for actor in actors_of(statement):
        _identify(actor)
    return orjson.dumps(statement)


def _identify(actor: dict[str, Any]) -> None:
    if any(name in actor for name in _IFIS):
        _keep(actor, ("objectType", *_IFIS))
        return
    # An anonymous group is told by its members.
    _keep(actor, ("objectType", "member"))
    for member in actor.get("member") or ():
        _keep(member, ("objectType", *_IFIS))


def _keep(thing: dict[str, Any], keys: Sequence[str]) -> None:
    for key in thing.keys() - set(keys):
        del thing[key]


def as_canonical(document: bytes, languages: Sequence[str], definitions: Mapping[str, bytes]) -> bytes:
    """Return a statement with canonical activity definitions and one language in each map (format=canonical).

    `definitions` are the merged ones by activity IRI, as JSON; an activity without one keeps its own. `languages` are
    the reader's, best first (`preferred_languages`). XAPI-00172: each map is filtered by itself.
    """
    statement = exact_json(document)
    for verb in verbs_of(statement):
        if "display" in verb:
            verb["display"] = in_one_language(verb["display"], languages)
    for activity in activities_of(statement):
        merged = definitions.get(str(activity.get("id")))
        definition = activity.get("definition") if merged is None else exact_json(merged)
        if isinstance(definition, dict):
            activity["definition"] = _definition_in_one_language(definition, languages)
    return orjson.dumps(statement)


def _definition_in_one_language(definition: dict[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    for key in ("name", "description"):
        if key in definition:
            definition[key] = in_one_language(definition[key], languages)
    for key in COMPONENT_LISTS:
        for component in definition.get(key) or ():
            if "description" in component:
                component["description"] = in_one_language(component["description"], languages)
    return definition


def preferred_languages(accept_language: str | None) -> tuple[str, ...]:
    """Return the language ranges of an Accept-Language header, best first; what is unreadable or has q=0 is left out."""
    return _preferred((accept_language or "")[:1_000])


@lru_cache(64)
def _preferred(accept_language: str) -> tuple[str, ...]:
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")):
        match = _RANGE.fullmatch(part.strip())
        if match is not None:
            quality = float(match["q"]) if match["q"] else 1.0
            if quality > 0:
                ranked.append((-quality, place, match["range"].lower()))
    return tuple(language for _, _, language in sorted(ranked))


def in_one_language(texts: dict[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Return the one entry of a language map that fits best; the first where none fits.

    A range fits a tag that equals it or continues it ("en" fits "en-GB"); where no range fits, ranges are shortened
    from the end ("en-GB" then fits "en", and "en-US").
    """
    if len(texts) <= 1:
        return texts
    tag = best_language(texts, languages)
    return {tag: texts[tag]}


def best_language(tags: Iterable[str], languages: Sequence[str]) -> str:
    """Return the best of some language tags, at least one, for ranges in order of preference."""
    known = {tag.lower(): tag for tag in tags}
    for ranges in (languages, tuple(_shortened(languages))):
        for language in ranges:
            if language in known:
                return known[language]
            for lowered, tag in known.items():
                if language == "*" or lowered.startswith(f"{language}-"):
                    return tag
    return next(iter(known.values()))


def _shortened(languages: Iterable[str]) -> Iterable[str]:
    for language in languages:
        shorter = language.rpartition("-")[0]
        while shorter:
            yield shorter
            shorter = shorter.rpartition("-")[0]


def for_version(document: bytes, version: Version) -> bytes:
    """Return a statement as a reader of `version` may see it: a 1.0.3 reader gets no property that only 2.0 has.

    The version of a 2.0 statement reads 1.0.0 then, as of every statement that 1.0.3 can read.
    """
    if version is Version.V2_0_0 or not (
        b"contextAgents" in document
        or b"contextGroups" in document
        or b'"2.0' in document
        or b"\\u" in document
    ):
        return document
    statement = exact_json(document)
    changed = str(statement.get("version", "")).startswith("2.")
    if changed:
        statement["version"] = Version.V1_0_3.statement_default
    for context in contexts_of(statement):
        for key in V2_ONLY_KEYS & context.keys():
            del context[key]
            changed = True
    return orjson.dumps(statement) if changed else document


def merge_definitions(old: bytes | None, new: bytes) -> bytes:
    """Return the canonical activity definition after a statement brought `new`; both are JSON objects.

    Names, descriptions and extensions are merged by key, the newer winning; every other property that `new` has
    replaces the old one (Data 2.4.4.1).
    """
    # XAPI-00254: an Activity holds what all statements said of it (Communication 2.5).
    if old is None:
        return new
    merged: dict[str, Any] = exact_json(old)
    for key, value in exact_json(new).items():
        before = merged.get(key)
        merged[key] = {**before, **value} if key in _MERGED_MAPS and isinstance(before, dict) else value
    return orjson.dumps(merged)


def activity_document(iri: str, definition: bytes | None) -> bytes:
    """Return the Activity object of GET /activities (XAPI-00251); an unknown activity is its id alone."""
    head = b'{"objectType":"Activity","id":%s' % orjson.dumps(iri)
    return head + (b"}" if definition is None else b',"definition":%s}' % definition)


def statement_result(documents: Sequence[bytes], more: str) -> bytes:
    """Return a StatementResult; `more` is the path of the next page, "" where there is none (Data 2.5)."""
    # XAPI-00110, XAPI-00113: a result has one array of statements and one more.
    begin, end = b'{"statements":[', b'],"more":%s}' % orjson.dumps(more)
    if not documents:
        return begin + end
    # Begin and end are joined to the first and last document, so that the others are copied once.
    parts = [begin + documents[0], *documents[1:]]
    parts[-1] += end
    return b",".join(parts)
