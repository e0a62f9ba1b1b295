"""The figures: printed as a table, and kept in ``benchmarks/results.json``."""

import json
import statistics
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


def against(
    name: str, unit: str, goal: float, ours: "Sequence[Rate]", theirs: "Sequence[Rate]"
) -> list[Result]:
    """Return a rate beside its yardstick's, and what each cost in processor time.

    The rate is what counts. Processor time says the same on a machine that others use as well.
    """
    value, plain = _median(ours, "per_second"), _median(theirs, "per_second")
    cost, plain_cost = _median(ours, "processor_ms"), _median(theirs, "processor_ms")
    return [
        Result(
            name=name,
            value=value,
            unit=f"{unit}/s",
            yardstick=plain,
            ratio=value / plain,
            goal=f">= {goal}",
        ),
        Result(
            name=f"{name}: processor time",
            value=cost,
            unit="ms each",
            yardstick=plain_cost,
            ratio=plain_cost / cost,
        ),
    ]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a second something was done, and the processor time that each cost the servers."""

    per_second: float
    processor_ms: float


def _median(rates: Sequence[Rate], name: str) -> float:
    values: list[float] = [getattr(rate, name) for rate in rates]
    return statistics.median(values)


def table(results: Sequence[Result]) -> str:
    """Return the figures in columns."""
    rows = [("name", "value", "unit", "yardstick", "ratio", "goal")]
    rows += [
        (
            each.name,
            f"{each.value:,.2f}",
            each.unit,
            "" if each.yardstick is None else f"{each.yardstick:,.2f}",
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
    kept = (
        {each["name"]: each for each in json.loads(FILE.read_text("utf-8"))}
        if FILE.exists()
        else {}
    )
    kept |= {each.name: asdict(each) for each in results}
    FILE.write_text(
        json.dumps(sorted(kept.values(), key=lambda each: each["name"]), indent=2) + "\n"
    )
