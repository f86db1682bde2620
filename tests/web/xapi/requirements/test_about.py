"""The About resource (1.0.3 Communication 2.8)."""

from __future__ import annotations

import pytest

from tests.web.xapi.lrs import VERSION, Caller, ask
from tests.web.xapi.requirements.cases import VERSIONS


@pytest.mark.xapi("XAPI-00315 to XAPI-00319")
@pytest.mark.parametrize("version", VERSIONS)
def test_about_lists_the_versions_that_are_spoken_and_no_other(moodle: Caller, version: str) -> None:
    answer = moodle.speaking(version).request("GET", "about")
    assert (answer.status_code, answer.mimetype, answer.headers[VERSION]) == (
        200,
        "application/json",
        version,
    )
    versions = answer.json["version"]
    assert all(isinstance(one, str) for one in versions)
    assert version in versions
    # Each of them is spoken, and what is not listed is not.
    for one in versions:
        assert moodle.speaking(one).get().status_code == 200
    for other in {"0.9", "0.95", "1.1.0", "2.0.1", "2.1.0", "3.0.0"} - set(versions):
        assert moodle.speaking(other).get().status_code == 400


@pytest.mark.xapi("XAPI-00319", "XAPI-00321")
@pytest.mark.parametrize(
    "given", [{}, {VERSION: "0.95"}, {VERSION: "nonsense"}, {"Authorization": "Basic eA=="}]
)
def test_about_is_answered_whatever_the_headers_say(moodle: Caller, given: dict[str, str]) -> None:
    for method in ("GET", "HEAD"):
        assert ask(moodle.app, method, "/xapi/about", None, given).status_code == 200


@pytest.mark.xapi("XAPI-00315")
def test_about_is_read_only(moodle: Caller) -> None:
    for method in ("PUT", "POST", "DELETE"):
        answer = moodle.request(method, "about", body=b"{}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.xapi("XAPI-00321")
def test_every_other_resource_needs_a_version(moodle: Caller) -> None:
    for path in (
        "statements", "agents", "activities", "activities/state", "activities/profile", "agents/profile", "nothing",
    ):  # fmt: skip
        for method in ("GET", "PUT", "POST", "DELETE"):
            answer = moodle.request(method, path, headers={VERSION: None})
            assert answer.status_code == 400, (method, path)
            assert answer.json["errors"][0]["requirement"] == "XAPI-00321"
