"""Choices that look random and are the same for the same seed on every machine and Python version.

A draw depends on the seed and on the names it is asked with, never on what was drawn before: adding a statement
somewhere leaves every other one as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

T = TypeVar("T")

_IDS = uuid5(NAMESPACE_URL, "https://rheintal.example/demo")


@dataclass(frozen=True, slots=True)
class Draws:
    """Named draws of one seed."""

    seed: int

    def number(self, below: int, *names: object) -> int:
        """Return a whole number from 0 up to, not including, `below`."""
        text = "\x1f".join([str(self.seed), *map(str, names)])
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) % below

    def between(self, first: date, last: date, *names: object) -> date:
        """Return a day from `first` to `last`, both included."""
        return first + timedelta(days=self.number((last - first).days + 1, *names))

    def shuffled(self, items: Sequence[T], *names: object) -> tuple[T, ...]:
        """Return `items` in an order of their own."""
        keyed = sorted(range(len(items)), key=lambda index: (self.number(1 << 60, *names, index), index))
        return tuple(items[index] for index in keyed)

    def uuid(self, *names: object) -> UUID:
        """Return a UUIDv5 made of the seed and the names."""
        return uuid5(_IDS, "\x1f".join([str(self.seed), *map(str, names)]))


def fixed_uuid(*names: object) -> UUID:
    """Return a UUIDv5 that does not depend on the seed: identities of people stay the same in every demo."""
    return uuid5(_IDS, "\x1f".join(map(str, names)))
