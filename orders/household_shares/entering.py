"""The form in which a cooperative enters a share: its rows in, everything wrong beside its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace import forms
from marketplace.forms import whole_of
from marketplace.language import Text
from orders.household_shares.kinds import HouseholdKind
from orders.household_shares.models import HouseholdShareLine
from orders.household_shares.schemas import MAX_LINES, EnterHouseholdShareSchema
from partners.regions.picker import Picker, pick, pick_code

# Rows of an empty form, and by how many it grows.
ROWS, MORE = 3, 3
PREFIX = "place-"

CHOOSE_COUNTY = Text("请选择到县（市、区）", "Choose down to the county")
PART_UNREADABLE = Text(
    "乡镇填 3 位、村填 6 位数字，如 103 或 103201；不知道就不填",
    "3 digits for a township, 6 for a village, such as 103 or 103201; leave it out if unknown",
)
NOTHING_ENTERED = Text("请至少填写一行户数和金额", "Fill in at least one line")
NAMES = {
    "place": Text("地区", "place"),
    "part": Text("乡镇、村代码", "township or village"),
    "kind": Text("农户类别", "kind"),
    "households": Text("户数", "count"),
    "amount": Text("返还金额", "amount"),
}
# Where what the schema or the service says of a line stands in its row.
_FIELDS = {
    "place_code": "place",
    "kind": "kind",
    "households": "households",
    "amount_fen": "amount",
}
_IN_LINE = re.compile(r"lines\.([0-9]+)\.([a-z_]+)")


@dataclass(slots=True)
class Row:
    """A line of the form as it stands, with what is wrong in it."""

    number: int
    picker: Picker
    part: str = ""
    kind: str = HouseholdKind.LIFTED
    households: str = ""
    amount: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_used(self) -> bool:
        """Whether anything was typed into it: the place stands there from the beginning."""
        return bool(self.part or self.households or self.amount)

    def check(self) -> None:
        """Say what cannot be read, all of it."""
        wrong = {
            "place": CHOOSE_COUNTY if self.picker.code is None else None,
            "part": None if re.fullmatch(r"([0-9]{3}){0,2}", self.part) else PART_UNREADABLE,
            "households": forms.NUMBER_UNREADABLE if whole_of(self.households) is None else None,
            "amount": forms.AMOUNT_UNREADABLE if forms.fen_of(self.amount) is None else None,
        }
        self.errors = {name: str(said) for name, said in wrong.items() if said is not None}

    def values(self) -> dict[str, Any]:
        """Return the line as the schema takes it."""
        return {
            "place_code": f"{self.picker.code or ''}{self.part}",
            "kind": self.kind,
            "households": whole_of(self.households),
            "amount_fen": forms.fen_of(self.amount),
        }


@dataclass(slots=True)
class Entry:
    """The form whole: its rows, what else was typed, what is wrong."""

    rows: list[Row]
    raw: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """Everything that is wrong, each with where it stands."""
        in_rows = [
            str(
                Text("第 {n} 行{name}：{said}", "Line {n}, {name}: {said}").format(
                    n=row.number, name=NAMES[name], said=said
                )
            )
            for row in self.rows
            for name, said in row.errors.items()
        ]
        return in_rows + list(self.errors.values())

    def grow(self, home_code: str) -> None:
        """Add empty rows."""
        last = len(self.rows)
        for number in range(last + 1, min(last + MORE, MAX_LINES) + 1):
            self.rows.append(Row(number, _picker(home_code, number)))

    def note(self, errors: Mapping[str, str]) -> None:
        """Put what the schema or the service says beside its fields; what is there already stays."""
        used = [row for row in self.rows if row.is_used]
        for name, said in errors.items():
            match = _IN_LINE.fullmatch(name)
            if match and match[2] in _FIELDS:
                used[int(match[1])].errors.setdefault(_FIELDS[match[2]], said)
            else:
                self.errors.setdefault(name, said)


def begin_entry(home_code: str) -> Entry:
    """Return an empty form, its rows in the cooperative's own county."""
    entry = Entry([], {})
    entry.grow(home_code)
    return entry


def correct_entry(
    lines: Sequence[HouseholdShareLine], raw: dict[str, str], home_code: str
) -> Entry:
    """Return a form that holds what was entered before."""
    rows = [
        Row(
            number,
            _picker(line.place_code[:6], number),
            part=line.place_code[6:],
            kind=line.kind,
            households=str(line.households),
            amount=f"{line.amount_fen / 100:.2f}",
        )
        for number, line in enumerate(lines, 1)
    ]
    entry = Entry(rows, raw)
    entry.grow(home_code)
    return entry


def read_entry(posted: Mapping[str, str]) -> Entry:
    """Read the posted rows as they were typed."""
    rows = [_read_row(posted, number) for number in _numbers(posted)]
    raw = {name: posted.get(name, "").strip() for name in ("vouchers", "excess_reason")}
    return Entry(rows, raw)


def check_entry(entry: Entry) -> dict[str, Any] | None:
    """Return what the service takes, or None with everything wrong noted in the form."""
    used = [row for row in entry.rows if row.is_used]
    for row in used:
        row.check()
    vouchers = whole_of(entry.raw["vouchers"] or "0")
    if vouchers is None:
        entry.errors["vouchers"] = str(forms.NUMBER_UNREADABLE)
    if not used:
        entry.errors["lines"] = str(NOTHING_ENTERED)
    given = {
        "lines": [row.values() for row in used],
        "vouchers": vouchers,
        "excess_reason": entry.raw["excess_reason"] or None,
    }
    loaded = forms.load_values(EnterHouseholdShareSchema(), given, entry.raw)
    entry.note(loaded.errors)
    return None if entry.wrong else loaded.values


def _numbers(posted: Mapping[str, str]) -> Iterable[int]:
    last = max((n for n in range(1, MAX_LINES + 1) if f"households_{n}" in posted), default=ROWS)
    return range(1, last + 1)


def _read_row(posted: Mapping[str, str], number: int) -> Row:
    def typed(name: str) -> str:
        return posted.get(f"{name}_{number}", "").strip()

    return Row(
        number,
        pick(posted, f"{PREFIX}{number}"),
        part=typed("part"),
        kind=typed("kind"),
        households=typed("households"),
        amount=typed("amount"),
    )


def _picker(code: str, number: int) -> Picker:
    return pick_code(code, f"{PREFIX}{number}")
