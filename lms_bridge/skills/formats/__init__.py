"""Framework files in, one `FrameworkRelease` out: one module for each format, chosen by name.

Readers are pure: they take file names with their bytes and open nothing. A folder import hands over all files of the
folder; a reader takes the ones it knows and ignores the others. A fault refuses the whole set, with every fault named.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lms_bridge.errors import FileRefusedError, InvalidInputError
from lms_bridge.skills.formats import (
    case,
    ctdl_asn,
    dcwf,
    digcomp,
    esco,
    moodle,
    nice,
    onet,
    openedx_tags,
    plain_csv,
    rsd,
    sfia,
)
from lms_bridge.skills.formats.tables import Faults, Progress, decode
from lms_bridge.skills.formats.workbooks import as_tabbed, is_workbook
from lms_bridge.skills.frameworks import FrameworkRelease, with_digest

MAX_FILE_BYTES = 64 * 1024 * 1024
"""No framework file may be, or decompress to, more than this; O*NET's largest file has 8 MB."""

Reader = Callable[[Mapping[str, str], Faults, Progress], FrameworkRelease]
"""Texts by file name, faults, progress; the release has the format's own name and perhaps no version."""


@dataclass(frozen=True, slots=True)
class FrameworkFormat:
    """One file format: how it is called on the command line, which files it reads, and its reader."""

    key: str
    title: str
    files: str
    knows: Callable[[str], bool]
    read: Reader


FORMATS: Mapping[str, FrameworkFormat] = {
    known.key: known
    for known in (
        FrameworkFormat("esco", "ESCO CSV", esco.FILES, esco.knows, esco.read),
        FrameworkFormat("onet", "O*NET database, text files or workbooks", onet.FILES, onet.knows, onet.read),
        FrameworkFormat("csv", "plain framework CSV", plain_csv.FILES, plain_csv.knows, plain_csv.read),
        FrameworkFormat("nice", "NICE Framework CSV", nice.FILES, nice.knows, nice.read),
        FrameworkFormat("dcwf", "DoD Cyber Workforce Framework JSON", dcwf.FILES, dcwf.knows, dcwf.read),
        FrameworkFormat(
            "digcomp", "DigComp data supplement JSON-LD", digcomp.FILES, digcomp.knows, digcomp.read
        ),
        FrameworkFormat("case", "CASE 1.0 package JSON", case.FILES, case.knows, case.read),
        FrameworkFormat("rsd", "rich skill descriptors, CSV or JSON", rsd.FILES, rsd.knows, rsd.read),
        FrameworkFormat(
            "ctdl-asn", "CTDL-ASN framework JSON-LD", ctdl_asn.FILES, ctdl_asn.knows, ctdl_asn.read
        ),
        FrameworkFormat("moodle", "Moodle competency framework CSV", moodle.FILES, moodle.knows, moodle.read),
        FrameworkFormat(
            "openedx",
            "Open edX taxonomy, CSV or JSON",
            openedx_tags.FILES,
            openedx_tags.knows,
            openedx_tags.read,
        ),
        FrameworkFormat("sfia", "SFIA's table of skills, CSV", sfia.FILES, sfia.knows, sfia.read),
    )
}


def read_framework(
    format: str,  # noqa: A002 - the word of the command line and of the stored release
    files: Mapping[str, bytes],
    *,
    name: str | None = None,
    version: str | None = None,
    progress: Progress | None = None,
) -> FrameworkRelease:
    """Return the release that `files` (name, perhaps with folders, to content) describe.

    A name that ends in `.gz` is decompressed. `name` and `version` override what the files say; a version that neither
    names is taken from a number like 1.2.0 in the folder's or a file's name, else it is "".

    Raises:
        InvalidInputError: `format` is not in `FORMATS`.
        FileRefusedError: a file cannot be used; `problems` has all faults found (at most 200).
    """
    chosen = FORMATS.get(format)
    if chosen is None:
        raise InvalidInputError(f"format {format!r} is unknown; known are: {', '.join(sorted(FORMATS))}")
    faults = Faults()
    texts = _texts(chosen, files, faults)
    faults.raise_if_any()
    release = chosen.read(texts, faults, progress or _silent)
    faults.raise_if_any()
    return with_digest(
        replace(
            release,
            format=chosen.key,
            name=name or release.name,
            version=version or release.version or version_in_names(texts),
        ),
    )


def _texts(chosen: FrameworkFormat, files: Mapping[str, bytes], faults: Faults) -> dict[str, str]:
    texts: dict[str, str] = {}
    is_known_file_given = False
    for file, content in files.items():
        plain_name = file[:-3] if file.lower().endswith(".gz") else file
        if not chosen.knows(base_name(plain_name)):
            continue
        is_known_file_given = True
        if plain_name in texts:
            faults.add(
                file, 0, "", "", f"the file is given twice, packed and not; remove one of {plain_name!r}"
            )
            continue
        plain = _decompressed(file, content, faults) if plain_name != file else content
        if plain is None:
            continue
        if len(plain) > MAX_FILE_BYTES:
            faults.add(
                file,
                0,
                "",
                "",
                f"the file is larger than {MAX_FILE_BYTES // 2**20} MiB; import the original file",
            )
            continue
        text = (
            as_tabbed(file, plain, faults, MAX_FILE_BYTES)
            if is_workbook(plain_name)
            else decode(file, plain, faults)
        )
        if text is not None:
            texts[plain_name] = text
    if not is_known_file_given:
        named = ", ".join(sorted(files)[:5]) or "no file"
        faults.add(
            named, 0, "", "", f"no file of the format {chosen.key!r} is here; expected: {chosen.files}"
        )
    return texts


def _decompressed(file: str, content: bytes, faults: Faults) -> bytes | None:
    """Return the decompressed content; a bound keeps a small file from filling the memory."""
    parts: list[bytes] = []
    size = 0
    remaining = content
    while remaining:
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(remaining, MAX_FILE_BYTES - size + 1))
        except zlib.error as error:
            faults.add(
                file, 0, "", "", f"the file is no gzip file ({error}); get it again or unpack it first"
            )
            return None
        size += len(parts[-1])
        if size > MAX_FILE_BYTES:
            faults.add(
                file,
                0,
                "",
                "",
                f"it decompresses to more than {MAX_FILE_BYTES // 2**20} MiB; import the original file",
            )
            return None
        if not stream.eof:
            faults.add(file, 0, "", "", "the gzip file ends too early, it is truncated; get it again")
            return None
        remaining = stream.unused_data
    return b"".join(parts)


def base_name(file: str) -> str:
    """Return the file's own name without folders, in lower case."""
    return file.replace("\\", "/").rpartition("/")[2].lower()


_VERSION = re.compile(r"(?<![\d.])v?(\d{1,3}(?:\.\d{1,3}){1,2})(?![\d.]*\d)")


def version_in_names(names: Mapping[str, str]) -> str:
    """Return the first number like 1.2.0 in a folder's name, else in a file's name, else ""."""
    folders = [name.replace("\\", "/").rpartition("/")[0] for name in names]
    for text in (*folders, *map(base_name, names)):
        if found := _VERSION.search(text):
            return found[1]
    return ""


def _silent(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""


__all__ = ["FORMATS", "FileRefusedError", "FrameworkFormat", "Progress", "read_framework"]
