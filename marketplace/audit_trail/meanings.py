"""What codes mean in the facts of one kind of thing: said by the capabilities that write them."""

from collections.abc import Mapping

from marketplace.language import Text

_SAID: dict[tuple[str, str], Mapping[str, Text]] = {}


def explain_with(kind: str, name: str, words: Mapping[str, Text]) -> None:
    """Say what the codes of a fact mean where it is told of a kind of thing."""
    _SAID[(kind, name)] = words


def words_of(kind: str, name: str) -> Mapping[str, Text]:
    """Return what the codes of a fact mean for a kind of thing; nothing where nobody said."""
    return _SAID.get((kind, name), {})


explain_with(
    "session", "kind", {"page": Text("网页", "Pages"), "token": Text("程序接口", "The API")}
)
explain_with(
    "special_days",
    "kind",
    {
        "holiday": Text("放假", "Holiday"),
        "working": Text("调休上班", "Worked weekend"),
        "ordinary": Text("照常", "As usual"),
    },
)
