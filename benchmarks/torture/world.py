"""The product running for a torture run: its own database, its own files, its own port."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil
from sqlalchemy import select

from config import development
from config.settings import Settings
from marketplace import embedded
from marketplace.app import create_app
from marketplace.database import db, transaction
from marketplace.embedded import launcher
from marketplace.identity import accounts, queries, sessions
from marketplace.identity.actor import Actor
from marketplace.identity.models import SessionKind
from marketplace.serve.parts import Part, stop_all
from marketplace.serve.supervisor import is_ready
from orders.payout_accounts.queries import find_in_use
from orders.payout_accounts.service import set_payout_account
from partners.cooperatives.models import Cooperative, CooperativeState
from products.catalogue.models import Product, Sku
from products.stock.models import StockMoveKind
from products.stock.service import adjust_stock
from samples import people

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "torture-postgres"
READY_SECONDS = 60.0
PIECES = 1_000_000
# Two cooperatives, so that every purchase is a trade of two orders.
GOODS = (("翡翠米", "5 千克"), ("叙永桃片", "300 克"))


class NotReady(Exception):
    """The product did not come back within the time it has."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """An account and the token by which it calls."""

    account_id: UUID
    token: str


class World:
    """Everything that a case may use, watch and kill."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder = ROOT / "var" / "torture"
        self.port = _free_port()
        self.environment: dict[str, str] = {}
        self.sku_ids: list[UUID] = []
        self.parts: list[Part] = []
        self._shoppers = 0

    @property
    def log(self) -> Path:
        """What the killed and their successors had to say."""
        return self.folder / "server.log"

    @property
    def web(self) -> Part:
        return self.parts[0]

    @property
    def worker(self) -> Part:
        return self.parts[1]

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environment)

    def start(self) -> None:
        """Begin with an empty database, load the samples, and serve."""
        launcher.remove(ROOT, name=CLUSTER)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        endpoints = embedded.ensure_running(ROOT, name=CLUSTER)
        self.environment = development.environment(ROOT) | {
            "JIEDUI_ENV": "development",
            "DATABASE_URL": endpoints.app_url,
            "DATABASE_OWNER_URL": endpoints.owner_url,
            "VAR_DIR": str(self.folder),
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "RATE_LIMIT_URL": "off",
            "LOG_LEVEL": "CRITICAL",
            "WEB_WORKERS": "2",
        }
        with self.log.open("ab") as log:
            for module in ("marketplace.serve.loading", "samples"):
                command = [sys.executable, "-m", module]
                subprocess.run(
                    command, check=True, cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
        self.app = create_app(self.settings)
        with self.app.app_context():
            self.sku_ids = [self._stock_up(name, spec) for name, spec in GOODS]
        web = ["-m", "gunicorn", "--config", "benchmarks/torture/gunicorn.py", "wsgi:app"]
        for name, arguments in {"web": web, "jobs": ["-m", "marketplace.worker"]}.items():
            part = Part(name, arguments, ROOT, self.environment, (), self.log)
            part.start()
            self.parts.append(part)
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop everything and leave nothing but the records of what was acknowledged."""
        stop_all(self.parts)
        if hasattr(self, "app"):  # else the failure of its start is what must be told
            with self.app.app_context():
                db.engine.dispose()
        launcher.remove(ROOT, name=CLUSTER)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work in the application here, over new connections: the database may have been killed."""
        with self.app.app_context():
            db.engine.dispose()
            yield

    def add_shoppers(self, count: int) -> list[Shopper]:
        """Make new shoppers, so that each case judges accounts of its own."""
        made = []
        with self.inside(), transaction():
            for _ in range(count):
                self._shoppers += 1
                account = accounts.ensure_phone_account(f"1980000{self._shoppers:04d}")
                opened = sessions.open_session(account, SessionKind.TOKEN)
                made.append(Shopper(account.id, opened.token))
        return made

    @property
    def nobody(self) -> Shopper:
        """Who calls without a token of the shop."""
        return Shopper(UUID(int=0), "")

    def sign_in(self, account_id: UUID) -> Shopper:
        """Let an account of the samples call; its authenticator, where it has one, was just shown."""
        with self.inside(), transaction():
            account = queries.get_account(account_id)
            opened = sessions.open_session(account, SessionKind.TOKEN, stepped_up=account.has_totp)
            return Shopper(account.id, opened.token)

    def sign_in_seller(self, cooperative_id: UUID) -> Shopper:
        """Let the manager of a cooperative call."""
        with self.inside():
            manager_id = db.session.get_one(Cooperative, cooperative_id).applied_by
        return self.sign_in(manager_id)

    def sign_in_officers(self) -> tuple[Shopper, Shopper]:
        """Let the two finance officers of the samples call."""
        with self.inside(), transaction():
            first, second = people.finance_officers()
        return self.sign_in(first.account_id), self.sign_in(second.account_id)

    def give_payout_accounts(self) -> None:
        """Let every cooperative be paid to an account, where the samples have none yet."""
        with self.inside(), transaction():
            active = select(Cooperative).where(Cooperative.state == CooperativeState.ACTIVE)
            for seller in db.session.scalars(active.order_by(Cooperative.id)):
                if find_in_use(seller.id) is not None:
                    continue
                set_payout_account(
                    people.by_account(seller.applied_by), seller.id, bank_name="示例农商银行",
                    holder=seller.name, account_no=f"62220202{seller.id.int % 10**8:08d}",
                )  # fmt: skip

    def leave_pieces(self, product_name: str, spec: str, pieces: int) -> UUID:
        """Bring what is left of a SKU to so many pieces; give its id."""
        with self.inside(), transaction():
            sku = _find_sku(product_name, spec)
            adjust_stock(
                _manager_of(sku), sku, kind=StockMoveKind.CORRECTED,
                quantity=pieces - (sku.on_hand - sku.reserved),
            )  # fmt: skip
            return sku.id

    def tend(self, seconds: float) -> None:
        """Let time pass, starting again what dies."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for part in self.parts:
                part.watch()
            time.sleep(0.05)

    def wait_until_ready(self) -> float:
        """Wait for /readyz, starting again what dies; give the seconds that it took."""
        began = time.monotonic()
        while not is_ready(self.port):
            if time.monotonic() - began > READY_SECONDS:
                raise NotReady(f"not ready after {READY_SECONDS:.0f} s")
            self.tend(0.05)
        return time.monotonic() - began

    def web_worker_pids(self) -> frozenset[int]:
        """Give the web server's workers that are alive."""
        if self.web.process is None:
            return frozenset()
        workers = psutil.Process(self.web.process.pid).children()
        return frozenset(w.pid for w in workers if w.status() != psutil.STATUS_ZOMBIE)

    def kill_web_worker(self) -> None:
        """kill -9 one of the web server's workers."""
        workers = sorted(self.web_worker_pids())
        if workers:
            os.kill(self.random.choice(workers), signal.SIGKILL)

    def kill_job_worker(self) -> None:
        """kill -9 the job worker, unless it is just being started."""
        if self.worker.process is not None:
            self.worker.process.kill()

    def kill_database(self) -> None:
        """kill -9 the server's postmaster, and start it again as the supervisor would."""
        pid = embedded.status(ROOT, name=CLUSTER).pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        embedded.ensure_running(ROOT, name=CLUSTER)

    def stop_database(self) -> None:
        """Stop the server at once, without a checkpoint, and start it again."""
        embedded.stop(ROOT, name=CLUSTER, mode="immediate")
        embedded.ensure_running(ROOT, name=CLUSTER)

    def _stock_up(self, product_name: str, spec: str) -> UUID:
        with transaction():
            sku = _find_sku(product_name, spec)
            adjust_stock(_manager_of(sku), sku, kind=StockMoveKind.RECEIVED, quantity=PIECES)
            return sku.id


def _find_sku(product_name: str, spec: str) -> Sku:
    return db.session.scalars(
        select(Sku)
        .join(Product, Product.id == Sku.product_id)
        .where(Product.name == product_name, Sku.spec == spec)
    ).one()


def _manager_of(sku: Sku) -> Actor:
    seller = db.session.get_one(Cooperative, sku.cooperative_id)
    return people.by_account(seller.applied_by)


@contextmanager
def running_world(seed: int) -> Iterator[World]:
    """A world that is stopped again, whatever happens in it."""
    world = World(seed)
    try:
        world.start()
        yield world
    finally:
        world.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
