"""Runs the launcher's command as another account: `as_account.py UID GID PACKAGES COMMAND…`.

The interpreter and its packages may stand below root's home, where that account cannot go; so all
of them are loaded first, and the rights dropped afterwards, for good.
"""

import importlib
import os
import sys

if __name__ == "__main__":
    uid, gid, packages, *command = sys.argv[1:]
    sys.path.insert(0, packages)
    for name in ("psycopg", "encodings.idna", "marketplace.embedded.__main__"):
        importlib.import_module(name)
    if int(uid) != os.geteuid():
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    sys.exit(sys.modules["marketplace.embedded.__main__"].main(command))
