"""Amounts in the currency they came in: the journal is kept in yuan, payers may send another."""

from marketplace.language import Text
from marketplace.money import yuan

YUAN = "CNY"
# How providers count them: whole, or in thousandths; all others in hundredths.
_WHOLE = {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "VND", "VUV", "XAF", "XOF"}
_THOUSANDTHS = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
_NAMES = {
    "AUD": "澳元",
    "CAD": "加元",
    "CHF": "瑞士法郎",
    "EUR": "欧元",
    "GBP": "英镑",
    "HKD": "港元",
    "JPY": "日元",
    "KRW": "韩元",
    "MOP": "澳门元",
    "SGD": "新加坡元",
    "TWD": "新台币",
    "USD": "美元",
}


def in_currency(amount: int, currency: str) -> Text:
    """Write an amount, given in its currency's smallest unit, as people read it."""
    if currency == YUAN:
        return Text(f"¥{yuan(amount)}", f"¥{yuan(amount)}")
    if currency in _WHOLE:
        number = f"{amount:,}"
    elif currency in _THOUSANDTHS:
        number = f"{amount / 1000:,.3f}"
    else:
        number = yuan(amount)
    return Text(f"{number} {_NAMES.get(currency, currency)}", f"{number} {currency}")
