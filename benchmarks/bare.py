"""The yardstick of reads: a bare Flask view that answers bytes it was given beforehand."""

import os
from pathlib import Path

import msgspec
from flask import Flask, Response


def create_bare_app() -> Flask:
    """Serve the bodies of the file named by ``BARE_BODIES``."""
    file = Path(os.environ["BARE_BODIES"])
    bodies = msgspec.msgpack.decode(file.read_bytes(), type=list[bytes])
    bare = Flask("bare")

    @bare.get("/<int:number>")
    def show(number: int) -> Response:
        return Response(bodies[number], content_type="application/json")

    return bare


app = create_bare_app()
