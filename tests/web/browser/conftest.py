"""The pages with the cast's content, served on loopback to a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server
from werkzeug.wsgi import ClosingIterator

from lms_bridge.people.scope import Role
from tests.browser import watched_context
from tests.web.conftest import PASSWORD, fake_use_cases, make_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Light and dark at the width of a desk, and the narrowest width that must work without scrolling sideways.
SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
}

SignedIn = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application on a free port."""
    with pytest.MonkeyPatch.context() as patch:
        fake_use_cases(patch)
        app = _read_whole(make_app(tmp_path_factory.mktemp("site")))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _read_whole(app: WSGIApplication) -> WSGIApplication:
    """Read and close an answer before it is sent: where a browser hangs up, Werkzeug's server leaves files open."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


@pytest.fixture
def signed_in(site: str, browser: Browser) -> Iterator[SignedIn]:
    """Open the site for a role on a screen of SCREENS; at the end no page may have shown a fault."""
    with ExitStack() as stack:
        watched = []

        def open_site(role: Role = "admin", screen: str = "light", *, scripts: bool = True) -> Page:
            context, faults = stack.enter_context(
                watched_context(
                    browser,
                    base_url=site,
                    locale="en-GB",
                    reduced_motion="reduce",
                    java_script_enabled=scripts,
                    **SCREENS[screen],
                )
            )
            watched.append(faults)
            page = context.new_page()
            page.goto("/sign-in")
            page.get_by_label("E-mail").fill(f"{role}@example.com")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("main").get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: not url.startswith(f"{site}/sign-in"))
            return page

        yield open_site
        assert [fault for faults in watched for fault in faults.found()] == []
