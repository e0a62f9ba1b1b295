"""The whole tree of regions as plain dictionaries: every look-up of a sale is answered from memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from partners.regions.models import RegionLevel

_LEVEL_ORDER = {RegionLevel.PROVINCE: 0, RegionLevel.CITY: 1, RegionLevel.COUNTY: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionNode:
    """One region as it is read from the table; ``path`` runs from the province to itself."""

    code: str
    name: str
    level: RegionLevel
    parent_code: str | None
    path: tuple[str, ...]
    is_grouping: bool
    pinyin: str
    initials: str
    valid_from: date | None
    valid_to: date | None
    delisted_year: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasNode:
    """A former code or name; an unknown date is open."""

    code: str | None
    name: str
    region_code: str
    valid_from: date | None
    valid_to: date | None

    def is_valid_on(self, on: date) -> bool:
        """Tell whether the alias was in use on a day."""
        return _covers(self.valid_from, self.valid_to, on)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationNode:
    """A body beside a region, with the places it reaches."""

    code: str
    name: str
    region_code: str
    member_codes: frozenset[str]


def _covers(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


_SUFFIXES = str.maketrans("", "", "省市县区州盟旗")


def _without_suffixes(name: str) -> str:
    return name.translate(_SUFFIXES)


class RegionTree:
    """An immutable picture of the reference tables; a change of them makes a new one."""

    def __init__(
        self,
        regions: Iterable[RegionNode],
        aliases: Iterable[AliasNode] = (),
        organisations: Iterable[OrganisationNode] = (),
    ) -> None:
        self._nodes = {node.code: node for node in sorted(regions, key=lambda n: n.code)}
        self._children: dict[str | None, list[str]] = {}
        for node in self._nodes.values():
            self._children.setdefault(node.parent_code, []).append(node.code)
        self._aliases_by_code: dict[str, list[AliasNode]] = {}
        self._aliases_by_region: dict[str, list[AliasNode]] = {}
        for alias in aliases:
            if alias.code is not None:
                self._aliases_by_code.setdefault(alias.code, []).append(alias)
            self._aliases_by_region.setdefault(alias.region_code, []).append(alias)
        self._organisations = {body.code: body for body in organisations}
        # Written once for all: every card of the shop window shows a place's full name.
        self._full_names = {code: self._write_full_name(code) for code in self._nodes}
        # What search compares, so that 浙江丽水 finds 浙江省丽水市.
        self._plain = {code: _without_suffixes(name) for code, name in self._full_names.items()}

    def __contains__(self, code: str) -> bool:
        return code in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, code: str) -> RegionNode:
        """Return the region of a present code; KeyError if there is none."""
        return self._nodes[code]

    def find(self, code: str) -> RegionNode | None:
        """Return the region of a present code, or None."""
        return self._nodes.get(code)

    def resolve(self, code: str, on: date) -> RegionNode | None:
        """Return today's region for a code as it stood in a paper of some day, present or former.

        宣化县 130721 of 2014 is 宣化区 130705; a code that has another meaning today reads as it did then.
        """
        node = self._nodes.get(code)
        if node is not None and _covers(node.valid_from, node.valid_to, on):
            return node
        for alias in self._aliases_by_code.get(code, ()):
            if alias.is_valid_on(on):
                return self._nodes[alias.region_code]
        return None

    def read(self, code: str, on: date) -> RegionNode | None:
        """Return today's region for a code kept by us, as understood that day or, given up, since.

        A product listed under 130721 and sold after that county became 130705 comes from 130705.
        """
        given_up = self._aliases_by_code.get(code, ())
        latest = max(given_up, key=lambda alias: alias.valid_to or date.max, default=None)
        successor = self._nodes[latest.region_code] if latest else None
        return self.resolve(code, on) or self._nodes.get(code) or successor

    def path(self, code: str) -> tuple[str, ...]:
        """Return the codes from the province down to the region itself."""
        return self._nodes[code].path

    def is_inside(self, code: str, ancestor: str) -> bool:
        """Tell whether a region is ``ancestor`` or lies in it; unknown codes lie nowhere."""
        node = self._nodes.get(code)
        return node is not None and ancestor in node.path

    def parent(self, code: str) -> RegionNode | None:
        """Return the place that governs a region: headings such as 市辖区 are stepped over."""
        for ancestor in reversed(self._nodes[code].path[:-1]):
            node = self._nodes[ancestor]
            if not node.is_grouping:
                return node
        return None

    def children(self, code: str | None) -> list[RegionNode]:
        """Return the regions listed directly under a region, in order of code; None: the provinces."""
        return [self._nodes[child] for child in self._children.get(code, ())]

    def places_in(self, code: str | None) -> list[RegionNode]:
        """Return the places one step down, headings replaced by what stands under them."""
        places: list[RegionNode] = []
        for child in self.children(code):
            places.extend(self.children(child.code) if child.is_grouping else [child])
        return places

    def descendants(self, code: str) -> list[str]:
        """Return the codes of a region and of everything below it, the region itself first."""
        found = [code]
        for at in found:
            found.extend(self._children.get(at, ()))
        return found

    def name(self, code: str, on: date | None = None) -> str:
        """Return a region's name, or what it was called on a day."""
        node = self._nodes[code]
        if on is not None:
            for alias in self._aliases_by_region.get(code, ()):
                if alias.valid_to is not None and alias.is_valid_on(on):
                    return alias.name
        return node.name

    def full_name(self, code: str) -> str:
        """Return the name as one writes it: 浙江省丽水市缙云县, 重庆市武隆区, 河南省济源市."""
        return self._full_names[code]

    def _write_full_name(self, code: str) -> str:
        nodes = (self._nodes[at] for at in self._nodes[code].path)
        return "".join(node.name for node in nodes if not node.is_grouping)

    def aliases(self, code: str) -> Sequence[AliasNode]:
        """Return the former codes and names of a region."""
        return self._aliases_by_region.get(code, ())

    def is_among_832(self, code: str) -> bool:
        """Tell whether a region is one of the 832 counties that were lifted out of poverty."""
        node = self._nodes.get(code)
        return node is not None and node.delisted_year is not None

    def organisation(self, code: str) -> OrganisationNode | None:
        """Return a body beside a region (``xpcc``: the Xinjiang Corps), or None."""
        return self._organisations.get(code)

    def organisations(self) -> list[OrganisationNode]:
        """Return every body beside a region."""
        return list(self._organisations.values())

    def is_reached_by(self, code: str, organisation_code: str) -> bool:
        """Tell whether a region lies in one of the places that an organisation reaches."""
        node, body = self._nodes.get(code), self._organisations.get(organisation_code)
        return node is not None and body is not None and not body.member_codes.isdisjoint(node.path)

    def search(
        self, words: str, *, level: RegionLevel | None = None, limit: int = 20
    ) -> list[RegionNode]:
        """Find regions by part of a name, a former name, pinyin, initials, or a code's beginning.

        Names that begin with the words come first, wider regions before narrower ones.
        """
        wanted = "".join(words.split()).lower()
        if not wanted:
            return []
        ranked = [
            (rank, _LEVEL_ORDER[node.level], node.code, node)
            for node in self._nodes.values()
            if not node.is_grouping
            and (level is None or node.level is level)
            and (rank := self._rank(node, wanted)) is not None
        ]
        ranked.sort(key=lambda row: row[:3])
        return [row[3] for row in ranked[:limit]]

    def _rank(self, node: RegionNode, wanted: str) -> int | None:
        """Return how well a region fits what was typed, 0 best; None: not at all."""
        former = self.aliases(node.code)
        if wanted.isdigit():
            codes = (node.code, *(alias.code or "" for alias in former))
            return 0 if any(code.startswith(wanted) for code in codes) else None
        if wanted.isascii():
            return 0 if node.pinyin.startswith(wanted) or node.initials.startswith(wanted) else None
        plain = _without_suffixes(wanted) or wanted
        if plain in self._plain[node.code] or wanted in node.name:
            return 0 if node.name.startswith(plain) else 1
        return 2 if any(alias.name.startswith(wanted) for alias in former) else None
