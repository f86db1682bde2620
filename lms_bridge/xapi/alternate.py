"""The alternate request syntax of 1.0.3: `POST …?method=PUT` with headers, parameters and content in a form.

Browsers without cross-origin requests need it (Communication 1.3, XAPI-00336). 2.0 has taken it away and refuses it.
Credentials and version may stand in the form alone, so it is read before either is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lms_bridge.xapi.versions import Version, parse_version
from lms_bridge.xapi.violations import Violation, shown

AlternateMethod = Literal["GET", "HEAD", "PUT", "POST", "DELETE"]
_METHODS: dict[str, AlternateMethod] = {
    "GET": "GET",
    "HEAD": "HEAD",
    "PUT": "PUT",
    "POST": "POST",
    "DELETE": "DELETE",
}
_VERSION_HEADER = "x-experience-api-version"
# The form fields that are headers; the specification lists them, Accept-Language comes with real browser content.
FORM_HEADERS = frozenset(
    {
        "authorization",
        _VERSION_HEADER,
        "content-type",
        "content-length",
        "if-match",
        "if-none-match",
        "accept-language",
    }
)


@dataclass(frozen=True, slots=True)
class AlternateRequest:
    """The request that a form stands for. `headers` are those of the form, their names in lower case."""

    method: AlternateMethod
    headers: Mapping[str, str]
    parameters: tuple[tuple[str, str], ...]
    content: bytes


def read_alternate(
    http_method: str,
    query: Iterable[tuple[str, str]],
    form: Iterable[tuple[str, str]],
    version_header: str | None,
) -> AlternateRequest | tuple[Violation, ...] | None:
    """Read a request that may use the alternate syntax; None where it does not, having no `method` in its query.

    `version_header` is that of the HTTP request; the form's own goes before it. Nothing else is checked here: the
    request that comes back is validated as any other.
    """
    pairs = list(query)
    named = [value for name, value in pairs if name == "method"]
    if not named:
        return None
    violations: list[Violation] = []
    headers, parameters, contents = _sort_fields(form)
    if parse_version(headers.get(_VERSION_HEADER, version_header)) is Version.V2_0_0:
        _refuse(
            violations, "method", "2.0 has no alternate request syntax; send the request with its own method"
        )
    if http_method.upper() != "POST":
        _refuse(
            violations, "method", f"the request is a {shown(http_method)}; with ?method= it must be a POST"
        )
    if len(pairs) != 1:
        others = ", ".join(sorted({shown(name) for name, _ in pairs if name != "method"})) or "method twice"
        _refuse(violations, "method", f"the query has more than method ({others}); move it into the form")
    method = _METHODS.get(named[0])
    if method is None:
        _refuse(violations, "method", f"method is {shown(named[0])}; give GET, HEAD, PUT, POST or DELETE")
    if len(contents) > 1 or (method in {"PUT", "POST"} and not contents):
        _refuse(
            violations, "content", f"the form has {len(contents)} fields 'content'; give one, URL-encoded"
        )
    if violations or method is None:
        return tuple(violations)
    # What is sent this way is text; surrogates cannot come out of a decoded form, and are replaced if they do.
    content = (contents[0] if contents else "").encode(errors="replace")
    return AlternateRequest(method, headers, tuple(parameters), content)


def _sort_fields(
    form: Iterable[tuple[str, str]],
) -> tuple[dict[str, str], list[tuple[str, str]], list[str]]:
    headers: dict[str, str] = {}
    parameters: list[tuple[str, str]] = []
    contents: list[str] = []
    for name, value in form:
        if name.lower() in FORM_HEADERS:
            headers[name.lower()] = value
        elif name == "content":
            contents.append(value)
        else:
            parameters.append((name, value))
    return headers, parameters, contents


def _refuse(violations: list[Violation], pointer: str, message: str) -> None:
    violations.append(Violation(None, pointer, "XAPI-00336", message))
