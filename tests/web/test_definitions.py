"""/definitions: what every figure means."""

from __future__ import annotations

from flask.testing import FlaskClient
from markupsafe import escape

from reports.content.definitions import DEFINITIONS


def test_every_definition_is_shown(hr: FlaskClient) -> None:
    page = hr.get("/definitions").get_data(as_text=True)
    for word, meaning in DEFINITIONS:
        assert str(escape(word)) in page
        assert str(escape(meaning)) in page
