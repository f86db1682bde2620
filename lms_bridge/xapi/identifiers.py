"""Identifiers of xAPI: IRIs (RFC 3987), UUIDs, language tags (RFC 5646), mailto IRIs, SHA-1 and SHA-2 digests.

Checks of IRIs and language tags are cached, because a sender repeats the same verbs, types and tags in every statement.
Long texts bypass the caches, so that a hostile sender cannot fill the memory through them.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CACHED_LENGTH = 300

# RFC 3987 without its percent sign: unreserved, reserved, ucschar and iprivate. Square brackets are taken anywhere,
# because query strings in the wild carry them; every quantifier is possessive, so matching stays linear.
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*+:"
    r"(?:[!#$&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0010fffd]++"
    r"|%[0-9A-Fa-f]{2})++"
)
_HTTP = re.compile(r"https?:", re.IGNORECASE)
_HTTP_WITH_HOST = re.compile(r"https?://[^/?#]", re.IGNORECASE)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_MAILTO = re.compile(r"mailto:[^\s@<>?,;:\"\\()\[\]]++@[^\s@<>?,;:\"\\()/]++", re.IGNORECASE)
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")
_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9!#$&\-^_.+]{1,127}/[A-Za-z0-9!#$&\-^_.+]{1,127}[ \t]*+(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?"
)

_LANGTAG = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*)"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+)"
)
# RFC 5646 section 2.1: the grandfathered tags that the grammar does not cover, and the regular ones.
_GRANDFATHERED = frozenset(
    [
        "en-gb-oed",
        "i-ami",
        "i-bnn",
        "i-default",
        "i-enochian",
        "i-hak",
        "i-klingon",
        "i-lux",
        "i-mingo",
        "i-navajo",
        "i-pwn",
        "i-tao",
        "i-tay",
        "i-tsu",
        "sgn-be-fr",
        "sgn-be-nl",
        "sgn-ch-de",
        "art-lojban",
        "cel-gaulish",
        "no-bok",
        "no-nyn",
        "zh-guoyu",
        "zh-hakka",
        "zh-min",
        "zh-min-nan",
        "zh-xiang",
    ]
)


def _check_iri(text: str) -> bool:
    if _IRI.fullmatch(text) is None:
        return False
    return _HTTP.match(text) is None or _HTTP_WITH_HOST.match(text) is not None


def _check_language_tag(text: str) -> bool:
    lowered = text.lower()
    if not text.isascii():
        return False
    match = _LANGTAG.fullmatch(lowered)
    if match is None:
        return lowered in _GRANDFATHERED
    # XAPI-00013: lengths and order of subtags are those of RFC 5646 (Data 2.2); the grammar above holds them.
    variants = (match["variants"] or "").split("-")[1:]
    # RFC 5646 section 2.2.6: a singleton stands once; section 2.2.5: so does a variant.
    singletons = [part for part in (match["extensions"] or "").split("-") if len(part) == 1]
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)


_cached_iri = lru_cache(maxsize=8192)(_check_iri)
_cached_language_tag = lru_cache(maxsize=2048)(_check_language_tag)


def is_iri(text: str) -> bool:
    """Tell whether `text` is an absolute IRI of any scheme; http and https also need a host."""
    return _cached_iri(text) if len(text) <= _CACHED_LENGTH else _check_iri(text)


def is_uri(text: str) -> bool:
    """Tell whether `text` is an absolute URI: an IRI of ASCII characters only (RFC 3986)."""
    return text.isascii() and is_iri(text)


def is_language_tag(text: str) -> bool:
    """Tell whether `text` is a well-formed language tag: subtag lengths, order and single singletons (RFC 5646)."""
    return len(text) <= _CACHED_LENGTH and _cached_language_tag(text)


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID in the standard form of 36 characters, any version and variant."""
    # XAPI-00029, XAPI-00030: every UUID is one by RFC 4122, in its string form (Data 2.4.1).
    return _UUID.fullmatch(text) is not None


def is_mailto(text: str) -> bool:
    """Tell whether `text` has the form `mailto:` and one e-mail address, without headers (Data 2.4.2.3)."""
    return _MAILTO.fullmatch(text) is not None


def is_sha1(text: str) -> bool:
    """Tell whether `text` is a SHA-1 digest in hexadecimal digits."""
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """Tell whether `text` is a digest of the SHA-2 family (224, 256, 384 or 512 bits) in hexadecimal digits."""
    return _SHA2.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Tell whether `text` is an Internet media type, with or without parameters (RFC 2046)."""
    return _MEDIA_TYPE.fullmatch(text) is not None
