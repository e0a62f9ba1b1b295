"""Pages in a real browser: headless Chromium against a live threaded server on a committed database.

Browser, application and server live as long as the process; each test gets a new database below
them, and people whose browsers have no cookies. A page test works on pages that have arrived:
``Visitor.follow`` clicks what leads to another page, ``Visitor.choose`` what renews a part of one.
Without Chromium these tests are left out, and the summary says so and how to get it; where
``CI`` is set, a missing browser is an error instead.
"""

import contextlib
import shutil
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from sqlalchemy.engine import URL
from werkzeug.serving import WSGIRequestHandler, make_server

from marketplace.app import create_app
from marketplace.database import db, transaction
from marketplace.identity import accounts, carriers, senders, sessions
from marketplace.identity.codes import MadeCode
from marketplace.identity.models import Account, SessionKind
from orders.payments.sandbox.notices import deliver_due
from tests import databases
from tests.browser import HOW_TO_GET, chromium, is_needed
from tests.conftest import Committed, close

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

AXE = Path(__file__).parent.parent / "vendor" / "axe-core" / "axe.min.js"
# What every page is held to, or null where the page has yet to be given axe. A rule's impact is that
# of whatever breaks it, so rules of less than a serious one need not be asked.
PAGE_SCRIPT = """async () => {
  if (!window.axe) return null;
  const lesser = axe._audit.rules.filter(rule => ['minor', 'moderate'].includes(rule.impact));
  const told = await axe.run(document, {
    resultTypes: ['violations'], preload: false,
    rules: Object.fromEntries(lesser.map(rule => [rule.id, {enabled: false}])),
  });
  return {
    headings: document.querySelectorAll('h1').length,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    faults: told.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(
      v => v.id + ': ' + v.nodes.map(
        n => n.html.slice(0, 140) + ' ' + (n.any[0] ? n.any[0].message : '')).join(' | ')),
  };
}"""
PHONE, DESK = 390, 1280
SIZES: dict[int, ViewportSize] = {
    PHONE: {"width": PHONE, "height": 844},
    DESK: {"width": DESK, "height": 900},
}
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


class Handler(WSGIRequestHandler):
    """Gives up connections that a browser opened in advance and never used."""

    timeout = 30

    def log_request(self, *args: object) -> None:
        """Keep still: what matters is seen in the browser."""


@dataclass(slots=True)
class Served:
    """The application on a free port, and how many requests it is answering."""

    app: Flask
    url: str
    owner_url: URL
    app_url: URL
    var_dir: Path
    is_used: bool = False
    under_way: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        with self.changed:
            self.under_way += 1
        try:
            return self.app(environ, start)
        finally:
            with self.changed:
                self.under_way -= 1
                self.changed.notify_all()

    def come_to_rest(self) -> None:
        """Wait for the requests under way, such as a page that asks for its news, and let go."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.under_way == 0, PATIENCE_SECONDS)
        close(self.app)


@pytest.fixture(scope="session")
def served(
    server: databases.Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    def not_ready(environ: object, start: object) -> list[bytes]:
        raise AssertionError("asked before the application was made")

    http = make_server("127.0.0.1", 0, not_ready, threaded=True, request_handler=Handler)
    # Closing the server waits for the requests under way: none outlives its database.
    http.daemon_threads = False  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{http.server_port}"
    var_dir = tmp_path_factory.mktemp("served")
    with databases.clone(server, template) as (owner_url, app_url):
        settings = replace(
            databases.settings_for(app_url, var_dir), public_url=url, database_pool_size=16
        )
        http.app = made = Served(create_app(settings), url, owner_url, app_url, var_dir)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        http.shutdown()
        thread.join()
        http.server_close()
        close(made.app)


@pytest.fixture
def site(
    served: Served, server: databases.Server, template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The product over a database of the test's own, which people in browsers may change."""
    if served.is_used:
        databases.renew(server, template, served.owner_url)
        shutil.rmtree(served.var_dir)
        served.var_dir.mkdir()
    served.is_used = True
    committed = Committed(
        served.app,
        served.owner_url.render_as_string(hide_password=False),
        served.app_url.render_as_string(hide_password=False),
    )
    made = Site(served.app, served.url, committed)
    monkeypatch.setattr(senders.ConsoleSender, "send", lambda self, code: made.codes.append(code))
    yield made
    served.come_to_rest()


@dataclass(slots=True)
class Visitor:
    """A person at a browser: the page, and all that went wrong in it."""

    site: Site
    context: BrowserContext
    page: Page
    widths: tuple[int, ...]
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

    def enter(self, who: str | uuid.UUID, path: str | None = None) -> Page:
        """Come in signed in, by phone or account id, with the authenticator just shown."""
        with self.site.app.app_context():
            with transaction():
                if isinstance(who, str):
                    account = accounts.ensure_phone_account(who)
                else:
                    account = db.session.get_one(Account, who)
                kind, has_totp = SessionKind.PAGE, account.has_totp
                token = sessions.open_session(account, kind, stepped_up=has_totp).token
            name = carriers.cookie_name()
        self.context.add_cookies([{"name": name, "value": token, "url": self.site.url}])
        return self.go(path) if path else self.page

    def sign_in(self, phone: str, back_to: str = "/") -> None:
        """Sign in as people do, by the code that is sent to the phone; ``enter`` is quicker."""
        page = self.go(f"/sign-in?next={back_to}")
        page.fill("input[name=phone]", phone)
        self.follow("form[action^='/sign-in/code'] button[type=submit]")
        page.fill("input[name=code]", self.site.codes[-1].code)
        self.follow("form[action^='/sign-in/phone'] button[type=submit]")
        assert page.url == self.site.url + back_to, page.inner_text("main")

    def check(self) -> None:
        """Hold the page to what every page must be, at each width: fits, is reachable, breaks no policy."""
        for width in self.widths:
            self.page.set_viewport_size(SIZES[width])
            seen = self.measure(PAGE_SCRIPT)
            if seen is None:
                self.measure(f"{AXE.read_text('utf-8')}; null")
                seen = self.measure(PAGE_SCRIPT)
            assert seen["headings"] == 1, self.page.url
            wide = seen["wide"]
            assert wide <= 0, f"{self.page.url} scrolls sideways by {wide} px at {width} px"
            assert seen["faults"] == [], f"{self.page.url} at {width} px: {seen['faults']}"
        if len(self.widths) > 1:
            self.page.set_viewport_size(SIZES[self.widths[0]])
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


# Browsers at rest, by width and whether they run scripts: they keep their caches, as people's do.
Idle = dict[tuple[int, bool], list[tuple[BrowserContext, Page]]]


@pytest.fixture(scope="session")
def idle(browser: Browser) -> Iterator[Idle]:
    """The browsers that the next visitor may use."""
    at_rest: Idle = {}
    yield at_rest
    for contexts in at_rest.values():
        for context, _ in contexts:
            context.close()


@pytest.fixture
def visit(site: Site, browser: Browser, idle: Idle) -> Iterator["Visits"]:
    with contextlib.ExitStack() as stack:
        yield Visits(site, browser, idle, stack)


@dataclass(slots=True)
class Visits:
    """Opens browsers for the people of a story."""

    site: Site
    browser: Browser
    idle: Idle
    stack: contextlib.ExitStack

    def __call__(self, width: int | None = None, *, java_script: bool = True) -> Visitor:
        """Open a browser of this width; without one, a phone whose pages are checked at both."""
        kind = (width or PHONE, java_script)
        at_rest = self.idle.setdefault(kind, [])
        context, page = at_rest.pop() if at_rest else self._open(*kind)
        visitor = Visitor(self.site, context, page, (width,) if width else (PHONE, DESK))

        def hear(message: ConsoleMessage) -> None:
            if message.text.startswith(REPLACED):
                return
            if message.type in ("error", "warning"):
                visitor.faults.append(f"{page.url}: {message.text}")

        def hear_error(error: Error) -> None:
            visitor.faults.append(str(error))

        def leave() -> None:
            page.remove_listener("console", hear)
            page.remove_listener("pageerror", hear_error)
            page.goto("about:blank")
            context.clear_cookies()
            page.set_viewport_size(SIZES[kind[0]])
            at_rest.append((context, page))

        page.on("console", hear)
        page.on("pageerror", hear_error)
        self.stack.callback(leave)
        return visitor

    def _open(self, width: int, java_script: bool) -> tuple[BrowserContext, Page]:
        context = self.browser.new_context(
            viewport=SIZES[width],
            has_touch=width == PHONE,
            java_script_enabled=java_script,
            locale="zh-CN",
            # Nothing is to be seen of movement, and a picture a moment is work for the processor.
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        return context, context.new_page()
