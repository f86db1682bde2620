"""Attachments both ways (1.0.3 Communication 1.5.2, Data 2.4.11; traps 33 to 36)."""

from __future__ import annotations

import hashlib

import pytest

from tests.web.xapi.lrs import Caller, Lrs, statement
from tests.web.xapi.multiparts import described, multipart, parts_of, post

BYTES = b"\r\nsome \x00 bytes --here\r\n"


@pytest.mark.xapi("XAPI-00161", "XAPI-00167")
def test_attachments_come_back_with_their_statements_once_each(moodle: Caller) -> None:
    one = statement(attachments=[described(BYTES)])
    two = statement(attachments=[described(BYTES), described(b"other", fileUrl="https://example.com/f")])
    assert post(moodle, multipart([one, two], BYTES)).status_code == 200
    answer = moodle.get(attachments="true")
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    digest = hashlib.sha256(BYTES).hexdigest()
    assert [part[0] for part in parts_of(answer)] == [None, digest]
    assert answer.data.count(BYTES) == 1
    single = moodle.get(statementId=one["id"], attachments="true")
    assert single.data.count(digest.encode()) == 2
    for plain in (moodle.get(), moodle.get(attachments="false"), moodle.get(statementId=one["id"])):
        assert plain.mimetype == "application/json"


@pytest.mark.xapi("XAPI-00128", "XAPI-00129", "XAPI-00132")
def test_parts_and_statements_must_match(moodle: Caller) -> None:
    one = statement(attachments=[described(BYTES)])
    assert post(moodle, multipart(one)).status_code == 400
    assert post(moodle, multipart(one, BYTES, b"excess")).status_code == 400
    assert (
        post(moodle, multipart(one, BYTES + b"x", digests=(one["attachments"][0]["sha2"],))).status_code
        == 400
    )
    assert post(moodle, multipart(statement(), BYTES)).status_code == 400
    assert post(moodle, multipart(one, BYTES)[:-12]).status_code == 400
    assert moodle.ids() == []


def test_the_declared_length_is_not_enforced(moodle: Caller) -> None:
    one = statement(attachments=[described(BYTES, length=1)])
    assert post(moodle, multipart(one, BYTES)).status_code == 200


def test_each_source_gets_its_attachment_back_as_it_called_it(lrs: Lrs) -> None:
    content = b"the same bytes"
    one, two = lrs.source("one"), lrs.source("two")
    first = statement(attachments=[described(content, contentType="text/html")])
    upper = hashlib.sha256(content).hexdigest().upper()
    second = statement(attachments=[described(content, contentType="application/x-own", sha2=upper)])
    for caller, sent in ((one, first), (two, second)):
        assert post(caller, multipart([sent], content)).status_code == 200
    for caller, sent in ((one, first), (two, second)):
        said = sent["attachments"][0]
        for asked in ({}, {"statementId": sent["id"]}):
            answer = caller.get(attachments="true", **asked)
            assert f"Content-Type: {said['contentType']}".encode() in answer.data
            assert (said["sha2"], content) in parts_of(answer)
