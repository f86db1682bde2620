"""Reading the statements of another LRS: pages in the order in which it stored them, each with how far it reaches.

In: where the LRS answers, and after which instant to begin. Out: pages of statements as their JSON text with the
attachments that came along. Redirects are not followed and `more` stays on the same server, so the credentials go
nowhere else; every request has time limits, and is tried again where the server is busy or the connection breaks.
Source: 1.0.3 Communication 2.1.3, 2.1.4; Data 2.5.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from urllib3.util import Retry, Timeout, make_headers

from lms_bridge.errors import InvalidInputError
from lms_bridge.xapi.attachments import AttachmentPart, read_multipart
from lms_bridge.xapi.instants import parse_timestamp
from lms_bridge.xapi.splicing import members, split_exactly
from lms_bridge.xapi.versions import Version

PAGE: Final = 500
_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 120.0
_PAGE_SECONDS: Final = 900.0
_CHUNK_BYTES: Final = 1024 * 1024
_TRIES: Final = 6
_MOST_BYTES: Final = 256 * 1024 * 1024
_BUSY: Final = (429, 500, 502, 503, 504)


class OtherLrsError(InvalidInputError):
    """The other LRS did not answer as one; what was read before is stored, and the next run goes on from there."""


@dataclass(frozen=True, slots=True)
class OtherLrs:
    """Another LRS and a key of it that reads; the secret never prints."""

    endpoint: str
    key: str
    secret: str
    version: Version

    def __repr__(self) -> str:
        return f"OtherLrs({self.endpoint!r}, {self.key!r}, version={self.version.value!r})"

    @property
    def address(self) -> str:
        """The endpoint with one slash at its end; `…/statements` is taken for it too."""
        return self.endpoint.rstrip("/").removesuffix("/statements") + "/"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, oldest first. `through` is the instant up to which the LRS promises that nothing is still to come."""

    statements: tuple[bytes, ...]
    parts: Mapping[str, AttachmentPart]
    through: datetime | None


class LrsReader:
    """Reads one LRS over one connection."""

    def __init__(self, lrs: OtherLrs) -> None:
        address = urlsplit(lrs.endpoint)
        if address.username or address.password or address.query:
            raise InvalidInputError(
                "endpoint: it holds a name, a password or a query; give the address alone, and the key with --key"
            )
        if address.scheme not in {"http", "https"}:
            raise InvalidInputError(
                f"endpoint: {lrs.endpoint!r} is no address; give one such as https://lrs.example.org/xapi/"
            )
        self._lrs = lrs
        retry = Retry(
            total=_TRIES,
            connect=_TRIES,
            read=_TRIES,
            redirect=0,
            backoff_factor=0.5,
            status_forcelist=_BUSY,
            respect_retry_after_header=True,
            raise_on_redirect=True,
            raise_on_status=False,
        )
        timeout = Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        self._pool = urllib3.PoolManager(retries=retry, timeout=timeout)
        self._with_attachments = True

    def pages(self, since: datetime | None) -> Iterator[Page]:
        """Yield every page of what was stored after `since`.

        Raises:
            OtherLrsError: the LRS refuses, cannot be reached, or answers what is no StatementResult.
        """
        asked = {"ascending": "true", "limit": str(PAGE)}
        if since is not None:
            asked["since"] = since.isoformat().replace("+00:00", "Z")
        try:
            address = self._address(asked | {"attachments": "true"})
            content, headers = self._get(address)
        except _RefusedError:
            # Some LRSs know no attachments in a query.
            self._with_attachments = False
            address = self._address(asked)
            content, headers = self._get(address)
        seen = {address}
        while True:
            page, more = self._page(content, headers)
            yield page
            if not more:
                return
            try:
                following = urljoin(address, more)
            except ValueError as error:
                raise OtherLrsError(f"{self._lrs.address}: 'more' is no address ({error})") from error
            if urlsplit(following)[:2] != urlsplit(address)[:2]:
                raise OtherLrsError(
                    f"{self._lrs.address}: 'more' leads to another server ({urlsplit(following).netloc})"
                )
            if following in seen:
                raise OtherLrsError(f"{self._lrs.address}: 'more' leads to the same page again")
            seen.add(following)
            address = following
            content, headers = self._get(address)

    def voided(self, statement_id: str) -> tuple[bytes, Mapping[str, AttachmentPart]] | None:
        """Return a voided statement with its attachments, None where the LRS has none of that id."""
        asked = {"voidedStatementId": statement_id}
        if self._with_attachments:
            asked["attachments"] = "true"
        try:
            content, headers = self._get(self._address(asked))
        except _RefusedError:
            return None
        return self._parted(content, headers)

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def _parted(
        self, content: bytes, headers: Mapping[str, str]
    ) -> tuple[bytes, Mapping[str, AttachmentPart]]:
        content_type = headers.get("Content-Type", "")
        if not content_type.lower().startswith("multipart/mixed"):
            return content, {}
        parted = read_multipart(content, content_type)
        if isinstance(parted, tuple):
            raise OtherLrsError(f"{self._lrs.address}: {parted[0].message}")
        return parted.statements, parted.parts

    def _address(self, parameters: Mapping[str, str]) -> str:
        return f"{self._lrs.address}statements?{urlencode(parameters)}"

    def _get(self, address: str) -> tuple[bytes, Mapping[str, str]]:
        headers = make_headers(basic_auth=f"{self._lrs.key}:{self._lrs.secret}", accept_encoding="gzip")
        headers["X-Experience-API-Version"] = self._lrs.version.value
        try:
            answer = self._pool.request("GET", address, headers=headers, preload_content=False)
            content = self._content(answer)
        except urllib3.exceptions.HTTPError as error:
            raise OtherLrsError(
                f"{self._lrs.address}: no answer ({error}); check the address, then run the same command again"
            ) from error
        match answer.status:
            case 200:
                return content, answer.headers
            case 401 | 403:
                raise OtherLrsError(
                    f"{self._lrs.address}: answered {answer.status}; give a key and secret that may read statements"
                )
            case 400 | 404:
                raise _RefusedError(
                    f"{self._lrs.address}: answered {answer.status} to {address}: {content[:200].decode('utf-8', 'replace')}"
                )
            case _:
                raise OtherLrsError(
                    f"{self._lrs.address}: answered {answer.status}; run the same command again later"
                )

    def _content(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """Return the body of an answer, bounded in size, and in time as a whole: each byte may be in time by itself."""
        content, deadline = bytearray(), time.monotonic() + _PAGE_SECONDS
        # What is left of a page that is given up is not waited for.
        with closing(answer):
            # As it comes: unpacked here, because an endless stream of empty blocks would never leave the library.
            while part := answer.read1(_CHUNK_BYTES, decode_content=False):
                content += part
                if len(content) > _MOST_BYTES:
                    raise OtherLrsError(f"{self._lrs.address}: a page has more than {_MOST_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise OtherLrsError(
                        f"{self._lrs.address}: a page took more than {_PAGE_SECONDS:.0f} s; "
                        "run the same command again later"
                    )
            answer.release_conn()
        if answer.headers.get("Content-Encoding", "").strip().lower() in {"gzip", "x-gzip"}:
            return self._unzipped(bytes(content))
        return bytes(content)

    def _unzipped(self, content: bytes) -> bytes:
        found = bytearray()
        while content:
            unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            try:
                found += unpacker.decompress(content, _MOST_BYTES + 1 - len(found))
            except zlib.error as error:
                raise OtherLrsError(f"{self._lrs.address}: a page is no gzip as it says ({error})") from error
            if len(found) > _MOST_BYTES:
                raise OtherLrsError(f"{self._lrs.address}: a page has more than {_MOST_BYTES} bytes")
            if not unpacker.eof:
                raise OtherLrsError(f"{self._lrs.address}: a page ends before its gzip stream does")
            content = unpacker.unused_data
        return bytes(found)

    def _page(self, content: bytes, headers: Mapping[str, str]) -> tuple[Page, str]:
        content, parts = self._parted(content, headers)
        try:
            texts, more = _result(content)
        except (LookupError, RecursionError, ValueError) as error:
            raise OtherLrsError(
                f"{self._lrs.address}: the answer is no StatementResult ({error}); is this an xAPI endpoint?"
            ) from error
        through = headers.get("X-Experience-API-Consistent-Through")
        return Page(texts, parts, parse_timestamp(through.strip()) if through else None), more


class _RefusedError(OtherLrsError):
    """A request is not understood."""


def _result(content: bytes) -> tuple[tuple[bytes, ...], str]:
    """Return the statements of a StatementResult as the LRS wrote them, so that numbers keep their digits, and `more`.

    A statement that is no JSON in the strict sense (a lone surrogate, NaN) is found too: it costs itself alone.

    Raises:
        LookupError, RecursionError, ValueError: it is no StatementResult.
    """
    text = content.decode("utf-8-sig").strip()
    if not text.startswith("{"):
        raise ValueError("it is no object")
    found: dict[str, str] = {}
    for name, begin, end in members(text, 0):
        if name in found:
            raise ValueError(f"{name} stands twice")
        found[name] = text[begin:end]
    if not found.get("statements", "").startswith("["):
        raise ValueError("statements is no list")
    more = json.loads(found.get("more", "null"))
    return split_exactly(found["statements"].encode()), str(more or "")
