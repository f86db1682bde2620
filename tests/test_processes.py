"""Child processes of the service, which itself forks."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

# The start of a command is drawn out, and a process is forked in the midst of it that outlives the test's patience.
FORKED_MEANWHILE = """
import os, signal, subprocess, threading, time
from lms_bridge.processes import start_command

begun, started = threading.Event(), threading.Event()
at_once = subprocess._fork_exec

def slowly(*arguments):
    begun.set()
    time.sleep(0.5)
    return at_once(*arguments)

def start():
    process = start_command(["--version"])
    started.set()
    process.wait()

subprocess._fork_exec = slowly
threading.Thread(target=start).start()
begun.wait()
forked = os.fork()
if forked == 0:
    time.sleep(60)
    os._exit(0)
print("started" if started.wait(20) else "held up", flush=True)
os.kill(forked, signal.SIGKILL)
"""


def test_a_process_that_is_forked_meanwhile_does_not_hold_up_the_start_of_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED_MEANWHILE],
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.stdout.splitlines()[0] == "started", done.stderr


# `lms-bridge --help` is interrupted while it still starts; the one who starts it hears of Ctrl-C as before.
INTERRUPTED = """
import signal
from lms_bridge.processes import start_command

process = start_command(["--help"])
process.send_signal(signal.SIGINT)
print("ended", process.wait(60), flush=True)
print("hears", signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)
"""


def test_ctrl_c_does_not_break_a_command_that_still_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, timeout=90
    )
    assert "ended 0" in done.stdout, done.stderr
    assert "hears True" in done.stdout
    assert done.stderr == ""


# Eight threads that hold memory at once; then the heaps of the process are counted as malloc_info(3) tells them.
HEAPS = """
import ctypes, sys, tempfile, threading
from lms_bridge.processes import share_heaps

if sys.argv[1] == "shared":
    share_heaps()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.malloc.restype = ctypes.c_void_p
libc.malloc_info.argtypes = (ctypes.c_int, ctypes.c_void_p)
libc.fclose.argtypes = (ctypes.c_void_p,)
together = threading.Barrier(8)

def work():
    together.wait()
    libc.malloc(ctypes.c_size_t(100_000))
    together.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with tempfile.NamedTemporaryFile() as told:
    file = libc.fopen(told.name.encode(), b"w")
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().count(b"<heap nr="))
"""


def heaps(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", HEAPS, how], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="another C library than GNU's")
def test_the_threads_of_a_web_process_share_two_heaps() -> None:
    assert heaps("own") > 2
    assert heaps("shared") <= 2


# 60 MB in small pieces, of which the last stays: what lies below it is free, and the heap keeps it.
HOLES = """
import ctypes, sys, time
from pathlib import Path
from lms_bridge.processes import keep_giving_back

def resident():
    text = Path("/proc/self/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith("VmRSS:")).split()[1]) * 1024

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = (ctypes.c_void_p,)
libc.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
pieces = [libc.malloc(ctypes.c_size_t(30_000)) for _ in range(2_000)]
for piece in pieces:
    libc.memset(piece, 1, 30_000)
for piece in pieces[:-1]:
    libc.free(piece)
before = least = resident()
if sys.argv[1] == "given back":
    keep_giving_back(every_seconds=0.05)
end = time.monotonic() + 2
while time.monotonic() < end and before - least < 50_000_000:
    time.sleep(0.05)
    least = min(least, resident())
print(before - least)
"""


def given_back(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", HOLES, how], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another C library than GNU's")
def test_a_web_process_gives_back_the_memory_that_nobody_uses() -> None:
    assert given_back("kept") < 10_000_000
    assert given_back("given back") > 50_000_000


# What is built is not asked about: only what starts beside it.
BESIDE = """
import threading
from lms_bridge import app

app.create_app = lambda: None
app.web_process()
print(*[thread.name for thread in threading.enumerate() if thread.daemon], sep=",")
"""


def test_a_web_process_starts_the_keeper_of_its_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BESIDE], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "keeper of memory"
