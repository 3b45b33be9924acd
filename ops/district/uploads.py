"""Files as people bring them, read and judged: nothing is changed.

What is here is done in a process of its own (`reading_apart`), which loads this and no more.
"""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadSheets, RowError
from data.files.grids import Grid, read_grids
from data.files.raw import BadFile
from data.files.read import tables_of_files
from data.files.table import FileTable
from data.model.city import City
from data.sheets.city import read_city

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
FOREIGN = frozenset(
    f"sheets.{code}"
    for code in (
        "no_tables",
        "not_a_workbook",
        "unknown_sheet",
        "unknown_heading",
        "missing_sheet",
        "missing_column",
        "no_headings",
        "sheet_twice",
        "bad_csv",
        "encoding",
        "heading_unit",
    )
)
"""What is wrong with a file that is not of our making, rather than wrong in it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody's files hold: a city, or all that is wrong with them and the rows as they are
    written.
    """

    city: City | None
    errors: tuple[RowError, ...] = ()
    grids: tuple[Grid, ...] = ()

    def row(self, sheet: str, row: int | None) -> tuple[str, ...]:
        """The cells of a row as written; empty where the error is not about one row, or nothing
        could be read.
        """
        return next(
            (
                tuple("" if cell is None else str(cell) for cell in cells)
                for grid in self.grids
                if grid.name == sheet
                for number, cells in grid.rows
                if number == row
            ),
            (),
        )


def read_upload(files: Mapping[str, bytes]) -> Upload:
    """The city in a workbook, or in the CSV files that belong together; nothing is changed.

    Parameters
    ----------
    files
        Content by file name; only the last part of a name counts.
    """
    if not _can_be_ours(files):
        name = next(iter(files), "")
        return Upload(None, (RowError(name, None, None, "sheets.no_tables", {"path": name}),))
    with tempfile.TemporaryDirectory(prefix="xunban-") as folder:
        for name, content in files.items():
            (Path(folder) / (Path(name.replace("\\", "/")).name or "file")).write_bytes(content)
        written = sorted(Path(folder).iterdir())
        source = (
            Path(folder)
            if written and all(path.suffix.lower() == ".csv" for path in written)
            else written[0]
        )
        try:
            return Upload(read_city(source))
        except BadSheets as error:
            try:
                grids = tuple(read_grids(source))
            except BadFile:
                grids = ()
            return Upload(None, error.errors, grids)


def _can_be_ours(files: Mapping[str, bytes]) -> bool:
    """Whether files are of a kind that our tables are kept in: one workbook, or CSV alone."""
    endings = [Path(name).suffix.lower() for name in files]
    return set(endings) == {".csv"} or (len(files) == 1 and endings[0] in WORKBOOKS)


def is_foreign(errors: Iterable[RowError]) -> bool:
    """Whether files are somebody else's, to be mapped, rather than ours with something wrong."""
    return any(error.code in FOREIGN for error in errors)


def read_files(files: Mapping[str, bytes]) -> list[FileTable]:
    """Every table of the files that were brought together.

    Raises
    ------
    BadSheets
        One can't be read.
    """
    try:
        return tables_of_files(", ".join(files)[:80], dict(files))
    except BadFile as error:
        name = str(error.facts.get("path", next(iter(files), "")))
        raise BadSheets((RowError(name, None, None, error.code, error.facts),)) from error
