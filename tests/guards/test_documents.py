"""Documents point at what exists: decision numbers are unique, links and named tests lead somewhere."""

import ast
import re
from collections import Counter

from tests.databases import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


class TestDecisions:
    def test_have_a_number_each(self) -> None:
        names = [path.name for path in (ROOT / "docs" / "decisions").glob("*.md")]
        numbers = Counter(name[:4] for name in names)
        assert [number for number, times in numbers.items() if times > 1] == []
        for path in (ROOT / "docs" / "decisions").glob("*.md"):
            assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} "), path.name


class TestLinks:
    def test_lead_to_files_that_exist(self) -> None:
        broken = [
            f"{document.relative_to(ROOT)}: {target}"
            for document in DOCUMENTS
            for target in LINK.findall(document.read_text(encoding="utf-8"))
            if not (document.parent / target).exists()
        ]
        assert broken == []


class TestSecurityDocument:
    def test_names_tests_that_exist(self) -> None:
        text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
        named = NAMED_TEST.findall(text)
        assert len(named) > 40
        assert [f"{file}::{path}" for file, path in named if not exists(file, path)] == []


def exists(file: str, path: str) -> bool:
    """Tell whether a test file has the class, and the class the method."""
    node: ast.AST = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    for name in path.split("::"):
        inner = [n for n in ast.iter_child_nodes(node) if getattr(n, "name", "") == name]
        if not inner:
            return False
        node = inner[0]
    return True
