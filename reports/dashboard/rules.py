"""The start of a rule for learning that no rule counts, as TOML text to complete and import."""

from __future__ import annotations

import json
import re


def rule_draft(object_key: str, title: str) -> str:
    """Return a rule that would count the learning object `object_key`; skill and level are left to the reader."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "new-rule"
    return (
        "[[rule]]\n"
        f'id = "{slug[:60]}"\n'
        "[rule.when]\n"
        f"object = {_toml_text(object_key)}\n"
        "[[rule.gives]]\n"
        'skill = "<skill IRI>"\n'
        "level = 1\n"
        'strength = "completed"\n'
    )


def _toml_text(value: str) -> str:
    # A JSON string is a TOML basic string, save for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
