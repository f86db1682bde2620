"""Files of statements: one a line, or rows of a table read through a template."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from lms_bridge.errors import FileRefusedError
from lms_bridge.xapi.statement_files import Occurrences, json_lines, read_template, table_lines

TEMPLATE = """
[read]
delimiter = ";"
time_zone = "Europe/Berlin"
date_format = "%d.%m.%Y %H:%M"
[statement]
timestamp = "{Finished|timestamp}"
[statement.actor]
name = "{First name} {Last name}"
account = { homePage = "https://old.example", name = "{User}" }
[statement.verb]
id = "http://adlnet.gov/expapi/verbs/completed"
[statement.object]
id = "https://old.example/course/{Course}"
[statement.result]
completion = "{Done|boolean}"
[statement.result.score]
raw = "{Points|number}"
"""
HEADER = b"User;First name;Last name;Course;Finished;Done;Points\n"


def rows(*lines: bytes, template: str = TEMPLATE) -> list[Any]:
    found = table_lines("old.csv", [HEADER, *lines], read_template("old.toml", template))
    return [one.problem or json.loads(one.statement or b"") for one in found]


def test_a_row_becomes_the_statement_of_the_template() -> None:
    (made,) = rows(b"7;Ada;Lovelace;42;04.05.2026 09:30;ja;8,50\n")
    assert made == {
        "timestamp": "2026-05-04T09:30:00.000+02:00",
        "actor": {"name": "Ada Lovelace", "account": {"homePage": "https://old.example", "name": "7"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://old.example/course/42"},
        "result": {"completion": True, "score": {"raw": 8.5}},
    }


def test_numbers_of_a_table_keep_their_digits() -> None:
    (line,) = table_lines("old.csv", [HEADER, b"7;A;L;42;;;0,70\n"], read_template("old.toml", TEMPLATE))
    assert b'"raw":0.70' in (line.statement or b"")


def test_properties_without_a_cell_are_left_out() -> None:
    (made,) = rows(b"7;Ada;Lovelace;42;;;\n")
    assert "result" not in made
    assert "timestamp" not in made


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (b"7;Ada;L;42;yesterday;;\n", "'Finished': 'yesterday' is no timestamp"),
        (b"7;Ada;L;42;;maybe;\n", "'Done': 'maybe' is no boolean"),
        (b"7;Ada;L;42;;;1.000,5\n", "'Points': '1.000,5' is no number"),
        (b"7;Ada;L;42;;;1,234\n", "'Points': '1,234' is no number"),
        (b"7;Ada;L;42;;;1E60000000\n", "'Points': '1E60000000' is no number"),
        (b"7;Ada;L;42;;;NaN\n", "'Points': 'NaN' is no number"),
        (b"7;Ada\n", "the row has 2 cells, the header 7"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column(cells: bytes, named: str) -> None:
    assert named in rows(cells)[0]


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("[statement", "is no TOML"),
        ("[read]\n", "statement"),
        ("[statement]\nid = '{User|uuid}'\n", "{User|uuid}"),
        ("[statement]\nid = 'x{User|number}'\n", "let it stand alone"),
        ("[statement]\nid = 'x'\n[read]\ndelimiter = ';;'\n", ";;"),
        ("[statement]\nid = 'x'\n[read]\nencoding = 'klingon'\n", "klingon"),
        ("[statement]\nid = 'x'\n[read]\ntime_zone = 'Mars/Base'\n", "Mars/Base"),
        ("[statement]\nid = 'x'\n[read]\nsheet = 1\n", "sheet"),
        ("read = 5\n[statement]\nid = 'x'\n", "read = 5"),
        ("[statement]\nid = 'x'\n[read]\ndate_format = 7\n", "date_format = 7"),
        ("[statement]\nid = 'x'\n[read]\ndelimiter = '\"'\n", "delimiter"),
        ("[statement]\nid = '{Nowhere}'\n", "Nowhere"),
    ],
)
def test_a_wrong_template_is_refused_with_value_and_remedy(template: str, named: str) -> None:
    with pytest.raises(FileRefusedError, match=re.escape(named)):
        rows(b"7;Ada;L;42;;;\n", template=template)


def test_another_encoding_is_refused_and_can_be_named() -> None:
    line = "7;Ada;Müller;42;;;\n".encode("cp1252")
    with pytest.raises(FileRefusedError, match="is not utf-8-sig; name the encoding"):
        rows(line)
    named = TEMPLATE.replace("[read]", '[read]\nencoding = "cp1252"')
    assert rows(line, template=named)[0]["actor"]["name"] == "Ada Müller"


def test_lines_are_counted_as_an_editor_counts() -> None:
    found = list(json_lines([b'\xef\xbb\xbf{"a":1}\n', b"\n", b"[1]\n", b"x" * 60], 50))
    assert [(one.number, one.statement) for one in found] == [(1, b'{"a":1}'), (3, None), (4, None)]
    assert "no JSON object" in found[1].problem
    assert "more than 50 bytes" in found[2].problem


def test_an_id_follows_from_source_text_and_how_often_it_stood_before() -> None:
    first, second = Occurrences("moodle"), Occurrences("moodle")
    ids = [first.statement_id(b"x"), first.statement_id(b"x"), first.statement_id(b"y")]
    assert len(set(ids)) == 3
    assert [second.statement_id(text) for text in (b"x", b"x", b"y")] == ids
    assert Occurrences("canvas").statement_id(b"x") != ids[0]
