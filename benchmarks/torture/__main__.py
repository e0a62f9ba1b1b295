"""`python -m benchmarks.torture [--seed N] [--case NAME]`: run the cases, print a line for each."""

from __future__ import annotations

import argparse
import secrets
import sys

from benchmarks.torture.caller import Stuck
from benchmarks.torture.cases import CASES
from benchmarks.torture.records import Records, Verdict
from benchmarks.torture.world import NotReady, World, running_world


def main(arguments: list[str] | None = None) -> int:
    """Run the cases; 0 when nothing was lost, doubled or broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--case", action="append", choices=list(CASES), help="all unless given")
    options = parser.parse_args(arguments)
    is_clean = True
    with running_world(options.seed) as world:
        for name in options.case or CASES:
            is_clean = _run(world, name, options.seed) and is_clean
    return 0 if is_clean else 1


def _run(world: World, name: str, seed: int) -> bool:
    records = Records(world.folder / f"{name}.jsonl")
    failure = None
    recovery = 0.0
    try:
        recovery = CASES[name](world, records)
    except (Stuck, NotReady) as reason:
        failure = str(reason)
    with world.app.app_context():
        verdict: Verdict = records.judge(world.settings.database_url)
    counts = records.counts
    if failure is not None:
        print(f"case={name} did not finish: {failure}", flush=True)
    if counts["paths_cut_short"]:
        print(f"case={name} ran out of time on {counts['paths_cut_short']} path(s)", flush=True)
    if failure is not None or not verdict.is_clean:
        print(f"case={name} what the servers said: {world.log}", flush=True)
    print(
        f"case={name} acked_lost={verdict.acked_lost} "
        f"duplicated_effects={verdict.duplicated_effects} "
        f"invariant_violations={verdict.invariant_violations} 5xx={counts['5xx']} "
        f"recovery_s={recovery:.1f} seed={seed} acked={len(records.placed)} "
        f"paid={len(records.paid)} kills={counts['kills']} gone={counts['gone']}",
        flush=True,
    )
    return verdict.is_clean and failure is None


if __name__ == "__main__":
    sys.exit(main())
