"""`python -m benchmarks [B1 B4 …]`: measure, print the table, keep the figures."""

import argparse
import sys

from benchmarks import goods, listing, purchase, settlement
from benchmarks.database import prepared
from benchmarks.footprint import count_queries
from benchmarks.results import Result, table, write
from benchmarks.servers import serving

MEASURES = {
    "B1": listing.measure_pages,
    "B2": listing.measure_products,
    "B3": listing.measure_searches,
    "B4": purchase.measure,
    "B7": settlement.measure,
}


def main() -> int:
    """Run the chosen benchmarks (all of them by default)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], help="which (default: all)")
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    options = parser.parse_args()
    names = options.names or list(MEASURES)
    results: list[Result] = []
    _say(f"preparing a database with {goods.SKUS:,} SKUs …")
    with prepared(goods.load, is_kept=options.keep) as database:
        with serving("wsgi:app", "/readyz", database.environment()) as shop:
            results.append(Result(name="start-up", value=shop.started_after_ms, unit="ms"))
            for name in names:
                _say(f"measuring {name} …")
                measured = MEASURES[name](database, shop)
                _say(table(measured))
                results += measured
            results.append(
                Result(name="memory per worker", value=shop.worker_memory_mib(), unit="MiB")
            )
        results += count_queries(database)
    sys.stdout.write(table(results) + "\n")
    write(results)
    return 0


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    sys.exit(main())
