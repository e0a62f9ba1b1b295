"""The environment is made from the lock files, once, and again only when they change."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]


def make_checkout(root: Path) -> Path:
    """Make a checkout that needs no packages at all."""
    (root / "config").mkdir()
    for name in ("__init__.py", "bootstrap.py"):
        shutil.copy(PROJECT / "config" / name, root / "config" / name)
    (root / "requirements").mkdir()
    for name in ("runtime.txt", "embedded.txt", "development.txt"):
        (root / "requirements" / name).write_text("# nothing\n")
    return root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment."""
    return make_checkout(tmp_path)


def bootstrap(checkout: Path, *options: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{code}\nimport runpy; runpy.run_module('config.bootstrap', run_name='__main__')"
    environment = {"PATH": os.environ["PATH"], "HOME": str(checkout), "PIP_NO_INDEX": "1"}
    environment["PIP_FIND_LINKS"] = str(checkout)
    return subprocess.run(
        [sys.executable, "-c", program, *options],
        check=False,
        cwd=checkout,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )


def make_wheel(folder: Path) -> None:
    with zipfile.ZipFile(folder / "thing-1-py3-none-any.whl", "w") as wheel:
        about = "thing-1.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")


class Made(NamedTuple):
    """A checkout with its environment, and what was told when that was made."""

    checkout: Path
    first: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once for the tests of what comes after: it is most of their time."""
    checkout = make_checkout(tmp_path_factory.mktemp("made"))
    return Made(checkout, bootstrap(checkout))


class TestBootstrap:
    def test_installs_once_and_again_when_a_lock_file_changes(self, made: Made) -> None:
        checkout, first = made
        assert first.returncode == 0, first.stderr
        assert "Installing packages" in first.stderr
        assert (checkout / ".venv" / "bin" / "python").exists()
        assert bootstrap(checkout).stderr == ""
        assert "Installing packages" in bootstrap(checkout, "--development").stderr
        assert bootstrap(checkout).stderr == ""
        (checkout / "requirements" / "runtime.txt").write_text("# other\n")
        assert "Installing packages" in bootstrap(checkout).stderr

    def test_refuses_a_package_without_its_hash(self, made: Made) -> None:
        checkout = made.checkout
        assert (checkout / ".venv" / "installed.json").exists()
        make_wheel(checkout)
        (checkout / "requirements" / "runtime.txt").write_text("thing==1\n")
        refused = bootstrap(checkout)
        assert refused.returncode == 1
        assert "Hashes are required" in refused.stderr
        assert not (checkout / ".venv" / "installed.json").exists()

    def test_replaces_an_environment_that_was_cut_off(self, checkout: Path) -> None:
        (checkout / ".venv" / "bin").mkdir(parents=True)
        (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
        assert bootstrap(checkout).returncode == 0
        assert (checkout / ".venv" / "installed.json").exists()

    def test_says_which_package_brings_venv(self, checkout: Path) -> None:
        told = bootstrap(checkout, code="import sys; sys.modules['ensurepip'] = None")
        assert told.returncode == 1
        assert "缺少 Python 的 venv 模块" in told.stderr
        assert "apt install python3." in told.stderr

    def test_says_which_python_it_needs(self, checkout: Path) -> None:
        code = "import shutil, sys; sys.version_info = (3, 9); shutil.which = lambda name: None"
        told = bootstrap(checkout, code=code)
        assert told.returncode == 1
        assert "Python 3.11 or newer is needed." in told.stderr
