"""What roles and their scopes are called, in both languages."""

from marketplace.language import Text
from marketplace.permissions import Role, ScopeKind

ROLE_NAMES: dict[Role, Text] = {
    Role.SHOPPER: Text("个人买家", "Shopper"),
    Role.COOPERATIVE_MANAGER: Text("合作社负责人", "Cooperative manager"),
    Role.COOPERATIVE_STAFF: Text("合作社店员", "Cooperative staff"),
    Role.BUYING_UNIT_CLERK: Text("采购单位经办人", "Buying-unit clerk"),
    Role.BUYING_UNIT_APPROVER: Text("采购单位审批人", "Buying-unit approver"),
    Role.OUTLET_OPERATOR: Text("专馆专柜经营者", "Outlet operator"),
    Role.PICKUP_KEEPER: Text("自提点保管员", "Pick-up point keeper"),
    Role.OFFICE_OFFICER: Text("对口办工作人员", "Office officer"),
    Role.OFFICE_APPROVER: Text("对口办审批人", "Office approver"),
    Role.FINANCE_OFFICER: Text("平台财务", "Finance officer"),
    Role.AUDITOR: Text("审计员", "Auditor"),
    Role.PLATFORM_ADMIN: Text("平台管理员", "Platform administrator"),
}

SCOPE_NAMES: dict[ScopeKind, Text] = {
    ScopeKind.COOPERATIVE: Text("合作社", "Cooperative"),
    ScopeKind.OFFICE: Text("对口办", "Office"),
    ScopeKind.BUYING_UNIT: Text("采购单位", "Buying unit"),
    ScopeKind.OUTLET: Text("销售网点", "Outlet"),
    ScopeKind.PICKUP_POINT: Text("自提点", "Pick-up point"),
    ScopeKind.PLATFORM: Text("平台", "Platform"),
}
