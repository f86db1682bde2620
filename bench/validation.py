"""Strict validation: CPU time of reading a request of statements, duplicate keys and impossible dates looked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import orjson

from bench.figures import Figure, Result
from bench.rig import Rig
from bench.servers import MeasurementError
from bench.statements import bodies
from lms_bridge.xapi.parsing import DEFAULT_LIMITS, refused_json
from lms_bridge.xapi.reading import Reading
from lms_bridge.xapi.statements import read_statements
from lms_bridge.xapi.versions import Version
from lms_bridge.xapi.walk import check_statement

_GROUP: Final = "strict validation, CPU per statement of 1.5 KB"
_BATCH: Final = 100


def measure(rig: Rig) -> Iterator[Result]:
    """Measure the checks alone, and all that stands between the bytes and what is stored."""
    (body,) = bodies("validation", 0, 1, _BATCH)
    texts = [orjson.dumps(one) for one in orjson.loads(body)]
    values = [orjson.loads(text) for text in texts]

    def check() -> None:
        for index, (text, value) in enumerate(zip(texts, values, strict=True)):
            reading = Reading(index, Version.V1_0_3, lenient=False, parts=None)
            if refused_json(text, value, DEFAULT_LIMITS) is not None:
                raise MeasurementError("the validator refuses a good statement")
            check_statement(reading, value, text)
            if reading.violations:
                raise MeasurementError(f"the validator refuses a good statement: {reading.violations[0]}")

    def read() -> None:
        if len(read_statements(body, version=Version.V1_0_3).statements) != _BATCH:
            raise MeasurementError("the validator refuses a good batch")

    rounds = rig.times(60, 200)
    note = "best of all rounds: the machine may be busy with other things"
    yield Figure(_GROUP, "the checks alone", _best(check, rounds), "µs", 30, is_cost=True, note=note)
    told = "split, parse, check, take apart, fingerprint"
    yield Figure(_GROUP, "read_statements", _best(read, rounds), "µs", 30, is_cost=True, note=told)


def _best(work: Callable[[], None], rounds: int) -> float:
    """Return the microseconds of CPU for one statement in the quickest of `rounds` rounds."""
    work()
    found: list[float] = []
    for _ in range(rounds):
        begin = time.process_time_ns()
        work()
        found.append((time.process_time_ns() - begin) / 1000 / _BATCH)
    return min(found)
