"""Running the web service: granian with blocking WSGI threads, and a worker process beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.server import Server

from lms_bridge.processes import end_process, start_command

if TYPE_CHECKING:
    from lms_bridge.cli.options import Operator


def serve(
    operator: Operator, *, host: str | None, port: int | None, workers: int | None, threads: int | None
) -> None:
    """Serve until stopped; the companion worker is ended with the service."""
    settings = operator.settings
    address, number = host or settings.host, port or settings.port
    # The web processes read the same settings: what the command line says must reach them.
    os.environ["LMS_BRIDGE_HOST"], os.environ["LMS_BRIDGE_PORT"] = address, str(number)
    if operator.config:
        os.environ["LMS_BRIDGE_CONFIG"] = operator.config
    companion = start_command(["worker"]) if settings.embedded_worker == "on" else None
    try:
        Server(
            "lms_bridge.app:create_app",
            address=address,
            port=number,
            interface=Interfaces.WSGI,
            workers=workers or settings.workers,
            blocking_threads=threads or settings.threads,
            factory=True,
            log_enabled=False,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
        ).serve()
    finally:
        if companion is not None:
            end_process(companion)
