"""Words to the cooperatives as the checkout page asks for them: a field for each part."""

import uuid
from collections.abc import Mapping

from marketplace import forms
from orders.checkout.schemas import RemarkToSchema

REMARK = "remark-"


def read_remarks(raw: Mapping[str, str]) -> tuple[dict[uuid.UUID, str], dict[str, str]]:
    """Return what is said to whom, and what is wrong with it by field; empty fields say nothing."""
    remarks: dict[uuid.UUID, str] = {}
    errors: dict[str, str] = {}
    for name, typed in raw.items():
        if not name.startswith(REMARK) or not typed.strip():
            continue
        values = {"cooperative_id": name.removeprefix(REMARK), "remark": typed}
        entered = forms.load_values(RemarkToSchema(), values, raw)
        if entered.errors:
            errors[name] = next(iter(entered.errors.values()))
        else:
            remarks[entered.values["cooperative_id"]] = entered.values["remark"]
    return remarks, errors
