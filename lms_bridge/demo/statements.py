"""Everything that the four LMSs of the demo send, in sending order.

The same day and seed give the same statements, ids and batches. The feed posts them today, so `stored` is today
whatever a statement says of itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Literal

from lms_bridge.demo import cmi5, mess, moodle, openedx, skillstream
from lms_bridge.demo.company import SEED
from lms_bridge.demo.draws import Draws
from lms_bridge.demo.plan import build_plan
from lms_bridge.demo.rendering import render
from lms_bridge.demo.sending import Expected, JsonObject, Sending, Stage, Via
from lms_bridge.demo.timeline import Timeline

BATCH_SIZE = 80


@dataclass(frozen=True, slots=True)
class DemoSource:
    """An LMS connection to make before feeding: the values of `lms-bridge source add`."""

    name: str
    kind: str
    score_scale: Literal["0..1", "-1..1"]
    validation: Literal["strict", "lenient"]
    xapi_version: Literal["1.0.3", "2.0.0"]


@dataclass(frozen=True, slots=True)
class DemoStatement:
    """One statement; those of one `batch` are posted in one request, batches in the order of their numbers.

    `via` "raw" is for statements that the client library refuses to model; a batch has one way. `expected` tells
    whether a bridge with the sources of `sources()` stores it.
    """

    source: str
    statement: JsonObject
    batch: int
    via: Via = "tincan"
    expected: Expected = "stored"


def sources() -> tuple[DemoSource, ...]:
    """Return the demo's four connections. Open edX is lenient: it sends object types that do not exist."""
    return (
        DemoSource(moodle.SOURCE, "moodle", "-1..1", "strict", "1.0.3"),
        DemoSource(openedx.SOURCE, "openedx", "0..1", "lenient", "1.0.3"),
        DemoSource(cmi5.SOURCE, "cmi5", "0..1", "strict", "1.0.3"),
        DemoSource(skillstream.SOURCE, "linkedin", "0..1", "strict", "1.0.3"),
    )


def statements(today: date, seed: int = SEED) -> Iterator[DemoStatement]:
    """Yield every statement of the demo, batch by batch, in sending order."""
    sendings = _all_sendings(Timeline(today), Draws(seed))
    for number, batch in enumerate(_batches(sendings), start=1):
        for sending in batch:
            yield DemoStatement(sending.source, sending.statement, number, sending.via, sending.expected)


def _all_sendings(timeline: Timeline, draws: Draws) -> list[Sending]:
    stage = Stage(timeline, draws)
    plan = build_plan(timeline, draws)
    on_time: list[Sending] = []
    silenced: list[Sending] = []
    regular = chain(
        render(plan, stage),
        mess.withdrawn_badge(stage),
        mess.waivers(stage),
        [mess.lesson_without_points(stage)],
        mess.administrator_tests(stage),
        mess.one_bad_of_fifty(stage),
        mess.customers(stage),
        mess.strangers(stage),
        mess.small_talk(stage),
    )
    for sending in regular:
        (silenced if mess.is_in_outage(sending, stage) else on_time).append(sending)
    on_time += mess.retries(on_time, stage)
    on_time += mess.backfill(plan, silenced, stage)
    return sorted(
        on_time, key=lambda sending: (sending.sent_at, sending.source, str(sending.statement["id"]))
    )


def _batches(sendings: Iterable[Sending]) -> list[list[Sending]]:
    """Cut the streams of the sources into requests; no request holds one id twice, a named batch stays alone."""
    batches: list[list[Sending]] = []
    open_batch: dict[str, list[Sending]] = {}
    for sending in sendings:
        name = f"{sending.source}/{sending.batch}"
        current = open_batch.get(name)
        ids = {item.statement["id"] for item in current} if current else set()
        if current is None or len(current) >= BATCH_SIZE or sending.statement["id"] in ids:
            current = []
            open_batch[name] = current
            batches.append(current)
        current.append(sending)
    return batches
