"""The errors of the product, one tree; every message names the thing, its value and the remedy.

The core raises these and knows no HTTP. `lms_bridge.web.problems` holds the one table that turns a slug into a status
and an `application/problem+json` body (RFC 9457); the command line prints the same sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LmsBridgeError(Exception):
    """Root of everything the product raises on purpose; `slug` keys the status table of the web."""

    slug = "internal"


class InvalidInputError(LmsBridgeError):
    """Something that a person or a system handed in cannot be used as it is."""

    slug = "invalid-input"


class SettingError(InvalidInputError):
    """A setting has a value that is not allowed; the service does not start."""

    slug = "invalid-setting"


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One fault of an imported file: where it stands, what stands there, and what to do.

    `line` is 1-based as an editor counts (the header is line 1), 0 where the whole file is meant;
    `column` is the column's name, or "" where none is meant.
    """

    file: str
    line: int
    column: str
    value: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        column = f", column {self.column!r}" if self.column else ""
        value = f": {self.value!r}" if self.value else ""
        return f"{place}{column}{value}: {self.remedy}"


class FileRefusedError(InvalidInputError):
    """A file is refused as a whole; nothing of it was applied. `problems` is never empty."""

    slug = "file-refused"

    def __init__(self, problems: Sequence[FileProblem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(str(problem) for problem in self.problems[:20])
        more = len(self.problems) - 20
        super().__init__(shown + (f"\n… and {more} more" if more > 0 else ""))


class NotFoundError(LmsBridgeError):
    """What was asked for does not exist, or the reader may not see it: both answer alike."""

    slug = "not-found"


class ForbiddenError(LmsBridgeError):
    """The credentials are good, their scope does not cover this."""

    slug = "forbidden"


class UnauthenticatedError(LmsBridgeError):
    """No credentials, or wrong ones."""

    slug = "unauthenticated"


class ConflictError(LmsBridgeError):
    """The request contradicts what is stored."""

    slug = "conflict"


class PreconditionFailedError(LmsBridgeError):
    """An If-Match or If-None-Match header does not hold."""

    slug = "precondition-failed"


class TooLargeError(InvalidInputError):
    """A body, or what it decompresses to, exceeds a limit; the message names the limit."""

    slug = "too-large"


class BusyError(LmsBridgeError):
    """The service cannot take the request now; `retry_after_seconds` says when to come back."""

    slug = "busy"

    def __init__(self, message: str, retry_after_seconds: int = 2) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
