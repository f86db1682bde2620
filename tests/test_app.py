"""The composition: what must be there before anything is served."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lms_bridge.app import create_app
from lms_bridge.errors import SettingError
from lms_bridge.pipeline import meanings
from lms_bridge.settings import load_settings


def test_suggestions_by_meaning_without_their_package_are_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanings, "is_installed", lambda: False)
    settings = load_settings(None, {"LMS_BRIDGE_DATA_DIR": str(tmp_path)})
    with pytest.raises(SettingError, match="make meanings"):
        create_app(replace(settings, suggestions="meaning"))
