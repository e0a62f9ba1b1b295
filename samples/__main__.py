"""`python -m samples` loads what is missing; `python -m samples code NAME` shows a code."""

from __future__ import annotations

import sys

from config.settings import Settings
from marketplace.app import create_app
from samples import people, sign_ins
from samples.loading import load


def main(arguments: list[str]) -> int:
    """Load the sample data, or show what a sample account's authenticator shows now."""
    settings = Settings.from_env()
    if not settings.is_development:
        sys.stderr.write("Sample data is for development only.\n")
        return 2
    app = create_app(settings)
    with app.app_context():
        if arguments[:1] == ["code"]:
            return _show_code(arguments[1] if len(arguments) > 1 else "admin")
        load()
        sign_ins.write_down(settings.var_dir)
    return 0


def _show_code(login_name: str) -> int:
    authenticator = people.authenticator_of(login_name)
    if authenticator is None:
        sys.stderr.write(f"no sample account {login_name}\n")
        return 1
    sys.stdout.write(f"{authenticator.now()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
