"""Which pages in a browser may use a source's keys."""

from __future__ import annotations

import pytest

from tests.web.xapi.lrs import VERSION, Caller, Lrs, ask, statement

OWN, OTHER = "https://courses.example", "https://elsewhere.example"
ALLOWED = "Access-Control-Allow-Origin"


def call(caller: Caller, origin: str | None) -> tuple[int, str | None]:
    answer = caller.send("POST", "statements", statement(), headers={"Origin": origin})
    return answer.status_code, answer.headers.get(ALLOWED)


def preflight(lrs: Lrs, origin: str) -> str | None:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = ask(lrs.app, "OPTIONS", "/xapi/statements", None, asked)
    assert answer.status_code == 204
    return answer.headers.get(ALLOWED)


def test_a_source_without_origins_serves_every_page(lrs: Lrs) -> None:
    assert call(lrs.source(), OTHER) == (200, "*")
    assert preflight(lrs, OTHER) == "*"


def test_a_source_with_origins_serves_these_pages_alone_and_servers(lrs: Lrs) -> None:
    own = lrs.source(origins=(OWN,))
    assert call(own, OWN) == (200, OWN)
    assert call(own, None) == (200, "*")
    assert call(own, OTHER) == (403, None)


def test_a_page_that_no_source_admits_is_told_so_before_it_sends(lrs: Lrs) -> None:
    lrs.source(origins=(OWN,))
    assert preflight(lrs, OTHER) is None
    assert preflight(lrs, OWN) is not None


def test_an_answer_for_one_origin_is_not_cached_for_another(lrs: Lrs) -> None:
    answer = lrs.source(origins=(OWN,)).get()
    assert "Origin" not in answer.headers.get("Vary", "")
    named = lrs.source("second", origins=(OWN,)).request("GET", "statements", headers={"Origin": OWN})
    assert "Origin" in named.headers["Vary"]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_the_alternate_syntax_is_no_way_around(lrs: Lrs, method: str) -> None:
    # XAPI-00139 lets a form stand for any request; a form needs no preflight.
    own = lrs.source(origins=(OWN,))
    answer = own.request(
        "POST",
        f"statements?method={method}",
        body=b"content=%7B%7D",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": OTHER, VERSION: "1.0.3"},
    )
    assert answer.status_code == 403
