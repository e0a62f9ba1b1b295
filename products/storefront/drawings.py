"""Which line drawing stands in for a photo that is not there yet, by category."""

from products.catalogue.queries import categories

_BY_CATEGORY = {
    "walnuts": "nut",
    "other_nuts": "nut",
    "honey": "honey",
    "instruments": "craft",
    "grain_oil": "rice",
    "fruit": "fruit",
    "vegetables": "mushroom",
    "nuts": "nut",
    "meat_eggs": "meat",
    "aquatic": "fish",
    "tea": "tea",
    "herbs": "herb",
    "snacks": "honey",
    "seasonings": "honey",
}


def drawing_of(category_code: str) -> str:
    """Return the drawing of a category, its own before that of the one above it."""
    node = categories().get(category_code)
    for code in reversed(node.path if node else ()):
        if code in _BY_CATEGORY:
            return _BY_CATEGORY[code]
    return "other"
