"""The settings: read once, from `config/lms_bridge.toml` and the environment, and checked before anything starts.

A value comes from, in this order: `LMS_BRIDGE_<KEY>`, `LMS_BRIDGE_<KEY>_FILE` (secrets), `lms_bridge.toml` in the data
folder, the configuration file.
"""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lms_bridge.errors import SettingError

SECRETS = frozenset({"database_url", "secret_key"})
STRENGTHS = ("self-asserted", "attended", "completed", "assessed", "verified", "certified")
CHECKOUT_CONFIG = Path(__file__).resolve().parent.parent / "config"
PACKAGED_CONFIG = Path(__file__).resolve().parent / "_config"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every key of `config/lms_bridge.toml`; secrets never print."""

    data_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str
    host: str
    port: int
    workers: int
    threads: int
    proxy_hops: int
    time_zone: str
    company_name: str
    company_scale: str
    least_strength: str
    validity_last_day: str
    earliest_year: int
    proof_detail: str
    silent_after_days: int
    roster_end_share_limit: float
    max_body_bytes: int
    max_batch_statements: int
    max_json_depth: int
    refused_keep_days: int
    refused_keep_bytes: int
    language: str
    suggestions: str
    log_format: str
    log_level: str
    embedded_worker: str
    default_as_of: str
    config_dir: Path

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.time_zone)


def config_folder(explicit: str | None, environ: Mapping[str, str]) -> Path:
    """Find the configuration: `--config` or LMS_BRIDGE_CONFIG, the checkout's `config/`, the packaged copy.

    Raises:
        SettingError: a folder named explicitly holds no lms_bridge.toml.
    """
    named = explicit or environ.get("LMS_BRIDGE_CONFIG")
    if named:
        folder = Path(named)
        if folder.is_file():
            folder = folder.parent
        if not (folder / "lms_bridge.toml").is_file():
            raise SettingError(f"config: {named!r} holds no lms_bridge.toml; name a folder that does")
        return folder
    for folder in (CHECKOUT_CONFIG, PACKAGED_CONFIG):
        if (folder / "lms_bridge.toml").is_file():
            return folder
    raise SettingError("config: no lms_bridge.toml found; name its folder with --config or LMS_BRIDGE_CONFIG")


def load_settings(explicit_config: str | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; create the data folder and the secret key where they are missing.

    Raises:
        SettingError: a key is unknown or a value not allowed; the message names both and what is allowed.
    """
    env = os.environ if environ is None else environ
    folder = config_folder(explicit_config, env)
    values = _read_file(folder / "lms_bridge.toml")
    kinds = get_type_hints(Settings)
    known = [item.name for item in fields(Settings) if item.name != "config_dir"]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingError(f"{unknown[0]}: no such setting; the settings are {', '.join(known)}")
    if folder != CHECKOUT_CONFIG:
        values = _read_file(_default_file(folder)) | values
    values |= _kept_beside_data(Path(str(_overridden("data_dir", values, env))), known)
    given = {name: _overridden(name, values, env) for name in known}
    typed: dict[str, Any] = {name: _converted(name, given[name], kinds[name]) for name in known}
    typed["config_dir"] = folder
    _check(typed)
    data_dir: Path = typed["data_dir"]
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            f"data_dir: {str(data_dir)!r} cannot be created ({error.strerror}); name a writable folder"
        ) from error
    if not typed["database_url"]:
        typed["database_url"] = f"sqlite:///{data_dir.resolve() / 'lms_bridge.sqlite3'}"
    if not typed["secret_key"]:
        typed["secret_key"] = _kept_secret(data_dir / "secret_key")
    if not typed["base_url"]:
        typed["base_url"] = f"http://{typed['host']}:{typed['port']}"
    typed["base_url"] = typed["base_url"].rstrip("/")
    return Settings(**typed)


def _kept_beside_data(data_dir: Path, known: list[str]) -> dict[str, Any]:
    """Read `<data_dir>/lms_bridge.toml`, settings that belong to this data whoever opens it, such as its time zone."""
    path = data_dir / "lms_bridge.toml"
    if not path.is_file():
        return {}
    kept = _read_file(path)
    for name in kept:
        if name not in known or name == "data_dir":
            raise SettingError(f"{path}: {name!r} cannot stand there; remove the line")
    return kept


def data_folder(settings: Settings, name: str) -> Path:
    """Return the folder `name` of the configuration: the chosen one, else the checkout's, else the packaged copy.

    Raises:
        SettingError: none of them has it.
    """
    for folder in (settings.config_dir, CHECKOUT_CONFIG, PACKAGED_CONFIG):
        if (folder / name).is_dir():
            return folder / name
    raise SettingError(
        f"config: no folder {name!r} in {settings.config_dir}; name a complete one with --config"
    )


def _default_file(folder: Path) -> Path:
    for candidate in (CHECKOUT_CONFIG, PACKAGED_CONFIG):
        if (candidate / "lms_bridge.toml").is_file():
            return candidate / "lms_bridge.toml"
    return folder / "lms_bridge.toml"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path.name}: not readable as TOML: {error}") from error


def _overridden(name: str, values: Mapping[str, Any], env: Mapping[str, str]) -> Any:
    variable = f"LMS_BRIDGE_{name.upper()}"
    if variable in env:
        return env[variable]
    file_variable = f"{variable}_FILE"
    if name in SECRETS and file_variable in env:
        try:
            return Path(env[file_variable]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(
                f"{file_variable}: {env[file_variable]!r} cannot be read ({error.strerror}); name a readable file"
            ) from error
    return values[name]


def _converted(name: str, value: Any, kind: type) -> Any:
    try:
        if kind is Path:
            return Path(str(value))
        return kind(value)
    except (TypeError, ValueError) as error:
        raise SettingError(f"{name}: {value!r} is no {kind.__name__}; give one") from error


def _check(values: Mapping[str, Any]) -> None:
    _check_one_of(values, "least_strength", STRENGTHS)
    _check_one_of(values, "validity_last_day", ("day_before", "anniversary"))
    _check_one_of(values, "suggestions", ("words", "meaning"))
    _check_one_of(values, "log_format", ("json", "console"))
    _check_one_of(values, "log_level", ("DEBUG", "INFO", "WARNING", "ERROR"))
    _check_one_of(values, "embedded_worker", ("on", "off"))
    for name, low, high in (
        ("port", 1, 65535),
        ("workers", 1, 64),
        ("threads", 1, 64),
        ("proxy_hops", 0, 10),
        ("earliest_year", 1970, 2100),
        ("silent_after_days", 1, 3650),
        ("roster_end_share_limit", 0.0, 1.0),
        ("max_body_bytes", 1000, 1_000_000_000),
        ("max_batch_statements", 1, 100_000),
        ("max_json_depth", 8, 500),
        ("refused_keep_days", 0, 36500),
        ("refused_keep_bytes", 0, 10**12),
    ):
        if not low <= values[name] <= high:
            raise SettingError(f"{name}: {values[name]} is out of range; allowed is {low} to {high}")
    try:
        ZoneInfo(values["time_zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingError(
            f"time_zone: {values['time_zone']!r} is no IANA zone; name one such as Europe/Berlin"
        ) from error
    for role in values["proof_detail"].split(","):
        if role.strip() not in {"none", "hr", "manager"}:
            raise SettingError(
                f"proof_detail: {role.strip()!r} is not allowed; allowed are none, hr, manager"
            )
    if values["base_url"] and not re.fullmatch(r"https?://[^/\s]+(/[^\s]*)?", values["base_url"]):
        raise SettingError(f"base_url: {values['base_url']!r} is no http(s) address; give scheme and host")
    if values["default_as_of"]:
        try:
            date.fromisoformat(values["default_as_of"])
        except ValueError as error:
            raise SettingError(
                f"default_as_of: {values['default_as_of']!r} is no date; give YYYY-MM-DD"
            ) from error


def _check_one_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    if values[name] not in allowed:
        raise SettingError(f"{name}: {values[name]!r} is not allowed; allowed are {', '.join(allowed)}")


def _kept_secret(path: Path) -> str:
    """Return the secret of the data folder, generated at the first start with mode 0600."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    secret = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(secret)
    return secret
