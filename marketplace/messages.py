"""Validation messages of the libraries, in Chinese: what marshmallow says, said to a clerk."""

import re
from typing import Any

from marketplace.language import Text

_EXACT: dict[str, str] = {
    "Missing data for required field.": "此项必填",
    "Field may not be null.": "此项不能为空值",
    "Unknown field.": "不接受此字段",
    "Invalid input type.": "内容类型不对",
    "Not a valid string.": "应为文字",
    "Not a valid integer.": "应为整数",
    "Not a valid number.": "应为数字",
    "Number too large.": "数字太大",
    "Not a valid boolean.": "应为 true 或 false",
    "Not a valid UUID.": "编号格式不对",
    "Not a valid datetime.": "时间格式不对",
    "Not a valid date.": "日期格式不对，应如 2026-03-01",
    "Not a valid list.": "应为列表",
    "Not a valid mapping type.": "应为对象",
    "Not a valid URL.": "网址格式不对",
    "Not a valid email address.": "邮箱格式不对",
    "Not a valid utf-8 string.": "文字编码不对",
    "Not a six-digit division code.": "应为六位行政区划代码",
    "Contains characters that are not allowed.": "含有不允许的字符",
    "Special numeric values (nan or infinity) are not permitted.": "数字无效",
    "Not a valid file.": "请选择文件",
    "Not a valid mobile number.": "应为 11 位手机号码",
    "Not a valid telephone number.": "应为手机号码，或带区号的固定电话",
    "Not a valid courier code.": "快递公司代码应为小写字母和数字",
    "A waybill number has 6 to 40 letters and digits.": "运单号应为 6 至 40 位字母和数字",
    "Not a valid code.": "应为 6 位数字",
    "A collection code has eight digits.": "取货码是 8 位数字",
    "Not a valid cart token.": "购物车令牌格式不对",
    "Not a valid bank account number.": "银行账号应为 8 至 32 位数字",
    "Must end after it begins.": "结束日期须晚于开始日期",
    "Not a valid login name.": "登录名只能用字母、数字、点、横线和下划线",
    "Give either account_id or phone.": "账号编号和手机号码须填且只填一项",
    "Give either ship_to_code, address_id or pickup_point_id.": "收货地区、地址簿中的地址和自提点须填且只填一项",
    "Give collected_by together with pickup_point_id.": "选自提点时须填写取货人，其他方式不填",
    "Give ship_to, or address_id instead of it.": "收货人信息和地址簿中的地址须填且只填一项",
    "Invalid value.": "内容无效",
    "Invalid type.": "内容类型不对",
    "Field may not be blank.": "此项不能为空",
    "Not a valid time.": "时间格式不对",
}
_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"Must be greater than or equal to (.+) and less than or equal to (.+)\."), "应在 {0} 到 {1} 之间"),
    (re.compile(r"Must be greater than or equal to (.+)\."), "不能小于 {0}"),
    (re.compile(r"Must be less than or equal to (.+)\."), "不能大于 {0}"),
    (re.compile(r"Must be greater than (.+) and less than or equal to (.+)\."), "应大于 {0} 且不大于 {1}"),
    (re.compile(r"Must be greater than (.+)\."), "应大于 {0}"),
    (re.compile(r"Must be less than (.+)\."), "应小于 {0}"),
    (re.compile(r"Longer than maximum length (.+)\."), "最多 {0} 个字"),
    (re.compile(r"Shorter than minimum length (.+)\."), "至少 {0} 个字"),
    (re.compile(r"Length must be between (.+) and (.+)\."), "长度应在 {0} 到 {1} 之间"),
    (re.compile(r"Length must be (.+)\."), "长度应为 {0}"),
    (re.compile(r"Must be one of: (.+)\."), "应为以下之一：{0}"),
    (re.compile(r"Must be equal to (.+)\."), "应等于 {0}"),
    (re.compile(r"String does not match expected pattern\."), "格式不对"),
    (re.compile(r"Not a valid (.+)\."), "格式不对"),
    (re.compile(r'"(.+)" cannot be formatted as a (.+)\.'), "格式不对"),
]  # fmt: skip


def translate(sentence: str | Text) -> Text:
    """Return a library's sentence in both languages; an unknown one stays general in Chinese."""
    if isinstance(sentence, Text):
        return sentence
    if sentence in _EXACT:
        return Text(_EXACT[sentence], sentence)
    for pattern, chinese in _PATTERNS:
        if match := pattern.fullmatch(sentence):
            return Text(chinese.format(*match.groups()), sentence)
    if any("\u4e00" <= character <= "\u9fff" for character in sentence):
        return Text(sentence, sentence)
    return Text("内容无效", sentence)


def is_translated(sentence: str) -> bool:
    """Tell whether a library's sentence has its own Chinese wording (guard test)."""
    return sentence in _EXACT or any(p.fullmatch(sentence) for p, _ in _PATTERNS)


def flatten(value: Any, path: str, into: dict[str, list[Any]]) -> None:
    """Flatten nested messages to ``lines.0.quantity`` → sentences."""
    if isinstance(value, dict):
        for name, inner in value.items():
            own = path if name == "_schema" else f"{path}.{name}" if path else str(name)
            flatten(inner, own, into)
    elif isinstance(value, list | tuple):
        for inner in value:
            if isinstance(inner, dict | list | tuple):
                flatten(inner, path, into)
            else:
                into.setdefault(path or "body", []).append(inner)
    else:
        into.setdefault(path or "body", []).append(value)
