"""docs/commands.md has a section for every command, and in it every option, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from lms_bridge.cli.main import main
from lms_bridge.pipeline.sources import KINDS
from lms_bridge.skills.formats import FORMATS
from tests.docs.pages import codes, page, rows, section

TEXT = page("commands.md")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below `command` that is no group, by its whole name."""
    if isinstance(command, click.Group):
        for word, child in sorted(command.commands.items()):
            yield from commands(child, f"{name} {word}")
    else:
        yield name, command


COMMANDS = dict(commands(main, "lms-bridge"))


def options_of(command: click.Command) -> set[str]:
    """Return the names of a command's options, as typed."""
    return {name for item in command.params if isinstance(item, click.Option) for name in item.opts}


def test_every_command_has_a_section_and_no_section_is_of_another() -> None:
    assert set(re.findall(r"^### `(lms-bridge [^`]+)`$", TEXT, re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_section_lists_the_options_of_its_command(name: str) -> None:
    listed = {option for row in rows(section(TEXT, f"### `{name}`")) for option in codes(row[0])}
    assert listed == options_of(COMMANDS[name])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_section_shows_the_arguments_of_its_command(name: str) -> None:
    arguments = [item for item in COMMANDS[name].params if isinstance(item, click.Argument)]
    words = [
        f"{(item.name or '').upper()[:-1]}…" if item.nargs == -1 else (item.name or "").upper()
        for item in arguments
    ]
    if words:
        assert f"`{name} {' '.join(words)}`" in section(TEXT, f"### `{name}`")


def test_the_options_before_a_command_are_listed() -> None:
    before = TEXT[: TEXT.index("\n## ")]
    listed = {option for row in rows(before) for option in codes(row[0])}
    assert listed == options_of(main) | {"--help", "-h"}


def test_kinds_of_sources_and_formats_of_frameworks_are_all_named() -> None:
    assert [kind for kind in KINDS if kind not in section(TEXT, "### `lms-bridge source add`")] == []
    assert [key for key in FORMATS if key not in section(TEXT, "### `lms-bridge framework import`")] == []


def test_the_readme_uses_commands_that_exist() -> None:
    text = (page("../README.md")) + page("operations.md") + page("connect/moodle.md")
    used = re.findall(r"^(?:.*\| )?(?:\.venv/bin/)?lms-bridge ((?:[a-z-]+ ?)+)", text, re.MULTILINE)
    assert used
    for words in used:
        assert any(f"lms-bridge {words}".startswith(name) for name in COMMANDS), words
