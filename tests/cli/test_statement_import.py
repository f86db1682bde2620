"""`lms-bridge statement import`: each line once, bad lines told and kept, and all of it can be undone."""

from __future__ import annotations

import gzip
import json
import os
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lms_bridge.cli import main

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LMS_BRIDGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LMS_BRIDGE_DATABASE_URL", database_url)
    monkeypatch.setenv("LMS_BRIDGE_LOG_LEVEL", "ERROR")
    runner = CliRunner()

    def call(*arguments: str, code: int = 0) -> Any:
        result: Result = runner.invoke(main, list(arguments))
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments and code in (0, 1) else result.output

    call("db", "upgrade")
    call("source", "add", "old")
    return call


def made(number: int, **more: Any) -> dict[str, Any]:
    return {
        "actor": {"mbox": f"mailto:p{number}@example.com"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://old.example/course/{number}"},
        **more,
    }


def write(path: Path, *lines: Any) -> Path:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def test_the_same_file_again_changes_nothing_even_without_ids(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "old.jsonl", made(1), made(1), made(2, id=str(uuid.uuid4())))
    first = run("statement", "import", str(file), "--source", "old", "--json")
    assert (first["stored"], first["already_stored"], first["rejected"]) == (3, 0, 0)
    again = run("statement", "import", str(file), "--source", "old", "--json")
    assert (again["stored"], again["already_stored"]) == (0, 3)


def test_a_bad_line_costs_itself_alone_and_is_kept_with_its_reason(run: Run, tmp_path: Path) -> None:
    taken = str(uuid.uuid4())
    file = write(
        tmp_path / "old.jsonl",
        made(1, id=taken),
        "no json",
        made(2, verb={"id": "completed"}),
        '{"broken": ',
        made(3, id=taken),
        made(1, id=taken),
        made(4),
    )
    done = run("statement", "import", str(file), "--source", "old", "--json", code=1)
    assert (done["lines"], done["stored"], done["already_stored"], done["rejected"]) == (7, 2, 1, 4)
    kept = [json.loads(line) for line in Path(done["rejects"]).read_text(encoding="utf-8").splitlines()]
    assert [one["line"] for one in kept] == [2, 4, 3, 5] or sorted(one["line"] for one in kept) == [
        2,
        3,
        4,
        5,
    ]
    by_line = {one["line"]: one for one in kept}
    assert "XAPI-00044" in by_line[3]["reason"]
    assert by_line[2]["text"] == "no json"
    assert "other content" in by_line[5]["reason"]


def test_what_is_stored_with_other_content_is_rejected_not_overwritten(run: Run, tmp_path: Path) -> None:
    taken = str(uuid.uuid4())
    run("statement", "import", str(write(tmp_path / "a.jsonl", made(1, id=taken))), "--source", "old")
    second = write(tmp_path / "b.jsonl", made(2), made(9, id=taken), made(3))
    dry = run("statement", "import", str(second), "--source", "old", "--dry-run", "--json", code=1)
    wet = run("statement", "import", str(second), "--source", "old", "--json", code=1)
    for done in (dry, wet):
        assert (done["stored"], done["rejected"], done["reasons"]) == (2, 1, {"conflict": 1})


def test_a_dry_run_tells_what_the_import_then_does(run: Run, tmp_path: Path) -> None:
    run("source", "add", "other")
    foreign, repeated, taken = (str(uuid.uuid4()) for _ in range(3))
    run("statement", "import", str(write(tmp_path / "o.jsonl", made(1, id=foreign))), "--source", "other")
    verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    voiding = made(1, verb=verb, object={"objectType": "StatementRef", "id": foreign})
    file = write(
        tmp_path / "old.jsonl",
        made(1, id=repeated),
        made(2, id=taken),
        voiding,
        *(made(number) for number in range(600)),
        made(1, id=repeated),
        made(3, id=taken),
    )
    dry = run("statement", "import", str(file), "--source", "old", "--dry-run", "--json", code=1)
    wet = run("statement", "import", str(file), "--source", "old", "--json", code=1)
    for name in ("lines", "stored", "already_stored", "rejected", "reasons"):
        assert dry[name] == wet[name], name
    assert (wet["stored"], wet["already_stored"]) == (602, 1)
    assert wet["reasons"] == {"forbidden": 1, "conflict": 1}


def test_dry_run_stores_nothing(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "old.jsonl", made(1))
    assert run("statement", "import", str(file), "--source", "old", "--dry-run", "--json")["stored"] == 1
    assert run("statement", "imports", "--json") == []
    assert run("statement", "import", str(file), "--source", "old", "--json")["stored"] == 1


def test_undo_voids_what_the_import_stored_first_and_nothing_else(run: Run, tmp_path: Path) -> None:
    ids = [str(uuid.uuid4()) for _ in range(3)]
    run("statement", "import", str(write(tmp_path / "a.jsonl", made(1, id=ids[0]))), "--source", "old")
    second = write(tmp_path / "b.jsonl", *(made(place + 1, id=one) for place, one in enumerate(ids)))
    import_id = str(run("statement", "import", str(second), "--source", "old", "--json")["import_id"])
    assert run("statement", "undo", import_id, "--dry-run", "--json")["voided"] == 2
    assert run("statement", "undo", import_id, "--json")["voided"] == 2
    assert run("statement", "undo", import_id, "--json")["voided"] == 0
    listed = run("statement", "imports", "--json")
    assert listed[0]["undone_at"] is not None
    assert listed[1]["undone_at"] is None


def test_what_an_undo_voided_is_told_when_it_comes_again(run: Run, tmp_path: Path) -> None:
    run("source", "add", "right")
    file = write(tmp_path / "a.jsonl", *(made(place, id=str(uuid.uuid4())) for place in range(3)))
    import_id = str(run("statement", "import", str(file), "--source", "old", "--json")["import_id"])
    assert "needs new ids" in run("statement", "undo", import_id)
    for option in (("--dry-run",), ()):
        again = run("statement", "import", str(file), "--source", "right", "--json", *option)
        assert (again["stored"], again["already_stored"], again["already_voided"]) == (0, 3, 3)
    assert "3 of them voided" in run("statement", "import", str(file), "--source", "right")


def test_an_import_into_a_source_that_was_revoked_since_can_be_undone(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", made(1))
    import_id = str(run("statement", "import", str(file), "--source", "old", "--json")["import_id"])
    run("source", "revoke", "old")
    assert run("statement", "undo", import_id, "--json")["voided"] == 1
    assert "is there and revoked; choose another name" in run("source", "add", "old", code=1)


def test_lines_without_a_time_are_counted_and_told(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", made(1), made(2, timestamp="2020-01-01T00:00:00Z"))
    assert "1 have no timestamp" in run("statement", "import", str(file), "--source", "old", "--dry-run")
    assert run("statement", "import", str(file), "--source", "old", "--json")["undated"] == 1


def test_an_array_with_an_element_a_line_is_read(run: Run, tmp_path: Path) -> None:
    lines = ["[", *(f"  {json.dumps(made(number))}," for number in range(2)), json.dumps(made(2)), "]"]
    file = write(tmp_path / "a.json", *lines)
    done = run("statement", "import", str(file), "--source", "old", "--json")
    assert (done["lines"], done["stored"], done["rejected"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps([made(1)]).encode(), "jq -c '.[]'"),
        (json.dumps({"statements": [made(1)], "more": ""}).encode(), "jq -c '.statements[]'"),
        (json.dumps(made(1), indent=2).encode(), "jq -c ."),
        (json.dumps([made(1)], indent=2).encode(), "jq -c ."),
        (json.dumps(made(1)).encode("utf-16"), "save it as UTF-8"),
    ],
)
def test_a_file_of_another_shape_is_refused_once_with_how_to_make_lines(
    run: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(content)
    assert said in run("statement", "import", str(file), "--source", "old", code=1)


def test_a_pipe_is_read_and_a_reject_file_that_cannot_be_written_is_told_before(
    run: Run, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    packed = gzip.compress((json.dumps(made(1)) + "\n").encode())
    writer = threading.Thread(target=pipe.write_bytes, args=(packed,))
    writer.start()
    assert run("statement", "import", str(pipe), "--source", "old", "--json")["stored"] == 1
    writer.join()
    file = write(tmp_path / "a.jsonl", made(2))
    refused = str(tmp_path / "nowhere" / "rejects.jsonl")
    told = run("statement", "import", str(file), "--source", "old", "--rejects", refused, code=1)
    assert "cannot be written" in told
    assert run("statement", "import", str(file), "--source", "old", "--json")["stored"] == 1


def test_rejected_lines_of_an_earlier_run_do_not_stay(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", "no json")
    rejects = Path(run("statement", "import", str(file), "--source", "old", "--json", code=1)["rejects"])
    assert rejects.exists()
    write(file, made(1))
    run("statement", "import", str(file), "--source", "old")
    assert not rejects.exists()


def test_an_import_that_does_not_exist_is_named(run: Run) -> None:
    assert "import 99 does not exist" in run("statement", "undo", "99", code=1)


def test_gzip_is_unpacked_and_a_damaged_stream_is_told(run: Run, tmp_path: Path) -> None:
    packed = gzip.compress("".join(json.dumps(made(number)) + "\n" for number in range(3000)).encode())
    whole, cut = tmp_path / "old.jsonl.gz", tmp_path / "cut.jsonl.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    assert "damaged" in run("statement", "import", str(cut), "--source", "old", code=1)
    (half,) = run("statement", "imports", "--json")
    # What could be read is here, the batch that was not full too.
    assert half["statements"] > 1_000
    assert half["statements"] % 500 != 0
    done = run("statement", "import", str(whole), "--source", "old", "--json")
    assert done["stored"] + done["already_stored"] == 3000


def test_a_table_comes_in_through_a_template(run: Run, tmp_path: Path) -> None:
    template = tmp_path / "old.toml"
    template.write_text(
        '[statement]\nactor = { mbox = "mailto:{mail}" }\n'
        'verb = { id = "http://adlnet.gov/expapi/verbs/completed" }\n'
        'object = { id = "https://old.example/course/{course}" }\n',
        encoding="utf-8",
    )
    table = tmp_path / "old.csv"
    table.write_text("mail,course\np1@example.com,7\nnobody,7\n", encoding="utf-8")
    done = run(
        "statement", "import", str(table), "--source", "old", "--mapping", str(template), "--json", code=1
    )
    assert (done["stored"], done["rejected"]) == (1, 1)


def test_two_columns_of_one_name_are_not_guessed_between(run: Run, tmp_path: Path) -> None:
    template = tmp_path / "old.toml"
    template.write_text(
        '[statement]\nactor = { mbox = "mailto:{mail}" }\n'
        'verb = { id = "http://adlnet.gov/expapi/verbs/completed" }\n'
        'object = { id = "https://old.example/course/{course}" }\n'
        'timestamp = "{done|timestamp}"\n',
        encoding="utf-8",
    )
    table = tmp_path / "old.csv"
    table.write_text("mail,course,done,mail\np1@example.com,7,2020-01-01,p2@example.com\n", encoding="utf-8")
    mapped = ("statement", "import", str(table), "--source", "old", "--mapping", str(template))
    assert "several columns" in run(*mapped, code=1)
    table.write_text("mail,course,done\np1@example.com,7,31.12.2020\n", encoding="utf-8")
    done = run(*mapped, "--json", code=1)
    assert "date_format of the template (now ISO 8601)" in Path(done["rejects"]).read_text(encoding="utf-8")


def test_a_file_longer_than_a_batch_is_stored_whole(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "old.jsonl", *(made(number) for number in range(1_203)))
    assert run("statement", "import", str(file), "--source", "old", "--json")["stored"] == 1_203
