"""Rhythms of settlement in words."""

from marketplace.language import Text
from orders.settlement_schedules.models import Rhythm

RHYTHMS = {
    Rhythm.MONTHLY: Text("每月（1 日截止）", "Monthly, on the 1st"),
    Rhythm.HALF_MONTHLY: Text("每半月（1 日、16 日截止）", "Half-monthly, on the 1st and 16th"),
    Rhythm.WEEKLY: Text("每周（周一截止）", "Weekly, on Mondays"),
    Rhythm.BY_HAND: Text("手工", "By hand"),
}
