"""Endpoints, deliveries and tries in JSON."""

from marshmallow import fields, validate

from marketplace.endpoints.addresses import LONGEST
from marketplace.endpoints.models import DeliveryState
from marketplace.endpoints.signing import TEST
from marketplace.fields import IdField, TextField
from marketplace.http import ListQuerySchema, Schema
from marketplace.outbox.kinds import EventKind
from marketplace.permissions import ScopeKind


class ChangeEndpointSchema(Schema):
    """What an endpoint is called, where it is, and what it is told."""

    label = TextField(required=True, maximum=60)
    url = TextField(required=True, maximum=LONGEST)
    kinds = fields.List(
        fields.Enum(EventKind, by_value=True),
        required=True,
        validate=validate.Length(1, len(EventKind)),
    )


class RegisterEndpointSchema(ChangeEndpointSchema):
    """A new endpoint of a cooperative, a buying unit, or the platform's own (without an id)."""

    scope_kind = fields.Enum(ScopeKind, by_value=True, required=True)
    scope_id = IdField(load_default=None, allow_none=True)


class ReplaySinceSchema(Schema):
    """From when on what was missed is sent again; 30 days at most."""

    since = fields.AwareDateTime(required=True)


class DeliveryQuerySchema(ListQuerySchema):
    """Which of an endpoint's deliveries, the newest first."""

    state = fields.Enum(DeliveryState, by_value=True, load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf([*EventKind, TEST]))


class EndpointSchema(Schema):
    """An endpoint; its secret is not among what can be read."""

    id = fields.UUID()
    scope_kind = fields.String()
    scope_id = fields.UUID(allow_none=True)
    label = fields.String()
    url = fields.String()
    kinds = fields.List(fields.String())
    state = fields.String()
    pause_reason = fields.String(allow_none=True)
    paused_at = fields.DateTime(allow_none=True)
    first_failed_at = fields.DateTime(allow_none=True)
    previous_secret_ends_at = fields.DateTime(allow_none=True)
    created_at = fields.DateTime()


class EndpointWithSecretSchema(Schema):
    """An endpoint with the secret that it was just given: said this once."""

    endpoint = fields.Nested(EndpointSchema)
    secret = fields.String()


class EndpointPageSchema(Schema):
    items = fields.List(fields.Nested(EndpointSchema))
    next = fields.String(allow_none=True)


class AttemptSchema(Schema):
    """One try: a status and the beginning of the answer, or the kind of failure."""

    at = fields.DateTime()
    duration_ms = fields.Integer()
    status = fields.Integer(allow_none=True)
    failure = fields.String(allow_none=True)
    answer = fields.String()


class DeliverySchema(Schema):
    """What was, or is to be, delivered, with every try, the latest first."""

    id = fields.UUID()
    webhook_id = fields.UUID()
    kind = fields.String()
    body = fields.String()
    state = fields.String(attribute="delivery.state")
    tries = fields.Integer(attribute="delivery.tries")
    created_at = fields.DateTime(attribute="delivery.created_at")
    next_try_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(attribute="delivery.ended_at", allow_none=True)
    attempts = fields.List(fields.Nested(AttemptSchema))


class DeliveryPageSchema(Schema):
    items = fields.List(fields.Nested(DeliverySchema))
    next = fields.String(allow_none=True)


class ReplayedSchema(Schema):
    """How many deliveries are on their way again."""

    replayed = fields.Integer()
