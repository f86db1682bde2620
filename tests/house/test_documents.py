"""The papers of the house: the changelog an operator reads, and the decisions, each of which the index leads to."""

from __future__ import annotations

import re

from tests.house.files import ROOT, shown

DECISIONS = ROOT / "docs" / "decisions"


def test_the_changelog_tells_what_is_not_yet_released() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = re.search(r"^## \[Unreleased\]$(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    assert unreleased is not None
    assert re.search(r"^### (Added|Changed|Fixed)$", unreleased.group(1), re.MULTILINE)


def test_the_index_of_decisions_leads_to_every_record() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\((?:\./)?([^)#/]+\.md)(?:#[^)]*)?\)", index))
    records = {path.name for path in DECISIONS.glob("*.md")} - {"README.md"}
    assert records - linked == set(), "these records are not linked from docs/decisions/README.md"
    assert linked - records == set(), "docs/decisions/README.md links to records that do not exist"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    broken = []
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            address = target.partition("#")[0]
            if not address or re.match(r"[a-z]+:", address) or address.startswith("/"):
                continue
            if not (page.parent / address).exists():
                broken.append(f"{shown(page)}: {target}")
    assert broken == []
