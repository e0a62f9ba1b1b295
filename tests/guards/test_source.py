"""Rules of the source itself: one commit, one reader of the environment, one clock, no stubs."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "marketplace", "partners", "products", "orders")
LONGEST_FILE, LONGEST_FUNCTION = 400, 50


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def offenders(pattern: str, files: list[Path], allowed: set[str]) -> list[str]:
    found = []
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if name in allowed:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name}:{number}: {line.strip()}")
    return found


class TestSource:
    def test_commit_is_written_once(self) -> None:
        lines = offenders(r"\.commit\(\)", sources("marketplace", "partners", "products", "orders"),
                          {"marketplace/migrating.py", "marketplace/jobs.py"})  # fmt: skip
        outside = [line for line in lines if not line.startswith(("marketplace/embedded/",))]
        assert [line.split(":")[0] for line in outside] == ["marketplace/database.py"]

    def test_only_settings_read_the_environment(self) -> None:
        allowed = {"config/settings.py", "config/gunicorn.py", "config/development.py"}
        lines = offenders(r"os\.environ|getenv", sources(*PACKAGES), allowed)
        starters = ("marketplace/embedded/", "marketplace/serve/")
        assert [line for line in lines if not line.startswith(starters)] == []

    def test_only_the_clock_asks_the_time(self) -> None:
        pattern = r"datetime\.now\(|date\.today\(|utcnow\(|time\.time\("
        starters = ("marketplace/embedded/", "marketplace/serve/")
        lines = offenders(pattern, sources(*PACKAGES), {"marketplace/clock.py"})
        assert [line for line in lines if not line.startswith(starters)] == []

    def test_services_know_no_request_and_schemas_no_queries(self) -> None:
        files = [
            path
            for path in sources("partners", "products", "orders", "marketplace")
            if path.name in ("service.py", "queries.py", "models.py")
        ]
        assert offenders(r"from flask import .*\brequest\b", files, set()) == []

    def test_views_hold_no_selects(self) -> None:
        files = [
            path
            for path in sources("partners", "products", "orders", "marketplace")
            if path.name in ("views.py", "pages.py")
        ]
        assert offenders(r"\bselect\(|db\.session\.(execute|scalar)", files, set()) == []

    def test_no_file_or_function_has_grown_too_long(self) -> None:
        long = []
        for path in sources(*PACKAGES, "samples", "benchmarks"):
            name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
            if len(text.splitlines()) > LONGEST_FILE:
                long.append(f"{name}: a noun in it wants a file of its own")
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                if node.end_lineno and node.end_lineno - node.lineno >= LONGEST_FUNCTION:
                    long.append(f"{name}:{node.lineno}: a step of {node.name} wants a name")
        assert long == []

    def test_no_random_for_secrets(self) -> None:
        assert offenders(r"^\s*(import random|from random import)", sources(*PACKAGES), set()) == []

    @pytest.mark.parametrize("name", ["helpers", "utils", "common", "manager", "base", "misc"])
    def test_no_module_is_named_vaguely(self, name: str) -> None:
        assert [p for p in sources(*PACKAGES) if p.stem == name] == []

    def test_every_package_says_what_it_owns(self) -> None:
        silent = [
            path.relative_to(ROOT).as_posix()
            for path in sources(*PACKAGES)
            if path.name == "__init__.py" and not path.read_text(encoding="utf-8").startswith('"""')
        ]
        assert silent == []

    def test_no_tracked_file_names_a_machine_or_a_package_host(self) -> None:
        tracked = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        hosts = re.compile(
            r"https?://[^ \"']*(py" + r"pi\.|python" + r"hosted|npm" + r"js|deb\.deb" + r"ian)"
            r"|--index" + r"-url|/ro" + r"ot/|/wo" + r"rk/"
        )
        named = []
        for name in tracked:
            path = ROOT / name
            if "/vendor/" in name or path.suffix in (".png", ".webp", ".csv", ".jpg"):
                continue
            text = path.read_text(encoding="utf-8", errors="ignore") if path.is_file() else ""
            named += [f"{name}: {m.group(0)}" for m in hosts.finditer(text)]
        assert named == []
