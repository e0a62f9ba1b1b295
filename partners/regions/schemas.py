"""What the API shows of regions."""

from marshmallow import fields

from marketplace.fields import RegionCodeField, TextField
from marketplace.http import ListQuerySchema, Schema
from partners.regions.models import RegionLevel
from partners.regions.queries import tree
from partners.regions.tree import AliasNode, RegionNode


class RegionQuerySchema(ListQuerySchema):
    """Which regions: those under a parent (the provinces without one), or hits of a search."""

    parent = RegionCodeField(load_default=None)
    q = TextField(load_default=None, maximum=40)
    level = fields.Enum(RegionLevel, by_value=True, load_default=None)


class RegionOnQuerySchema(Schema):
    """The day of the paper that the code stands in; a former code is then understood."""

    on = fields.Date(load_default=None)


class RegionAliasSchema(Schema):
    """A former code or name; unknown dates are null."""

    code = fields.String(allow_none=True)
    name = fields.String()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)


class RegionSchema(Schema):
    """A division with the name as one writes it."""

    code = fields.String()
    name = fields.String()
    full_name = fields.Function(
        lambda node: tree().full_name(node.code), metadata={"type": "string"}
    )
    level = fields.Enum(RegionLevel, by_value=True)
    parent_code = fields.String(allow_none=True)
    path = fields.List(fields.String())
    delisted_year = fields.Integer(
        allow_none=True, metadata={"description": "Year of leaving the list of the 832 counties"}
    )


class RegionDetailSchema(RegionSchema):
    """A division with its former codes and names and the organisations that reach it."""

    valid_from = fields.Date(allow_none=True)
    aliases = fields.Method("_aliases", metadata={"type": "array", "items": {"type": "object"}})
    organisations = fields.Method(
        "_organisations", metadata={"type": "array", "items": {"type": "object"}}
    )

    def _aliases(self, node: RegionNode) -> list[AliasNode]:
        found: list[AliasNode] = RegionAliasSchema(many=True).dump(tree().aliases(node.code))
        return found

    def _organisations(self, node: RegionNode) -> list[dict[str, str]]:
        return [
            {"code": body.code, "name": body.name}
            for body in tree().organisations()
            if tree().is_reached_by(node.code, body.code)
        ]


class RegionPageSchema(Schema):
    """One page of regions."""

    items = fields.List(fields.Nested(RegionSchema))
    next = fields.String(allow_none=True)
