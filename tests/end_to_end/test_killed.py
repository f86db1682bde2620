"""`kill -9` of a web process and of the worker while eight writers write: what was acknowledged is there, once, and derived.

The floor of invariant 1: a 2xx means that the statement survives. A batch that was under way when a process died is
there as a whole or not at all, and its sender, who sends it again, changes nothing.
"""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest

from lms_bridge import clock
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.pipeline.sources import add_source
from lms_bridge.settings import load_settings
from lms_bridge.store.database import open_engine, session_of
from tests.end_to_end import served

WRITERS = 8
ROUNDS = 3
SKILL = "https://example.com/skills/anything"
COURSES = "https://example.com/courses/"
FRAMEWORK = f"skill_iri,label,parent_iri,description,levels,alt_labels,lang\n{SKILL},anything,,,,,en\n"
RULES = f"""pack = "own"
[[rule]]
id = "done"
[rule.when]
verb = ["http://adlnet.gov/expapi/verbs/completed"]
activity = "{COURSES}*"
[[rule.gives]]
skill = "{SKILL}"
level = 1
strength = "completed"
"""
PEOPLE = (
    "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from\n"
    + "".join(
        f"P{number},Person {number},p{number}@example.com,T,,,,2020-01-01,,\n" for number in range(WRITERS)
    )
)


@dataclass(slots=True)
class Writer:
    """One LMS: the batches that were acknowledged, and those that it never heard of."""

    number: int
    acknowledged: list[tuple[str, ...]] = field(default_factory=list)
    unheard: list[tuple[dict[str, Any], ...]] = field(default_factory=list)
    odd: list[int] = field(default_factory=list)

    def batch(self) -> tuple[dict[str, Any], ...]:
        """Return statements on courses of their own, so that each is one evidence row."""
        size = 1 + len(self.acknowledged) % 3
        return tuple(
            {
                "id": (statement_id := str(uuid.uuid4())),
                "actor": {"mbox": f"mailto:p{self.number}@example.com"},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                "object": {"id": COURSES + statement_id},
            }
            for _ in range(size)
        )

    def send(self, client: httpx.Client, batch: tuple[dict[str, Any], ...]) -> None:
        try:
            status = client.post("statements", json=list(batch)).status_code
        except httpx.TransportError:
            self.unheard.append(batch)
            return
        if status == 200:
            self.acknowledged.append(tuple(item["id"] for item in batch))
        elif status == 503:
            self.unheard.append(batch)
        else:
            self.odd.append(status)

    def write(self, base_url: str, key: tuple[str, str], stop: Event) -> None:
        """Write until told to stop; a connection that broke is opened anew."""
        while not stop.is_set():
            with httpx.Client(
                base_url=base_url, auth=key, headers={"X-Experience-API-Version": "1.0.3"}, timeout=30
            ) as client:
                before = len(self.unheard)
                while not stop.is_set() and len(self.unheard) == before:
                    self.send(client, self.batch())
            stop.wait(0.05)


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
    engine = open_engine(settings.database_url)
    try:
        with session_of(engine) as session:
            now = clock.now()
            publish_policy(session, settings, now)
            files = {"own/skills.csv": FRAMEWORK.encode()}
            import_framework(session, format="csv", files=files, name="own", version="1", known_at=now)
            roster = {
                "teams.csv": b"team_id,name,parent_team_id,manager_id\nT,Team,,\n",
                "people.csv": PEOPLE.encode(),
            }
            imports.import_roster(session, settings, roster, now)
            imports.import_rules(session, {"own.toml": RULES.encode()}, now)
            source = add_source(session, settings, "lms", now=now)
    finally:
        engine.dispose()
    service = served.start(tmp_path, "serve", "--workers", "2", more=environ)
    try:
        service.wait_ready()
        yield Bridge(service, environ, (source.key, source.secret))
    finally:
        service.clean_up()


def command_line(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def worker_of(service: served.Service) -> tuple[int, ...]:
    return tuple(
        process for process in service.processes() if command_line(process).rstrip().endswith(" worker")
    )


def web_of(service: served.Service) -> tuple[int, ...]:
    """Return the web processes: children of the first, which are not the worker."""
    found = []
    for process in service.processes():
        try:
            parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if (
            parent == service.process.pid
            and process not in worker_of(service)
            and "resource_tracker" not in command_line(process)
        ):
            found.append(process)
    return tuple(found)


def test_what_was_acknowledged_is_there_once_and_derived(bridge: Bridge) -> None:
    service = bridge.service
    endpoint = f"{service.base_url}/xapi/"
    writers = [Writer(number) for number in range(WRITERS)]
    stop = Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(writer.write, endpoint, bridge.key, stop) for writer in writers]
        try:
            for _ in range(ROUNDS):
                time.sleep(0.7)
                web = served.until("a web process", lambda: web_of(service))
                os.kill(web[0], signal.SIGKILL)
                worker = served.until("the worker", lambda: worker_of(service))
                os.kill(worker[0], signal.SIGKILL)
                served.until("the web answers", lambda: service.status_of("/healthz") == 200)
        finally:
            stop.set()
        for one in running:
            one.result()
    acknowledged = [batch for writer in writers for batch in writer.acknowledged]
    unheard = [batch for writer in writers for batch in writer.unheard]
    assert [status for writer in writers for status in writer.odd] == []
    assert len(acknowledged) > 20
    with httpx.Client(
        base_url=endpoint, auth=bridge.key, headers={"X-Experience-API-Version": "1.0.3"}, timeout=30
    ) as client:
        stored = Counter(everything(client, service.base_url))
        assert set(stored.values()) == {1}
        assert {item for batch in acknowledged for item in batch} <= set(stored)
        half = [batch for batch in unheard if len({item["id"] in stored for item in batch}) > 1]
        assert half == []
        known = {item for batch in acknowledged for item in batch} | {
            item["id"] for batch in unheard for item in batch
        }
        assert set(stored) <= known
        for batch in unheard:  # what an LMS does that heard nothing
            assert client.post("statements", json=list(batch)).status_code == 200
        assert Counter(everything(client, service.base_url)) == Counter(known)
    served.until("derived", lambda: httpx.get(f"{service.base_url}/readyz").json()["queue_depth"] == 0, 60)
    rows = served.command(service.data_dir, "evidence", "export", more=bridge.environ).splitlines()
    assert Counter(json.loads(row)["statement_id"] for row in rows) == Counter(known)


def everything(client: httpx.Client, base_url: str) -> list[str]:
    found: list[str] = []
    address = "statements?limit=500"
    while address:
        page = client.get(address).json()
        found += [item["id"] for item in page["statements"]]
        address = base_url + page["more"] if page.get("more") else ""
    return found
