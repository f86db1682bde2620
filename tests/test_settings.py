"""Settings: read once, checked, a bad value stops with name, value and what is allowed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lms_bridge.errors import SettingError
from lms_bridge.settings import load_settings


def environ(folder: Path, **values: str) -> dict[str, str]:
    return {
        "LMS_BRIDGE_DATA_DIR": str(folder),
        **{f"LMS_BRIDGE_{key}": value for key, value in values.items()},
    }


def test_defaults_need_nothing_but_a_data_folder(tmp_path: Path) -> None:
    settings = load_settings(environ=environ(tmp_path / "data"))
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'lms_bridge.sqlite3'}"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.least_strength == "completed"


def test_generated_secret_is_kept_and_private(tmp_path: Path) -> None:
    first = load_settings(environ=environ(tmp_path))
    assert load_settings(environ=environ(tmp_path)).secret_key == first.secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_secret_is_read_from_a_file_and_never_prints(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a very secret key\n", encoding="utf-8")
    settings = load_settings(environ=environ(tmp_path, SECRET_KEY_FILE=str(tmp_path / "s")))
    assert settings.secret_key == "a very secret key"
    assert "very secret" not in repr(settings)


def test_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"LMS_BRIDGE_SECRET_KEY_FILE.*nowhere"):
        load_settings(environ=environ(tmp_path, SECRET_KEY_FILE=str(tmp_path / "nowhere")))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("PORT", "http", "port: 'http' is no int"),
        ("PORT", "99999", "port: 99999 is out of range; allowed is 1 to 65535"),
        ("TIME_ZONE", "Europe/Speyer", "time_zone: 'Europe/Speyer' is no IANA zone"),
        ("LEAST_STRENGTH", "good", "least_strength: 'good' is not allowed; allowed are self-asserted"),
        ("VALIDITY_LAST_DAY", "eve", "validity_last_day: 'eve' is not allowed"),
        ("PROOF_DETAIL", "everyone", "proof_detail: 'everyone' is not allowed"),
        ("BASE_URL", "ftp://x", "base_url: 'ftp://x' is no http"),
        ("DEFAULT_AS_OF", "30.06.2026", "default_as_of: '30.06.2026' is no date"),
        ("LOG_LEVEL", "loud", "log_level: 'loud' is not allowed"),
        ("MAX_JSON_DEPTH", "1", "max_json_depth: 1 is out of range"),
    ],
)
def test_bad_value_is_named_with_what_is_allowed(tmp_path: Path, key: str, value: str, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings(environ=environ(tmp_path, **{key: value}))
    assert said in str(caught.value)


def test_unknown_key_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lms_bridge.toml").write_text('colour = "blue"\n', encoding="utf-8")
    with pytest.raises(SettingError, match="colour: no such setting"):
        load_settings(str(tmp_path), environ(tmp_path))


def test_own_file_needs_only_what_differs(tmp_path: Path) -> None:
    (tmp_path / "lms_bridge.toml").write_text('company_name = "Rheintal"\n', encoding="utf-8")
    settings = load_settings(str(tmp_path), environ(tmp_path))
    assert (settings.company_name, settings.port) == ("Rheintal", 8000)


def test_folder_without_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no lms_bridge"):
        load_settings(str(tmp_path / "none"), environ(tmp_path))
