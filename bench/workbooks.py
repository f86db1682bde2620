"""Workbooks: a team of 30 × 60, and a company's with a data sheet of 100,000 rows × 12 against openpyxl's own writer.

The floor is what openpyxl's write-only mode takes for the cells of that one sheet; the company's workbook has nine
sheets more. Each is written in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

from bench.figures import Figure, Result, median
from bench.rig import Rig
from bench.servers import ROOT, MeasurementError
from reports.excel.workbook import write_workbook
from tests.reports.content_factory import large_report

_GROUP: Final = "workbooks"
TEAM: Final = (30, 60)
COMPANY: Final = (400, 250)
COLUMNS: Final = 12
_MEGABYTE: Final = 1 << 20


def measure(rig: Rig) -> Iterator[Result]:
    """Measure time and peak of memory."""
    team = median(_child("team", 1.0)["seconds"] for _ in range(rig.times(3, 7)))
    yield Figure(_GROUP, "team, 30 people × 60 skills", team, "s", 1.0, is_cost=True)
    scale = min(rig.scale, 1.0)
    turns = [(_child("company", scale), _child("openpyxl", scale)) for _ in range(rig.times(1, 3))]
    ratio = median(own["seconds"] / other["seconds"] for own, other in turns)
    own, other = turns[-1]
    rows = f"{own['rows']:,}"
    note = f"ours {own['seconds']:.1f} s with all sheets, openpyxl write-only {other['seconds']:.1f} s"
    yield Figure(
        _GROUP, f"company, {rows} × {COLUMNS} ÷ openpyxl", ratio, "×", 1.0, 1 / 3, is_cost=True, note=note
    )
    peak = max(one["peak_megabytes"] for one, _ in turns)
    note = f"above the report's content in memory; openpyxl write-only {other['peak_megabytes']:.0f} MB"
    yield Figure(_GROUP, "company, peak of the writing", peak, "MB", 128, is_cost=True, note=note)


def _child(what: str, scale: float) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.workbooks", what, str(scale)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MeasurementError(f"writing the {what} workbook failed: {done.stderr.strip()[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def write(what: str, scale: float) -> dict[str, Any]:
    """Write one workbook in this process; return its seconds, its peak in megabytes and its rows."""
    people, skills = TEAM if what == "team" else (max(1, round(COMPANY[0] * scale)), COMPANY[1])
    rows = people * skills
    if what == "openpyxl":
        before = _restart_peak()
        begin = time.perf_counter()
        _write_only(rows)
    else:
        report = large_report(people, skills, "team" if what == "team" else "company")
        before = _restart_peak()
        begin = time.perf_counter()
        write_workbook(report, BytesIO())
    seconds = time.perf_counter() - begin
    peak = (_memory("VmHWM") - before) / _MEGABYTE
    return {"seconds": seconds, "peak_megabytes": peak, "rows": rows}


def _write_only(rows: int) -> None:
    """Write as many cells as the data sheet has, of the same kinds: mostly text, some numbers and flags."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Data")
    for number in range(rows):
        sheet.append(
            (
                f"Person {number % 400:05d}",
                "Assembly & Test",
                "Machine operator",
                f"operate precision machinery {number % 250}",
                3,
                "Independent",
                number % 4,
                "Working",
                "unmet" if number % 3 else "met",
                number % 3,
                "required",
                "2026-06-30",
            )
        )
    workbook.save(BytesIO())


def _restart_peak() -> int:
    """Let the kernel forget the peak of memory so far; return the bytes in use now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise MeasurementError(f"the kernel tells no {name}")


if __name__ == "__main__":
    json.dump(write(sys.argv[1], float(sys.argv[2])), sys.stdout)
