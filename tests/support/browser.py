"""A real Chromium for the page's tests.

    from tests.support.browser import page  # in a conftest: pytest finds the fixture there

A test with `page` fails at its end when the page's code threw, when the browser logged an error
that is not simply the network being away, or when anything was asked of another host.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import ConsoleMessage, Error, Page, Request, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = ("127.0.0.1", "localhost")
PATIENCE_MS = 60_000
"""How long what is expected is waited for, unless an expectation says otherwise."""


def chromium_path() -> str:
    """Return where Chromium is; fails the test with a sentence when there is none."""
    chosen = os.environ.get("PARKFLOW_CHROMIUM", "")
    for name in (chosen, *NAMES):
        if name and (found := shutil.which(name)):
            return found
    pytest.fail(
        "the page's tests need Chromium and found none: run tests/browser/install.sh, or "
        "set PARKFLOW_CHROMIUM to a Chromium or Chrome",
        pytrace=False,
    )


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A 1920x1080 page in English."""
    complaints: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and not _is_the_network(message.text):
            complaints.append(f"logged: {message.text}")

    def note_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in HERE:
            complaints.append(f"asked another host: {request.url}")

    def note_error(error: Error) -> None:
        complaints.append(f"threw: {error}")

    with tempfile.TemporaryDirectory(prefix="parkflow-chromium-") as profile:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                profile,
                executable_path=chromium_path(),
                args=OPTIONS,
                locale="en-GB",
                viewport={"width": 1920, "height": 1080},
            )
            context.on("console", note_message)
            context.on("weberror", lambda failure: note_error(failure.error))
            context.on("request", note_request)
            context.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            yield await context.new_page()
            await context.close()
    assert complaints == []


def _is_the_network(text: str) -> bool:
    return text.startswith("Failed to load resource") or "net::ERR_" in text
