"""The composition: settings, database, statement writer and the blueprints become one Flask application."""

from __future__ import annotations

import logging
import signal
import sys
from dataclasses import dataclass

import structlog
from flask import Flask
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from lms_bridge.errors import SettingError
from lms_bridge.pipeline import meanings
from lms_bridge.processes import keep_giving_back, share_heaps
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import configure, database_url, db, engine_options
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.statement_reader import StatementReader
from lms_bridge.web import register


@dataclass(frozen=True, slots=True)
class Services:
    """What requests need beside a session; found at `app.extensions["lms_bridge"]`."""

    settings: Settings
    engine: Engine
    writer: StatementWriter
    reader: StatementReader


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; settings are read from file and environment where none are handed in.

    Raises:
        SettingError: a setting is not allowed; nothing was opened.
    """
    settings = settings or load_settings()
    if settings.suggestions == "meaning" and not meanings.is_installed():
        raise SettingError(meanings.MISSING)
    configure_logging(settings)
    app = Flask("lms_bridge.web", static_folder="static", static_url_path="/static")
    url = database_url(settings.database_url)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url),
        SESSION_COOKIE_NAME="lms_bridge",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        MAX_CONTENT_LENGTH=None,
    )
    db.init_app(app)
    with app.app_context():
        engine = db.engine
        configure(engine)
    writer = StatementWriter(engine)
    reader = StatementReader(engine, writer.known)
    app.extensions["lms_bridge"] = Services(settings, engine, writer, reader)
    register(app)
    if settings.proxy_hops:
        # Before the statement door too. Scheme and host of what a person sees are base_url's; of the proxy only the sender's address is taken.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign] # as documented
    return app


def web_process() -> Flask:
    """Build the application of one web process of `serve`, which ends when the service tells it.

    Ctrl-C reaches every process of the terminal, and a web process that hears of its end twice hangs.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    share_heaps()
    keep_giving_back()
    return create_app()


def configure_logging(settings: Settings) -> None:
    """Send structured logs to stderr: one JSON object per line, or text for a console."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
