"""The wheel: what is installed from it is the whole product, not only its Python."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.house.files import ROOT, project_files

FOLDERS = {"lms_bridge": "lms_bridge", "reports": "reports", "config": "lms_bridge/_config"}


def test_the_wheel_holds_every_file_of_the_product_and_its_configuration(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, source)
    expected = set()
    for folder, place in FOLDERS.items():
        for path in project_files(ROOT / folder):
            inside = path.relative_to(ROOT / folder)
            (source / folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / folder / inside)
            expected.add(f"{place}/{inside.as_posix()}")

    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    built = subprocess.run(
        [*command, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr

    (wheel,) = tmp_path.glob("lms_bridge-*.whl")
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected
