"""What is refused here, as a small family; what the database cannot do is
``data.store.DatabaseError``.
"""

from dataclasses import dataclass, field

from data.model.message import Message


class StoreError(Exception):
    """The store refuses.

    Parameters
    ----------
    code
        Key of the sentence in the catalogue of texts.
    facts
        What the sentence fills in.
    """

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        details = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} ({details})" if details else code)


class NoCity(StoreError):
    """No district has been loaded yet."""


class OperationOpen(StoreError):
    """An operation of this kind is open already."""


class SchemaUnknown(StoreError):
    """The database was made by a newer version of the program."""


class StalePlan(StoreError):
    """Another writer was there first; nothing has been written."""


class BadAddress(StoreError):
    """No database can be meant by this address."""


class Damaged(StoreError):
    """The database can't be read to its end."""


class BadStreets(StoreError):
    """A street file that can't be taken. Nothing has been changed."""


class SeasonChanged(StoreError):
    """A season holds other rows than those that are kept elsewhere; none was taken away."""


class BadSnapshot(StoreError):
    """A backup that can't be put back; nothing has been changed."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing that is wrong in the tables.

    Attributes
    ----------
    sheet
        The sheet or file as it is called there; the file's own name when it can't be read as a
        whole.
    row
        Counted from 1 with the headings, as Excel shows it; ``None`` when it is about the whole
        sheet.
    column
        The heading as it is written there; ``None`` when it is about the whole row.
    code, facts
        Key of the sentence in the catalogue of texts, and what it fills in.
    """

    sheet: str
    row: int | None
    column: str | None
    code: str
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def message(self) -> Message:
        """The sentence without the place."""
        return Message(self.code, self.facts)


class BadSheets(Exception):
    """Tables that can't be taken as a city. Nothing has been changed.

    Parameters
    ----------
    errors
        Everything that is wrong, in the order of the tables and their rows.
    """

    def __init__(self, errors: tuple[RowError, ...]):
        self.errors = errors
        first = errors[0]
        super().__init__(
            f"{len(errors)} x wrong, first: {first.sheet} {first.row} {first.column} {first.code}"
        )
