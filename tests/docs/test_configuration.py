"""docs/configuration.md lists every setting with its default and its environment variable, and no other."""

from __future__ import annotations

import json
import tomllib

from lms_bridge.settings import SECRETS
from tests.docs.pages import ROOT, codes, page, rows

DEFAULTS = tomllib.loads((ROOT / "config" / "lms_bridge.toml").read_text(encoding="utf-8"))


def test_every_setting_stands_with_its_default_and_variable() -> None:
    listed = {codes(row[0])[0]: (row[1], row[2]) for row in rows(page("configuration.md")) if len(row) == 4}
    assert listed == {
        name: (f"`{json.dumps(value)}`", f"`LMS_BRIDGE_{name.upper()}`") for name, value in DEFAULTS.items()
    }


def test_secrets_are_called_so() -> None:
    for row in rows(page("configuration.md")):
        if len(row) == 4:
            assert row[3].startswith("Secret.") == (codes(row[0])[0] in SECRETS), row[0]
