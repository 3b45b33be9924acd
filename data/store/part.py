"""What every part of the store stands on."""

from sqlalchemy import Engine


class Part:
    """A part of the store: each of its methods is one transaction on the database that all parts
    share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
