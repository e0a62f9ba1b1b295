"""Finding capabilities: a file with a fixed name in any capability is registered by being there.

``views.py`` holds ``blp``, ``pages.py`` ``pages``, ``webhooks.py`` ``hooks``, ``commands.py``
``cli``, ``invariants.py`` ``INVARIANTS``; ``models.py`` and ``jobs.py`` register on import.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

DOMAINS = ("marketplace", "partners", "products", "orders")


@cache
def _module_names() -> tuple[str, ...]:
    names: list[str] = []
    for domain in DOMAINS:
        package = importlib.import_module(domain)
        names += [m.name for m in pkgutil.walk_packages(package.__path__, f"{domain}.")]
    return tuple(sorted(names, key=lambda name: (DOMAINS.index(name.split(".")[0]), name)))


def modules(file_name: str) -> list[ModuleType]:
    """Import and return every capability's module of that file name, floor first."""
    return [
        importlib.import_module(name)
        for name in _module_names()
        if name.rsplit(".", 1)[-1] == file_name
    ]
