"""How little is left, in words."""

from marketplace.language import Text


def say_left(available: int) -> Text:
    """Return how many pieces are left of a SKU of which more are wanted."""
    if available <= 0:
        return Text("已售完", "Sold out")
    return Text("库存只剩 {left} 件", "Only {left} left in stock").format(left=available)
