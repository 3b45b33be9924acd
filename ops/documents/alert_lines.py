"""The warnings received in words: which hold, from when to when, and why the others do not."""

from ops.base.messages import Translator
from ops.base.naming import alert_name
from ops.intake.alert_list import AlertState


def state_line(state: AlertState, t: Translator) -> str:
    """A warning in one line: who and what, from when to when, whether it holds and why not."""
    alert = state.alert
    head = t(
        "alert.list_line",
        sign="●" if state.planned else "○",
        issuer=alert.issuers or "-",
        action=t(f"action.{alert.action}"),
        alert=t.message(alert_name(alert)),
        begin=state.begins_at,
        end=state.ends_at,
    )
    areas = t("alert.list_areas", areas=alert.areas) if alert.areas else ""
    return f"{head}{areas}{why(state, t)}"


def why(state: AlertState, t: Translator) -> str:
    """Why a warning holds or not, in words."""
    by = state.by
    if by is None:
        return t(f"alert.why_{state.why}")
    return t(
        f"alert.why_{state.why}_by",
        issuer=by.issuers or "-",
        action=t(f"action.{by.action}"),
        alert=t.message(alert_name(by)),
        at=by.issued_at or by.received_at or state.begins_at,
        provider=by.provider,
    )
