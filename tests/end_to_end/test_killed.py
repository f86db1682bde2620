"""`kill -9` of a web process and of the worker while eight writers write: what was acknowledged is there, once, and derived.

The floor of invariant 1: a 2xx means that the statement survives. A batch that was under way when a process died is
there as a whole or not at all, and its sender, who sends it again, changes nothing. `python -m bench.kill_rounds` does
the same for hours, with every process and with the database.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from lms_bridge.settings import load_settings
from tests.end_to_end import served
from tests.end_to_end.writers import (
    Faults,
    at_work,
    find_faults,
    found_company,
    listed,
    new_writers,
    read_stored,
    send_unheard,
    unreadable,
)

WRITERS = 8
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Bridge:
    service: served.Service
    environ: dict[str, str]
    key: tuple[str, str]


@pytest.fixture
def bridge(migrated_database_url: str, tmp_path: Path) -> Iterator[Bridge]:
    """A served bridge with two web processes, a rule that counts everything, and eight people."""
    environ = {"LMS_BRIDGE_DATABASE_URL": migrated_database_url}
    settings = load_settings(environ=environ | {"LMS_BRIDGE_DATA_DIR": str(tmp_path)})
    key = found_company(settings, WRITERS)
    service = served.start(tmp_path, "serve", "--workers", "2", more=environ)
    try:
        service.wait_ready()
        yield Bridge(service, environ, key)
    finally:
        service.clean_up()


def test_what_was_acknowledged_is_there_once_and_derived(bridge: Bridge) -> None:
    service, url = bridge.service, bridge.environ["LMS_BRIDGE_DATABASE_URL"]
    endpoint = f"{service.base_url}/xapi/"
    writers = new_writers(WRITERS, people=WRITERS, seed=1)
    with at_work(writers, endpoint, bridge.key):
        for _ in range(ROUNDS):
            time.sleep(0.7)
            web = served.until("a web process", service.web_processes)
            os.kill(web[0], signal.SIGKILL)
            worker = served.until("the worker", service.worker_processes)
            os.kill(worker[0], signal.SIGKILL)
            served.until("the web answers", lambda: service.status_of("/healthz") == 200)
    assert len([batch for writer in writers for batch in writer.acknowledged]) > 20
    assert find_faults(read_stored(url), writers) == Faults()
    send_unheard(writers, endpoint, bridge.key)  # what an LMS does that heard nothing
    assert find_faults(read_stored(url), writers) == Faults()
    sent = {item for writer in writers for batch in writer.acknowledged for item in batch.ids}
    voids = {
        item: target for one in writers for batch in one.acknowledged for item, target in batch.voids.items()
    }
    assert listed(endpoint, bridge.key) == Counter(sent - set(voids.values()))
    some = sorted(sent)[:50]
    assert unreadable(endpoint, bridge.key, [(item, item in voids.values()) for item in some]) == ()
    served.until("derived", lambda: httpx.get(f"{service.base_url}/readyz").json()["queue_depth"] == 0, 60)
    rows = served.command(service.data_dir, "evidence", "export", more=bridge.environ).splitlines()
    proving = sent - voids.keys() - set(voids.values())
    assert Counter(json.loads(row)["statement_id"] for row in rows) == Counter(proving)
