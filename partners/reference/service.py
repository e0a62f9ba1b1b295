"""Loading the reference data, as often as one likes."""

from partners.credits.rulebook import load_rules
from partners.pairings.service import load_pairings
from partners.regions.service import load_regions


def load_reference() -> None:
    """Insert or renew regions and former codes, and add the known pairings that are missing.

    Idempotent, a handful of statements; what people have since changed is left as they left it.
    """
    load_regions()
    load_pairings()
    load_rules()
