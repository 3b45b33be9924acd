"""The page of a report point, and the answers that it shows: plain HTML, no account. Pure."""

import json
from collections.abc import Sequence

from dashboard.web.phone_page import TEMPLATES
from data.model.city import City, Segment
from data.model.operation import Operation
from data.model.street.street_case import RESIDENT
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.street.case_sheet import owner_name
from ops.documents.street.report_poster import point_name
from ops.field.cases.kinds import REPORTED_BY
from ops.field.cases.standing import CaseStanding
from ops.notifications.report_points import ReportPoint

FIRST = ("standing_water", "blocked_inlet", "missing_cover", "burst_pipe")
"""What residents see most of in a storm, shown first."""


def page(
    point: ReportPoint,
    roads: Sequence[Segment],
    city: City,
    operation: Operation,
    base: str,
    t: Translator,
) -> str:
    """What can be reported at this point, and of which road."""
    kinds = sorted(REPORTED_BY[RESIDENT], key=lambda kind: (kind not in FIRST, kind == "other"))
    words = ("unsent", "full", "no_photo")
    return TEMPLATES.get_template("resident.html").render(
        t=t,
        title=t("point.title"),
        place=point_name(point.place_id, city, t),
        drill=operation.is_drill,
        base=base,
        other="en" if t.language == "zh" else "zh",
        kinds=[(kind, t(f"case_kind.{kind}")) for kind in kinds],
        roads=[(road.id, labels.place_name(t, city, road.id)) for road in roads],
        words=json.dumps(
            {name: t(f"phone.{name}") for name in words}
            | {name: t(f"point.{name}") for name in ("kept", "what", "where", "say")},
            ensure_ascii=False,
        ),
    )


def answer(one: CaseStanding, city: City, photo: str | None, t: Translator) -> dict[str, object]:
    """How a report stands, in words for whoever sent it."""
    if one.closed:
        state = t("point.state_closed", at=one.closed.at, text=one.closed.text)
    elif one.is_unseen:
        state = t("point.state_unseen")
    else:
        state = t("point.state_taken", owner=owner_name(t, one.owner, city))
    return {"state": state, "closed": one.closed is not None, "photo": photo}
