"""What must be known of a product before it may be listed, and by which law."""

from marketplace.language import Text
from partners.credits.facts import ProductKind
from products.catalogue.models import Product
from products.catalogue.queries import CategoryNode

_MISSING = Text("上架前必须填写", "Must be filled in before listing")


def listing_gaps(product: Product, category: CategoryNode, *, has_sku: bool) -> dict[str, Text]:
    """Return what keeps a product from being listed, by field; empty when nothing does.

    Prepackaged food: production licence number, net content, shelf life, storage conditions (Food
    Safety Law, article 67). Meat: quarantine certificate (Animal Epidemic Prevention Law, article
    49). Other foods name how they keep; households' own produce and handicrafts need no licence.
    """
    gaps: dict[str, Text] = {}
    if not has_sku:
        gaps["skus"] = Text("至少要有一个可售规格", "At least one SKU on sale is needed")
    if not product.description:
        gaps["description"] = _MISSING
    if category.is_food and product.is_prepackaged:
        for field in ("sc_licence_no", "net_content", "shelf_life_days", "storage_conditions"):
            if not getattr(product, field):
                gaps[field] = Text("预包装食品必须填写", "Needed for prepackaged food")
    if category.is_food and product.kind is ProductKind.PROCESSED and not product.is_prepackaged:
        for field in ("shelf_life_days", "storage_conditions"):
            if not getattr(product, field):
                gaps[field] = _MISSING
    if category.needs_quarantine and not product.quarantine_certificate_no:
        gaps["quarantine_certificate_no"] = Text(
            "肉类必须填写动物检疫证明编号", "Meat needs its quarantine certificate number"
        )
    return gaps
