"""A sentence as a key and its facts: words are found for it where it is shown."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence not yet said: its key in the catalogue of texts, and the facts it fills in.

    A fact may be a text (kept as it is), a number, an instant, a ``Message`` (said in turn) or a
    tuple of these.
    """

    code: str
    facts: dict[str, object] = field(default_factory=dict)
