"""Log records as JSON lines, for programs that collect them."""

import json
import logging
import logging.handlers
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

FACTS = ("version", "causes", "token")
"""What a record of a re-plan carries besides its text."""


MOST_BYTES, KEPT = 5_000_000, 5  # of one file, and how many older ones stay
LONGEST_LINE = 20_000


_DISTRICT: ContextVar[str] = ContextVar("district", default="")


@contextmanager
def of_district(site_id: str) -> Iterator[None]:
    """What is logged within tells of which of several districts it is."""
    token = _DISTRICT.set(site_id)
    try:
        yield
    finally:
        _DISTRICT.reset(token)


def _name_district(record: logging.LogRecord) -> bool:
    district = _DISTRICT.get()
    vars(record).update(district=district, of=f" [{district}]" if district else "")
    return True


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, the facts, and the district
    and a traceback where there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FACTS if hasattr(record, name)}
        if district := getattr(record, "district", ""):
            line["district"] = district
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Silent(logging.handlers.RotatingFileHandler):
    """One whose own failures go nowhere: they would be written to itself."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


def keep_output(source: IO[bytes], path: Path) -> None:
    """Write down what a process says until it ends, in files that never outgrow the disk. A disk
    that is full stops no one from saying more.
    """
    handler = _Silent(
        path, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True, errors="replace"
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    with source:
        while line := source.readline(LONGEST_LINE):
            said = line.decode("utf-8", "replace").rstrip("\n")
            handler.emit(logging.makeLogRecord({"msg": "%s", "args": (said,)}))
    handler.close()


def log_to(folder: Path, as_json: bool, to_stdout: bool = False) -> None:
    """Everything to a file that never outgrows the disk, and to standard output where a journal
    collects that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(
            folder / "xunban.log", maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8"
        )
    ]
    if to_stdout:
        handlers.append(logging.StreamHandler(sys.stdout))
    for handler in handlers:
        handler.addFilter(_name_district)
        handler.setFormatter(
            JsonLines()
            if as_json
            else logging.Formatter("%(asctime)s %(levelname)s %(name)s%(of)s %(message)s")
        )
    logging.basicConfig(level=logging.INFO, handlers=handlers)
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # a line a second otherwise; failures are ours to log
