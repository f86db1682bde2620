"""What holds for every format: choosing one, packed files, and hierarchies."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms_bridge.errors import FileProblem, FileRefusedError, InvalidInputError
from lms_bridge.skills import formats
from lms_bridge.skills.formats import FORMATS, read_framework
from lms_bridge.skills.formats.tables import cycles, is_iri
from lms_bridge.skills.frameworks import Label, merge_labels, short_id
from tests.skills.formats.cases import problems
from tests.skills.formats.test_case import PACKAGE
from tests.skills.formats.test_ctdl_asn import DOCUMENT as CTDL_ASN
from tests.skills.formats.test_dcwf import DOCUMENT as DCWF
from tests.skills.formats.test_digcomp import DOCUMENT as DIGCOMP
from tests.skills.formats.test_rsd import DESCRIPTOR

PLAIN = b"skill_iri,label,parent_iri,description,levels,alt_labels,lang\nurn:a:weld,Welding,,,,,en\n"


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match=r"'ccmf' is unknown; known are: .*csv.*esco.*onet"):
        read_framework("ccmf", {"a.csv": PLAIN})


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_a_folder_without_a_file_of_the_format_is_refused(key: str) -> None:
    (problem,) = problems(key, {"notes.odt": b"x"})
    assert "expected" in problem.remedy


def test_a_truncated_packed_file_is_refused() -> None:
    (problem,) = problems("csv", {"own.csv.gz": gzip.compress(PLAIN)[:-12]})
    assert "truncated" in problem.remedy


def test_a_file_that_is_no_gzip_is_refused() -> None:
    (problem,) = problems("csv", {"own.csv.gz": PLAIN})
    assert "no gzip file" in problem.remedy


def test_a_file_that_unpacks_without_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_FILE_BYTES", 1024 * 1024)
    (problem,) = problems("csv", {"own.csv.gz": gzip.compress(b"\n" * 3_000_000)})
    assert "more than 1 MiB" in problem.remedy


def test_several_members_of_a_packed_file_are_one_text() -> None:
    packed = gzip.compress(PLAIN) + gzip.compress(b"urn:a:cut,Cutting,,,,,en\n")
    assert len(read_framework("csv", {"own.csv.gz": packed}).skills) == 2


def test_the_same_file_packed_and_not_is_refused() -> None:
    (problem,) = problems("csv", {"own.csv": PLAIN, "own.csv.gz": gzip.compress(PLAIN)})
    assert "given twice" in problem.remedy


def test_progress_is_told_by_file() -> None:
    told: list[tuple[str, int, int]] = []
    read_framework(
        "csv", {"own.csv": PLAIN}, progress=lambda what, done, total: told.append((what, done, total))
    )
    assert told == [("read own.csv", 0, 1)]


def faults_of(key: str, file: str, content: bytes) -> tuple[FileProblem, ...]:
    """Return the faults, none where the file is read; any other error fails the test."""
    try:
        read_framework(key, {file: content})
    except FileRefusedError as refused:
        return refused.problems
    return ()


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for key, file in (
        ("csv", "a.csv"),
        ("esco", "skills_en.csv"),
        ("onet", "Skills.txt"),
        ("csv", "a.csv.gz"),
    ):
        assert all(problem.remedy for problem in faults_of(key, file, content))


@settings(deadline=None)
@given(st.text(alphabet='skill_iri,label;="\n\r\tab0', max_size=200))
def test_any_text_under_a_good_header_is_read_or_refused(text: str) -> None:
    assert all(problem.line >= 1 for problem in faults_of("csv", "a.csv", PLAIN + text.encode()))


JSON_DOCUMENTS: dict[str, Any] = {
    "case": PACKAGE,
    "ctdl-asn": CTDL_ASN,
    "dcwf": DCWF,
    "digcomp": DIGCOMP,
    "rsd": [DESCRIPTOR],
}
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["@id", "x"]), inner, max_size=2)
    ),
    max_leaves=3,
)


@given(st.sampled_from(sorted(JSON_DOCUMENTS)), st.data())
@settings(max_examples=300, deadline=None)
def test_a_document_with_any_value_in_any_place_is_read_or_refused(key: str, data: st.DataObject) -> None:
    document = json.loads(json.dumps(JSON_DOCUMENTS[key]))
    place: Any = document
    while True:
        steps = range(len(place)) if isinstance(place, list) else sorted(place)
        step = data.draw(st.sampled_from(steps))
        if not isinstance(place[step], dict | list) or not place[step] or data.draw(st.booleans()):
            break
        place = place[step]
    place[step] = data.draw(ANY_JSON)
    assert all(problem.remedy for problem in faults_of(key, "own.json", json.dumps(document).encode()))


def test_short_ids_are_stable_and_safe_in_urls() -> None:
    assert short_id("urn:onet:element:2.A.1.a") == short_id("urn:onet:element:2.A.1.a")
    assert short_id("urn:a:b") != short_id("urn:a:c")
    assert len(short_id("urn:a:b")) == 12
    assert short_id("urn:a:b").isalnum()


@pytest.mark.parametrize(
    "text", ["http://data.europa.eu/esco/isced-f/00", "urn:onet:element:2.A", "block-v1:A+B", "did:key:z6"]
)
def test_an_iri_has_a_scheme(text: str) -> None:
    assert is_iri(text)


@pytest.mark.parametrize("text", ["", "sql", "//a/b", "http://a b", "urn:a\nb", "1a:b", "urn:<a>"])
def test_other_texts_are_no_iri(text: str) -> None:
    assert not is_iri(text)


def test_every_cycle_is_told_with_the_relation_that_closes_it() -> None:
    parents = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["d"], "e": ["a", "d"]}
    assert list(cycles(parents)) == [("a", "b", "c", "a"), ("d", "d")]


def test_a_lattice_is_no_cycle() -> None:
    assert list(cycles({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []})) == []


def test_a_second_preferred_label_becomes_an_alternative() -> None:
    labels = (
        Label("en", "preferred", "SQL "),
        Label("en", "preferred", "Structured query language"),
        Label("en", "hidden", "SQL"),
    )
    assert merge_labels(labels) == (
        Label("en", "preferred", "SQL"),
        Label("en", "alternative", "Structured query language"),
    )
