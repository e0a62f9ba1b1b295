"""Brings a database to this code before anything serves it: schema, reference data, sample data."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from marketplace.serve.messages import CannotServe, say

# What decides whether a database is up to date with this code.
SHAPING = ("migrations/**/*.py", "partners/*/data/*", "products/*/data/*", "samples/**/*")


def prepare(root: Path, environment: dict[str, str]) -> None:
    """Run what is missing; a prepared database costs one query.

    The mark is the database's comment: it travels with a backup and vanishes with the database.
    """
    mark = f"jiedui {_fingerprint(root, environment['JIEDUI_ENV'])}"
    owner_url = environment.get("DATABASE_OWNER_URL", "")
    if not owner_url:
        raise CannotServe(
            "设置了 DATABASE_URL，还需要设置 DATABASE_OWNER_URL（建表用的账号）。",
            "With DATABASE_URL, DATABASE_OWNER_URL (the role that migrates) is needed too.",
        )
    with psycopg.connect(owner_url.replace("+psycopg", "", 1), autocommit=True) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
        if found == (mark,):
            return
        say("正在准备数据库……", "Preparing the database…")
        _run(root, environment, "-m", "marketplace.serve.loading")
        if (
            environment["JIEDUI_ENV"] == "development"
            and importlib.util.find_spec("samples") is not None
        ):
            say("正在载入示例数据……", "Loading the sample data…")
            _run(root, environment, "-m", "samples")
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(mark)
            )
        )


def _run(root: Path, environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=False, cwd=root, env=environment)  # noqa: S603 - ours
    if done.returncode != 0:
        raise CannotServe(
            "准备数据库没有成功，原因见上。", "The database could not be prepared; see above."
        )


def _fingerprint(root: Path, kind: str) -> str:
    digest = hashlib.sha256(kind.encode())
    for pattern in SHAPING:
        for file in sorted(root.glob(pattern)):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]
