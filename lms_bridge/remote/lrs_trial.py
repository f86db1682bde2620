"""Playing an LMS once with tincan: post a test statement, read it back, void it; and say what is wrong when it fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from uuid import uuid4

from tincan import RemoteLRS, Statement

TIMEOUT_SECONDS = 15.0
HINTS = {
    401: "key or secret is wrong, or the source is revoked: run lms-bridge source list, or rotate its secret",
    403: "the key's scope does not cover this: connect the source with the scope it needs",
    400: "the request was refused: see /queues/rejected for the reason",
    404: "nothing answers at this address: check base_url",
    503: "the service is busy or not ready yet: try again in a moment",
}


def try_source(endpoint: str, name: str, key: str, secret: str) -> Iterator[str]:
    """Yield one line a step; tincan has no time limit of its own, so the process's default is set meanwhile."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_SECONDS)
    try:
        yield from _steps(RemoteLRS(version="1.0.3", endpoint=endpoint, username=key, password=secret), name)
    except OSError as error:
        yield f"no connection to {endpoint}: {error}; is the service running?"
    finally:
        socket.setdefaulttimeout(before)


def _steps(lrs: RemoteLRS, name: str) -> Iterator[str]:
    statement_id = str(uuid4())
    posted = lrs.save_statement(Statement(_trial(statement_id, name)))
    if not posted.success:
        yield f"POST failed with {posted.response.status}: {HINTS.get(posted.response.status, posted.data)}"
        return
    yield f"posted test statement {statement_id}"
    found = lrs.retrieve_statement(statement_id)
    yield "read it back" if found.success else f"reading it back failed with {found.response.status}"
    voided = lrs.save_statement(
        Statement(
            {
                "actor": _actor(name),
                "verb": {"id": "http://adlnet.gov/expapi/verbs/voided", "display": {"en": "voided"}},
                "object": {"objectType": "StatementRef", "id": statement_id},
            }
        )
    )
    yield (
        "voided it; the connection works"
        if voided.success
        else f"voiding failed with {voided.response.status}"
    )


def _actor(name: str) -> dict[str, object]:
    return {
        "objectType": "Agent",
        "account": {"homePage": "https://lms-bridge.invalid", "name": f"trial of {name}"},
    }


def _trial(statement_id: str, name: str) -> dict[str, object]:
    return {
        "id": statement_id,
        "actor": _actor(name),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced", "display": {"en": "experienced"}},
        "object": {
            "objectType": "Activity",
            "id": "https://lms-bridge.invalid/trial",
            "definition": {"name": {"en": "Connection test"}},
        },
    }
