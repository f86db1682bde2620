"""docs/architecture.md lists every address of the service with its methods and for whom it is; and every module."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from lms_bridge.web.access import ACCESS, BEARER, EVERYONE, PUBLIC
from lms_bridge.web.xapi_resources import RESOURCES
from tests.docs.pages import ROOT, codes, page, rows
from tests.web.conftest import make_app

TEXT = page("architecture.md")
DOORS = {address: row for row in rows(TEXT) if len(row) == 4 for address in codes(row[0])}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("routes"))


def readers(endpoint: str) -> str:
    """Return the words for who may open an endpoint; the LRS's own doors ask for a source's key."""
    access = ACCESS.get(endpoint)
    if access is None:
        return "source key"
    if access == PUBLIC:
        return "anyone"
    if access == BEARER:
        return "API token"
    return "everyone signed in" if access == EVERYONE else ", ".join(sorted(access))


def test_every_address_stands_with_its_methods_and_readers(app: Flask) -> None:
    served: dict[str, tuple[set[str], set[str]]] = {}
    for rule in app.url_map.iter_rules():
        methods, who = served.setdefault(rule.rule, (set(), set()))
        methods |= (rule.methods or set()) - {"HEAD", "OPTIONS"}
        who.add(readers(rule.endpoint))
    listed = {address: (row[1], row[2]) for address, row in DOORS.items()}
    # The statement door stands before Flask's table of routes.
    expected = {"/xapi/about": ("GET", "anyone"), "/xapi/<resource>": ("by resource", "source key")}
    for address, (methods, who) in served.items():
        # One address, one line: the wider right where its methods differ.
        expected[address] = (", ".join(sorted(methods)), min(who, key=len))
    assert listed == expected


def test_every_resource_of_the_lrs_stands_with_its_methods() -> None:
    listed = {
        codes(row[0])[0]: row[1] for row in rows(page("xapi_support.md")) if len(row) == 2 and codes(row[0])
    }
    order = ("GET", "PUT", "POST", "DELETE")
    for resource, handlers in RESOURCES.items():
        methods = listed[resource].split(", ")
        assert sorted(methods, key=order.index) == sorted(handlers, key=order.index), resource


def test_every_package_and_module_of_the_house_has_its_line() -> None:
    listed = {name.rstrip("/") for row in rows(TEXT) if len(row) == 2 for name in codes(row[0])}
    here = [*(ROOT / "lms_bridge").iterdir(), *(ROOT / "reports").iterdir()]
    assert {name for path in here if (name := _place(path))} - listed == set()
    assert {name for name in listed if name.startswith(("lms_bridge/", "reports/"))} == {
        name for path in here if (name := _place(path))
    }


def _place(path: Path) -> str:
    if path.is_dir() and (path / "__init__.py").is_file():
        return str(path.relative_to(ROOT))
    is_module = path.suffix == ".py" and path.name != "__init__.py"
    return str(path.relative_to(ROOT)) if is_module else ""
