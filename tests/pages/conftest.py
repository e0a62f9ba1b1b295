"""Pages in a real browser: headless Chromium against a live threaded server on a committed database.

Without Chromium these tests are left out, and the summary says so and how to get it; where
``CI`` is set, a missing browser is an error instead.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from marketplace import reading
from marketplace.app import create_app
from marketplace.database import db
from marketplace.identity import senders
from marketplace.identity.codes import MadeCode
from orders.payments.sandbox import database as sandbox
from orders.payments.sandbox.notices import deliver_due
from tests.browser import HOW_TO_GET, chromium, is_needed
from tests.conftest import Committed

AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
PHONE, DESK = 390, 1280
# A slow machine is not a fault: nothing here measures time.
PATIENCE_SECONDS = 60
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave browser tests out where there is no browser; ``tests/conftest.py`` says so at the end."""
    if chromium() or is_needed():
        return
    left_out = [item for item in items if item.get_closest_marker("browser")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)


# What htmx says when a newer choice replaces a request under way, as it should (a request that
# fails says htmx:sendError or htmx:responseError as well).
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
# What htmx marks while it asks for a part of the page and puts it in.
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path, f"Chromium is needed here: {HOW_TO_GET}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path,
            # Shared memory is small in many containers; files in /tmp do as well.
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            timeout=PATIENCE_SECONDS * 1000,
        )
        yield started
        started.close()


@dataclass(slots=True)
class Site:
    """The product, served on a free port from a database of its own."""

    app: Flask
    url: str
    committed: Committed
    codes: list[MadeCode] = field(default_factory=list)

    def run_jobs(self) -> None:
        """Run all jobs that wait, with the notices of the sandbox, until there is nothing to do.

        Call it only when the page shows the answer to what was clicked: before that, the deed
        may not be committed, and its jobs not be there.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            ran = self.committed.run_jobs()
            with self.committed.context():
                round_ = deliver_due(self.app.config["SETTINGS"].sandbox_webhook_secret)
            if not ran and not round_.sent:
                if round_.next_due_at is None:
                    return
                # A notice follows its deed after half a second.
                time.sleep(0.05)
        raise AssertionError("there is no end of jobs and notices")


@pytest.fixture
def site(committed: Committed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server, app = _serve(committed)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    committed.app = app
    served = Site(app, f"http://127.0.0.1:{server.server_port}", committed)
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, made: served.codes.append(made))
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        sandbox.dispose(app)
        reading.dispose(app)
        with app.app_context():
            db.engine.dispose()


class Handler(WSGIRequestHandler):
    """Gives up connections that a browser opened in advance and never used."""

    timeout = 30

    def log_request(self, *args: object) -> None:
        """Keep still: what matters is seen in the browser."""


def _serve(committed: Committed) -> tuple[BaseWSGIServer, Flask]:
    """Make an application that knows the address it is served at."""

    def not_ready(environ: object, start: object) -> list[bytes]:
        raise AssertionError("asked before the application was made")

    server = make_server("127.0.0.1", 0, not_ready, threaded=True, request_handler=Handler)
    # Closing the server waits for the requests under way: none outlives its database.
    server.daemon_threads = False  # type: ignore[attr-defined]
    settings = replace(
        committed.app.config["SETTINGS"], public_url=f"http://127.0.0.1:{server.server_port}"
    )
    server.app = app = create_app(settings)
    return server, app


@dataclass(slots=True)
class Visitor:
    """A person at a browser: the page, and all that went wrong in it."""

    site: Site
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url + path, wait_until="load")
        return self.page

    def follow(self, to: str | Locator, heading: str | None = None) -> Page:
        """Click what leads to another page, and return when that page is there.

        A bare click returns while the old page is still shown: what is read, measured or filled
        in next, or looked for in the database, may then be the state of before.
        """
        with self.page.expect_navigation(wait_until="load"):
            (self.page.locator(to) if isinstance(to, str) else to).first.click()
        if heading is not None:
            expect(self.page.locator("h1")).to_have_text(heading)
        return self.page

    def sign_in(self, phone: str, back_to: str = "/") -> None:
        """Sign in by the code that is sent to the phone."""
        page = self.go(f"/sign-in?next={back_to}")
        page.fill("input[name=phone]", phone)
        self.follow("form[action^='/sign-in/code'] button[type=submit]")
        page.fill("input[name=code]", self.site.codes[-1].code)
        self.follow("form[action^='/sign-in/phone'] button[type=submit]")
        assert page.url == self.site.url + back_to, page.inner_text("main")

    def check(self) -> None:
        """Hold the page to what every page must be: fits, is reachable, breaks no policy."""
        page = self.page
        wide = self.measure("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        assert self.measure("document.querySelectorAll('h1').length") == 1, page.url
        found = self.measure(
            AXE.read_text() + ";axe.run(document, {resultTypes: ['violations']})"
            ".then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 140) + ' ' +"
            " (n.any[0] ? n.any[0].message : '')).join(' | ')))"
        )
        assert found == [], f"{page.url}: {found}"
        assert self.faults == []

    def choose(self, selector: str, value: str) -> None:
        """Choose in a select whose choice renews a part of the page, and wait for that part."""
        self.page.select_option(selector, value)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is whole and no part of it is on its way."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_selector("h1", state="attached")
        expect(self.page.locator(UNDER_WAY)).to_have_count(0)

    def measure(self, script: str) -> Any:
        """Evaluate a script on the whole page; again, should the page be replaced meanwhile."""
        for _ in range(3):
            self.settle()
            try:
                return self.page.evaluate(script)
            except Error as error:
                replaced = error
        raise replaced


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator["Visits"]:
    with contextlib.ExitStack() as stack:
        yield Visits(site, browser, stack)


@dataclass(slots=True)
class Visits:
    """Opens browsers for the people of a story."""

    site: Site
    browser: Browser
    stack: contextlib.ExitStack

    def __call__(self, width: int = PHONE, *, java_script: bool = True) -> Visitor:
        context = self.browser.new_context(
            viewport={"width": width, "height": 844 if width == PHONE else 900},
            has_touch=width == PHONE,
            java_script_enabled=java_script,
            locale="zh-CN",
        )
        self.stack.callback(context.close)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        visitor = Visitor(self.site, context, context.new_page())

        def hear(message: ConsoleMessage) -> None:
            if message.text.startswith(REPLACED):
                return
            if message.type in ("error", "warning"):
                visitor.faults.append(f"{visitor.page.url}: {message.text}")

        visitor.page.on("console", hear)
        visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        return visitor
