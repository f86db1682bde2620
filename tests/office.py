"""LibreOffice as the reader of workbooks: what a person would see of a sheet, as PDF, pictures or recalculated values."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONVERT_SECONDS = 180
DRAW_SECONDS = 60


class OfficeMissingError(RuntimeError):
    """LibreOffice or poppler is not on this machine."""


class OfficeError(RuntimeError):
    """A file could not be converted; the message ends with what the program wrote."""


@dataclass(frozen=True, slots=True)
class Office:
    """LibreOffice with a user profile of its own, so that two processes of tests do not wait for each other."""

    soffice: str
    pdftoppm: str
    profile: Path

    def convert(self, file: Path, target: str, folder: Path) -> Path:
        """Convert `file` into format `target` (`pdf`, `csv`, `xlsx`, …) and return the new file in `folder`.

        Formulas are recalculated on the way. A first conversion takes about ten seconds, later ones two.

        Raises:
            OfficeError: LibreOffice refuses the file or writes nothing.
        """
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            self.soffice,
            f"-env:UserInstallation={self.profile.as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            target,
            "--outdir",
            str(folder),
            str(file),
        ]
        written = _run(command, CONVERT_SECONDS)
        converted = folder / f"{file.stem}.{target.partition(':')[0]}"
        if not converted.is_file():
            raise OfficeError(f"{file.name}: LibreOffice made no {target} of it; it wrote:\n{written}")
        return converted

    def pages(self, file: Path, folder: Path, dots_per_inch: int = 80) -> tuple[Path, ...]:
        """Print `file` and return one PNG a page, in order.

        Raises:
            OfficeError: a program refuses the file.
        """
        printed = file if file.suffix == ".pdf" else self.convert(file, "pdf", folder)
        stem = folder / f"{file.stem}-page"
        _run([self.pdftoppm, "-png", "-r", str(dots_per_inch), str(printed), str(stem)], DRAW_SECONDS)
        # pdftoppm pads the numbers to one width, so that names sort as pages do.
        return tuple(sorted(folder.glob(f"{file.stem}-page-*.png")))


def find_office(profile: Path) -> Office:
    """Return LibreOffice with `profile` as its user's folder.

    Raises:
        OfficeMissingError: LibreOffice or poppler is not installed.
    """
    soffice = shutil.which("soffice")
    pdftoppm = shutil.which("pdftoppm")
    if soffice is None or pdftoppm is None:
        raise OfficeMissingError(
            "LibreOffice or poppler is not installed; on Debian: apt-get install libreoffice-calc-nogui poppler-utils"
        )
    return Office(soffice, pdftoppm, profile)


def _run(command: list[str], seconds: int) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    written = done.stdout + done.stderr
    if done.returncode != 0:
        raise OfficeError(f"{command[0]} ended with {done.returncode}; it wrote:\n{written}")
    return written
