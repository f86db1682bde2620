"""Reading another LRS into a source: the same set of statements, however often the reading is cut off."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from werkzeug.wrappers import Request, Response

from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline.pulling import Pulled, pull
from lms_bridge.remote import lrs_reading
from lms_bridge.remote.lrs_reading import OtherLrs, OtherLrsError
from lms_bridge.store.database import db
from lms_bridge.store.migrate import upgrade
from lms_bridge.store.refusals import recent_refusals
from lms_bridge.xapi.versions import Version
from tests.web.xapi.lrs import VOIDED, Caller, Lrs, dispose, open_lrs, reference, settings_for, statement


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Log nothing."""


@contextmanager
def listening(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Lrs]:
    """The LRS that is read: one of ours, on SQLite."""
    folder = tmp_path / "other"
    folder.mkdir()
    url = f"sqlite:///{folder / 'other.sqlite3'}"
    upgrade(url)
    opened = open_lrs(settings_for(folder, url))
    yield opened
    dispose(opened)


def read(lrs: Lrs, address: str, caller: Caller, since: Any = None) -> Pulled:
    with lrs.app.app_context():
        writer = lrs.app.extensions["lms_bridge"].writer
        there = OtherLrs(f"{address}/xapi/", caller.source.key, caller.source.secret, Version.V1_0_3)
        return pull(db.session(), lrs.settings, writer, "copy", there, since)


def test_everything_is_here_once_also_after_a_second_run(
    lrs: Lrs, other: Lrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrs_reading, "PAGE", 7)
    there, here = other.source("moodle"), lrs.source("copy")
    sent = there.post(*(statement(who=f"p{number}") for number in range(30)))
    sent += there.post_each(*(statement(thing=f"t{number}") for number in range(5)))
    with listening(other.app) as address:
        first = read(lrs, address, there)
        assert (first.stored, first.refused) == (35, 0)
        assert set(here.all_ids()) == set(sent)
        again = read(lrs, address, there)
        assert again.stored == 0
        assert again.already_stored < 35
        later = there.post(statement(who="late"))
        assert read(lrs, address, there).stored == 1
    assert set(here.all_ids()) == {*sent, *later}


def test_a_run_that_is_cut_off_goes_on_from_where_it_was(
    lrs: Lrs, other: Lrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrs_reading, "PAGE", 4)
    there, here = other.source("moodle"), lrs.source("copy")
    # All of one instant: the place must not lie behind what shares it.
    sent = there.post(*(statement(who=f"p{number}") for number in range(22)))
    dies_after = iter((1, 3, 5))
    answered, limit = 0, next(dies_after)

    def dying(environ: Any, start: Any) -> Any:
        nonlocal answered, limit
        answered += 1
        if answered > limit:
            answered, limit = 0, next(dies_after, 1_000)
            return Response("gone", status=418)(environ, start)
        return other.app(environ, start)

    with listening(dying) as address:
        for _ in range(3):
            with pytest.raises(OtherLrsError, match="answered 418"):
                read(lrs, address, there)
        assert read(lrs, address, there).already_stored > 0
    assert sorted(here.all_ids()) == sorted(sent)


def test_voided_statements_come_with_their_voidings(lrs: Lrs, other: Lrs) -> None:
    there, here = other.source("moodle"), lrs.source("copy")
    (kept,) = there.post(statement())
    (gone,) = there.post(statement(who="bo"))
    (voiding,) = there.post(statement(verb=VOIDED, thing=reference(gone)))
    with listening(other.app) as address:
        assert read(lrs, address, there).stored == 3
    assert set(here.all_ids()) == {kept, voiding}
    assert here.get(voidedStatementId=gone).status_code == 200


def post_with_attachment(there: Caller, content: bytes) -> dict[str, Any]:
    digest = sha256(content).hexdigest()
    one = statement(
        attachments=[
            {
                "usageType": "http://id.tincanapi.com/attachment/certificate",
                "display": {"en": "x"},
                "contentType": "text/plain",
                "length": len(content),
                "sha2": digest,
            }
        ]
    )
    body = (
        b"--b\r\nContent-Type: application/json\r\n\r\n" + json.dumps(one).encode() + b"\r\n--b\r\n"
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"
        b"X-Experience-API-Hash: " + digest.encode() + b"\r\n\r\n" + content + b"\r\n--b--\r\n"
    )
    sent = there.request(
        "POST", "statements", body=body, headers={"Content-Type": "multipart/mixed; boundary=b"}
    )
    assert sent.status_code == 200
    return one


@pytest.mark.parametrize("is_voided", [False, True])
def test_attachments_come_along_also_of_what_was_voided(lrs: Lrs, other: Lrs, is_voided: bool) -> None:
    there, here = other.source("moodle"), lrs.source("copy")
    one = post_with_attachment(there, b"a certificate")
    if is_voided:
        there.post(statement(verb=VOIDED, thing=reference(one["id"])))
    with listening(other.app) as address:
        assert read(lrs, address, there).refused == 0
    asked = {"voidedStatementId" if is_voided else "statementId": one["id"], "attachments": "true"}
    assert b"a certificate" in here.get(**asked).data


def served(*pages: Any) -> Any:
    """Return an LRS that answers these pages one after the other, whatever is asked."""
    rest = iter(pages)

    @Request.application
    def answer(request: Request) -> Response:
        del request
        page = next(rest, None)
        return Response(json.dumps(page), mimetype="application/json") if page else Response(status=418)

    return answer


def test_an_lrs_that_does_not_sort_is_told_and_nothing_is_passed_over(lrs: Lrs) -> None:
    lrs.source("copy")
    may, april = (statement() | {"stored": f"2026-0{month}-01T00:00:00Z"} for month in (5, 4))
    pages = ({"statements": [may], "more": "/xapi/2"}, {"statements": [april], "more": ""})
    with listening(served(*pages)) as address, pytest.raises(OtherLrsError, match="does not sort"):
        read(lrs, address, lrs.source("reader"))


def test_reading_from_a_later_instant_on_request_moves_no_place(lrs: Lrs, other: Lrs) -> None:
    there, here = other.source("moodle"), lrs.source("copy")
    sent = there.post(statement(), statement(who="bo"))
    with listening(other.app) as address:
        later = read(lrs, address, there, datetime(2100, 1, 1, tzinfo=UTC))
        assert (later.stored, later.since) == (0, "")
        assert read(lrs, address, there).stored == 2
    assert set(here.all_ids()) == set(sent)


@pytest.mark.parametrize("strange", [1, "x", None, {"verb": "http://x"}, {"object": 7, "verb": []}])
def test_what_is_no_statement_is_refused_and_the_others_are_stored(lrs: Lrs, strange: Any) -> None:
    lrs.source("copy")
    good = statement() | {"stored": "2026-01-01T00:00:00Z"}
    with listening(served({"statements": [good, strange], "more": ""})) as address:
        done = read(lrs, address, lrs.source("reader"))
    assert (done.stored, done.refused) == (1, 1)


def test_a_page_that_drips_is_given_up(lrs: Lrs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lrs_reading, "_PAGE_SECONDS", 0.5)
    lrs.source("copy")
    ended = threading.Event()

    @Request.application
    def dripping(request: Request) -> Response:
        del request

        def drops() -> Iterator[bytes]:
            while not ended.wait(0.05):
                yield b" "

        return Response(drops(), mimetype="application/json")

    with listening(dripping) as address:
        begin = time.monotonic()
        with pytest.raises(OtherLrsError, match=r"a page took more than 0 s; run the same command again"):
            read(lrs, address, lrs.source("reader"))
        ended.set()
    assert time.monotonic() - begin < 10


def test_a_page_that_is_too_long_or_too_short_is_given_up(lrs: Lrs, monkeypatch: pytest.MonkeyPatch) -> None:
    lrs.source("copy")
    with monkeypatch.context() as patched:
        patched.setattr(lrs_reading, "_MOST_BYTES", 100)
        with (
            listening(served({"statements": [], "more": "x" * 100})) as address,
            pytest.raises(OtherLrsError, match="more than 100 bytes"),
        ):
            read(lrs, address, lrs.source("reader"))

    @Request.application
    def torn(request: Request) -> Response:
        del request
        return Response([b"{"], headers={"Content-Length": "1000"}, mimetype="application/json")

    with listening(torn) as address, pytest.raises(OtherLrsError, match="no answer"):
        read(lrs, address, lrs.source("second"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b'{"statements": [], "more": ""}'), ""),
        (gzip.compress(b'{"statements": [],') + gzip.compress(b' "more": ""}'), ""),
        (gzip.compress(b"{" + b" " * 5_000_000), "more than 1000000 bytes"),
        (gzip.compress(b'{"statements": []}')[:-9], "ends before"),
        (b"no gzip", "no gzip as it says"),
    ],
    ids=["whole", "two members", "too long", "cut", "none"],
)
def test_compressed_pages_are_unpacked_within_bounds(
    lrs: Lrs, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    monkeypatch.setattr(lrs_reading, "_MOST_BYTES", 1_000_000)
    lrs.source("copy")

    @Request.application
    def packed(request: Request) -> Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return Response(content, headers={"Content-Encoding": "gzip"}, mimetype="application/json")

    with listening(packed) as address:
        if not said:
            assert read(lrs, address, lrs.source("reader")).stored == 0
            return
        with pytest.raises(OtherLrsError, match=said):
            read(lrs, address, lrs.source("reader"))


def test_an_endpoint_with_credentials_in_it_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the address alone"):
        lrs_reading.LrsReader(OtherLrs("https://a:b@lrs.example/xapi/", "k", "s", Version.V1_0_3))


def test_a_statement_of_2_0_among_others_is_cut_for_a_reader_of_1_0_3(lrs: Lrs) -> None:
    here = lrs.source("copy")
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:x@example.com"}}]}
    one = statement(context=context) | {"version": "2.0.0", "stored": "2026-01-01T00:00:00Z"}
    with listening(served({"statements": [one], "more": ""})) as address:
        assert read(lrs, address, lrs.source("reader")).stored == 1
    assert "contextAgents" not in here.get(statementId=one["id"]).json["context"]
    assert "contextAgents" in here.speaking("2.0.0").get(statementId=one["id"]).json["context"]


def test_what_breaks_the_specification_is_kept_as_refused(lrs: Lrs) -> None:
    lrs.source("copy")
    good, bad = statement(), statement() | {"verb": {"id": "no iri"}}

    @Request.application
    def sloppy(request: Request) -> Response:
        del request
        page = {"statements": [bad, good | {"stored": "2026-01-01T00:00:00Z"}], "more": ""}
        return Response(json.dumps(page), mimetype="application/json")

    with listening(sloppy) as address:
        done = read(lrs, address, lrs.source("reader"))
    assert (done.stored, done.refused) == (1, 1)


def test_one_statement_that_is_no_json_costs_itself_alone_and_is_kept_once(lrs: Lrs) -> None:
    """A text cut inside an emoji, as some LRSs return it, and a number that JSON has not."""
    stored = {"stored": "2026-01-01T00:00:00Z"}
    good = json.dumps(statement() | stored)
    cut = json.dumps(statement(result={"response": "x\ud83d"}) | stored)
    endless = json.dumps(statement(result={"duration": float("nan")}) | stored)

    @Request.application
    def odd(request: Request) -> Response:
        del request
        page = f'{{"more": "", "statements": [{cut}, {good}, {endless}]}}'
        return Response(page, mimetype="application/json")

    lrs.source("copy")
    reader = lrs.source("reader")
    with listening(odd) as address:
        runs = [read(lrs, address, reader) for _ in range(2)]
    assert [(done.stored, done.refused) for done in runs] == [(1, 2), (0, 2)]
    with lrs.app.app_context():
        assert len(recent_refusals(db.session(), None, 9)) == 2


def test_a_place_never_lies_in_the_future(lrs: Lrs) -> None:
    ahead = json.dumps(statement() | {"stored": "2099-01-01T00:00:00Z"})

    @Request.application
    def wrong_clock(request: Request) -> Response:
        del request
        return Response(f'{{"statements": [{ahead}], "more": ""}}', mimetype="application/json")

    lrs.source("copy")
    with listening(wrong_clock) as address:
        assert read(lrs, address, lrs.source("reader")).since < "2099"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, "", "key and secret that may read"),
        (404, "", "answered 404"),
        (200, "<html>", "no StatementResult"),
        (200, '[{"statements": []}]', "no StatementResult"),
        (200, '{"statements": {}}', "no StatementResult"),
        (200, '{"statements": [], "statements": []}', "no StatementResult"),
        (200, '{"statements": [', "no StatementResult"),
        (200, '{"more": ""}', "no StatementResult"),
        (302, "", "no answer"),
        (200, '{"statements": [], "more": "http://elsewhere.example/x"}', "another server"),
    ],
)
def test_a_server_that_is_no_lrs_is_told(lrs: Lrs, status: int, body: str, said: str) -> None:
    lrs.source("copy")

    @Request.application
    def wrong(request: Request) -> Response:
        headers = {"Location": "http://127.0.0.1:1/"} if status == 302 else {}
        return Response(body, status=status, headers=headers)

    with listening(wrong) as address, pytest.raises(OtherLrsError, match=said):
        read(lrs, address, lrs.source("reader"))


def test_the_secret_never_prints() -> None:
    assert "hush" not in repr(OtherLrs("https://lrs.example", "key", "hush", Version.V1_0_3))
