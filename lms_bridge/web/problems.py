"""Errors as answers: one table from slug to status and title, problem+json (RFC 9457) for machines, a page for people.

What does not exist and what the reader may not see answer alike: same status, same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from flask import Flask, Response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from lms_bridge.errors import BusyError, FileRefusedError, LmsBridgeError, UnauthenticatedError
from lms_bridge.web.auth import sign_in_address

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
MACHINE_PATHS: Final = ("/xapi", "/api/", "/oauth/")
NOT_FOUND_TEXT: Final = (
    "There is no such page, or it is not open to you. Check the address, or ask HR for access."
)
INTERNAL_TEXT: Final = (
    "Something went wrong on our side; it is in the log. Nothing you sent was changed halfway."
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error is called outside: HTTP status and a title that never changes for one slug."""

    status: int
    title: str


PROBLEMS: Final[Mapping[str, Problem]] = {
    "internal": Problem(500, "Internal error"),
    "invalid-input": Problem(400, "Invalid input"),
    "invalid-setting": Problem(500, "Invalid setting"),
    "file-refused": Problem(400, "File refused"),
    "unauthenticated": Problem(401, "Not signed in"),
    "forbidden": Problem(403, "Not allowed"),
    "reason-needed": Problem(403, "A reason is needed"),
    "not-found": Problem(404, "Not found"),
    "conflict": Problem(409, "Conflict"),
    "precondition-failed": Problem(412, "Precondition failed"),
    "too-large": Problem(413, "Too large"),
    "busy": Problem(503, "Busy"),
}


def register_problems(app: Flask) -> None:
    """Answer every error of `app` by the table."""
    app.register_error_handler(LmsBridgeError, _answer_own)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unforeseen)


def slug_of(error: LmsBridgeError) -> str:
    """Return the nearest slug of `error` that the table knows."""
    slugs = (getattr(kind, "slug", "") for kind in type(error).__mro__)
    own = getattr(error, "slug", "")
    return own if own in PROBLEMS else next((slug for slug in slugs if slug in PROBLEMS), "internal")


def problem_response(
    slug: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
    *,
    instance: str | None = None,
) -> Response:
    """Return the problem `slug` as `application/problem+json`; `errors` lists the single faults.

    `instance` is the path that was asked, by default that of Flask's request.
    """
    problem = PROBLEMS[slug]
    body: dict[str, Any] = {
        "type": f"urn:lms-bridge:problem:{slug}",
        "title": problem.title,
        "status": status or problem.status,
        "detail": detail,
        "instance": request.path if instance is None else instance,
    }
    if errors:
        body["errors"] = list(errors)
    response = Response(orjson.dumps(body), status=status or problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(dict(headers or {}))
    return response


def _answer_own(error: LmsBridgeError) -> AnyResponse | tuple[str, int, dict[str, str]]:
    slug = slug_of(error)
    headers = _headers(error)
    if _is_machine():
        return problem_response(slug, _detail(slug, str(error)), _errors(error), headers)
    if isinstance(error, UnauthenticatedError):
        return redirect(sign_in_address(), 303)
    return _page(PROBLEMS[slug].status, PROBLEMS[slug].title, _detail(slug, str(error)), headers)


def _answer_http(error: HTTPException) -> AnyResponse | tuple[str, int, dict[str, str]]:
    if error.code is None or error.code < 400:
        return error.get_response()
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    if error.code == 404:
        slug, title, detail = "not-found", PROBLEMS["not-found"].title, NOT_FOUND_TEXT
    else:
        slug = _SLUGS_OF_STATUS.get(error.code, "invalid-input" if error.code < 500 else "internal")
        title, detail = HTTPStatus(error.code).phrase, error.description or ""
    if error.code == 413:
        detail = f"the form has more than {request.max_content_length} bytes; send a smaller file"
    if _is_machine():
        return problem_response(slug, detail, headers=headers, status=error.code)
    return _page(error.code, title, detail, headers)


def _answer_unforeseen(error: Exception) -> AnyResponse | tuple[str, int, dict[str, str]]:
    log.error("unforeseen_error", path=request.path, exc_info=error)
    if _is_machine():
        return problem_response("internal", INTERNAL_TEXT)
    return _page(500, PROBLEMS["internal"].title, INTERNAL_TEXT, {})


_SLUGS_OF_STATUS: Final[Mapping[int, str]] = {
    401: "unauthenticated",
    403: "forbidden",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    503: "busy",
}


def _is_machine() -> bool:
    return request.path.startswith(MACHINE_PATHS)


def _detail(slug: str, message: str) -> str:
    if slug == "not-found":
        return NOT_FOUND_TEXT
    return INTERNAL_TEXT if PROBLEMS[slug].status == 500 else message


def _errors(error: LmsBridgeError) -> tuple[dict[str, Any], ...]:
    if not isinstance(error, FileRefusedError):
        return ()
    return tuple(
        {
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "value": problem.value,
            "remedy": problem.remedy,
        }
        for problem in error.problems
    )


def _headers(error: LmsBridgeError) -> dict[str, str]:
    if isinstance(error, BusyError):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, UnauthenticatedError) and request.path.startswith("/api/"):
        return {"WWW-Authenticate": 'Bearer realm="LMS Bridge"'}
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Basic realm="LMS Bridge", charset="UTF-8"'}
    return {}


def _page(status: int, title: str, detail: str, headers: dict[str, str]) -> tuple[str, int, dict[str, str]]:
    return render_template("problem.html", status=status, title=title, detail=detail), status, headers
