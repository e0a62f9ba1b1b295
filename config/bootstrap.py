"""Makes `.venv` with the locked packages: `python3 -m config.bootstrap [--development] [--external]`.

Runs on the system's own Python before anything is installed, so it uses the standard library only.
Packages are installed again only when a lock file changes.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
# Written last, so that an installation cut off half-way counts as none.
STAMP = ENVIRONMENT / "installed.json"
NEEDED = (3, 11)


def main() -> int:
    """Bring `.venv` to the lock files; 0 when it is there."""
    parser = argparse.ArgumentParser(prog="python3 -m config.bootstrap", description=__doc__)
    parser.add_argument("--development", action="store_true", help="also what tests need")
    parser.add_argument("--external", action="store_true", help="without the embedded PostgreSQL")
    options = parser.parse_args()
    if sys.version_info < NEEDED:
        return _run_newer_python()
    names = ["runtime.txt"]
    names += [] if options.external else ["embedded.txt"]
    names += ["development.txt"] if options.development else []
    wanted = {name: _digest(ROOT / "requirements" / name) for name in names}
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = _installed()
        if all(installed.get(name) == digest for name, digest in wanted.items()):
            return 0
        return _install(installed, wanted)


def _install(installed: dict[str, str], wanted: dict[str, str]) -> int:
    _say(
        "正在安装运行环境，第一次约需一分钟……",
        "Installing packages; the first time takes a minute…",
    )
    if not _works() and not _make_environment():
        return 1
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--require-hashes", "--prefer-binary"]
    for name in wanted:
        command += ["-r", str(ROOT / "requirements" / name)]
    STAMP.unlink(missing_ok=True)
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603 - our own pip
        _say(
            "安装失败：请检查网络与 pip 的软件源设置，然后重试。",
            "Installation failed: check the network and pip's index settings, then try again.",
        )
        return 1
    STAMP.write_text(json.dumps(installed | wanted), encoding="utf-8")
    return 0


def _make_environment() -> bool:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _say(
            f"缺少 Python 的 venv 模块。Debian/Ubuntu 请先安装：apt install python{version}-venv",
            f"Python's venv module is missing. On Debian or Ubuntu: apt install python{version}-venv",
        )
        return False
    if ENVIRONMENT.is_symlink():
        _say(
            f"{ENVIRONMENT} 是一个失效的链接，请删除后重试。",
            f"{ENVIRONMENT} is a link that leads to no working environment; remove it first.",
        )
        return False
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)
    venv.EnvBuilder(with_pip=True, symlinks=True).create(ENVIRONMENT)
    return True


def _works() -> bool:
    """Tell whether `.venv` has a Python that runs: the system's may have been replaced."""
    if not PYTHON.exists():
        return False
    try:
        command = [str(PYTHON), "-m", "pip", "--version"]
        return (
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603
        )
    except OSError:
        return False


def _installed() -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if PYTHON.exists() else {}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run_newer_python() -> int:
    for minor in range(20, NEEDED[1] - 1, -1):
        newer = shutil.which("python3.%d" % minor)  # noqa: UP031 - runs on any Python 3
        if newer:
            os.execv(newer, [newer, "-m", "config.bootstrap", *sys.argv[1:]])  # noqa: S606
    _say("需要 Python 3.11 或更新的版本。", "Python 3.11 or newer is needed.")
    return 1


def _say(chinese: str, english: str) -> None:
    text = "%s\n%s\n" % (chinese, english)  # noqa: UP031 - runs on any Python 3
    sys.stderr.buffer.write(text.encode("utf-8"))
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
