"""A headless Chromium for tests of pages: what a page says on its console, whom it calls, and axe-core's findings.

The browser is Debian's, driven by Playwright; Playwright's own download is not used.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

AXE_FILE = Path(__file__).parent / "vendor" / "axe.min.js"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class BrowserMissingError(RuntimeError):
    """Chromium is not on this machine."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start Chromium and end it at the end.

    Raises:
        BrowserMissingError: it is not installed.
    """
    program = shutil.which("chromium")
    if program is None:
        raise BrowserMissingError("Chromium is not installed; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class PageFaults:
    """What a page must not do: errors in its scripts, a broken content security policy, calls to other servers."""

    script_errors: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    foreign_calls: list[str] = field(default_factory=list)

    def found(self) -> tuple[str, ...]:
        """Return every fault as one line."""
        return (
            *(f"script error: {text}" for text in self.script_errors),
            *(f"console error: {text}" for text in self.console_errors),
            *(f"call to another server: {url}" for url in self.foreign_calls),
        )


@contextmanager
def watched_context(browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, PageFaults]]:
    """Open a context (cookies of its own) whose pages are watched; requests that leave this machine are aborted.

    `options` are those of Playwright's `new_context`, for example `viewport` or `color_scheme`.
    """
    faults = PageFaults()

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in LOOPBACK:
            route.continue_()
        else:
            faults.foreign_calls.append(route.request.url)
            route.abort()

    def listen(message: ConsoleMessage) -> None:
        # A page that answers 404 or 503 says so on the console too: that is the test's own matter.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            faults.console_errors.append(message.text)

    context = browser.new_context(**options)
    context.route(lambda url: url.startswith(("http:", "https:")), guard)
    context.on("console", listen)
    context.on("weberror", lambda error: faults.script_errors.append(str(error.error)))
    try:
        yield context, faults
    finally:
        context.close()


def accessibility_violations(page: Page) -> tuple[str, ...]:
    """Return what axe-core finds on `page`, WCAG 2.2 A and AA and best practices: `rule: help (elements)`."""
    # `evaluate` goes through the debugger's protocol, so the page's content security policy stays in force.
    page.evaluate(AXE_FILE.read_text(encoding="utf-8"))
    result: Mapping[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return tuple(
        f"{violation['id']}: {violation['help']} ({'; '.join(_targets(violation))})"
        for violation in result["violations"]
    )


def _targets(violation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(" ".join(map(str, node["target"])) for node in violation["nodes"][:5])
