"""The figures: printed as a table, and kept in ``benchmarks/results.json``."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A figure beside its yardstick; a figure without one has neither ratio nor goal."""

    name: str
    value: float
    unit: str
    yardstick: float | None = None
    ratio: float | None = None
    goal: str | None = None


def table(results: Sequence[Result]) -> str:
    """Return the figures in columns."""
    rows = [("name", "value", "unit", "yardstick", "ratio", "goal")]
    rows += [
        (
            each.name,
            f"{each.value:,.1f}",
            each.unit,
            "" if each.yardstick is None else f"{each.yardstick:,.1f}",
            "" if each.ratio is None else f"{each.ratio:.2f}",
            each.goal or "",
        )
        for each in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def write(results: Sequence[Result]) -> None:
    """Keep the figures; those of benchmarks that were not run this time stay as they were."""
    kept = {each["name"]: each for each in json.loads(FILE.read_text())} if FILE.exists() else {}
    kept |= {each.name: asdict(each) for each in results}
    FILE.write_text(
        json.dumps(sorted(kept.values(), key=lambda each: each["name"]), indent=2) + "\n"
    )
