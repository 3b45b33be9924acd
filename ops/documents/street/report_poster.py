"""What hangs at a report point (扫码上报): where it is, the code, what to telephone instead."""

from data.model.city import City
from data.model.operation import Operation
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.typesetting import code, typeset


def point_name(place_id: str, city: City, t: Translator) -> str:
    """A stretch of road, or a community of the grid, by its name."""
    if place_id in city.segment_by_id:
        return labels.place_name(t, city, place_id)
    station = city.station_by_id.get(place_id)
    return station.name if station else place_id


def as_pdf(place_id: str, address: str, operation: Operation, city: City, t: Translator) -> bytes:
    """One page to be hung up."""
    return typeset("report_poster.typ", document(place_id, address, operation, city, t))


def document(place_id: str, address: str, operation: Operation, city: City, t: Translator) -> dict:
    """All that is printed, in words."""
    return {
        "lang": t.language,
        "drill": t("paper.drill") if operation.is_drill else "",
        "title": t("point.poster_title"),
        "place": point_name(place_id, city, t),
        "code": code(address),
        "lines": [t(f"point.poster_{name}") for name in ("what", "answer", "danger")],
        "foot": f"{city.district.name} · {address}",
    }
