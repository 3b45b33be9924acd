"""Incidents from a CSV file, as other systems export them."""

import csv
import io
from datetime import datetime

from data.errors import BadSheets, RowError
from data.model.city import City
from data.model.field import Incident
from data.model.operation import Operation
from ops.base.errors import Invalid, NotAllowed
from ops.district.places import in_wgs84
from ops.field.calls.incidents import IncidentReport, IncidentSettings, placed

COLUMNS = (
    "kind",
    "segment_id",
    "lon",
    "lat",
    "crs",
    "depth_cm",
    "text",
    "external_id",
    "reported_at",
    "by",
)


def read_csv(
    raw: bytes,
    name: str,
    operation: Operation,
    city: City,
    now: datetime,
    settings: IncidentSettings = IncidentSettings(),
) -> list[Incident]:
    """The incidents of a CSV file (UTF-8, the headings of ``COLUMNS``; times with their offset,
    positions in WGS-84 or in the system that ``crs`` names).

    Raises
    ------
    BadSheets
        With everything that is wrong: then none is taken.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadSheets(
            (RowError(name, None, None, "field.unreadable", {"what": str(error)}),)
        ) from error
    found, errors = [], []
    for number, row in enumerate(rows, 2):
        try:
            found.append(placed(_report(row, now), operation, city, now, settings))
        except NotAllowed as refused:
            errors.append(RowError(name, number, None, refused.code, dict(refused.facts)))
    if errors or not rows:
        raise BadSheets(
            tuple(errors) or (RowError(name, None, None, "field.unreadable", {"what": "0"}),)
        )
    return found


def _report(row: dict[str | None, str | None], now: datetime) -> IncidentReport:
    def text(column: str) -> str:
        return (row.get(column) or "").strip()

    def number(column: str) -> float | None:
        try:
            return float(text(column)) if text(column) else None
        except ValueError:
            raise Invalid("field.unreadable", what=f"{column}: {text(column)}") from None

    lon, lat = number("lon"), number("lat")
    try:
        at = datetime.fromisoformat(text("reported_at")) if text("reported_at") else now
    except ValueError:
        raise Invalid("field.unreadable", what=f"reported_at: {text('reported_at')}") from None
    return IncidentReport(
        kind=text("kind"),
        by=text("by") or "csv",
        source="csv",
        reported_at=at,
        segment_id=text("segment_id") or None,
        depth_cm=number("depth_cm"),
        text=text("text"),
        position=in_wgs84(lon, lat, text("crs")),
        external_id=text("external_id") or None,
    )
