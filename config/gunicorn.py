"""gunicorn's settings: `gunicorn -c config/gunicorn.py wsgi:app`.

WEB_WORKERS, WEB_THREADS and WEB_KEEPALIVE override the sizes; PORT and BIND the address.
"""

import gc
import os
from typing import Any

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
backlog = 1024

workers = int(os.environ.get("WEB_WORKERS", str(max(2, os.cpu_count() or 2))))
worker_class = "gthread"
# A pool of `DATABASE_POOL_SIZE` (8) connections a worker: a thread rarely waits for one.
threads = int(os.environ.get("WEB_THREADS", "8"))
keepalive = int(os.environ.get("WEB_KEEPALIVE", "5"))

# The application and the segmenter's dictionary are loaded once and shared by all workers.
preload_app = True
# A slow leak in any library ends here; the jitter keeps workers from leaving together.
max_requests = 20_000
max_requests_jitter = 4_000

# The database gives up a statement after 15 s, so a worker that is silent for 60 hangs.
timeout = 60
graceful_timeout = 20
# Workers prove they are alive by touching a file: never on a disk that may stall.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn's own

limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

control_socket_disable = True
loglevel = os.environ.get("LOG_LEVEL", "INFO").lower()
accesslog = None


def when_ready(server: Any) -> None:
    """Compile the pages' templates once, before the first fork: all workers share them."""
    app = server.app.wsgi()
    if "sqlalchemy" in app.extensions:
        for name in app.jinja_env.list_templates(extensions=["html"]):
            app.jinja_env.get_template(name)


def post_fork(server: Any, worker: Any) -> None:
    """Forget connections of the parent: two processes on one connection mix up their answers."""
    # What was loaded before the fork never becomes garbage: the collector need not walk it again.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    app = server.app.wsgi()
    database = app.extensions.get("sqlalchemy")
    if database is None:
        return  # the bare yardstick of the benchmarks
    with app.app_context():
        database.engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    """Ask for the home page once, so that the first visitor finds regions, rules and pool ready.

    A database that is not there yet is no reason not to serve: requests say so until it is.
    """
    app = worker.wsgi
    if "sqlalchemy" in app.extensions:
        app.test_client().get("/", headers={"User-Agent": "warm-up"})
