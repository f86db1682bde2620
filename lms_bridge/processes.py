"""Child processes of the service: started without standard input, ended politely and then for certain."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

GRACE_SECONDS = 15


def start_command(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `lms-bridge <arguments>` with the running interpreter."""
    command = [sys.executable, "-m", "lms_bridge.cli", *arguments]  # no shell, our own words
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(environment) if environment else None)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a child: SIGTERM, and SIGKILL where it does not stop in time."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
