"""The duty sheets' PDF or spreadsheet, written by a process of its own."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.plan import PlanVersion
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.documents.duty_sheet_pdf import duty_sheets
from ops.settings import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheets of the plan in force (or of another version) to a file."""
    from ops.documents.duty_sheet_xlsx import duty_book
    from ops.documents.sources import addresses_of, alerts_of, open_store, order_of, read_city

    asked = _parser().parse_args(arguments)
    store = open_store(asked.db)
    city, version = read_city(store), _version(store, asked)
    t = Translator(asked.lang, ZoneInfo(city.district.time_zone if city else "Asia/Shanghai"))
    if city is None or version is None:
        print(t("paper.nothing"), file=sys.stderr)
        return 1
    try:
        made = (
            version,
            city,
            alerts_of(store, version),
            t,
            asked.station,
            order_of(store, version),
        )
        told = (
            duty_book(*made)
            if Path(asked.out).suffix.lower() == ".xlsx"
            else duty_sheets(*made, addresses_of(store, version, load(home()).required(), CONSOLE))
        )
    except ValueError:
        known = tuple(station.name for station in city.stations)
        print(t("paper.no_station", id=asked.station, known=known), file=sys.stderr)
        return 2
    Path(asked.out).write_bytes(told)
    print(t("paper.written", file=asked.out))
    return 0


def _version(store: "Store", asked: argparse.Namespace) -> PlanVersion | None:
    operation = store.current_operation()
    operation_id = asked.operation or (operation and operation.id)
    if operation_id is None:
        return None
    if asked.standing:
        kept = store.standing_plans(operation_id).get(asked.standing)
        return kept.plan if kept else None
    return (
        store.version(operation_id, asked.version)
        if asked.version
        else store.current_version(operation_id)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.paper", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--db", default=os.environ.get("XUNBAN_DB"), required="XUNBAN_DB" not in os.environ
    )
    parser.add_argument("--out", required=True)
    parser.add_argument("--station", help="its id or its name")
    parser.add_argument("--operation", type=int, help="the one that is on by default")
    parser.add_argument("--version", type=int)
    parser.add_argument(
        "--standing", help="the plan kept ready for this colour: blue, yellow, orange, red"
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main())
