"""Commands of statements: handing in what an LMS kept before, and undoing that."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import click

from lms_bridge.cli.options import (
    Operator,
    answer,
    dry_run_option,
    json_option,
    pass_operator,
    progress_bar,
    tells_errors,
)
from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.backfill import (
    RejectedLine,
    import_statements,
    imports_of_statements,
    undo_import,
)
from lms_bridge.xapi.statement_files import StatementLine, json_lines, read_template, table_lines
from lms_bridge.xapi.versions import Version

GZIP_MARK = b"\x1f\x8b"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def statement() -> None:
    """Statements from files."""


@statement.command("import")
@click.argument("file", type=FILE)
@click.option("--source", "source_name", required=True, help="The source whose statements these are.")
@click.option("--mapping", type=FILE, help="Template that makes statements of the rows of a CSV file.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected lines go.")
@click.option("--xapi-version", type=click.Choice(["1.0.3", "2.0.0"]), default="1.0.3", show_default=True)
@dry_run_option
@json_option
@pass_operator
@tells_errors
def statement_import(
    operator: Operator,
    file: Path,
    source_name: str,
    mapping: Path | None,
    rejects: Path | None,
    xapi_version: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Hand in the statements of FILE: JSON lines, plain or gzip, or CSV with --mapping.

    The same file again changes nothing. Rejected lines go to FILE.rejected.jsonl with their reasons; then the exit code
    is 1.
    """
    # Of a pipe there is no place beside it.
    beside = file if file.is_file() else Path("statements")
    rejects = rejects or beside.with_name(f"{beside.name}.rejected.jsonl")
    if rejects.exists() and rejects.samefile(file):
        raise InvalidInputError(f"--rejects: {rejects} is the file that is imported; name another one")
    digest = hashlib.sha256()
    with ExitStack() as stack:
        kept = stack.enter_context(_RejectFile(rejects))
        tell = stack.enter_context(progress_bar("importing"))
        session = stack.enter_context(operator.session())
        lines = _lines(file, mapping, digest, operator.settings.max_body_bytes)
        result = import_statements(
            session,
            operator.settings,
            operator.services.writer,
            name=file.name,
            source_name=source_name,
            lines=lines,
            version=Version(xapi_version),
            digest=digest,
            reject=kept.add,
            progress=lambda done: tell("", done, done),
            dry_run=dry_run,
        )
    data = {
        "import_id": result.import_id,
        "lines": result.lines,
        "stored": result.stored,
        "already_stored": result.already_stored,
        "already_voided": result.already_voided,
        "undated": result.undated,
        "rejected": result.rejected,
        "reasons": result.reasons,
        "rejects": str(rejects) if result.rejected else None,
        "dry_run": dry_run,
    }
    text = result.summary if dry_run else f"import {result.import_id}: {result.summary}"
    answer(data, text + (f"; see {rejects}" if result.rejected else ""), as_json=as_json)
    if result.rejected:
        raise SystemExit(1)


@statement.command("imports")
@json_option
@pass_operator
@tells_errors
def statement_imports(operator: Operator, *, as_json: bool) -> None:
    """List the imports of statements, newest first."""
    with operator.session() as session:
        found = imports_of_statements(session)
    rows = [
        {
            "import_id": item.import_id,
            "file": item.name,
            "imported_at": item.imported_at,
            "outcome": item.outcome,
            "statements": item.statements,
            "undone_at": item.undone_at,
        }
        for item in found
    ]
    lines = [
        f"{item.import_id}  {item.imported_at:%Y-%m-%d %H:%M} UTC  {item.name}: {item.outcome}"
        + (f"; undone {item.undone_at:%Y-%m-%d %H:%M} UTC" if item.undone_at else "")
        for item in found
    ]
    answer(rows, "\n".join(lines) or "no imports", as_json=as_json)


@statement.command("undo")
@click.argument("import_id", type=int)
@dry_run_option
@json_option
@pass_operator
@tells_errors
def statement_undo(operator: Operator, import_id: int, *, dry_run: bool, as_json: bool) -> None:
    """Void every statement that import IMPORT_ID stored first."""
    with operator.session() as session, progress_bar("voiding") as tell:
        voided = undo_import(
            session,
            operator.settings,
            operator.services.writer,
            import_id,
            dry_run=dry_run,
            progress=lambda done: tell("", done, done),
        )
    text = f"import {import_id}: {voided} statements {'would be ' if dry_run else ''}voided" + (
        "; their ids stay voided: what is to come in again, from another source too, needs new ids"
        if voided
        else ""
    )
    answer({"import_id": import_id, "voided": voided, "dry_run": dry_run}, text, as_json=as_json)


def _lines(file: Path, mapping: Path | None, digest: Any, most_bytes: int) -> Iterator[StatementLine]:
    with _Opened(file, digest) as opened:
        if mapping is None:
            yield from json_lines(opened.lines(most_bytes), most_bytes, file.name)
        else:
            try:
                text = mapping.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise InvalidInputError(f"{mapping.name}: is no UTF-8; save the template as UTF-8") from error
            yield from table_lines(file.name, opened.lines(most_bytes), read_template(mapping.name, text))


class _Opened:
    """A file read by lines, unpacked where it is gzip, and digested as it is read."""

    def __init__(self, file: Path, digest: Any) -> None:
        self._file = file
        self._digest = digest
        self._handles = ExitStack()
        self._content: IO[bytes] | gzip.GzipFile

    def __enter__(self) -> Self:
        # Without going back: the file may be a pipe.
        raw = self._handles.enter_context(self._file.open("rb"))
        self._content = raw
        if raw.peek(2)[:2] == GZIP_MARK:
            self._content = self._handles.enter_context(gzip.GzipFile(fileobj=raw))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handles.close()

    def lines(self, most_bytes: int) -> Iterator[bytes]:
        """Yield the lines; one that is longer than `most_bytes` is cut, because memory is not."""
        try:
            while line := self._content.readline(most_bytes + 2):
                self._digest.update(line)
                yield line
                while len(line) > most_bytes + 1 and not line.endswith(b"\n"):
                    line = self._content.readline(most_bytes + 2)
                    self._digest.update(line)
                    if not line:
                        return
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InvalidInputError(
                f"{self._file.name}: the gzip stream is damaged ({error}); pack it again. "
                "What came before is handed in; a second import continues"
            ) from error


class _RejectFile:
    """Takes the lines that were rejected; the file is made with the first of them, and one of before does not stay."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            # Asked before anything is handed in: can it be written?
            if not self._path.exists() or self._path.is_file():
                self._path.open("w", encoding="utf-8").close()
                self._path.unlink()
        except OSError as error:
            raise InvalidInputError(
                f"--rejects: {self._path} cannot be written ({error.strerror}); name a file that can"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.close()

    def add(self, line: RejectedLine) -> None:
        """Write one line: its number, why it was rejected, and what stands there."""
        if self._handle is None:
            self._handle = self._path.open("w", encoding="utf-8")
        row = {"line": line.number, "reason": line.reason, "text": line.text.decode("utf-8", "replace")}
        self._handle.write(json.dumps(row, ensure_ascii=False) + "\n")


GROUPS = (statement,)
