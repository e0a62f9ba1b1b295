"""Pages in a real browser: headless Chromium against a live threaded server on a committed database.

Without Chromium these tests are left out, and the summary says so and how to get it; where
``CI`` is set, a missing browser is an error instead.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from marketplace import reading
from marketplace.app import create_app
from marketplace.database import db
from marketplace.identity import senders
from marketplace.identity.codes import MadeCode
from orders.payments.sandbox import database as sandbox
from orders.payments.sandbox.jobs import deliver_left_sandbox_notices
from tests.browser import HOW_TO_GET, chromium, is_needed
from tests.conftest import Committed

AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
PHONE, DESK = 390, 1280


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    assert path, f"Chromium is needed here: {HOW_TO_GET}"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
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
        """Run what is due, and the clock's job that sends the sandbox's later notices."""
        self.committed.run_jobs()
        with self.committed.context():
            deliver_left_sandbox_notices()

    def run_jobs_until(self, is_done: Callable[[], bool], page: Page) -> None:
        """Run what falls due (the provider's notice comes seconds later) until a page has changed."""
        for _ in range(60):
            self.run_jobs()
            page.wait_for_timeout(500)
            if is_done():
                return
        raise AssertionError(f"nothing changed at {page.url}: {page.inner_text('main')[:300]}")


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
        thread.join(timeout=10)
        server.server_close()
        sandbox.dispose(app)
        reading.dispose(app)
        with app.app_context():
            db.engine.dispose()


def _serve(committed: Committed) -> tuple[BaseWSGIServer, Flask]:
    """Make an application that knows the address it is served at."""

    def not_ready(environ: object, start: object) -> list[bytes]:
        raise AssertionError("asked before the application was made")

    server = make_server("127.0.0.1", 0, not_ready, threaded=True)
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

    def sign_in(self, phone: str, back_to: str = "/") -> None:
        """Sign in by the code that is sent to the phone."""
        page = self.go(f"/sign-in?next={back_to}")
        page.fill("input[name=phone]", phone)
        page.click("form[action='/sign-in/code'] button[type=submit]")
        page.fill("input[name=code]", self.site.codes[-1].code)
        page.click("form[action='/sign-in/phone'] button[type=submit]")
        page.wait_for_url(self.site.url + back_to)

    def check(self) -> None:
        """Hold the page to what every page must be: fits, is reachable, breaks no policy."""
        page = self.page
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"
        assert page.locator("h1").count() == 1, f"{page.url} has not one h1"
        found = page.evaluate(
            AXE.read_text() + ";axe.run(document, {resultTypes: ['violations']})"
            ".then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 140) + ' ' +"
            " (n.any[0] ? n.any[0].message : '')).join(' | ')))"
        )
        assert found == [], f"{page.url}: {found}"
        assert self.faults == []


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
        context.set_default_timeout(15_000)
        visitor = Visitor(self.site, context, context.new_page())

        def hear(message: ConsoleMessage) -> None:
            if message.text.startswith(REPLACED):
                return
            if message.type in ("error", "warning"):
                visitor.faults.append(f"{visitor.page.url}: {message.text}")

        visitor.page.on("console", hear)
        visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        return visitor
