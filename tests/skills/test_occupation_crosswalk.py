"""Nesta's crosswalk of occupations: read as it is published, followed both ways, refused with line and remedy."""

from __future__ import annotations

import pytest

from lms_bridge.errors import FileRefusedError
from lms_bridge.skills.occupation_crosswalk import led_to, read_occupation_crosswalk
from tests.skills.formats.cases import shared_files

HEADER = (
    "id,esco_occupation,isco_code,onet_code,onet_occupation,matching_job_titles,semantic_similarity,confidence,"
    "concept_uri\n"
)
MAYOR, MINISTER = "http://data.europa.eu/esco/occupation/m1", "http://data.europa.eu/esco/occupation/m2"
ROWS = (
    f"1,mayor,1111,11-1011.00,chief executives,\"['a', 'b']\",0.7,1.0,{MAYOR}\n"
    f"2,minister,1111,11-1011.00,chief executives,na,0.8,1.0,{MINISTER}\n"
)


def test_it_is_followed_both_ways_nearest_first() -> None:
    pairs = read_occupation_crosswalk("nesta.csv", (HEADER + ROWS).encode())
    assert [(match.code, match.title) for match in led_to(pairs, MAYOR)] == [
        ("11-1011.00", "chief executives")
    ]
    assert [match.code for match in led_to(pairs, "11-1011.00")] == [MINISTER, MAYOR]
    assert led_to(pairs, "99-9999.00") == ()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,mayor,1111,11-1011.00,x,na,0.7,1.0,mayor\n", "this is no IRI of an occupation"),
        (f"1,mayor,1111,,x,na,0.7,1.0,{MAYOR}\n", "the code is empty"),
        (f"1,mayor,1111,11-1011.00,x,na,near,1.0,{MAYOR}\n", "this is no number from -1 to 1"),
        (f"1,mayor,1111,11-1011.00,x,na,nan,1.0,{MAYOR}\n", "this is no number from -1 to 1"),
        ("1,mayor\n", "line 2"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(rows: str, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said) as refused:
        read_occupation_crosswalk("nesta.csv", (HEADER + rows).encode())
    assert refused.value.problems[0].line == 2


def test_another_file_is_refused() -> None:
    with pytest.raises(FileRefusedError, match="onet_code"):
        read_occupation_crosswalk("other.csv", b"a,b\n1,2\n")
    with pytest.raises(FileRefusedError, match="empty"):
        read_occupation_crosswalk("empty.csv", b"")


def test_the_published_file_is_read_whole() -> None:
    ((name, content),) = shared_files("crosswalk").items()
    pairs = read_occupation_crosswalk(name, content)
    assert (len(pairs), len({pair.onet.code for pair in pairs})) == (1680, 668)
