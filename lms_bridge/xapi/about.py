"""GET /about: what the LRS is (1.0.3 Communication 2.8, XAPI-00319)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lms_bridge.xapi.versions import Version


def about(extensions: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the About resource; `extensions` are by IRI, and nothing else may be added."""
    # XAPI-00316, XAPI-00317, XAPI-00318: version is an array with every version that is spoken, and no other.
    found: dict[str, Any] = {"version": [version.value for version in Version]}
    if extensions:
        found["extensions"] = dict(extensions)
    return found
