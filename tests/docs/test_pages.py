"""What holds for every page: it is led to from the index, its pictures are small, its packs and files exist."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, ROOT, page

MOST_PICTURE_BYTES = 300_000


def test_the_index_leads_to_every_page() -> None:
    led = set(re.findall(r"\]\(([^)#]+)", page("index.md")))
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}
    assert pages - led - {"index.md"} == {name for name in pages if name.startswith("decisions/0")}


def test_pictures_are_small_and_used() -> None:
    used = {
        name
        for path in (ROOT / "README.md", *DOCS.glob("*.md"))
        for name in _pictures(path.read_text("utf-8"))
    }
    there = {path.name for path in (DOCS / "pictures").iterdir()}
    assert there == used
    for path in (DOCS / "pictures").iterdir():
        assert path.stat().st_size < MOST_PICTURE_BYTES, path.name


def _pictures(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\((?:docs/)?pictures/([^)]+)\)", text)


def test_modules_and_folders_that_pages_name_exist() -> None:
    missing = []
    for path in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for name in re.findall(
            r"`((?:lms_bridge|reports|config|tests|docs)/[\w./-]*)`", path.read_text("utf-8")
        ):
            is_packaged = name == "lms_bridge/_config"
            if not (ROOT / name).exists() and not is_packaged:
                missing.append(f"{path.name}: {name}")
    assert missing == []


def test_a_decision_says_what_it_costs() -> None:
    for path in DOCS.glob("decisions/0*.md"):
        text = path.read_text("utf-8")
        for word in ("**Decided.**", "**Why.**", "**Costs.**"):
            assert word in text, f"{path.name}: {word}"


def test_no_page_holds_a_secret() -> None:
    assert not re.search(
        r"secret\s+[A-Za-z0-9_-]{40,}", "\n".join(p.read_text("utf-8") for p in DOCS.rglob("*.md"))
    )
