"""What holds for every file of the project: nothing of the machine it was written on, and names that say something."""

from __future__ import annotations

import re

from tests.house.files import project_files, shown

# Put together here, so that this file does not hold what it looks for.
_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("ghcr", "io"),
    )
)
_FOLDERS = ("work", "farm", "root", "opt/pypi", "opt/wheels", "tmp/b")
_REGISTRY = re.compile("|".join(re.escape(host) for host in _HOSTS))
# A path begins where no address or longer path goes on: "https://lms.example/work/1" holds none.
_MACHINE_PATH = re.compile(rf"(?<![\w.:~\-/])/(?:{'|'.join(_FOLDERS)})/[\w.]")
_WORDLESS = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc|managers?)(?:_|$)")


def _texts() -> list[tuple[str, str]]:
    texts = []
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            texts.append((shown(path), content.decode("utf-8", errors="replace")))
    return texts


def test_the_patterns_find_what_they_look_for() -> None:
    assert _REGISTRY.search(f"--index-url https://{_HOSTS[0]}/simple")
    assert _MACHINE_PATH.search(f"open('/{_FOLDERS[0]}/main/x.csv')")
    assert not _MACHINE_PATH.search(f"https://lms.example/{_FOLDERS[0]}/main")


def test_no_file_names_a_package_registry() -> None:
    found = [f"{name}: {match.group()}" for name, text in _texts() for match in _REGISTRY.finditer(text)]
    assert found == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    found = [f"{name}: {match.group()}" for name, text in _texts() for match in _MACHINE_PATH.finditer(text)]
    assert found == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    ours = (path for path in project_files() if "vendor" not in path.parts)
    assert [shown(path) for path in ours if _WORDLESS.search(path.stem.lower())] == []


def test_requirements_hold_names_versions_and_hashes_only() -> None:
    line = re.compile(r"^(?:\s*#.*|[a-z0-9][a-z0-9.-]*==\S+ \\|\s{4}--hash=sha256:[0-9a-f]{64}(?: \\)?|)$")
    for path in project_files():
        if path.parent.name == "requirements" and path.suffix == ".txt":
            lines = path.read_text(encoding="utf-8").splitlines()
            assert [text for text in lines if not line.match(text)] == [], shown(path)
            assert [text for text in lines if "://" in text] == [], shown(path)
