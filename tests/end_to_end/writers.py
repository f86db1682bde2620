"""LMSs that write while processes are killed, and what must be found of their batches afterwards.

A `Writer` posts batches of one to three statements, each on a course of its own so that each is one row of evidence.
Some of its statements void earlier ones. Where an answer is missing it sends the batch again until it is answered, or
goes on without ever knowing. `find_faults` holds the database against what the writers were told, in one snapshot.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from lms_bridge import clock
from lms_bridge.pipeline import imports
from lms_bridge.pipeline.framework_import import import_framework
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.pipeline.sources import add_source
from lms_bridge.settings import Settings
from lms_bridge.store.database import database_url, open_engine, session_of
from lms_bridge.store.models.evidence import DeriveFailure, DeriveTask, Evidence
from lms_bridge.store.models.statements import Statement, StatementKey
from tests.end_to_end.served import NO_AUTHORITIES

SKILL = "https://example.com/skills/anything"
COURSES = "https://example.com/courses/"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
FRAMEWORK = f"skill_iri,label,parent_iri,description,levels,alt_labels,lang\n{SKILL},anything,,,,,en\n"
RULES = f"""pack = "own"
[[rule]]
id = "done"
[rule.when]
verb = ["{COMPLETED}"]
activity = "{COURSES}*"
[[rule.gives]]
skill = "{SKILL}"
level = 1
strength = "completed"
"""
_PEOPLE_HEADER = (
    "person_id,name,email,team_id,manager_id,role_ids,identities,start_date,end_date,valid_from\n"
)
_VERSION = {"X-Experience-API-Version": "1.0.3"}
_AGAIN_SECONDS = 0.1


def found_company(settings: Settings, people: int) -> tuple[str, str]:
    """Give a migrated database `people` people, a rule that counts everything, and a source; return its key and secret."""
    engine = open_engine(settings.database_url)
    roster = _PEOPLE_HEADER + "".join(
        f"P{number},Person {number},{_mail(number)},T,,,,2020-01-01,,\n" for number in range(people)
    )
    try:
        with session_of(engine) as session:
            now = clock.now()
            publish_policy(session, settings, now)
            files = {"own/skills.csv": FRAMEWORK.encode()}
            import_framework(session, format="csv", files=files, name="own", version="1", known_at=now)
            teams = b"team_id,name,parent_team_id,manager_id\nT,Team,,\n"
            imports.import_roster(session, settings, {"teams.csv": teams, "people.csv": roster.encode()}, now)
            imports.import_rules(session, {"own.toml": RULES.encode()}, now)
            source = add_source(session, settings, "lms", now=now)
    finally:
        engine.dispose()
    return source.key, source.secret


def _mail(person: int) -> str:
    return f"p{person}@example.com"


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements of one request; `voids` tells which of the writer's earlier statements each voiding one names."""

    statements: tuple[Mapping[str, Any], ...]
    voids: Mapping[str, str]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids in the order of the request."""
        return tuple(item["id"] for item in self.statements)

    @property
    def proving(self) -> tuple[str, ...]:
        """The ids of those that are evidence, as long as nobody voids them."""
        return tuple(statement_id for statement_id in self.ids if statement_id not in self.voids)


@dataclass(slots=True)
class Writer:
    """One LMS: the batches that were acknowledged, and those that it never heard of.

    A share `again_share` of what was not answered is sent again at once; a share `voiding_share` of batches voids.
    """

    number: int
    people: Sequence[int]
    draws: random.Random
    again_share: float = 0.5
    voiding_share: float = 0.2
    pause_seconds: float = 0.0
    acknowledged: list[Batch] = field(default_factory=list)
    unheard: list[Batch] = field(default_factory=list)
    told_busy: set[tuple[str, ...]] = field(default_factory=set)
    odd: list[tuple[int, str]] = field(default_factory=list)
    repeated: int = 0
    _can_void: list[str] = field(default_factory=list)

    def batch(self) -> Batch:
        """Return statements that nobody has sent yet."""
        statements = [self._completion() for _ in range(self.draws.randint(1, 3))]
        voids = {}
        if self._can_void and self.draws.random() < self.voiding_share:
            target = self._can_void.pop(self.draws.randrange(len(self._can_void)))
            voiding = self._statement(VOIDED, {"objectType": "StatementRef", "id": target})
            voids[voiding["id"]] = target
            statements[-1] = voiding
        return Batch(tuple(statements), voids)

    def _completion(self) -> dict[str, Any]:
        made = self._statement(COMPLETED, {})
        return made | {"object": {"id": COURSES + made["id"]}}

    def _statement(self, verb: str, thing: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "id": str(uuid.UUID(int=self.draws.getrandbits(128), version=4)),
            "actor": {"mbox": f"mailto:{_mail(self.draws.choice(self.people))}"},
            "verb": {"id": verb},
            "object": thing,
        }

    def is_answered(self, client: httpx.Client, batch: Batch) -> bool:
        """Send a batch and note what it was told; False where there was no answer, or that it should come again."""
        try:
            answer = client.post("statements", json=list(batch.statements))
        except httpx.TransportError:
            return False
        if answer.status_code == 503:
            self.told_busy.add(batch.ids)
            return False
        if answer.status_code != 200:
            self.odd.append((answer.status_code, answer.text[:500]))
            return True
        if tuple(answer.json()) != batch.ids:
            self.odd.append((200, f"other ids were answered: {answer.text[:500]}"))
        self.acknowledged.append(batch)
        self._can_void += batch.proving
        return True

    def write(self, endpoint: str, key: tuple[str, str], stop: Event) -> None:
        """Write until told to stop; a connection that broke is opened anew."""
        again: Batch | None = None
        with open_client(endpoint, key) as client:
            while not stop.is_set():
                batch = again or self.batch()
                self.repeated += again is not None
                if self.is_answered(client, batch):
                    again = None
                    stop.wait(self.pause_seconds)
                    continue
                if again is None and self.draws.random() >= self.again_share:
                    self.unheard.append(batch)
                else:
                    again = batch
                stop.wait(_AGAIN_SECONDS)
        if again is not None:
            self.unheard.append(again)


def new_writers(count: int, people: int, seed: int, pause_seconds: float = 0.0) -> tuple[Writer, ...]:
    """Return writers who share out the people among them; what each sends follows from the seed."""
    return tuple(
        Writer(
            number=number,
            people=range(number, people, count),
            draws=random.Random(f"{seed}/{number}"),  # noqa: S311 -- no secret
            pause_seconds=pause_seconds,
        )
        for number in range(count)
    )


def open_client(endpoint: str, key: tuple[str, str]) -> httpx.Client:
    """Return a client of the statement door."""
    return httpx.Client(base_url=endpoint, auth=key, headers=_VERSION, timeout=30, verify=NO_AUTHORITIES)


@contextmanager
def at_work(writers: Sequence[Writer], endpoint: str, key: tuple[str, str]) -> Iterator[None]:
    """Let the writers write meanwhile; at the end none of them waits for an answer."""
    stop = Event()
    with ThreadPoolExecutor(len(writers)) as pool:
        running = [pool.submit(writer.write, endpoint, key, stop) for writer in writers]
        try:
            yield
        finally:
            stop.set()
        for one in running:
            one.result()


@dataclass(frozen=True, slots=True)
class Stored:
    """One snapshot of the database: how often each statement is there, what voids it, and what stands of it."""

    times: Mapping[str, int]
    keys: frozenset[str]
    voided_by: Mapping[str, str]
    evidence: Mapping[str, int]
    waiting: frozenset[str]
    failures: int


@dataclass(frozen=True, slots=True)
class Faults:
    """What must not be, each a list of statement ids (of batches: their first statement's)."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    half: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    voided_wrongly: tuple[str, ...] = ()
    underived: tuple[str, ...] = ()
    derived_wrongly: tuple[str, ...] = ()
    failures: int = 0
    odd: tuple[tuple[int, str], ...] = ()

    @property
    def are_none(self) -> bool:
        """Whether all is as it must be."""
        return self == Faults()


def read_stored(url: str) -> Stored:
    """Read everything in one snapshot, on a connection that is closed again: nobody's write-ahead log is held open."""
    engine = create_engine(database_url(url), poolclass=NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    level = "AUTOCOMMIT" if is_sqlite else "REPEATABLE READ"
    try:
        with engine.connect().execution_options(isolation_level=level) as connection:
            if is_sqlite:
                connection.exec_driver_sql("BEGIN")
            return _snapshot(connection)
    finally:
        engine.dispose()


def _snapshot(connection: Connection) -> Stored:
    statements = connection.execute(
        select(Statement.statement_id, Statement.voided_by, Statement.agent_id).order_by(Statement.seq)
    ).all()
    keys = connection.execute(select(StatementKey.statement_id)).scalars().all()
    evidence = connection.execute(
        select(Evidence.cited_id, func.count())
        .where(Evidence.reversed_at.is_(None))
        .group_by(Evidence.cited_id)
    ).all()
    subjects = frozenset(connection.execute(select(DeriveTask.subject).distinct()).scalars())
    failures = connection.execute(select(func.count()).select_from(DeriveFailure)).scalar_one()
    return Stored(
        times=Counter(row.statement_id for row in statements),
        keys=frozenset(keys),
        voided_by={row.statement_id: row.voided_by for row in statements if row.voided_by is not None},
        evidence={row[0]: row[1] for row in evidence},
        waiting=frozenset(row.statement_id for row in statements if f"agent:{row.agent_id}" in subjects),
        failures=failures,
    )


def find_faults(stored: Stored, writers: Sequence[Writer]) -> Faults:
    """Hold what is stored against what the writers sent and were told.

    Acknowledged: there, once. Not heard of: there as a whole or not at all. Voided: exactly what a stored statement
    voids. Whatever is there is waiting to be derived, or is one row of evidence (where it was voided, or voids: none).
    """
    acknowledged = {item for writer in writers for batch in writer.acknowledged for item in batch.ids}
    batches = [batch for writer in writers for batch in (*writer.acknowledged, *writer.unheard)]
    sent = {item for batch in batches for item in batch.ids}
    voiding = {item: target for batch in batches for item, target in batch.voids.items()}
    voided = {target: item for item, target in voiding.items() if item in stored.times}
    wanted = stored.times.keys() - voiding.keys() - voided.keys()
    settled = stored.times.keys() - stored.waiting
    return Faults(
        lost=_sorted(acknowledged - (stored.times.keys() & stored.keys)),
        doubled=_sorted(item for item, times in stored.times.items() if times != 1),
        half=_sorted(
            batch.ids[0] for batch in batches if len({item in stored.times for item in batch.ids}) > 1
        ),
        unknown=_sorted((stored.times.keys() ^ stored.keys) | (stored.times.keys() - sent)),
        voided_wrongly=_sorted(
            item
            for item in stored.voided_by.keys() | voided.keys()
            if stored.voided_by.get(item) != voided.get(item)
        ),
        underived=_sorted((wanted & settled) - stored.evidence.keys()),
        derived_wrongly=_sorted(
            item for item, rows in stored.evidence.items() if rows != 1 or (item in settled - wanted)
        ),
        failures=stored.failures,
        odd=tuple(one for writer in writers for one in writer.odd),
    )


def _sorted(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(found))


def send_unheard(writers: Sequence[Writer], endpoint: str, key: tuple[str, str]) -> int:
    """Send every batch again whose writer heard nothing, as an LMS does that has time; return how many.

    Whatever is not answered 200 is noted as odd; what is, counts as acknowledged from now on.
    """
    sent = 0
    with open_client(endpoint, key) as client:
        for writer in writers:
            waiting, writer.unheard = writer.unheard, []
            for batch in waiting:
                sent += 1
                if not writer.is_answered(client, batch):
                    writer.odd.append((503, f"sent again in peace and not answered: {batch.ids[0]}"))
                    writer.unheard.append(batch)
    return sent


def unreadable(endpoint: str, key: tuple[str, str], found: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    """Ask for each statement by its id (True: as a voided one) and return those that are not answered as they were sent."""
    missing = []
    with open_client(endpoint, key) as client:
        for statement_id, is_voided in found:
            name = "voidedStatementId" if is_voided else "statementId"
            answer = client.get("statements", params={name: statement_id})
            if answer.status_code != 200 or answer.json()["id"] != statement_id:
                missing.append(statement_id)
    return tuple(missing)


def listed(endpoint: str, key: tuple[str, str]) -> Counter[str]:
    """Return the ids of all statements as a query lists them, page after page; voided ones are not among them."""
    found: Counter[str] = Counter()
    with open_client(endpoint, key) as client:
        address = "statements?limit=500"
        while address:
            page = client.get(address).json()
            found.update(item["id"] for item in page["statements"])
            address = str(client.base_url.join(page["more"])) if page.get("more") else ""
    return found
