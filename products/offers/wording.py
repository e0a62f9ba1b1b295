"""Bulk prices and limits in words."""

from marketplace.language import Text
from marketplace.money import yuan
from products.offers.models import BuyerLimit, PriceStep


def say_step(step: PriceStep, unit: str) -> Text:
    """Say a bulk price."""
    words = (
        Text(
            "采购单位 {n} {unit}起，每{unit} {yuan} 元", "Buying units: {yuan} yuan from {n} {unit}"
        )
        if step.is_for_units
        else Text("{n} {unit}起，每{unit} {yuan} 元", "{yuan} yuan from {n} {unit}")
    )
    return words.format(n=step.from_quantity, unit=unit, yuan=yuan(step.price_fen))


def say_limit(limit: BuyerLimit, spec: str | None) -> Text:
    """Say how many one buyer may order."""
    said = []
    if limit.per_order is not None:
        said.append(Text("每单限购 {n} 件", "at most {n} an order").format(n=limit.per_order))
    if limit.per_period is not None and limit.period is not None:
        said.append(
            Text("每人（单位）{period}限购 {n} 件", "at most {n} {period} for each buyer").format(
                period=limit.period.label, n=limit.per_period
            )
        )
    words = Text("，".join(one.zh for one in said), ", ".join(one.en for one in said))
    if spec is None:
        return words
    return Text("{spec}：{words}", "{spec}: {words}").format(spec=spec, words=words)
