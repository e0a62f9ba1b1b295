"""Amounts in Chinese capital numerals (大写金额), as papers state them beside the figures."""

from marketplace.money import MAX_FEN

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")
_SECTIONS = ("", "万", "亿")


def in_capitals(amount_fen: int) -> str:
    """Write an amount in capitals: 12345 fen is 壹佰贰拾叁元肆角伍分.

    After the rules on filling in bills and settlement vouchers (annex 1 of 支付结算办法, 银发〔1997〕393号):
    整 after whole yuan only; one 零 for a run of zeros; where the last yuan digit or the jiao is zero
    and something follows, 零 after 元. Where the rules leave a choice, the 零 is written: nothing can
    be put in its place. Raises ValueError below zero and above ``MAX_FEN``.
    """
    if not 0 <= amount_fen <= MAX_FEN:
        raise ValueError(f"no amount for a paper: {amount_fen}")
    yuan, cents = divmod(amount_fen, 100)
    jiao, fen = divmod(cents, 10)
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"{whole or '零元'}整"
    gap = "零" if whole and (jiao == 0 or yuan % 10 == 0) else ""
    parts = (_DIGITS[jiao] + "角" if jiao else "") + (_DIGITS[fen] + "分" if fen else "")
    return whole + gap + parts


def _whole(yuan: int) -> str:
    """Write a whole number above zero, four digits at a time."""
    said, had_gap = "", False
    for power in (2, 1, 0):
        section = yuan // 10_000**power % 10_000
        if section == 0:
            had_gap = bool(said)
            continue
        if said and (had_gap or section < 1000):
            said += "零"
        said += _section(section) + _SECTIONS[power]
        had_gap = False
    return said


def _section(number: int) -> str:
    """Write 1 to 9999; a run of zeros inside is one 零, zeros at either end are none."""
    said, had_gap = "", False
    for digit, place in zip(f"{number:04d}", _PLACES, strict=True):
        if digit == "0":
            had_gap = bool(said)
            continue
        said += ("零" if had_gap else "") + _DIGITS[int(digit)] + place
        had_gap = False
    return said
