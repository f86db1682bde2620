"""The machine that figures come from, in one line each: without it they mean nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path
from typing import Any

_GIGABYTE = 1 << 30


def machine() -> dict[str, Any]:
    """Return cores, memory, load and versions."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gigabytes": round(pages * size / _GIGABYTE, 1),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def told(found: dict[str, Any]) -> str:
    """Return the machine as a sentence, with a warning where it is busy with other things."""
    text = (
        f"{found['cores']} cores ({found['processor']}), {found['memory_gigabytes']} GB, {found['system']}; "
        f"Python {found['python']}, SQLite {found['sqlite']}; load {found['load']}"
    )
    if found["load"] > found["cores"] / 2:
        text += "\nThe machine is busy with other things: trust the ratios, not the absolute figures."
    return text
