"""The diagram of pairings: posts for the western and eastern regions, and a band for each pairing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

BAND = 20
SPACE = 14
TOP = 26
WEST_X = 89
EAST_X = 351


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One pairing to draw: names of both ends, a tone for its relation, and whether it is the reader's own."""

    west: str
    east: str
    tone: str = ""
    mine: bool = False


@dataclass(slots=True)
class Post:
    """One region's post: where it stands and how high it is, by the number of its pairings."""

    name: str
    y: float = 0
    height: int = 0
    taken: int = 0

    @property
    def middle(self) -> float:
        """Return the height at which the name stands."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Band:
    """A drawn pairing."""

    path: str
    width: int
    tone: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """All that the diagram draws."""

    west: list[Post] = field(default_factory=list)
    east: list[Post] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    height: float = 0
    title: str = ""
    relations: list[tuple[str, str]] = field(default_factory=list)


def _posts(names: Sequence[str]) -> dict[str, Post]:
    posts: dict[str, Post] = {}
    for name in names:
        posts.setdefault(name, Post(name)).height += BAND
    return posts


def _stand(posts: Sequence[Post], height: float) -> None:
    """Spread the posts evenly over the height."""
    used = sum(post.height for post in posts)
    space = (height - used) / max(len(posts), 1)
    y = TOP + space / 2
    for post in posts:
        post.y = round(y, 1)
        y += post.height + space


def draw(
    links: Sequence[Link], *, title: str = "", relations: Sequence[tuple[str, str]] = ()
) -> Flow:
    """Lay out the bands; eastern posts stand in the order in which their first partner stands."""
    west = _posts([link.west for link in links])
    east = _posts([link.east for link in links])
    body = (
        max(
            sum(post.height for post in posts.values()) + SPACE * len(posts)
            for posts in (west, east)
        )
        if links
        else 0
    )
    _stand(list(west.values()), body)
    _stand(list(east.values()), body)
    bands = [_band(link, west[link.west], east[link.east]) for link in links]
    return Flow(
        west=list(west.values()),
        east=list(east.values()),
        bands=bands,
        height=TOP + body + 6,
        title=title,
        relations=list(relations),
    )


def _band(link: Link, west: Post, east: Post) -> Band:
    start = round(west.y + west.taken + BAND / 2, 1)
    end = round(east.y + east.taken + BAND / 2, 1)
    west.taken += BAND
    east.taken += BAND
    middle = (WEST_X + EAST_X) / 2
    path = f"M{WEST_X} {start}C{middle} {start} {middle} {end} {EAST_X} {end}"
    return Band(path=path, width=BAND - 4, tone=link.tone, mine=link.mine)
