"""The board's pieces of HTML.

Pure; every text that comes from outside is escaped here and nowhere else.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape

from dashboard.model.situation import Situation
from dashboard.render import colours
from dashboard.render.frames import NextMove, hm, out_now
from data.model.city import City
from data.model.message import Message
from data.model.plan import PlanVersion, RainOutlook
from ops.base.messages import Translator
from ops.documents import labels
from weather.in_force import ends_at
from weather.model import Alert, Health, SourceHealth

_MARKS = re.compile(r"([\\`*_\[\]<>$:~!#|&])")


def plain(said: str) -> str:
    """A text as markdown that shows it letter by letter: no picture, link, formula or colour comes
    of it.
    """
    return _MARKS.sub(r"\\\1", said).replace("www.", "www\\.")


def notice(kind: str, title: str, lines: Iterable[str] = (), alone: bool = False) -> str:
    """A boxed message: ``kind`` is ``stop``, ``care`` or ``plain``, told by a sign as well as by
    colour.

    Parameters
    ----------
    alone
        All that the page has to say: it stands larger, in the middle.
    """
    sign = {"stop": "✕", "care": "▲", "plain": "●"}[kind]
    kind = f"{kind} alone" if alone else kind
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<div class="xb-note {kind}"><b>{sign} {escape(title)}</b>{told}</div>'


def drill_strip(situation: Situation, t: Translator) -> str:
    """The banner that no one can miss while it is all a drill; an empty text in real operation."""
    if not situation.operation.is_drill:
        return ""
    return (
        f'<div class="xb-drill"><span class="mark">{escape(t("board.drill"))}</span>'
        f'<span class="clock">{escape(t("board.drill_clock", at=situation.now))}</span>'
        f'<span class="tell">{escape(t("board.drill_tell"))}</span></div>'
    )


def undelivered(situation: Situation, t: Translator) -> str:
    """How many orders have not reached their stations, and which: they are told by telephone; an
    empty text if none.
    """
    if not situation.undelivered:
        return ""
    names = {station.id: station.name for station in situation.city.stations}
    told = dict.fromkeys(names.get(one.station_id, one.station_id) for one in situation.undelivered)
    return notice(
        "care",
        t("board.undelivered", n=len(situation.undelivered)),
        [t("board.undelivered_do", stations=tuple(told))],
    )


def stale_forecast(situation: Situation, t: Translator) -> str:
    """That the plan can stand on no fresh forecast, how old the newest is and whose; an empty text
    if one is fresh.
    """
    forecast, age = situation.forecast, situation.forecast_age
    if forecast is None or age is None or not situation.forecast_stale:
        return ""
    name = labels.provider_name(t, forecast.provider)
    return notice(
        "stop",
        t("board.forecast_stale_title", age=labels.span_of(t, age)),
        [t("board.forecast_stale_why", name=name, at=forecast.fetched_at)],
    )


def held(situation: Situation, t: Translator) -> str:
    """The plan that waits for approval, since when, and how to approve it; an empty text if none
    does.
    """
    draft = situation.draft
    if draft is None:
        return ""
    minutes = max(0, int((situation.now - draft.made_at) / timedelta(minutes=1)))
    return notice(
        "care",
        t("board.held", number=draft.number, at=draft.made_at, minutes=minutes),
        [t("board.held_do", number=draft.number)],
    )


def beat(situation: Situation) -> str:
    """What changes at every refresh, for the browser to notice when refreshes stop."""
    return f'<span data-beat="{situation.real_now.timestamp():.1f}"></span>'


def status_cards(situation: Situation, t: Translator) -> str:
    """Warning, rain, feeds and plan: what the desk must know at a glance."""
    return (
        f'<div class="xb-cards">{alert_card(situation, t)}{rain_card(situation, t)}'
        f"{feed_card(situation, t)}{plan_card(situation, t)}</div>"
    )


def alert_card(situation: Situation, t: Translator) -> str:
    """The worst warning in force, in its national colour and its word; "none" is not the same as
    "not known".
    """
    standing = sorted(
        situation.standing, key=lambda alert: alert.level.rank if alert.level else 0, reverse=True
    )
    if not standing:
        return _no_alert_card(situation, t)
    worst, others = standing[0], standing[1:]
    until = ends_at(worst)
    lines = [
        t("board.alert_until", at=until, left=labels.span_of(t, until - situation.now)),
        t("board.alert_from", issuer=worst.issuers, at=worst.issued_at or worst.received_at)
        + amount(worst, t),
    ]
    if others:
        lines.append(
            t("board.alert_also", alerts=tuple(labels.alert_name(t, other) for other in others))
        )
    return _card(
        labels.alert_name(t, worst),
        lines,
        colours.LEVEL[worst.level],
        label=t("board.card_alert"),
        sign="⚠",
    )


def _no_alert_card(situation: Situation, t: Translator) -> str:
    if situation.feeds_down:
        return _card(
            t("board.alert_unknown"),
            [t("board.alert_unknown_why")],
            colours.CARE,
            label=t("board.card_alert"),
            sign="?",
        )
    if not situation.alerts:  # nothing received is no proof that there is none: not green
        return _card(
            t("board.alert_none"),
            [t("board.alert_none_why")],
            label=t("board.card_alert"),
            sign="○",
        )
    return _card(
        t("board.alert_quiet"),
        [t("board.alert_quiet_why")],
        colours.QUIET,
        label=t("board.card_alert"),
        sign="○",
    )


def amount(alert: Alert, t: Translator) -> str:
    """How much rain a warning speaks of; an empty text where it says nothing."""
    if alert.forecast_mm is None or alert.forecast_hours is None:
        return ""
    return t("board.alert_amount", hours=alert.forecast_hours, mm=alert.forecast_mm)


def rain_card(situation: Situation, t: Translator) -> str:
    """When the rain that the plan stands on begins or ends, and how much."""
    if situation.version is None:
        return _card(
            t("board.rain_unplanned"), [t("board.plan_none_why")], label=t("board.card_rain")
        )
    rain = situation.version.rain
    if rain.onset_at is None:
        return _card(t("board.rain_none"), [t("board.rain_none_why")], label=t("board.card_rain"))
    if rain.end_at and rain.end_at <= situation.now:
        return _card(
            t("board.rain_over"),
            [t("board.rain_over_at", at=rain.end_at)],
            label=t("board.card_rain"),
        )
    if rain.onset_at > situation.now:
        title = t("board.rain_from", at=rain.onset_at)
        first = t("board.rain_in", left=labels.span_of(t, rain.onset_at - situation.now))
    else:
        title, first = t("board.rain_now"), t("board.rain_until", at=rain.end_at or rain.onset_at)
    lines = [
        first + " · " + _stands_on(rain, t),
        t("board.rain_amount", mm=round(rain.total_mm), peak=round(rain.peak_mm_h)),
    ]
    return _card(title, lines, label=t("board.card_rain"))


def _stands_on(rain: RainOutlook, t: Translator) -> str:
    """What the plan's rain comes from, the forecast by its name."""
    if rain.source == "forecast" and rain.provider and rain.fetched_at:
        return t(
            "board.rain_by_fetched", name=labels.provider_name(t, rain.provider), at=rain.fetched_at
        )
    return t(f"board.rain_by_{rain.source}")


def feed_card(situation: Situation, t: Translator) -> str:
    """Age of the last forecast, and how each source is."""
    age = situation.forecast_age
    title = (
        t("board.forecast_age", age=labels.span_of(t, age))
        if age is not None
        else t("board.forecast_never")
    )
    paint = colours.CARE if situation.feeds_down or situation.forecast_old else None
    lines = [health_line(health, situation.real_now, t) for health in situation.healths]
    if age is not None and situation.forecast_stale:
        title = t("board.forecast_stale_title", age=labels.span_of(t, age))
        paint = colours.STALE
    elif age is not None and situation.forecast_old:
        lines.insert(0, t("board.forecast_old"))
    quiet = t("board.feeds_drill" if situation.operation.is_drill else "board.feeds_none")
    return _card(
        title, lines or [quiet], paint, label=t("board.card_feeds"), sign="▲" if paint else ""
    )


def health_line(health: SourceHealth, real_now: datetime, t: Translator) -> str:
    """One source: a shape, its name, its state, and since when it gives nothing where it is down."""
    name, state = labels.provider_name(t, health.provider), labels.health_name(t, health.state)
    line = labels.HEALTH_SHAPE[health.state] + " " + t("board.health_line", name=name, state=state)
    if health.state in (Health.OK, Health.QUIET):
        return line
    return line + (
        t("board.health_since", age=labels.span_of(t, real_now - health.good_at))
        if health.good_at
        else t("board.health_never")
    )


def plan_card(situation: Situation, t: Translator) -> str:
    """The version in force: when it was made, what it holds, under which level."""
    version = situation.version
    if version is None:
        return _card(t("board.plan_none"), [t("board.plan_none_why")], label=t("board.card_plan"))
    lines = [
        t("board.plan_made", at=version.made_at)
        + t("board.plan_out", n=out_now(version, situation.now)),
        t("board.plan_jobs", jobs=len(version.assignments), left=len(version.left_out)),
    ]
    if version.level:
        lines.insert(0, t("board.plan_level", level=version.level))
    if version.fallback:
        lines.append(t("board.plan_fallback"))
    return _card(t("board.plan_version", number=version.number), lines, label=t("board.card_plan"))


def _card(
    title: str,
    lines: Sequence[str],
    paint: tuple[str, str] | None = None,
    *,
    label: str,
    sign: str = "",
) -> str:
    style = (
        f' style="background:{paint[0]};color:{paint[1]};border-color:{paint[0]}"' if paint else ""
    )
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    mark = f"<i>{sign}</i>" if sign else ""
    return f'<div class="xb-card"{style}><small>{escape(label)}</small><b>{mark}{escape(title)}</b>{told}</div>'


def next_list(moves: Sequence[NextMove], city: City, now: datetime, t: Translator) -> str:
    """Who sets out next, when, where to, to do what, with which machine."""
    if not moves:
        return f'<p class="xb-faint">{escape(t("board.next_none"))}</p>'
    rows = []
    for move in moves:
        others = "、".join(labels.partner_names(t, city, move.stop.partners))
        soon = move.stop.leave_at - now < timedelta(minutes=15)
        rows.append(
            f'<li class="{"soon" if soon else ""}"><time>{hm(t, move.stop.leave_at)}</time><div>'
            f"<b>{escape(move.unit.name)}</b> {_of(move)}"
            f'<span class="xb-phase {move.job.phase}">{escape(labels.phase_name(t, move.job.phase))}</span><br>'
            f"{escape(labels.job_name(t, move.job.kind))} · {escape(labels.place_name(t, city, move.job.segment_id))}"
            + (f"<br><em>{escape(t('board.with', names=others))}</em>" if others else "")
            + "</div></li>"
        )
    return f'<ol class="xb-next">{"".join(rows)}</ol>'


def _of(move: NextMove) -> str:
    """The unit's station, where its own name does not tell it."""
    return "" if move.station in move.unit.name else f"<em>{escape(move.station)}</em> "


def left_out_list(groups: Iterable[labels.UnassignedGroup], t: Translator) -> str:
    """Jobs left out: what and how many, why, and where."""
    return (
        '<ul class="xb-list">'
        + "".join(
            f'<li><span class="xb-phase {group.phase}">{escape(labels.phase_name(t, group.phase))}</span> '
            f"<b>{escape(group.title)}</b> {escape(group.why)}<br><em>{escape(labels.join(t, group.places))}</em></li>"
            for group in groups
        )
        + "</ul>"
    )


def legend(entries: Iterable[tuple[str, str, str]], signs: Iterable[str] = ()) -> str:
    """Colour, word and count of what a map shows, (colour, word, count); then the signs on it with
    their words.
    """
    return (
        '<div class="xb-legend">'
        + "".join(
            f'<span><i style="background:{colour}"></i>{escape(word)}<em>{escape(count)}</em></span>'
            for colour, word, count in entries
        )
        + "".join(f"<span>{escape(sign)}</span>" for sign in signs)
        + "</div>"
    )


def version_fold(version: PlanVersion, t: Translator, is_open: bool = False) -> str:
    """One version as a line that unfolds to what it changed."""
    told = t(
        "board.version_tell",
        at=version.made_at,
        jobs=len(version.assignments),
        left=len(version.left_out),
        seconds=round(version.solve_seconds, 1),
    )
    return (
        f'<details class="xb-fold"{" open" if is_open else ""}><summary>'
        f"{escape(t('board.plan_version', number=version.number))} <em>{escape(told)}</em></summary>"
        f"{sentences(version.changes, t)}</details>"
    )


def sentences(messages: Iterable[Message], t: Translator) -> str:
    """Messages as a list of sentences."""
    return (
        '<ul class="xb-list">'
        + "".join(f"<li>{escape(t.message(one))}</li>" for one in messages)
        + "</ul>"
    )
