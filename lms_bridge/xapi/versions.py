"""The xAPI versions that the LRS speaks, and how a version header is read (1.0.3 Communication 3.3; 2.0 4.1.6.7)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Version(StrEnum):
    """A version of the interface; the value is what the header and `/about` carry."""

    V1_0_3 = "1.0.3"
    V2_0_0 = "2.0.0"

    @property
    def statement_default(self) -> str:
        """What `version` a statement gets that was accepted without one (Data 2.4.10: 1.0.0 in all of 1.0.x)."""
        return "1.0.0" if self is Version.V1_0_3 else "2.0.0"


_LONGEST = 50
_ONE_ZERO = re.compile(r"1\.0(?:\.[0-9]{1,9})?")


def parse_version(header: str | None) -> Version | None:
    """Return the version that an `X-Experience-API-Version` header asks for, or None.

    Every 1.0.x is 1.0.3, "1.0" too (Communication 3.3: patch versions differ in wording only); 2.0 and 2.0.0 are 2.0.
    """
    return None if header is None or len(header) > _LONGEST else _parsed(header)


@lru_cache(64)
def _parsed(header: str) -> Version | None:
    text = header.strip()
    if _ONE_ZERO.fullmatch(text):
        return Version.V1_0_3
    if text in {"2.0", "2.0.0"}:
        return Version.V2_0_0
    return None


def is_statement_version(text: str, version: Version) -> bool:
    """Tell whether a statement's own `version` may come in a request of `version`.

    XAPI-00101: in 1.0.3 only 1.0 and 1.0.x; a 2.0 request may also carry 2.0 statements.
    """
    found = parse_version(text)
    return text == text.strip() and (found is Version.V1_0_3 or (found is not None and found is version))
