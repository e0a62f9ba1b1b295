"""What waits for somebody at a workplace; each capability says how its own is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.database import db
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.layout import Workplace, list_workplaces
from marketplace.permissions import ROLE_PERMISSIONS, Permission

# Nobody needs to know more exactly; and counting stays cheap however much there is.
MOST = 99

Counter = Callable[[Actor], "int | Select[Any]"]


@dataclass(frozen=True, slots=True)
class Queue:
    """What is waiting, for those who may do something about it."""

    what: Text
    count: Counter
    permission: Permission | None
    href: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much of a queue there is now; ``is_more`` beyond what is counted."""

    what: Text
    href: str
    count: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A workplace of the reader with what waits there."""

    workplace: Workplace
    waiting: Sequence[Waiting]


_queues: dict[str, list[Queue]] = {}


def add_queue(
    place: str,
    what: Text,
    count: Counter,
    *,
    permission: Permission | None = None,
    href: str | None = None,
) -> None:
    """Have what waits at a workplace counted on the first page.

    ``place`` is the workplace's address; ``count`` gives a number, or the statement that selects
    what waits. It is asked of readers who have the workplace, and the permission where one is named.
    ``href`` leads to the list, if it is another than the workplace's own.
    """
    queue = Queue(what, count, permission, href or place)
    known = _queues.setdefault(place, [])
    known[:] = [one for one in known if (one.what, one.href) != (what, queue.href)] + [queue]


def list_places(actor: Actor) -> list[Place]:
    """Return the reader's workplaces, each with its queues in which something waits."""
    held: set[Permission] = set()
    for grant in actor.grants:
        held |= ROLE_PERMISSIONS[grant.role]
    return [
        Place(
            workplace,
            [
                waiting
                for queue in _queues.get(workplace.href, ())
                if queue.permission is None or queue.permission in held
                if (waiting := _look(actor, queue)).count
            ],
        )
        for workplace in list_workplaces()
    ]


def _look(actor: Actor, queue: Queue) -> Waiting:
    found = queue.count(actor)
    count = found if isinstance(found, int) else _count(found)
    return Waiting(queue.what, queue.href, min(count, MOST), count > MOST)


def _count(statement: Select[Any]) -> int:
    some = statement.order_by(None).limit(MOST + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0
