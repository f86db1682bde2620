"""Entry point for any WSGI server, for example `granian --interface wsgi wsgi:app`."""

from __future__ import annotations

from lms_bridge.app import create_app

app = create_app()
