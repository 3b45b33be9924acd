"""What needs the desk's hand, as lines: for the desk and the wall alike. Pure."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.render.markup import Html, badge, html, tag
from data.model.city import City, Station
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.needs import Need, NeedKind, place_of

_MILDER = (
    NeedKind.LATE,
    NeedKind.DELAYED,
    NeedKind.QUESTION,
    NeedKind.UNDELIVERED,
    NeedKind.UNTOLD,
    NeedKind.INLET,
)
"""What is told in amber: nobody is in danger yet."""


def need_line(need: Need, city: City, now: datetime, t: Translator) -> Html:
    """One need: what kind, which station with its telephone, since when, and in words."""
    station = city.station_by_id.get(need.station_id or "")
    head = (
        badge(t(f"needs.kind_{need.kind}"), "late" if need.kind in _MILDER else "bad"),
        " ",
        tag("b", place_of(need, city)),
        html(" ", telephone(station, t)) if station else "",
        " ",
        tag("em", t("needs.age", age=labels.span_of(t, max(now - need.at, now - now)))),
    )
    return tag("div", tag("div", head), tag("div", t.message(need.told), cls="what"), cls="xb-need")


def telephone(station: Station, t: Translator) -> Html:
    """The station's number, to be dialled by a touch; where the tables have none, the word that
    they have none.
    """
    if not station.phone:
        return tag("em", t("needs.no_phone"))
    return tag("a", f"☎ {station.phone}", href=f"tel:{station.phone}", cls="xb-phone")


def needs_head(found: Sequence[Need], t: Translator) -> Html:
    """How many there are: red while there is one."""
    if not found:
        return tag("div", badge(t("needs.none"), "fine"), cls="xb-needs-head")
    return tag("div", badge(t("needs.title", n=len(found)), "bad"), cls="xb-needs-head")


def needs_mark(found: Sequence[Need], t: Translator) -> Html:
    """How many there are, always in sight, as a way to the list; empty if none is."""
    if not found:
        return Html("")
    return tag("a", t("needs.title", n=len(found)), href="#needs", cls="xb-needs-mark")


def needs_board(found: Sequence[Need], city: City, now: datetime, t: Translator, most: int) -> Html:
    """The list for a wall: without buttons, cut where it has no room, which is told."""
    lines = [need_line(need, city, now, t) for need in found[:most]]
    more = len(found) - most
    if more > 0:
        lines.append(tag("div", t("needs.more", n=more), cls="xb-need"))
    return html(needs_head(found, t), tag("div", lines, cls="xb-wallneeds"))
