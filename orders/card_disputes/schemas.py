"""What the form for evidence says."""

from marketplace.fields import TextField
from marketplace.http import Schema


class EvidenceSchema(Schema):
    """What the payer's bank is told; a paper may come with it."""

    explanation = TextField(required=True, minimum=10, maximum=5000)
    goods = TextField(maximum=1000, load_default="")
    courier = TextField(maximum=100, load_default="")
    waybill_no = TextField(maximum=100, load_default="")
    shipped_on = TextField(maximum=40, load_default="")
