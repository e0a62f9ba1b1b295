"""The web server's settings with fail points in its workers."""

import os
from pathlib import Path
from typing import Any

from benchmarks.torture import failing
from config.gunicorn import *  # noqa: F403 - everything else is as in production


def post_worker_init(worker: Any) -> None:  # type: ignore[no-redef]
    """Put the fail points into this worker only: its parent must survive."""
    failing.install(worker.app.wsgi(), Path(os.environ["VAR_DIR"]))
