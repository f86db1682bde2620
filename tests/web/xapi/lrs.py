"""The statement door in a test: an application on a database of its own, and sources that stand before it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import Client, TestResponse

from lms_bridge import clock
from lms_bridge.app import create_app
from lms_bridge.pipeline.sources import NewSource, add_source
from lms_bridge.settings import Settings, load_settings
from lms_bridge.store.database import db

VERSION = "X-Experience-API-Version"
CONSISTENT = "X-Experience-API-Consistent-Through"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
VERBS = "https://example.com/verbs/"
COURSES = "https://example.com/courses/"


class Answer(TestResponse):
    """An answer whose JSON a test reads without asking whether there is any."""

    @property
    def json(self) -> Any:
        return self.get_json()


def basic(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def ask(app: Flask, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    """Send one request without cookies."""
    client = Client(app, Answer, use_cookies=False)
    return cast("Answer", client.open(address, method=method, data=body, headers=dict(headers)))


def agent(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "mbox": f"mailto:{name}@example.com"}


def activity(name: str) -> dict[str, Any]:
    return {"objectType": "Activity", "id": f"{COURSES}{name}"}


def reference(statement_id: str) -> dict[str, Any]:
    return {"objectType": "StatementRef", "id": statement_id}


def statement(
    who: str = "ada",
    verb: str = "completed",
    thing: str | Mapping[str, Any] = "excel",
    **more: Any,
) -> dict[str, Any]:
    """Return a valid statement with an id; `more` are further properties."""
    return {
        "id": str(uuid.uuid4()),
        "actor": agent(who),
        "verb": {"id": verb if ":" in verb else f"{VERBS}{verb}"},
        "object": activity(thing) if isinstance(thing, str) else dict(thing),
        **more,
    }


def settings_for(folder: Path, url: str, **values: Any) -> Settings:
    environ = {f"LMS_BRIDGE_{name.upper()}": str(value) for name, value in values.items()}
    given = {
        "LMS_BRIDGE_DATA_DIR": str(folder),
        "LMS_BRIDGE_DATABASE_URL": url,
        "LMS_BRIDGE_BASE_URL": "http://bridge.test",
        "LMS_BRIDGE_LOG_LEVEL": "ERROR",
    }
    return load_settings(environ=given | environ)


@dataclass(frozen=True, slots=True)
class Caller:
    """One source at the door; every method is one request."""

    app: Flask
    source: NewSource
    version: str = "1.0.3"

    def speaking(self, version: str) -> Caller:
        return Caller(self.app, self.source, version)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send a request below the endpoint; a header of None is left out."""
        sent: dict[str, str | None] = {
            "Authorization": basic(self.source.key, self.source.secret),
            VERSION: self.version,
            **(headers or {}),
        }
        address = f"/xapi/{path}" + (f"?{urlencode(query)}" if query else "")
        given = {name: value for name, value in sent.items() if value is not None}
        return ask(self.app, method, address, body, given)

    def send(self, method: str, path: str, value: Any, **more: Any) -> Answer:
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        return self.request(method, path, body=json.dumps(value).encode(), headers=headers, **more)

    def post(self, *statements: Mapping[str, Any]) -> list[str]:
        """Store statements in one batch and return their ids."""
        answer = self.send("POST", "statements", list(statements))
        assert answer.status_code == 200, answer.text
        ids: list[str] = answer.json
        return ids

    def post_each(self, *statements: Mapping[str, Any]) -> list[str]:
        """Store statements one after the other."""
        return [statement_id for one in statements for statement_id in self.post(one)]

    def get(self, **query: Any) -> Answer:
        return self.request("GET", "statements", query=query)

    def ids(self, **query: Any) -> list[str]:
        """Return the ids that a query answers on its first page."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json["statements"]]

    def page(self, more: str) -> tuple[list[str], str]:
        """Follow a more link and return ids and the next one."""
        headers = {"Authorization": basic(self.source.key, self.source.secret), VERSION: self.version}
        answer = ask(self.app, "GET", more, None, headers)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json["statements"]], answer.json["more"]

    def all_ids(self, **query: Any) -> list[str]:
        """Return the ids of every page."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        found = [one["id"] for one in answer.json["statements"]]
        more = answer.json["more"]
        while more:
            ids, more = self.page(more)
            found += ids
        return found


@dataclass(frozen=True, slots=True)
class Lrs:
    """The application under test."""

    app: Flask
    settings: Settings

    def source(self, name: str = "moodle", scopes: Sequence[str] = (), **more: Any) -> Caller:
        """Connect a source and return it at the door."""
        version = more.get("xapi_version", "1.0.3")
        with self.app.app_context():
            new = add_source(db.session(), self.settings, name, scopes=scopes, now=clock.now(), **more)
        return Caller(self.app, new, version)


def open_lrs(settings: Settings) -> Lrs:
    return Lrs(create_app(settings), settings)


def dispose(lrs: Lrs) -> None:
    with lrs.app.app_context():
        db.session.remove()
        db.engine.dispose()


def mail_of(name: str) -> str:
    return json.dumps(agent(name))
