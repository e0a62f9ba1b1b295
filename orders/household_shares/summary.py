"""What offices report and the public reads: sums of attested shares, small cells kept together."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace import clock
from marketplace.identity.actor import Actor
from marketplace.language import Text
from marketplace.permissions import Permission
from orders.household_shares import queries
from orders.household_shares.kinds import HouseholdKind
from partners.offices.queries import list_region_codes
from partners.pairings.queries import current_book
from partners.regions.queries import tree

# Fewer households than these in a county could be known by name: they are published together.
SMALL = 10
OTHERS = Text("其他县（合并公布）", "Other counties together")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountySum:
    """A county's attested shares of a year. A household counts once for each statement."""

    county_code: str
    name: str
    households: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is published of a year; a remainder too small to be told is left out of the totals."""

    year: int
    counties: Sequence[CountySum]
    households: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSum:
    """What the cooperatives of one end of a pairing, or of a region, had to tell and told."""

    pairing_id: UUID | None
    east_name: str | None
    region_code: str
    region_name: str
    statements: int
    payable_fen: int
    waiting: int
    attested: int
    households: int
    amount_fen: int


def get_published(year: int) -> Published:
    """Return what the public reads of a year: by county, small ones together."""
    sums: dict[str, list[int]] = {}
    for row in queries.list_by_county(year):
        one = sums.setdefault(row.county_code, [0, 0])
        one[0] += row.households
        one[1] += row.amount_fen
    counties = [
        CountySum(county_code=code, name=_place(code), households=one[0], amount_fen=one[1])
        for code, one in sums.items()
        if one[0] >= SMALL
    ]
    small = [one for one in sums.values() if one[0] < SMALL]
    together = CountySum(
        county_code="", name=str(OTHERS), households=sum(one[0] for one in small),
        amount_fen=sum(one[1] for one in small),
    )  # fmt: skip
    # One county alone is not hidden by standing under another name.
    if together.households >= SMALL and len(small) > 1:
        counties.append(together)
    return Published(
        year=year,
        counties=counties,
        households=sum(county.households for county in counties),
        amount_fen=sum(county.amount_fen for county in counties),
    )


def list_kinds(year: int) -> list[tuple[HouseholdKind, int, int]]:
    """Return the attested counts and sums of a year by kind, for offices."""
    rows = queries.list_by_county(year)
    return [
        (
            kind,
            sum(row.households for row in rows if row.kind == kind),
            sum(row.amount_fen for row in rows if row.kind == kind),
        )
        for kind in HouseholdKind
    ]


def list_for_office(actor: Actor, year: int) -> list[HomeSum]:
    """Return what the cooperatives of the actor's regions and of its paired regions returned.

    A western office reads its own region, an eastern one each western region that it is paired
    with; auditors and the platform read every region that has statements. The rows of wider and
    narrower pairings hold the same cooperatives and are not to be added up.
    """
    homes = queries.list_by_home(year)
    if actor.is_platform(Permission.HOUSEHOLD_SHARE_READ):
        return [
            _sum_up([row], row.region_code) for row in sorted(homes, key=lambda r: r.region_code)
        ]
    regions, book = tree(), current_book()
    wanted: list[tuple[str, UUID | None, str | None]] = []
    for code in list_region_codes(actor, Permission.HOUSEHOLD_SHARE_READ):
        wanted.append((code, None, None))
        wanted += [
            (pairing.west_code, pairing.id, regions.name(pairing.east_code))
            for pairing in book.in_force(clock.today())
            if regions.is_inside(pairing.east_code, code)
        ]
    rows = []
    for code, pairing_id, east_name in wanted:
        inside = [row for row in homes if regions.is_inside(row.region_code, code)]
        if inside:
            rows.append(_sum_up(inside, code, pairing_id, east_name))
    return rows


def _sum_up(
    rows: Sequence[object], code: str, pairing_id: UUID | None = None, east_name: str | None = None
) -> HomeSum:
    def total(name: str) -> int:
        return sum(int(getattr(row, name)) for row in rows)

    return HomeSum(
        pairing_id=pairing_id,
        east_name=east_name,
        region_code=code,
        region_name=_place(code),
        statements=total("statements"),
        payable_fen=total("payable_fen"),
        waiting=total("waiting"),
        attested=total("attested"),
        households=total("households"),
        amount_fen=total("amount_fen"),
    )


def _place(code: str) -> str:
    return tree().full_name(code) if code in tree() else code
