"""Processes of the service: started without standard input, ended politely and then for certain; their memory."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread

from lms_bridge.errors import InvalidInputError

GRACE_SECONDS = 15
LOOK_SECONDS = 0.5
RESTART_SECONDS = 1.0
# mallopt(3).
_M_ARENA_MAX = -8
_GIVE_BACK_SECONDS = 10.0

# While a command starts, Popen reads a pipe until its other end is closed. A process that is forked meanwhile, as the
# server forks its web processes, would hold that end open for as long as it lives, and Popen would wait: the worker
# would run, but nobody would see it die. So nobody forks meanwhile. (Popen's own fork calls none of these.)
_STARTING = Lock()
os.register_at_fork(
    before=_STARTING.acquire, after_in_parent=_STARTING.release, after_in_child=_STARTING.release
)


def share_heaps() -> None:
    """Let all threads of this process take their memory from two heaps; called before there are any.

    The C library of GNU gives each thread one of its own, which keeps the most that its thread ever needed at once.
    Elsewhere nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def give_back_memory() -> None:
    """Return what the heaps of this process hold and nobody uses to the system; where there is no way to, nothing happens.

    A heap that has once been large stays so, with holes: what is free below something used is kept for the next time.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def keep_giving_back(every_seconds: float = _GIVE_BACK_SECONDS) -> Thread:
    """Start a thread that gives back memory again and again, for as long as the process lives."""

    def keep() -> None:
        while True:
            time.sleep(every_seconds)
            give_back_memory()

    keeper = Thread(target=keep, name="keeper of memory", daemon=True)
    keeper.start()
    return keeper


def start_command(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `lms-bridge <arguments>` with the running interpreter.

    Ctrl-C reaches every process of the terminal. This one is deaf to it, also while it still starts: whoever started it
    ends it.
    """
    command = [sys.executable, "-m", "lms_bridge.cli", *arguments]  # no shell, our own words
    with _STARTING:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        process: subprocess.Popen[bytes] | None = None
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, env=dict(environment) if environment else None
            )
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        except BaseException:
            # Ctrl-C that came meanwhile is heard as soon as it may be: nobody would know of the process then.
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            if process is not None:
                end_process(process)
            raise
        return process


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a child: SIGTERM, and SIGKILL where it does not stop in time."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def kept_running(arguments: Sequence[str]) -> Iterator[None]:
    """Run `lms-bridge <arguments>` beside the caller: started again where it dies, ended with the caller."""
    stop = Event()

    def keep() -> None:
        while not stop.is_set():
            process = start_command(arguments)
            try:
                while process.poll() is None and not stop.wait(LOOK_SECONDS):
                    pass
            finally:
                end_process(process)
            stop.wait(RESTART_SECONDS)

    keeper = Thread(target=keep, name=f"keeper of {arguments[0]}")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def require_free_port(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: the server would try for ever, or the other's answers be taken for ours.

    Raises:
        InvalidInputError: it is taken, or the address is not this machine's.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the server does: a port whose last connections are only ending is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InvalidInputError(
                f"port {port} of {host} cannot be used ({error.strerror}); choose another with PORT or --port"
            ) from error
