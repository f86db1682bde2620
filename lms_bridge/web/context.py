"""What every view hands to its use case: the settings, and the day and the knowledge that the address names."""

from __future__ import annotations

import hashlib
from datetime import date

from flask import current_app, flash, request

from lms_bridge.errors import InvalidInputError
from lms_bridge.pipeline import viewing
from lms_bridge.pipeline.viewing import View
from lms_bridge.settings import Settings
from lms_bridge.store.database import db


def settings() -> Settings:
    """Return the settings of the running service."""
    found: Settings = current_app.extensions["lms_bridge"].settings
    return found


def asked_view() -> View:
    """Return the view that `as_of` and `known_on` of the address ask for.

    Raises:
        InvalidInputError: one of them is no date or instant, or lies beyond what is known.
    """
    return viewing.read_view(db.session(), settings(), request.args)


def is_asked(name: str) -> bool:
    """Tell whether the address sets the switch `name`, as in `?tree=1`."""
    return request.args.get(name, "").lower() in {"1", "true", "yes", "on"}


def calendar_day(name: str, text: str) -> date:
    """Return the day that the field `name` holds.

    Raises:
        InvalidInputError: it is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(f"{name}: {text!r} is no day; give YYYY-MM-DD") from error


def stamp_of(draft: object) -> str:
    """Return a digest of what a form says, for the button that puts it into force once it was shown."""
    return hashlib.sha256(repr(draft).encode()).hexdigest()


def is_as_shown(draft: object) -> bool:
    """Tell whether the form still says what it was shown with; where not, say so on the page that comes."""
    if request.form.get("shown") == stamp_of(draft):
        return True
    flash("The form was changed after it was shown. This is what it would do now.", "problem")
    return False
