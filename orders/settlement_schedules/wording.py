"""Rhythms of settlement in words."""

from marketplace.language import Text
from orders.settlement_schedules.models import Rhythm

RHYTHMS = {
    Rhythm.MONTHLY: Text("每月（1 日结算，到上月最后一天）", "Monthly, on the 1st"),
    Rhythm.HALF_MONTHLY: Text(
        "每半月（1 日、16 日结算，到前一天）", "Half-monthly, on the 1st and 16th"
    ),
    Rhythm.WEEKLY: Text("每周（周一结算，到周日）", "Weekly, on Mondays"),
    Rhythm.BY_HAND: Text("手工", "By hand"),
}
