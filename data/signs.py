"""Signs that nobody sees and that change what is seen beside them, or that no paper holds. The
standard library only.
"""

import html
import re

_UNSEEN = re.compile(
    "["
    "\u202a-\u202e\u2066-\u2069"  # turn the order of what follows: UAX 9, "Trojan Source"
    "\u200b\u2060-\u2064\ufeff\u00ad\u180e"  # without width
    "\U000e0000-\U000e007f"  # tags
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # commands to a teleprinter
    "\ud800-\udfff\ufffe\uffff"  # no signs at all: XML 1.0, 2.2, has none of either
    "]"
)


def seen(text: str) -> str:
    """A text without signs that are not seen themselves: what stands there is what is read."""
    return text if text.isprintable() else _UNSEEN.sub("", text)


def escape(text: str) -> str:
    """A text as HTML that shows it, and does nothing else."""
    return html.escape(seen(text))


def in_template(value: object) -> object:
    """What a template fills in: of a text what is seen; what is marked as HTML stays as it is."""
    return seen(value) if type(value) is str else value
