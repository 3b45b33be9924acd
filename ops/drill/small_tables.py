"""Tables of a few columns that somebody writes by hand as CSV. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from data.files.texts import rows_of_text
from data.sheets.columns import key
from ops.base.errors import Invalid


def rows(
    text: str, columns: Mapping[str, Sequence[str]]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each line that says anything, with its number: what stands in each column.

    Parameters
    ----------
    columns
        By our names: the headings that they may have, the usual one first.

    Raises
    ------
    NotAllowed
        A column is missing.
    """
    read = rows_of_text(text.removeprefix("\ufeff"))
    heads = [key(head) for head in next(read, (1, []))[1]]
    at = {
        name: next((heads.index(key(word)) for word in words if key(word) in heads), -1)
        for name, words in columns.items()
    }
    if missing := [name for name, place in at.items() if place < 0]:
        raise Invalid("drill.table_heading", name=columns[missing[0]][0])
    for line, cells in read:
        row = {
            name: cells[place].strip() if place < len(cells) else "" for name, place in at.items()
        }
        if any(row.values()):
            yield line, row


def must_be(there: bool, line: int, name: str) -> None:
    """Refuse a line that names what is not there.

    Raises
    ------
    NotAllowed
        It is not.
    """
    if not there:
        raise Invalid("drill.table_unknown", line=line, name=name)
