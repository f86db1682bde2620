"""The alternate request syntax of 1.0.3 (Communication 1.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi.alternate import AlternateRequest, read_alternate
from tests.xapi.builders import ID

FORM = [
    ("statementId", ID),
    ("content", '{"a":"é"}'),
    ("X-Experience-API-Version", "1.0.3"),
    ("Authorization", "Basic YTpi"),
    ("if-match", '"x"'),
]


def test_an_ordinary_request_is_none() -> None:
    assert read_alternate("POST", [], FORM, "1.0.3") is None
    assert read_alternate("GET", [("statementId", ID)], [], "2.0.0") is None


def test_headers_parameters_and_content_come_out_of_the_form() -> None:
    assert read_alternate("POST", [("method", "PUT")], FORM, None) == AlternateRequest(
        method="PUT",
        headers={
            "x-experience-api-version": "1.0.3",
            "authorization": "Basic YTpi",
            "if-match": '"x"',
        },
        parameters=(("statementId", ID),),
        content='{"a":"é"}'.encode(),
    )


def test_a_get_needs_no_content() -> None:
    found = read_alternate("POST", [("method", "GET")], [("limit", "1")], "1.0.3")
    assert isinstance(found, AlternateRequest)
    assert found.content == b""


@pytest.mark.parametrize(
    ("http_method", "query", "form", "version"),
    [
        ("PUT", [("method", "PUT")], FORM, "1.0.3"),
        ("GET", [("method", "GET")], [], "1.0.3"),
        ("POST", [("method", "PUT"), ("statementId", ID)], FORM, "1.0.3"),
        ("POST", [("method", "PUT"), ("method", "PUT")], FORM, "1.0.3"),
        ("POST", [("method", "put")], FORM, "1.0.3"),
        ("POST", [("method", "PATCH")], FORM, "1.0.3"),
        ("POST", [("method", "PUT")], [("statementId", ID)], "1.0.3"),
        ("POST", [("method", "PUT")], [*FORM, ("content", "x")], "1.0.3"),
        ("POST", [("method", "PUT")], [('{"content":1}', "")], "1.0.3"),
        ("POST", [("method", "GET")], [], "2.0.0"),
        ("POST", [("method", "GET")], [("X-Experience-API-Version", "2.0.0")], "1.0.3"),
    ],
)
def test_anything_more_or_less_is_refused(
    http_method: str, query: list[tuple[str, str]], form: list[tuple[str, str]], version: str
) -> None:
    found = read_alternate(http_method, query, form, version)
    assert isinstance(found, tuple)
    assert found


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_reading_never_raises(method: str, form: list[tuple[str, str]]) -> None:
    read_alternate("POST", [("method", method)], form, None)
    read_alternate("POST", [("method", "POST")], form, "1.0.3")
