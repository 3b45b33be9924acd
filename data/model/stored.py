"""What the database gives an entity when it keeps it. The standard library only."""

from typing import Protocol


class Stored(Protocol):
    """An entity whose ``id`` is ``None`` until the database gives one."""

    @property
    def id(self) -> int | None: ...


def stored_id(entity: Stored) -> int:
    """The id that the database gave.

    Raises
    ------
    ValueError
        It was never stored.
    """
    if entity.id is None:
        raise ValueError(f"not stored yet: {type(entity).__name__}")
    return entity.id
