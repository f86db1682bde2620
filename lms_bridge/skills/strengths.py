"""Strength: how a skill was tested, weakest first. Authenticity is another question and a field of its own."""

from __future__ import annotations

from enum import IntEnum

from lms_bridge.errors import InvalidInputError


class Strength(IntEnum):
    """The ordered scale of design; the number is stored, the name is shown and exported."""

    SELF_ASSERTED = 1
    ATTENDED = 2
    COMPLETED = 3
    ASSESSED = 4
    VERIFIED = 5
    CERTIFIED = 6

    @property
    def label(self) -> str:
        """Return the word that files, rules and pages use, e.g. `self-asserted`."""
        return self.name.lower().replace("_", "-")


BY_LABEL = {strength.label: strength for strength in Strength}


def strength_from(label: str) -> Strength:
    """Return the strength called `label`.

    Raises:
        InvalidInputError: there is no such strength; the message lists all.
    """
    try:
        return BY_LABEL[label.strip().lower()]
    except KeyError:
        raise InvalidInputError(
            f"strength {label!r} is none of {', '.join(BY_LABEL)}; use one of these"
        ) from None
