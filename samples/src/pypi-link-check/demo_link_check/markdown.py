"""Links of a Markdown text."""

import re
from dataclasses import dataclass

_INLINE = re.compile(r"(?<!!)\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True)
class Link:
    target: str
    line: int

    @property
    def is_remote(self) -> bool:
        return self.target.startswith(("http:", "https:"))


def find_links(text: str):
    """Return the links of a text outside of code blocks, with their lines from 1."""
    links = []
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line):
            fenced = not fenced
        if fenced:
            continue
        targets = _INLINE.findall(line) + _REFERENCE.findall(line)
        links.extend(Link(target, number) for target in targets if not target.startswith(("#", "mailto:")))
    return links
