"""What the libraries say of input, said to a clerk in both languages: what is expected, not what failed.

What a rule of ours expects is a ``Text`` beside the rule (``marketplace.fields.Matches``).
"""

import re
from typing import Any

from marketplace.language import Text

_EXACT: dict[str, Text] = {
    "Missing data for required field.": Text("此项必填", "This is required"),
    "Field may not be null.": Text("此项不能为空值", "This may not be null"),
    "Field may not be blank.": Text("此项不能为空", "This may not be blank"),
    "Unknown field.": Text("不接受此字段", "There is no such field"),
    "Invalid input type.": Text("内容类型不对，应为一组字段", "Not the right kind of value: fields are expected"),
    "Invalid type.": Text("内容类型不对，应为一组字段", "Not the right kind of value: fields are expected"),
    "Invalid value.": Text("应为列出的选项之一", "One of the listed values is expected"),
    "Not a valid string.": Text("应为文字", "A text is expected"),
    "Not a valid utf-8 string.": Text("文字编码应为 UTF-8", "The text must be encoded in UTF-8"),
    "Not a valid integer.": Text("应为整数，如 12", "Enter a whole number such as 12"),
    "Not a valid number.": Text("应为数字，如 12.5", "Enter a number such as 12.5"),
    "Number too large.": Text("数字太大，最多 15 位", "The number is too large: 15 digits at most"),
    "Special numeric values (nan or infinity) are not permitted.": Text("应为数字，如 12.5", "Enter a number such as 12.5"),
    "Not a valid boolean.": Text("应为 true 或 false", "true or false is expected"),
    "Not a valid UUID.": Text("应为系统给出的 36 位编号", "An id of 36 characters, as the system gives it, is expected"),
    "Not a valid datetime.": Text("应为日期和时间，如 2026-03-01T08:00:00+08:00", "Enter a date and time such as 2026-03-01T08:00:00+08:00"),
    "Not a valid naive datetime.": Text("应为不带时区的日期和时间，如 2026-03-01T08:00:00", "Enter a date and time without a time zone such as 2026-03-01T08:00:00"),
    "Not a valid aware datetime.": Text("应为带时区的日期和时间，如 2026-03-01T08:00:00+08:00", "Enter a date and time with its time zone such as 2026-03-01T08:00:00+08:00"),
    "Not a valid date.": Text("应为日期，如 2026-03-01", "Enter a date such as 2026-03-01"),
    "Not a valid time.": Text("应为时间，如 08:30", "Enter a time such as 08:30"),
    "Not a valid list.": Text("应为列表", "A list is expected"),
    "Not a valid mapping type.": Text("应为一组字段", "An object is expected"),
    "Not a valid URL.": Text("应为网址，以 https:// 开头", "Enter an address that begins with https://"),
    "Not a valid file.": Text("请选择文件", "Choose a file"),
}  # fmt: skip
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
    (re.compile(r'"(.+)" cannot be formatted as a (.+)\.'), "格式不对"),
]  # fmt: skip


def translate(sentence: str | Text) -> Text:
    """Return a library's sentence in both languages; an unknown one stays general in Chinese."""
    if isinstance(sentence, Text):
        return sentence
    if sentence in _EXACT:
        return _EXACT[sentence]
    for pattern, chinese in _PATTERNS:
        if match := pattern.fullmatch(sentence):
            return Text(chinese.format(*match.groups()), sentence)
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
