"""Transfers and their proofs as the API takes and tells them."""

from flask_smorest.fields import Upload
from marshmallow import fields

from marketplace.http import Schema


class ReceiptSchema(Schema):
    """A transfer that arrived for the trade."""

    received_at = fields.AwareDateTime()
    amount_fen = fields.Integer()


class TransferProofSchema(Schema):
    """A proof that was uploaded; its file is for who pays the trade, and for finance officers."""

    id = fields.UUID()
    content_type = fields.String()
    size_bytes = fields.Integer()
    uploaded_at = fields.AwareDateTime()


class TransferSchema(Schema):
    """How a trade is paid by bank transfer, and what has arrived."""

    trade_id = fields.UUID()
    holder = fields.String(metadata={"description": "Whose account it is to be paid to"})
    account_no = fields.String()
    bank_name = fields.String()
    code = fields.String(
        metadata={"description": "To be written into the transfer's remark (附言)"}
    )
    total_fen = fields.Integer()
    received_fen = fields.Integer()
    missing_fen = fields.Integer()
    payable_until = fields.AwareDateTime()
    receipts = fields.List(fields.Nested(ReceiptSchema))
    proofs = fields.List(fields.Nested(TransferProofSchema))


class AddProofSchema(Schema):
    """A proof as a multipart upload: JPEG, PNG, WebP or PDF, up to 8 MB."""

    proof = Upload()
