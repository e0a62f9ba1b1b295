"""The yardstick of reads: a bare Flask view that answers bytes it was given beforehand."""

import os
import pickle
from pathlib import Path

from flask import Flask, Response


def create_bare_app() -> Flask:
    """Serve the bodies of the file named by ``BARE_BODIES``."""
    bodies: list[bytes] = pickle.loads(Path(os.environ["BARE_BODIES"]).read_bytes())  # noqa: S301 - written by this run
    bare = Flask("bare")

    @bare.get("/<int:number>")
    def show(number: int) -> Response:
        return Response(bodies[number], content_type="application/json")

    return bare


app = create_bare_app()
