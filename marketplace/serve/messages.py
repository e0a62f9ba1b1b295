"""What the terminal says, in Chinese and in English: nobody has chosen a language there yet."""

import sys


def say(chinese: str, english: str) -> None:
    """Write both sentences, whatever the terminal's locale."""
    sys.stdout.flush()
    sys.stdout.buffer.write(f"{chinese}\n{english}\n".encode())
    sys.stdout.buffer.flush()


def show(text: str) -> None:
    """Write a prepared text as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


class CannotServe(Exception):
    """Something outside keeps the product from starting; both sentences say what to do."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english
