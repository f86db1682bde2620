"""`lms-bridge statement import`: each line once, bad lines told and kept, and all of it can be undone."""

from __future__ import annotations

import gzip
import json
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


def test_an_import_that_does_not_exist_is_named(run: Run) -> None:
    assert "import 99 does not exist" in run("statement", "undo", "99", code=1)


def test_gzip_is_unpacked_and_a_damaged_stream_is_told(run: Run, tmp_path: Path) -> None:
    packed = gzip.compress("".join(json.dumps(made(number)) + "\n" for number in range(3000)).encode())
    whole, cut = tmp_path / "old.jsonl.gz", tmp_path / "cut.jsonl.gz"
    whole.write_bytes(packed)
    cut.write_bytes(packed[: len(packed) // 2])
    assert "damaged" in run("statement", "import", str(cut), "--source", "old", code=1)
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


def test_a_file_longer_than_a_batch_is_stored_whole(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "old.jsonl", *(made(number) for number in range(1_203)))
    assert run("statement", "import", str(file), "--source", "old", "--json")["stored"] == 1_203
