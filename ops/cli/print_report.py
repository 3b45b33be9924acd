"""The storm report's PDF or spreadsheet, written by a process of its own."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ops.analytics.history import read_history
from ops.analytics.storm_ledger import storms
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.documents import spreadsheets
from ops.documents.sources import open_store
from ops.documents.storm_report import Report, as_pdf, as_tables
from ops.settings import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report of a storm to a file."""
    asked = _parser().parse_args(arguments)
    store = open_store(asked.db)
    city, operation = store.city(), store.current_operation()
    t = Translator(asked.lang, ZoneInfo(city.district.time_zone))
    settings = load(home()).required().response
    history = read_history(store, operation) if operation else None
    found = storms(history, asked.now, timedelta(hours=settings.storm_gap_hours)) if history else ()
    storm = next((one for one in reversed(found) if asked.storm in (0, one.number)), None)
    if storm is None or history is None:
        print(t("report.no_storm", n=len(found)), file=sys.stderr)
        return 1
    report = Report(
        storm=storm, history=history, city=city, settings=settings, now=asked.now, by=asked.by
    )
    target = Path(asked.out)
    target.write_bytes(
        spreadsheets.as_excel(as_tables(report, t), t)
        if target.suffix.lower() == ".xlsx"
        else as_pdf(report, t)
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.report", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ
    )
    parser.add_argument("--out", required=True)
    parser.add_argument(
        "--now",
        required=True,
        type=datetime.fromisoformat,
        help="the operation's time, with its zone",
    )
    parser.add_argument("--storm", type=int, default=0, help="its number; the latest by default")
    parser.add_argument("--by", required=True, help="who makes it")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
