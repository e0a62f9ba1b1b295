"""What `docs/security.md` promises is held by tests that exist."""

import ast
import re

from tests.databases import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


class TestSecurityDocument:
    def test_names_tests_that_exist(self) -> None:
        named = NAMED.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))
        assert len(named) > 40
        missing = []
        for file, path in named:
            node: ast.AST = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            for name in path.split("::"):
                inner = [n for n in ast.iter_child_nodes(node) if getattr(n, "name", "") == name]
                if not inner:
                    missing.append(f"{file}::{path}")
                    break
                node = inner[0]
        assert missing == []
