"""What the feed expects to be stored is valid in the bridge's own eyes, as it stands and as tincan writes it."""

import json
from itertools import groupby

from tincan import Statement, StatementList

from lms_bridge.demo.statements import DemoStatement, sources
from lms_bridge.xapi.statements import Batch, read_statements
from lms_bridge.xapi.versions import Version
from tests.demo.seen import everything

LENIENT = {source.name for source in sources() if source.validation == "lenient"}


def read(batch: list[DemoStatement], body: bytes) -> Batch:
    return read_statements(body, version=Version.V1_0_3, lenient=batch[0].source in LENIENT)


def batches() -> list[list[DemoStatement]]:
    return [list(items) for _, items in groupby(everything(), key=lambda item: item.batch)]


def test_every_batch_is_as_valid_as_the_feed_expects() -> None:
    for batch in batches():
        violations = read(batch, json.dumps([item.statement for item in batch]).encode()).violations
        if batch[0].expected == "stored":
            assert violations == ()
        else:
            assert len(violations) == 1


def test_tincan_models_what_is_sent_through_it() -> None:
    for batch in batches():
        if batch[0].via == "tincan":
            body = StatementList(
                [Statement.from_json(json.dumps(item.statement)) for item in batch]
            ).to_json()
            assert read(batch, body.encode()).violations == ()


def test_the_refused_batch_would_be_stored_by_a_lenient_source() -> None:
    refused = next(batch for batch in batches() if batch[0].expected == "refused")
    body = json.dumps([item.statement for item in refused]).encode()
    assert read_statements(body, version=Version.V1_0_3, lenient=True).violations == ()
