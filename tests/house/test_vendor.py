"""What was written elsewhere and stands here unchanged: its licence beside it, its bytes as they were published."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "vendor"


def test_every_vendored_file_is_as_it_was_published() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    present = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS", "README.md"}
    assert present == set(listed)
    for name, digest in listed.items():
        assert sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_every_vendored_program_has_its_licence_beside_it() -> None:
    for program in VENDOR.glob("*.js"):
        assert (VENDOR / f"{program.name.split('.')[0]}.LICENSE.txt").is_file(), program.name
