"""Papers are set when one is written, not when the product starts."""

import subprocess
import sys

from marketplace import clock
from marketplace.papers import begin_paper
from tests.databases import ROOT


class TestBeginPaper:
    def test_makes_a_pdf(self) -> None:
        paper = begin_paper("结算单", made_at=clock.now(), footer="示例")
        paper.add_note("一句话")
        assert paper.close_up().startswith(b"%PDF-")

    def test_nobody_waits_for_the_typesetter_at_the_start(self) -> None:
        program = (
            "import sys, marketplace.app as a\n"
            "[a.capabilities.modules(n) for n in ('models', 'jobs', 'views', 'pages', 'webhooks')]\n"
            "sys.exit(' '.join(m for m in ('fpdf', 'fontTools') if m in sys.modules) or None)"
        )
        asked = [sys.executable, "-c", program]
        done = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
