"""Every sentence exists in Chinese and English, and neither leaks into the other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("marketplace", "partners", "products", "orders")
CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN_WORD = re.compile("[A-Za-z]{2,}")
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
PAIR = re.compile(
    r"""\bt\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*,\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)"""
)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)

# What has no Chinese name, or is looked for under this one: file kinds, units, header names.
NAMES = (
    "JPEG", "PNG", "WebP", "MB", "If-Match", "Idempotency-Key", "application/json", "JSON", "UTF-8",
    "SC", "GB/T", "XLSX", "CSV", "API", "NUL", "ASCII", "GB18030", "PDF", "OFD", "XML",
    "https", "true", "false", "acct", "webhook-id", "webhook-timestamp", "webhook-signature", "Standard Webhooks",
)  # fmt: skip

# Columns of the bank's answer file, named in English sentences as they stand in the file.
COLUMNS = ("付款编号", "金额（元）", "结果", "银行流水号", "失败原因")


def leaks(zh: str, en: str) -> str | None:
    """Say what is wrong with a pair of sentences."""
    bare = PLACEHOLDER.sub("", zh)
    for name in sorted(NAMES, key=len, reverse=True):
        bare = bare.replace(name, "")
    for column in COLUMNS:
        en = en.replace(column, "…")
    # The switch names the other language in that language.
    if (zh, en) in {("English", "中文"), ("en", "zh-CN"), ("zh-CN", "en")}:
        return None
    if LATIN_WORD.search(bare):
        return f"an English word in {zh!r}"
    if CHINESE.search(en):
        return f"Chinese in {en!r}"
    if zh.strip() and not en.strip():
        return f"no English beside {zh!r}"
    if set(PLACEHOLDER.findall(zh)) != set(PLACEHOLDER.findall(en)):
        return f"other placeholders in {zh!r} than in {en!r}"
    return None


def templates() -> list[Path]:
    return sorted(path for name in PACKAGES for path in (ROOT / name).rglob("templates/**/*.html"))


def modules() -> list[Path]:
    return sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", templates(), ids=named)
class TestTemplates:
    def test_say_nothing_outside_a_pair(self, path: Path) -> None:
        text = PAIR.sub("", COMMENT.sub("", path.read_text(encoding="utf-8")))
        lines = [line.strip() for line in text.splitlines() if CHINESE.search(line)]
        assert lines == []

    def test_pairs_do_not_leak(self, path: Path) -> None:
        pairs = [
            (ast.literal_eval(zh), ast.literal_eval(en))
            for zh, en in PAIR.findall(path.read_text(encoding="utf-8"))
        ]
        assert [said for zh, en in pairs if (said := leaks(zh, en))] == []


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Every ``Text("…", "…")`` of a module whose parts are plain or formatted strings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Text"
        ):
            parts = [literal(argument) for argument in node.args]
            if len(parts) == 2 and parts[0] is not None and parts[1] is not None:
                yield parts[0], parts[1]


def literal(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


class TestModules:
    def test_pairs_do_not_leak(self) -> None:
        found = [
            f"{named(path)}: {said}"
            for path in modules()
            for zh, en in texts(path)
            if (said := leaks(zh, en))
        ]
        assert found == []

    def test_there_are_pairs_to_look_at(self) -> None:
        assert sum(1 for path in modules() for _ in texts(path)) > 300


class TestLeaks:
    @pytest.mark.parametrize(
        ("zh", "en"),
        [
            ("请 sign in", "Sign in"),
            ("登录", "登录"),
            ("登录", ""),
            ("共 {n} 件", "{count} pieces"),
        ],
    )
    def test_finds_what_leaks(self, zh: str, en: str) -> None:
        assert leaks(zh, en)

    def test_lets_a_good_pair_pass(self) -> None:
        assert leaks("共 {n} 件", "{n} pieces") is None
