"""Running the web service: granian with blocking WSGI threads, and a worker process beside it."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click
from granian.constants import Interfaces
from granian.server import Server

from lms_bridge.processes import kept_running, require_free_port

if TYPE_CHECKING:
    from lms_bridge.cli.options import Operator

STOP_SECONDS = 10


def serve(
    operator: Operator, *, host: str | None, port: int | None, workers: int | None, threads: int | None
) -> None:
    """Serve until stopped; the companion worker is started again where it dies, and ended with the service.

    Raises:
        InvalidInputError: the port is in use.
    """
    settings = operator.settings
    address, number = host or settings.host, port or settings.port
    require_free_port(address, number)
    # The web processes read the same settings: what the command line says must reach them.
    os.environ["LMS_BRIDGE_HOST"], os.environ["LMS_BRIDGE_PORT"] = address, str(number)
    if operator.config:
        os.environ["LMS_BRIDGE_CONFIG"] = operator.config
    shown = f"[{address}]" if ":" in address else address
    click.echo(f"serving on http://{shown}:{number}/ (Ctrl-C stops it)", err=True)
    with kept_running(["worker"]) if settings.embedded_worker == "on" else nullcontext():
        Server(
            "lms_bridge.app:web_process",
            address=address,
            port=number,
            interface=Interfaces.WSGI,
            workers=workers or settings.workers,
            blocking_threads=threads or settings.threads,
            factory=True,
            log_enabled=False,
            respawn_failed_workers=True,
            # A web process that is told to stop while it still starts does not hear it.
            workers_kill_timeout=STOP_SECONDS,
        ).serve()
