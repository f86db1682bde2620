"""IRIs, language tags, UUIDs, e-mail addresses and digests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms_bridge.xapi import identifiers


@pytest.mark.parametrize(
    "text",
    [
        "http://adlnet.gov/expapi/verbs/passed",
        "https://lms.example.com:8443/a?b=c&id[]=1#d",
        "block-v1:Org+Course+Run+type@problem+block@0f",
        "course-v1:Org+Course+Run",
        "urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
        "tag:example.com,2026:thing",
        "mailto:ada@example.com",
        "http://example.com/فعل/خواندن",
        "http://[2001:db8::1]/x",
        "act:x",
        "http://example.com/%C3%A9",
    ],
)
def test_iris_of_any_scheme(text: str) -> None:
    assert identifiers.is_iri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "passed",
        "/relative",
        "ab=c://should.fail.com",
        "1http://x.y",
        "http:",
        "http://",
        "http:/one-slash",
        "https:///no-host",
        "undefined?subContentId=1",
        "http://example.com/a b",
        "http://example.com/<x>",
        "http://example.com/{x}",
        "http://example.com/a|b",
        "http://example.com/100%",
        "http://example.com/%zz",
        "http://example.com/\n",
        "http://example.com/\x00",
        " http://example.com/",
        "urn:",
    ],
)
def test_no_iris(text: str) -> None:
    assert not identifiers.is_iri(text)


def test_a_long_iri_is_checked_in_linear_time() -> None:
    assert identifiers.is_iri("http://example.com/" + "a" * 200_000)
    assert not identifiers.is_iri("http://example.com/" + "a" * 200_000 + "|")


def test_a_uri_is_ascii() -> None:
    assert identifiers.is_uri("http://ada.example.com/")
    assert not identifiers.is_uri("http://example.com/é")


@pytest.mark.parametrize(
    "tag",
    [
        "en",
        "EN-us",
        "cmn",
        "zh-Hant",
        "sr-Latn-RS",
        "es-MX",
        "es-419",
        "tlh",
        "de-CH-1996",
        "sl-rozaj-biske",
        "zh-cmn-Hans-CN",
        "en-a-bbb-x-a-ccc",
        "x-company",
        "i-klingon",
        "sgn-BE-FR",
        "und",
    ],
)
def test_xapi_00121_language_tags(tag: str) -> None:
    assert identifiers.is_language_tag(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "a",
        "a12345678",
        "en_US",
        "en-",
        "-en",
        "zh-z-aaa-z-bbb-c-ccc",
        "de-1996-1996",
        "en-toolongsubtag",
        "英語",
        "en us",
    ],
)
def test_xapi_00121_no_language_tags(tag: str) -> None:
    assert not identifiers.is_language_tag(tag)


@pytest.mark.parametrize(
    "text", ["AA97B177-9383-4934-8543-0F91A7A02836", "2a41c918-b88b-4220-20a5-a4c32391a240"]
)
def test_uuids(text: str) -> None:
    assert identifiers.is_uuid(text)


@pytest.mark.parametrize(
    "text",
    [
        "AA97B177-9383-4934-8543-0F91A7A028368",
        "MA97B177-9383-4934-8543-0F91A7A02836",
        "{AA97B177-9383-4934-8543-0F91A7A02836}",
        "AA97B17793834934854 30F91A7A02836",
        "",
    ],
)
def test_xapi_00027_no_uuids(text: str) -> None:
    assert not identifiers.is_uuid(text)


@pytest.mark.parametrize("text", ["mailto:ada@example.com", "mailto:a.b+c@x", "mailto:jürgen@müller.example"])
def test_mailto(text: str) -> None:
    assert identifiers.is_mailto(text)


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.com",
        "mailto:ada",
        "mailto:",
        "mailto:a@b@c",
        "mailto:a@b?subject=x",
        "mailto:a b@c",
        "mailto:@b",
    ],
)
def test_xapi_00038_no_mailto(text: str) -> None:
    assert not identifiers.is_mailto(text)


def test_digests_have_the_length_of_their_function() -> None:
    assert identifiers.is_sha1("e" * 40)
    assert not identifiers.is_sha1("e" * 39)
    assert all(identifiers.is_sha2("aF" * length) for length in (28, 32, 48, 64))
    assert not identifiers.is_sha2("g" * 64)


def test_media_types() -> None:
    assert identifiers.is_media_type("text/plain; charset=ascii")
    assert identifiers.is_media_type(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )
    assert not identifiers.is_media_type("text")
    assert not identifiers.is_media_type("text/plain\r\nX-Evil: 1")


@given(st.text())
def test_checks_never_raise(text: str) -> None:
    for check in (
        identifiers.is_iri,
        identifiers.is_language_tag,
        identifiers.is_uuid,
        identifiers.is_mailto,
    ):
        assert check(text) in {True, False}
