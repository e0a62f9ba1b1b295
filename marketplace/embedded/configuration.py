"""What the embedded server is told: its settings and who may connect."""

from __future__ import annotations

from pathlib import Path

FILE = "jiedui.conf"

# One machine that also runs the web and job processes. `max_connections` covers a dozen of those
# processes with a pool each, and the parallel databases of a test run.
SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
}

# A test database may be lost with the machine, and is made again in a second.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # It would meet databases that are being dropped, and change plans from one run to the next.
    "autovacuum": "off",
}

ACCESS = """\
# Everyone shows a password: other people of this machine reach the port too.
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
"""


def settings_text(*, port: int, socket_folder: Path, is_durable: bool) -> str:
    """Write the settings file, made anew at every start so that a new release's settings apply."""
    settings = SETTINGS | ({} if is_durable else THROWAWAY_SETTINGS)
    settings |= {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(socket_folder),
        "unix_socket_permissions": "0777",
    }
    lines = (f"{name} = '{value}'" for name, value in settings.items())
    return "\n".join(["# Written by marketplace.embedded at every start.", *lines, ""])
