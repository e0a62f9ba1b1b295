"""Where headless Chromium is, and what is said where it is not."""

import os
import shutil

HOW_TO_GET = "apt-get install chromium fonts-noto-cjk"


def chromium() -> str | None:
    """Return where Chromium is on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def is_needed() -> bool:
    """Tell whether a missing browser is an error: a check that leaves tests out proves nothing."""
    return bool(os.environ.get("CI"))
