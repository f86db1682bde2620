"""The worker: derives what is queued, and runs scheduled upkeep; one leader however many processes are started.

APScheduler fires each job once per process, so only the leader runs it. The leader holds a lock that dies with its
process: an advisory lock on PostgreSQL, a locked file in the data folder on SQLite. Derivation itself needs no leader,
but one is enough, and the others wait to take over.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from lms_bridge import clock
from lms_bridge.pipeline.credentials import Checked, check_credentials
from lms_bridge.pipeline.derivation import Deriver
from lms_bridge.pipeline.policy import publish_policy
from lms_bridge.settings import Settings
from lms_bridge.store.database import session_of, writing
from lms_bridge.store.upkeep import advisory_lock, optimise, remove_refusals_before

log = structlog.get_logger(__name__)
IDLE_SECONDS = 0.1
TAKE_OVER_SECONDS = 2.0
LEADER_LOCK = 0x6C6D_7362  # "lmsb": the key of the advisory lock


@contextmanager
def leadership(engine: Engine, settings: Settings, stop: threading.Event) -> Iterator[bool]:
    """Wait until this process leads, or `stop` is set; yield whether it leads."""
    if engine.dialect.name == "sqlite":
        handle = os.open(settings.data_dir / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield _wait(lambda: _file_lock(handle), stop)
        finally:
            os.close(handle)
        return
    with advisory_lock(engine, LEADER_LOCK) as take:
        yield _wait(take, stop)


def _file_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(take: Callable[[], bool], stop: threading.Event) -> bool:
    while not stop.is_set():
        if take():
            return True
        stop.wait(TAKE_OVER_SECONDS)
    return False


def run_worker(engine: Engine, settings: Settings, stop: threading.Event | None = None) -> None:
    """Work until `stop` is set, or SIGTERM or SIGINT arrives; a fault of the database is logged and tried again."""
    if stop is None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with leadership(engine, settings, stop) as leads:
        if not leads:
            return
        log.info("worker_leads")
        with session_of(engine) as session:
            publish_policy(session, settings, clock.now())
        scheduler = _schedule(engine, settings)
        deriver = Deriver(engine)
        try:
            while not stop.is_set():
                try:
                    done = deriver.drain(most=500)
                except OperationalError as error:
                    log.warning("worker_database_unavailable", error=str(error.orig))
                    stop.wait(TAKE_OVER_SECONDS)
                    continue
                if done.subjects == 0:
                    stop.wait(IDLE_SECONDS if done.failed == 0 else TAKE_OVER_SECONDS)
        finally:
            scheduler.shutdown(wait=False)
            log.info("worker_stopped")


def _schedule(engine: Engine, settings: Settings) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        forget_old_refusals, "interval", hours=1, args=(engine, settings), max_instances=1, coalesce=True
    )
    scheduler.add_job(
        look_at_credentials, "interval", hours=1, args=(engine, settings), max_instances=1, coalesce=True
    )
    if engine.dialect.name == "sqlite":
        scheduler.add_job(optimise, "interval", hours=6, args=(engine,), max_instances=1, coalesce=True)
    scheduler.start()
    return scheduler


def forget_old_refusals(engine: Engine, settings: Settings) -> int:
    """Remove refused requests that are older than `refused_keep_days`; return how many."""
    limit = clock.now() - timedelta(days=settings.refused_keep_days)
    with session_of(engine) as session, writing(session):
        return remove_refusals_before(session, limit)


def look_at_credentials(engine: Engine, settings: Settings) -> Checked:
    """Ask the issuers of credentials that were not told for a day whether they still hold.

    Looked at every hour, because a worker that is started anew each night would never reach a day. What cannot be told
    is logged and asked again.
    """
    with session_of(engine) as session:
        done = check_credentials(session, settings, who="worker", least_age=timedelta(days=1))
    for name, reason in done.unknown:
        log.warning("credential_not_told", credential=name, reason=reason)
    return done
