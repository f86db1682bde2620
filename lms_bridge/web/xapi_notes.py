"""What the statement door keeps between requests, and what it notes beside an answer; the token endpoint does so too.

An answer does not wait for the database to take a note: where that fails, it is logged, and the answer stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app
from flask.ctx import AppContext

from lms_bridge import clock
from lms_bridge.errors import ForbiddenError
from lms_bridge.pipeline.access import AuthenticatedSource, Door, note_denied, note_seen
from lms_bridge.pipeline.querying import Consistency
from lms_bridge.pipeline.receiving import beside
from lms_bridge.pipeline.refusals import TOKEN_PATH, Refusals, refusal_of
from lms_bridge.settings import Settings
from lms_bridge.store.database import DatabaseSession, OpenSession, db
from lms_bridge.store.ingest import StatementWriter
from lms_bridge.store.refusals import Refusal
from lms_bridge.store.statement_reader import StatementReader


@dataclass(frozen=True, slots=True)
class Post:
    """What this process keeps between requests, and what it was set up with."""

    settings: Settings
    writer: StatementWriter
    reader: StatementReader
    is_https: bool
    door: Door
    refusals: Refusals
    consistency: Consistency


def post_of(app: Flask) -> Post:
    """Return what this process keeps between requests, made with the first of them."""
    post = app.extensions.get("lms_bridge_xapi")
    if not isinstance(post, Post):
        own = app.extensions["lms_bridge"]
        post = Post(
            own.settings,
            own.writer,
            own.reader,
            app.extensions["lms_bridge_https"],
            Door(own.settings),
            Refusals(own.settings),
            Consistency(),
        )
        app.extensions["lms_bridge_xapi"] = post
    return post


def post_of_process() -> Post:
    """Return what this process keeps between requests, inside the context of its app."""
    return post_of(current_app)


class OwnSession:
    """The database session of one request, opened with the context of the app that it lives in by the first call.

    What takes neither is answered without: a page of statements is read by the reader's own connection.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._context: AppContext | None = None

    def __call__(self) -> DatabaseSession:
        """Return the session, the same for every call."""
        if self._context is None:
            self._context = self._app.app_context()
            self._context.push()
        return db.session()

    def close(self) -> None:
        """End the session, where one was opened."""
        if self._context is not None:
            self._context.pop()


def keep_scope_refused(
    post: Post, open_session: OpenSession, source: AuthenticatedSource, detail: str
) -> None:
    """Keep that a token was asked for with scopes that its source has not; without the body, which holds the secret."""
    refusal = refusal_of(
        source,
        error=ForbiddenError(detail),
        slug="forbidden",
        status=400,
        method="POST",
        path=TOKEN_PATH,
        version="",
        content_type="",
        body=b"",
        now=clock.now(),
    )
    keep_refused(post, open_session, refusal)


def keep_refused(post: Post, open_session: OpenSession, refusal: Refusal) -> None:
    """Keep what was refused, where that can be: the sender has its answer, which is more than the row."""
    beside(
        open_session(),
        "refused_request_not_kept",
        lambda: post.refusals.keep(open_session(), refusal),
        None,
        source_id=refusal.source_id,
        slug=refusal.slug,
    )


def note_denied_attempt(post: Post, open_session: OpenSession, key: str) -> None:
    """Note that a key came with a wrong secret, so that the page of its source can say so; once a minute for each."""
    now = clock.now()
    if not post.door.is_news_of_denial(key, now):
        return
    beside(open_session(), "denied_attempt_not_noted", lambda: note_denied(open_session(), key, now), None)


def note_source_seen(post: Post, open_session: OpenSession, source: AuthenticatedSource) -> None:
    """Note once a minute that a source was seen, after its request was answered."""
    now = clock.now()
    if not post.door.is_news(source.source_id, now):
        return
    source_id = source.source_id
    beside(
        open_session(),
        "last_seen_not_noted",
        lambda: note_seen(open_session(), source_id, now),
        None,
        source_id=source_id,
    )
