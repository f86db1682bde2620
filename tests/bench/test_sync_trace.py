"""The judgement on a trace: a sync after the last write to the log and before the answer, or the order is not held."""

from __future__ import annotations

import pytest

from bench.sync_trace import Database, fault_of, posts_of, read_trace, told

SOCKET = "<TCP:[127.0.0.1:8000->127.0.0.1:9]>"
READ = (
    f'1 10.000000 recvfrom(7{SOCKET}, "POST /xapi/statements HTTP/1.1", 999, 0, NULL, NULL) = 30 <0.000010>'
)
ANSWER = f'1 10.020000 writev(7{SOCKET}, [{{iov_base="HTTP/1.1 200 OK", iov_len=20}}], 1) = 20 <0.000010>'
WAL = "</folder/lms_bridge.sqlite3-wal>"
WRITE = f'2 10.005000 pwrite64(9{WAL}, "x", 1, 0) = 1 <0.000010>'
LATE_WRITE = f'2 10.012000 pwrite64(9{WAL}, "x", 1, 0) = 1 <0.000010>'
SYNC = f"2 10.006000 fdatasync(9{WAL}) = 0 <0.003000>"
SPLIT_SYNC = [
    f"2 10.006000 fdatasync(9{WAL} <unfinished ...>",
    "2 10.009000 <... fdatasync resumed>) = 0 <0.003000>",
]
SEGMENT = "</data/pg_wal/000000010000000000000001>"
PG_WRITE = f'3 10.005000 pwrite64(9{SEGMENT}, "x", 1, 0) = 1 <0.000010>'
PG_SYNC = f"3 10.006000 fdatasync(9{SEGMENT}) = 0 <0.003000>"
COMMIT = r'3 10.010000 sendto(4<TCP:[b]>, "C\0\0\0\vCOMMIT\0Z\0\0\0\5I", 18, 0, NULL, 0) = 18 <0.000010>'


def fault(database: Database, *lines: str) -> str:
    (post,) = posts_of(read_trace(lines, database))
    return fault_of(post, database)


def test_a_sync_between_the_last_write_and_the_answer_holds() -> None:
    assert fault("sqlite", READ, WRITE, SYNC, ANSWER) == ""
    assert fault("sqlite", READ, WRITE, *SPLIT_SYNC, ANSWER) == ""


@pytest.mark.parametrize(
    "lines",
    [
        [READ, ANSWER],
        [READ, WRITE, ANSWER],
        [READ, SYNC, LATE_WRITE, ANSWER],
        [READ, WRITE, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), ANSWER],
        [READ, WRITE, SYNC.replace("<0.003000>", "<0.300000>"), ANSWER],
    ],
)
def test_an_answer_before_the_sync_is_a_fault(lines: list[str]) -> None:
    assert fault("sqlite", *lines) != ""


def test_a_backend_syncs_before_it_answers_the_commit() -> None:
    assert fault("postgresql", READ, PG_WRITE, PG_SYNC, COMMIT, ANSWER) == ""
    assert fault("postgresql", READ, PG_WRITE, COMMIT, ANSWER) != ""
    assert fault("postgresql", READ, PG_WRITE, PG_SYNC, ANSWER) != ""
    assert fault("postgresql", READ, PG_WRITE, PG_SYNC, COMMIT.replace("10.010", "10.030"), ANSWER) != ""


def test_an_answer_on_another_connection_ends_no_post() -> None:
    assert list(posts_of(read_trace([READ, WRITE, SYNC, ANSWER.replace("1:9]", "1:8]")], "sqlite"))) == []


def test_the_excerpt_shows_the_first_and_the_last_write() -> None:
    writes = [WRITE.replace("10.005000", f"10.00{number}000") for number in range(1, 6)]
    (post,) = posts_of(read_trace([READ, *writes, SYNC, ANSWER], "sqlite"))
    assert told(post).count("log written") == 2
    assert "folder" not in told(post)
