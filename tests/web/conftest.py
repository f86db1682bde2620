"""The application with the cast's content behind it: every use case is a fake that answers and remembers its call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms_bridge.errors import NotFoundError, UnauthenticatedError
from lms_bridge.people.scope import ROLES, Reader, Role
from lms_bridge.pipeline import (
    accounts,
    confirmations,
    connections,
    credential_pages,
    credentials,
    health,
    issuer_decisions,
    issuing,
    own_frameworks,
    pages,
    queues,
    role_making,
    rule_making,
    rule_pages,
    viewing,
)
from lms_bridge.settings import load_settings
from lms_bridge.web import register
from tests.web import content, page_content

PASSWORD = "correct horse"
TOKEN = "lmsb_" + "a" * 40


@dataclass(slots=True)
class Calls:
    """What the use cases were asked, in order: name and the arguments after session and settings."""

    made: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """Return the arguments of each call of `name`."""
        return [arguments for made, arguments in self.made if made == name]


def reader(role: Role) -> Reader:
    """Return the reader of a role: Bo is the employee, Ada the manager."""
    people = {"manager": "p-ada", "employee": "p-bo"}
    return Reader(f"{role}@example.com", role, people.get(role))


def make_app(folder: Path, **settings: str) -> Flask:
    """Return an application with everything of the web registered and no database."""
    environ = {
        "LMS_BRIDGE_DATA_DIR": str(folder),
        "LMS_BRIDGE_SECRET_KEY": "a secret for tests",
        "LMS_BRIDGE_COMPANY_NAME": "Example Ltd",
        "LMS_BRIDGE_TIME_ZONE": "Europe/Berlin",
        **{f"LMS_BRIDGE_{name.upper()}": value for name, value in settings.items()},
    }
    app = Flask("lms_bridge")
    app.extensions["lms_bridge"] = SimpleNamespace(settings=load_settings(None, environ))
    register(app)
    return app


def _fake_frameworks(answer: Callable[[Any, str, Callable[..., Any]], None]) -> None:
    answer(own_frameworks, "framework_list", lambda *_: page_content.framework_lines())
    answer(own_frameworks, "framework_page", lambda *_: page_content.framework_page())
    answer(own_frameworks, "framework_file", lambda *_: b"skill_iri,label\nurn:pay,Payroll\n")
    answer(own_frameworks, "skill_form", lambda _reader, _name, iri, *_: page_content.own_skill_form(iri))
    answer(own_frameworks, "foresee_edit", lambda *_: page_content.framework_change())
    answer(own_frameworks, "put_edit", lambda *_: True)
    answer(own_frameworks, "begin", lambda *_: True)
    answer(own_frameworks, "align", lambda *_: None)
    answer(own_frameworks, "end_alignment", lambda *_: None)
    answer(own_frameworks, "edit_scale", lambda *_: True)


def _fake_confirmations(answer: Callable[[Any, str, Callable[..., Any]], None]) -> None:
    answer(confirmations, "confirm", lambda *_: "award-1")
    answer(confirmations, "assert_own", lambda *_: "award-2")
    answer(confirmations, "take_back", lambda *_: confirmations.TakenBack("p-bo", ()))
    answer(
        confirmations,
        "skills_found",
        lambda query: (("urn:esco:wages", "wages <b>", "ESCO"),) if query else (),
    )


def _fake_credentials(answer: Callable[[Any, str, Callable[..., Any]], None]) -> None:
    answer(credential_pages, "credentials_page", lambda *_: page_content.credentials_page())
    answer(credentials, "take_in", lambda *_: page_content.credential_result())
    answer(issuer_decisions, "decide", lambda *_: 3)
    answer(issuer_decisions, "foresee", lambda *_: page_content.foresight())


def _fake_roles(answer: Callable[[Any, str, Callable[..., Any]], None]) -> None:
    answer(pages, "role_list", lambda *_: page_content.roles_page())
    answer(role_making, "occupations", lambda _reader, query: page_content.occupations_page(query))
    answer(role_making, "role_form", lambda *_: page_content.role_form())
    answer(
        role_making,
        "form_of",
        lambda _reader, draft, query: page_content.role_form(
            role_id=draft.role_id, hits=(("urn:esco:wages", "wages", "ESCO"),) if query else ()
        ),
    )
    answer(role_making, "foresee_role", lambda *_: page_content.role_change())
    answer(role_making, "put_role", lambda *_: True)


def fake_use_cases(patch: pytest.MonkeyPatch) -> Calls:
    """Put the cast's content in the place of every use case and return what records their calls."""
    calls = Calls()

    def answer(module: Any, name: str, make: Callable[..., Any]) -> None:
        def fake(*arguments: Any, **named: Any) -> Any:
            given = (*arguments[2:], *named.values())
            calls.made.append((name, given))
            return make(*given)

        patch.setattr(module, name, fake)

    def team(_reader: Reader, _view: object, team_id: str, tree: bool, with_trend: bool = True) -> Any:
        if team_id != "PAY":
            raise NotFoundError(f"{team_id}: no such team")
        return content.report(tree=tree)

    answer(pages, "overview", lambda *_: content.company_report())
    answer(pages, "team", team)
    answer(pages, "teams", lambda *_: page_content.teams_tree())
    answer(
        pages,
        "person",
        lambda reader, _view, person_id: page_content.person_page(is_self=reader.person_id == person_id),
    )
    answer(pages, "skills", lambda _reader, _view, query: page_content.skills_page(query=query))
    answer(pages, "skill", lambda *_: page_content.skill_page())
    answer(pages, "role", lambda *_: page_content.role_page())
    answer(pages, "expiring", lambda *_: page_content.expiring_page())
    answer(pages, "proof", lambda *_: page_content.proof_card())
    answer(pages, "statement", lambda *_: page_content.statement_page())
    answer(pages, "sources", lambda *_: (page_content.source_row(),))
    answer(connections, "source_page", lambda *_: page_content.source_page())
    answer(connections, "connection_check", lambda *_: page_content.source_page())
    answer(connections, "connect", lambda *_: page_content.new_connection())
    answer(connections, "renew_secret", lambda *_: page_content.new_connection())
    answer(connections, "content_key", lambda *_: page_content.new_connection(until=content.NOW))
    answer(connections, "change", lambda *_: ("validation lenient",))
    answer(connections, "close", lambda *_: "moodle")
    _fake_credentials(answer)
    _fake_frameworks(answer)
    _fake_roles(answer)
    answer(rule_pages, "rule_list", lambda *_: (page_content.rule_line(),))
    answer(rule_pages, "rule_page", lambda *_: page_content.rule_page())
    answer(rule_pages, "try_rule", lambda *_: page_content.rule_trial())
    patch.setattr(rule_pages, "source_names", lambda _session: ("moodle",))
    answer(rule_making, "learning_page", lambda *_: page_content.learning_page())
    for name in ("foresee_draft", "foresee_change"):
        answer(rule_making, name, lambda *_: page_content.foresight())
    for name in ("put_draft", "put_change"):
        answer(rule_making, name, lambda *_: "excel-course")
    answer(queues, "refused", lambda *_: (page_content.refused_row(),))
    answer(queues, "unknown_actors", lambda *_: (page_content.unknown_actor_row(),))
    answer(queues, "unmapped", lambda *_: page_content.unmapped_rows())
    answer(queues, "clocks", lambda *_: (page_content.clock_row(),))
    answer(queues, "failures", lambda *_: (page_content.failure_row(),))
    answer(queues, "replay", lambda *_: "stored 49, already stored 1")
    answer(queues, "replay_all", lambda *_: "2 requests taken")
    answer(queues, "decide_clock", lambda *_: None)
    answer(queues, "retry_failure", lambda *_: None)
    answer(queues, "join_actor", lambda *_: None)
    answer(queues, "part_actor", lambda *_: None)
    _fake_confirmations(answer)
    answer(confirmations, "record_certificate", lambda *_: "award-2")
    answer(issuing, "workbook", lambda _reader, _report, target: target.write(b"PK workbook"))
    answer(issuing, "csv_text", lambda *_: "person;skill\r\nBo Lindqvist;payroll accounting\r\n")
    patch.setattr(issuing, "json_bytes", lambda _report: b'{"scope":{"team_id":"PAY","tree":false}}')
    patch.setattr(health, "readiness", lambda *_: (True, {"database": "ok"}))
    patch.setattr(health, "metrics", lambda *_: b"lms_bridge_statements_total 3\n")
    patch.setattr(
        viewing, "read_view", lambda _session, _settings, _arguments: viewing.View(content.TODAY, None)
    )
    patch.setattr(accounts, "reader_of", lambda _session, email: _READERS.get(email) if email else None)
    patch.setattr(accounts, "token_reader", lambda _session, token: reader("hr") if token == TOKEN else None)
    patch.setattr(accounts, "sign_in", _sign_in)
    return calls


_READERS = {f"{role}@example.com": reader(role) for role in ROLES}


def _sign_in(_session: object, email: str, password: str, _remote: str) -> Reader:
    if password != PASSWORD or email not in _READERS:
        raise UnauthenticatedError("E-mail or password is wrong; check both")
    return _READERS[email]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The calls of the use cases, all of which are fakes."""
    return fake_use_cases(monkeypatch)


@pytest.fixture
def app(tmp_path: Path, calls: Calls) -> Flask:
    """The application; forms need no token here, save where a test turns the check on."""
    made = make_app(tmp_path)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def client_of(app: Flask) -> Callable[[Role], FlaskClient]:
    """A client that is signed in with a role."""

    def sign_in(role: Role) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as session:
            session["email"] = f"{role}@example.com"
        return client

    return sign_in


@pytest.fixture
def hr(client_of: Callable[[Role], FlaskClient]) -> FlaskClient:
    """A client of HR."""
    return client_of("hr")


@pytest.fixture
def admin(client_of: Callable[[Role], FlaskClient]) -> FlaskClient:
    """A client of an administrator."""
    return client_of("admin")


@pytest.fixture
def signed_out(app: Flask) -> FlaskClient:
    """A client that nobody signed in with."""
    return app.test_client()


def shown_by(client: FlaskClient, address: str, form: Mapping[str, Any]) -> str:
    """Return what the page that shows a form gives its button to confirm with."""
    found = re.search(
        r'name="shown" value="([0-9a-f]+)"', client.post(address, data=form).get_data(as_text=True)
    )
    assert found is not None
    return found.group(1)
