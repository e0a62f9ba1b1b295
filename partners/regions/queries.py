"""What is read of regions: the tree, cached in each process and renewed when the tables change."""

import os
import time
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import select

from marketplace import cursors
from marketplace.cursors import Page
from marketplace.database import db
from marketplace.statements import fetch_all
from partners.regions.errors import RegionUnknown
from partners.regions.models import (
    Region,
    RegionAlias,
    RegionLevel,
    RegionOrganisation,
)
from partners.regions.tree import AliasNode, OrganisationNode, RegionNode, RegionTree

# The tree changes once a year, by a command. A process asks for its version this often at most;
# who must be sure (the judging of sales) asks by ``renew_tree`` with a version it has just read.
SECONDS_BETWEEN_LOOKS = 60.0

_cached: tuple[UUID | None, RegionTree] | None = None
_looked_at = 0.0


def tree() -> RegionTree:
    """Return the tree of regions; pure memory but for one small look a minute."""
    global _looked_at  # noqa: PLW0603 - one cache per process
    cached = _cached
    if cached is not None and time.monotonic() - _looked_at < SECONDS_BETWEEN_LOOKS:
        return cached[1]
    found = renew_tree(get_versions().get("regions"))
    _looked_at = time.monotonic()
    return found


def renew_tree(version: UUID | None) -> RegionTree:
    """Return the tree in a version just read from the database, loading it if the cache differs."""
    global _cached  # noqa: PLW0603 - one cache per process; swapped whole, so readers need no lock
    cached = _cached
    if cached is None or cached[0] != version:
        cached = (version, _load_tree())
        _cached = cached
    return cached[1]


def forget_tree() -> None:
    """Drop this process's tree, so that the next look-up reads the tables."""
    global _cached  # noqa: PLW0603 - one cache per process
    _cached = None


os.register_at_fork(after_in_child=forget_tree)


def get_versions() -> dict[str, UUID]:
    """Return the versions of the reference tables by name; a table never loaded is missing."""
    return dict(fetch_all("SELECT name, version FROM reference_versions", {}))


# The same as a column, for who reads other things as well; ``versions_of`` makes sense of it.
VERSIONS = "(SELECT jsonb_object_agg(name, version) FROM reference_versions)"


def versions_of(read: Mapping[str, str] | None) -> dict[str, UUID]:
    """Return what ``VERSIONS`` has read as ``get_versions`` returns it."""
    return {name: UUID(version) for name, version in (read or {}).items()}


def _load_tree() -> RegionTree:
    regions = db.session.execute(
        select(
            Region.code,
            Region.name,
            Region.level,
            Region.parent_code,
            Region.path,
            Region.is_grouping,
            Region.pinyin,
            Region.initials,
            Region.valid_from,
            Region.valid_to,
            Region.delisted_year,
        )
    )
    aliases = db.session.execute(
        select(
            RegionAlias.code,
            RegionAlias.name,
            RegionAlias.region_code,
            RegionAlias.valid_from,
            RegionAlias.valid_to,
        ).order_by(RegionAlias.region_code, RegionAlias.valid_to.desc().nulls_last())
    )
    bodies = db.session.scalars(select(RegionOrganisation))
    return RegionTree(
        (RegionNode(**{**row._mapping, "path": tuple(row.path)}) for row in regions),
        (AliasNode(**row._mapping) for row in aliases),
        (
            OrganisationNode(
                code=body.code,
                name=body.name,
                region_code=body.region_code,
                member_codes=frozenset(body.member_codes),
            )
            for body in bodies
        ),
    )


def get_region(code: str, on: date | None = None) -> RegionNode:
    """Return a region by its present code, or by its code of some day; raises ``RegionUnknown``."""
    node = tree().find(code) if on is None else tree().resolve(code, on)
    if node is None:
        raise RegionUnknown(code)
    return node


def search_regions(
    words: str, level: RegionLevel | None = None, limit: int = 20
) -> list[RegionNode]:
    """Find regions for a picker by name, former name, pinyin, initials or code."""
    return tree().search(words, level=level, limit=limit)


def page_of_regions(
    *,
    parent: str | None = None,
    q: str | None = None,
    level: RegionLevel | None = None,
    limit: int = 20,
    after: str | None = None,
) -> Page[RegionNode]:
    """Return one page of the places under a region (None: the provinces), or the best hits of a search.

    Headings such as 市辖区 are replaced by what stands under them. A search has one page.
    """
    if q is not None:
        return Page(search_regions(q, level, limit), None)
    if parent is not None:
        get_region(parent)
    begin = cursors.decode(after, [str])[0] if after is not None else ""
    places = [
        place
        for place in tree().places_in(parent)
        if place.code > begin and (level is None or place.level is level)
    ]
    places.sort(key=lambda place: place.code)
    more = len(places) > limit
    return Page(places[:limit], cursors.encode([places[limit - 1].code]) if more else None)
