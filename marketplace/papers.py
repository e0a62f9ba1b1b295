"""PDF papers: what those who write them need to know before the typesetter is loaded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from marketplace.typesetting import Labels, Paper

PDF = "application/pdf"

Side = Literal["LEFT", "RIGHT", "CENTER"]


def begin_paper(title: str, *, made_at: datetime, footer: str) -> Paper:
    """Begin an A4 paper under a title."""
    # It reads fonts as it is imported, longer than most of a start takes: only who writes waits.
    from marketplace.typesetting import Paper

    return Paper(title, made_at=made_at, footer=footer)


def begin_labels(width_mm: int, height_mm: int, *, made_at: datetime) -> Labels:
    """Begin a roll of labels of one size."""
    from marketplace.typesetting import Labels

    return Labels(width_mm, height_mm, made_at=made_at)
