"""Whatever a schema has against its input is said in both languages, and says what is expected."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError, fields, validate

from marketplace import messages
from marketplace.fields import FenField, Matches, RateField
from marketplace.http import Schema
from marketplace.language import Text
from tests.guards.test_languages import PACKAGES, ROOT, modules, named

# What people and programs send by mistake, whatever the field.
ODD: tuple[object, ...] = (
    None, "", " ", "x", "\x00", "x" * 6000, "2026-13-45", -1, 0, 1.5, 10**30, True, [], ["x"], {},
    {"x": 1}, "nan",
)  # fmt: skip


def schemas() -> Iterator[type[Schema]]:
    """Every schema of the product, those of views, pages and headers alike."""
    for path in ROOT.glob("*/**/*.py"):
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        if name.split(".")[0] in PACKAGES and "Schema" in path.read_text("utf-8"):
            importlib.import_module(name)
    waiting: list[type[Schema]] = [Schema]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.split(".")[0] in PACKAGES:
            yield kind


def all_fields(app: Flask) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Every field with its name, those inside lists and mappings too; nested schemas walk by themselves."""
    for kind in schemas():
        for name, field in kind().fields.items():
            yield from within(f"{kind.__module__}.{kind.__name__}.{name}", field)


def within(name: str, field: fields.Field[Any]) -> Iterator[tuple[str, fields.Field[Any]]]:
    yield name, field
    for part in ("inner", "key_field", "value_field"):
        inner = getattr(field, part, None)
        if inner is not None:
            yield from within(f"{name}.{part}", inner)


def is_said(sentence: object) -> bool:
    if isinstance(sentence, Text):
        return bool(sentence.zh and sentence.en)
    return isinstance(sentence, str) and messages.is_translated(sentence)


def refusals(field: fields.Field[Any]) -> Iterator[object]:
    for value in ODD:
        try:
            field.deserialize(value)
        except ValidationError as refused:
            flat: dict[str, list[object]] = {}
            messages.flatten(refused.messages, "", flat)
            yield from (sentence for said in flat.values() for sentence in said)


class TestEveryField:
    def test_refuses_in_both_languages(self, app: Flask) -> None:
        walked, unsaid = 0, set()
        with app.app_context():
            for name, field in all_fields(app):
                walked += 1
                unsaid |= {f"{name}: {said}" for said in refusals(field) if not is_said(said)}
        assert sorted(unsaid) == []
        assert walked > 1000

    def test_has_patterns_that_say_what_they_expect(self, app: Flask) -> None:
        bare = [
            name
            for name, field in all_fields(app)
            for one in field.validators
            if isinstance(one, validate.Regexp) and not isinstance(one, Matches)
        ]
        assert bare == []


def spoken(path: Path) -> Iterator[str]:
    """Bare strings given as what is wrong: to ValidationError, as ``error=``, as error messages."""
    source = path.read_text(encoding="utf-8")
    if not any(word in source for word in ("ValidationError(", "error=", "error_messages")):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            callee = ast.unparse(node.func)
            if callee.endswith("ValidationError") and node.args:
                yield from strings(node.args[0])
            for keyword in node.keywords:
                of_ours = callee.startswith("validate.") and keyword.arg == "error"
                if of_ours or keyword.arg == "error_messages":
                    yield from strings(keyword.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(ast.unparse(one) == "default_error_messages" for one in targets):
                yield from strings(node.value)


def strings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from strings(value)
    elif isinstance(node, ast.List | ast.Tuple):
        for value in node.elts:
            yield from strings(value)
    elif isinstance(node, ast.DictComp | ast.ListComp):
        yield from strings(node.value if isinstance(node, ast.DictComp) else node.elt)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield ast.unparse(node)


class TestEveryRefusalInTheSource:
    def test_is_said_in_both_languages(self) -> None:
        found = [
            f"{named(path)}: {sentence}"
            for path in modules()
            for sentence in spoken(path)
            if not messages.is_translated(sentence)
        ]
        assert found == []

    @pytest.mark.parametrize(
        "source",
        [
            "raise ValidationError('Wrong.')",
            "raise ValidationError({'a': ['Wrong.']}, 'a')",
            "raise ValidationError({name: [f'{name} is wrong'] for name in b})",
            "validate.Length(max=3, error='Wrong.')",
            "fields.String(error_messages={'required': 'Wrong.'})",
            "default_error_messages = {'a': 'Wrong.'}",
        ],
    )
    def test_would_be_found_if_it_were_not(self, source: str, tmp_path: Path) -> None:
        path = tmp_path / "one.py"
        path.write_text(source, "utf-8")
        assert [one for one in spoken(path) if not messages.is_translated(one)]


class TestEveryValidatorOfTheLibrary:
    def test_is_said_in_chinese(self) -> None:
        told: list[tuple[validate.Validator, object]] = [
            (validate.Range(1, 5), 9),
            (validate.Range(min=1), 0),
            (validate.Range(max=1), 2),
            (validate.Range(min=1, min_inclusive=False), 1),
            (validate.Length(1, 5), ""),
            (validate.Length(max=1), "ab"),
            (validate.Length(min=1), ""),
            (validate.Length(equal=2), "a"),
            (validate.OneOf(["a", "b"]), "c"),
        ]
        unsaid = []
        for validator, value in told:
            with pytest.raises(ValidationError) as refused:
                validator(value)
            unsaid += [m for m in refused.value.messages if not is_said(m)]
        assert unsaid == []


class TestAmounts:
    def test_are_bounded_in_yuan(self) -> None:
        with pytest.raises(ValidationError) as refused:
            FenField(minimum=1, maximum=125_000).deserialize(125_001)
        said = refused.value.messages[0]
        assert said.zh == "金额应在 0.01 元到 1,250.00 元之间"
        assert said.en == "The amount must be between 0.01 and 1,250.00 yuan"

    def test_of_rates_are_bounded_in_per_cent(self) -> None:
        with pytest.raises(ValidationError) as refused:
            RateField(maximum=3000).deserialize(3001)
        assert refused.value.messages[0].zh == "比例应在 0% 到 30% 之间"
