"""How far a rebuild came, kept in the data folder, so that one that was broken off goes on instead of beginning again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import orjson

from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.derivation import RebuildResult

_NAME: Final = "rebuild.json"


class RebuildMark:
    """The mark of one kind of rebuild: a dry run and one that writes are not continued by each other."""

    def __init__(self, data_dir: Path, *, dry_run: bool) -> None:
        self._file = data_dir / (f"dry_{_NAME}" if dry_run else _NAME)

    def read(self) -> RebuildResult:
        """Return what the broken-off rebuild had found.

        Raises:
            InvalidInputError: none was broken off, or the mark cannot be read.
        """
        try:
            return RebuildResult(**orjson.loads(self._file.read_bytes()))
        except FileNotFoundError:
            raise InvalidInputError(
                f"{self._file}: no rebuild of this kind was broken off; start one without --resume"
            ) from None
        except (ValueError, TypeError) as error:
            raise InvalidInputError(f"{self._file}: {error}; start a rebuild without --resume") from error

    def write(self, done: RebuildResult) -> None:
        """Keep what was found so far: the old mark or the new one, never half of it."""
        part = self._file.with_suffix(".part")
        part.write_bytes(orjson.dumps(asdict(done)))
        part.replace(self._file)

    def remove(self) -> None:
        """Forget the mark: the rebuild has ended."""
        self._file.unlink(missing_ok=True)
