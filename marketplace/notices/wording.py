"""What a notice says before its values are filled in."""

from dataclasses import dataclass

from marketplace.language import Text
from marketplace.notices.groups import NoticeGroup
from marketplace.notices.service import Words


@dataclass(frozen=True, slots=True)
class Wording:
    """A notice before its values are filled in: short, without personal data."""

    group: NoticeGroup
    title: Text
    text: Text

    def say(self, kind: str, link: str, values: dict[str, str]) -> Words:
        """Return the words with their values; ``link`` is the page to go to."""
        return Words(
            kind=kind,
            group=self.group,
            title=self.title,
            text=self.text.format(**values),
            link=link,
            values=values,
        )
