"""Taxonomies of Open edX, as CSV and as JSON."""

from __future__ import annotations

import json

import pytest

from lms_bridge.errors import FileRefusedError
from lms_bridge.skills.formats import read_framework
from lms_bridge.skills.frameworks import FrameworkRelease
from tests.skills.formats.cases import shared_files

CSV = "id,value,parent_id,comments\nWEB,Web,,a remark\nHTML,HTML,WEB,\nCAJÓN,Cajón,WEB,\n"
JSON = json.dumps(
    {
        "tags": [
            {"id": "WEB", "value": "Web", "parent_id": ""},
            {"id": "HTML", "value": "HTML", "parent_id": "WEB"},
            {"id": "CAJÓN", "value": "Cajón", "parent_id": "WEB"},
        ]
    }
)


def read(text: str, name: str = "crafts.csv") -> FrameworkRelease:
    return read_framework("openedx", {name: text.encode()})


def test_csv_and_json_of_one_taxonomy_are_one_release() -> None:
    assert read(CSV).digest == read(JSON, "crafts.json").digest


def test_tags_stand_below_their_parents_under_iris_of_their_taxonomy() -> None:
    release = read(CSV)
    assert release.name == "crafts"
    by_code = {one.code: one for one in release.skills}
    assert by_code["HTML"].iri == "urn:openedx:tag:crafts:HTML"
    assert by_code["CAJÓN"].parents == (by_code["WEB"].iri,)
    assert by_code["WEB"].parents == ()


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (CSV.replace("HTML,HTML", "HTML,"), "x.csv", "the value is empty"),
        (CSV.replace("HTML,HTML,WEB", "WEB,HTML,WEB"), "x.csv", "stands in line 2"),
        (CSV.replace("HTML,HTML,WEB", "HTML,HTML,CSS"), "x.csv", "no tag above"),
        (CSV.replace("id,value", "ident,value"), "x.csv", "missing"),
        ('{"tags": []}', "x.json", "no list of tags"),
        (JSON.replace('"HTML", "value"', '7, "value"'), "x.json", "texts"),
        (JSON[:-5], "x.json", "truncated"),
    ],
)
def test_a_broken_file_is_refused_with_a_remedy(text: str, name: str, said: str) -> None:
    with pytest.raises(FileRefusedError, match=said):
        read(text, name)


def test_the_published_templates_agree() -> None:
    files = shared_files("openedx-taxonomy")
    releases = [
        read_framework("openedx", {name: content})
        for name, content in files.items()
        if name.endswith((".csv", ".json"))
    ]
    assert len({release.digest for release in releases}) == 1
    assert len(releases[0].skills) > 10
