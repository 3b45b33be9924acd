"""What the store refuses, as a small family; what the database cannot do is ``data.store.DatabaseError``."""


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
        said = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} ({said})" if said else code)


class NoCity(StoreError):
    """No district has been loaded yet."""


class OperationOpen(StoreError):
    """An operation of this kind is open already."""


class SchemaUnknown(StoreError):
    """The database was made by a newer version of the program."""


class StalePlan(StoreError):
    """Another writer was there first; nothing has been written."""
