"""The sizes of thermal labels that couriers' rolls have."""

from enum import StrEnum


class LabelSize(StrEnum):
    """Width and height in millimetres."""

    SMALL = "76x130"
    LARGE = "100x150"

    @property
    def millimetres(self) -> tuple[int, int]:
        width, height = self.split("x")
        return int(width), int(height)
