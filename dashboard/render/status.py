"""How the situation stands, as HTML: the banners over a page, the cards of the glance, who sets out
next, what is left out, and the versions. Pure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from dashboard.model.changes import StationChanges
from dashboard.model.situation import Situation
from dashboard.render import colours
from dashboard.render.frames import NextMove, hm
from dashboard.render.markup import (
    BREAK,
    Html,
    bullets,
    card,
    cards,
    faint,
    fold,
    html,
    notice,
    phase_mark,
    tag,
)
from data.model.city import City
from data.model.message import Message
from data.model.plan import Phase, PlanVersion, RainOutlook
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.job_board import JobState
from ops.field.standing import crews_out
from ops.intake.feeds import sentence
from ops.planning.left_out_groups import LeftOutGroup, left_count
from weather.model import Alert, Health, SourceHealth
from weather.validity import begins_at, ends_at

SOON = timedelta(minutes=15)  # whoever sets out within so long stands out
LINES = 2  # of a card at the desk, before it is unfolded
NOTHING = Html("")


def no_city(t: Translator) -> Html:
    """That there is no district yet, and the two ways to get one."""
    ways = [t("board.no_city_sample"), t("board.no_city_own")]
    return notice("care", t("board.no_city"), ways, alone=True)


def operation_mark(situation: Situation, t: Translator) -> Html:
    """Whether what is shown is meant: 实战 or 演练."""
    is_drill = situation.operation.is_drill
    word = t("board.drill") if is_drill else t("board.real")
    return tag("span", word, cls="xb-mark drill" if is_drill else "xb-mark")


def operation_strip(situation: Situation, t: Translator) -> Html:
    """The banner that no one can miss while it is all a drill; in real operation a line that says
    so, with the time.
    """
    if not situation.operation.is_drill:
        clock = tag("span", t("board.real_clock", at=situation.now), cls="clock")
        return tag("div", operation_mark(situation, t), clock, cls="xb-real")
    return tag(
        "div",
        tag("span", t("board.drill"), cls="mark"),
        tag("span", t("board.drill_clock", at=situation.now), cls="clock"),
        tag("span", t("board.drill_tell"), cls="tell"),
        cls="xb-drill",
    )


BAR = ("cleared", "doing", "planned", "missed", "left")
"""The parts of the bar, in their order: filled by a report, hollow by the plan."""


def readiness_bar(situation: Situation, t: Translator) -> Html:
    """In one sentence and one bar how far the gravest roads are before the rain, with a mark where
    today's pace ends; empty where no rain is ahead.
    """
    one = situation.readiness
    if one is None or not one.total:
        return NOTHING
    ahead = one.onset_at > situation.now
    facts = {part: getattr(one, part) for part in BAR} | {
        "onset": one.onset_at,
        "left_time": labels.span_of(t, one.onset_at - situation.now) if ahead else "",
        "band": t(f"ready.band_{one.least}"),
        "total": one.total,
    }
    share = 100 / one.total
    parts = (
        tag("i", cls=part, style=f"width:{share * getattr(one, part):.1f}%")
        for part in BAR
        if getattr(one, part)
    )
    words = tag("b", t("ready.ahead" if ahead else "ready.raining", **facts))
    mark, pace = NOTHING, NOTHING
    if one.expected is not None:
        told = t("ready.pace", n=round(min(one.expected, one.total)))
        at = min(100.0, share * one.expected)
        mark, pace = tag("u", style=f"left:{at:.1f}%", title=told), tag("em", told)
    return tag("div", tag("p", words, " ", pace), tag("div", parts, mark), cls="xb-ready")


def off_duty(situation: Situation, t: Translator) -> Html:
    """The stations that refuse all, since when, until when and why; empty if none does."""
    known = situation.city.station_by_id
    return html(
        *(
            notice(
                "stop",
                t("off_duty.head", station=known[off.station_id].name),
                [
                    t(
                        "off_duty.tell",
                        since=off.since,
                        until=off.until,
                        reason=off.reason or t("off_duty.unsaid"),
                    )
                ],
            )
            for off in situation.off_duty
            if off.station_id in known
        )
    )


def stale_forecast(situation: Situation, t: Translator) -> Html:
    """That the plan can stand on no fresh forecast, how old the newest is and whose; empty if one
    is fresh.
    """
    forecast, age = situation.forecast, situation.forecast_age
    if forecast is None or age is None or not situation.forecast_stale:
        return NOTHING
    name = labels.provider_name(t, forecast.provider)
    return notice(
        "stop",
        t("board.forecast_stale_title", age=labels.span_of(t, age)),
        [t("board.forecast_stale_why", name=name, at=forecast.fetched_at)],
    )


def held(situation: Situation, t: Translator) -> Html:
    """The plan that waits for approval, since when, and how to approve it; empty if none does."""
    draft = situation.draft
    if draft is None:
        return NOTHING
    minutes = max(0, int((situation.now - draft.made_at) / timedelta(minutes=1)))
    return notice(
        "care",
        t("board.held", number=draft.number, at=draft.made_at, minutes=minutes),
        [t("board.held_do", number=draft.number)],
    )


def beat(situation: Situation) -> Html:
    """What changes at every refresh, for the browser to notice when refreshes stop."""
    return tag("span", data_beat=f"{situation.real_now.timestamp():.1f}")


def status_cards(situation: Situation, t: Translator) -> Html:
    """Warning, rain, feeds and plan: what the desk must know at a glance."""
    return cards(
        alert_card(situation, t, LINES),
        rain_card(situation, t, LINES),
        feed_card(situation, t, LINES),
        plan_card(situation, t, LINES),
    )


def alert_card(situation: Situation, t: Translator, most: int | None = None) -> Html:
    """The worst warning in force, in its national colour and its word; "none" is not the same as
    "not known".
    """
    standing = sorted(
        situation.standing, key=lambda alert: alert.level.rank if alert.level else 0, reverse=True
    )
    if not standing:
        return _no_alert_card(situation, t, most)
    worst, others = standing[0], standing[1:]
    until = ends_at(worst)
    lines = [
        *_from_when(worst, situation.now, t),
        t("board.alert_until", at=until, left=labels.span_of(t, until - situation.now)),
        t("board.alert_from", issuer=worst.issuers, at=worst.issued_at or worst.received_at)
        + amount(worst, t),
    ]
    if others:
        names = tuple(labels.alert_name(t, other) for other in others)
        lines.append(t("board.alert_also", alerts=names))
    lines += _not_yet_or_not_here(situation, t)
    return card(
        labels.alert_name(t, worst),
        lines,
        colours.LEVEL[worst.level],
        label=t("board.card_alert"),
        sign="⚠",
        most=most,
    )


def _no_alert_card(situation: Situation, t: Translator, most: int | None) -> Html:
    # nothing received is no proof that there is none: not green
    state, paint, sign = (
        ("unknown", colours.CARE, "?")
        if situation.feeds_down
        else ("none", None, "○")
        if not situation.alerts
        else ("quiet", colours.QUIET, "○")
    )
    return card(
        t(f"board.alert_{state}"),
        [t(f"board.alert_{state}_why"), *_not_yet_or_not_here(situation, t)],
        paint,
        label=t("board.card_alert"),
        sign=sign,
        most=most,
    )


def _from_when(alert: Alert, now: datetime, t: Translator) -> list[str]:
    """When what the warning speaks of begins, where it says so and that is ahead."""
    if alert.onset_at is None or alert.onset_at <= now:
        return []
    return [t("board.alert_onset", at=alert.onset_at)]


def _not_yet_or_not_here(situation: Situation, t: Translator) -> list[str]:
    """The warnings dated ahead, from when they hold; and those for other places alone."""
    ahead = [
        t("board.alert_coming", alert=labels.alert_name(t, alert), at=begins_at(alert))
        for alert in situation.coming
    ]
    names = tuple(
        t("board.alert_of", alert=labels.alert_name(t, alert), issuer=alert.issuers)
        for alert in situation.elsewhere
    )
    return [*ahead, *([t("board.alert_elsewhere", alerts=names)] if names else [])]


def amount(alert: Alert, t: Translator) -> str:
    """How much rain a warning speaks of; an empty text where it says nothing."""
    if alert.forecast_mm is None or alert.forecast_hours is None:
        return ""
    return t("board.alert_amount", hours=alert.forecast_hours, mm=alert.forecast_mm)


def rain_card(situation: Situation, t: Translator, most: int | None = None) -> Html:
    """When the rain that the plan stands on begins or ends, and how much."""
    title, lines = _rain_text(situation, t)
    if situation.measured_mm is not None:
        lines = [t("gauge.measured", mm=f"{situation.measured_mm:g}"), *lines]
    return card(title, lines, label=t("board.card_rain"), most=most)


def _rain_text(situation: Situation, t: Translator) -> tuple[str, list[str]]:
    if situation.version is None:
        return t("board.rain_unplanned"), [t("board.plan_none_why")]
    rain = situation.version.rain
    if rain.onset_at is None:
        return t("board.rain_none"), [t("board.rain_none_why"), *labels.rain_sources(rain, t)]
    if rain.end_at and rain.end_at <= situation.now:
        return t("board.rain_over"), [t("board.rain_over_at", at=rain.end_at)]
    if rain.onset_at > situation.now:
        title = t("board.rain_from", at=rain.onset_at)
        first = t("board.rain_in", left=labels.span_of(t, rain.onset_at - situation.now))
    else:
        title, first = t("board.rain_now"), t("board.rain_until", at=rain.end_at or rain.onset_at)
    total, peak = rain.next_amounts
    amounts = t("board.rain_amount", mm=round(total), peak=round(peak))
    return title, [
        f"{first} · {_stands_on(rain, t)}",
        amounts,
        *labels.later_storms(rain, t),
        *labels.rain_sources(rain, t),
    ]


def _stands_on(rain: RainOutlook, t: Translator) -> str:
    """What the plan's rain comes from, the forecast by its name."""
    if rain.source == "forecast" and rain.provider and rain.fetched_at:
        return t(
            "board.rain_by_fetched", name=labels.provider_name(t, rain.provider), at=rain.fetched_at
        )
    return t(f"board.rain_by_{rain.source}")


def feed_card(situation: Situation, t: Translator, most: int | None = None) -> Html:
    """Age of the last forecast, and how each source is."""
    lines = [health_line(health, situation.real_now, t) for health in situation.healths]
    lines += [labels.gauge_line(gauge, t) for gauge in situation.gauges]
    title, paint = t("board.forecast_never"), None
    if situation.feeds_down or situation.forecast_old or situation.gauges_down:
        paint = colours.CARE
    if (age := situation.forecast_age) is not None:
        span = labels.span_of(t, age)
        title = t("board.forecast_age", age=span)
        if situation.forecast_stale:
            title, paint = t("board.forecast_stale_title", age=span), colours.STALE
        elif situation.forecast_old:
            lines.insert(0, t("board.forecast_old"))
    quiet = t("board.feeds_drill" if situation.operation.is_drill else "board.feeds_none")
    return card(
        title,
        lines or [quiet],
        paint,
        label=t("board.card_feeds"),
        sign="▲" if paint else "",
        most=most,
    )


def health_line(health: SourceHealth, real_now: datetime, t: Translator) -> str:
    """One source: a shape, its name, its state, and since when it gives nothing if it is down."""
    name, state = labels.provider_name(t, health.provider), labels.health_name(t, health.state)
    line = labels.HEALTH_SHAPE[health.state] + " " + t("board.health_line", name=name, state=state)
    if health.state in (Health.OK, Health.QUIET):
        return line + (" ▲ " + sentence(health.error, t) if health.error else "")
    return line + (
        t("board.health_since", age=labels.span_of(t, real_now - health.good_at))
        if health.good_at
        else t("board.health_never")
    )


def plan_card(situation: Situation, t: Translator, most: int | None = None) -> Html:
    """The version in force: when it was made, what it holds, under which level."""
    version = situation.version
    if version is None:
        return card(t("board.plan_none"), [t("board.plan_none_why")], label=t("board.card_plan"))
    said, due = crews_out((line.job, line.standing) for line in situation.lines)
    lines = [
        t("board.plan_made", at=version.made_at) + t("board.plan_out", said=said, due=due),
        t("board.plan_jobs", jobs=len(version.assignments), left=left_count(version.left_out))
        + (t("board.plan_lost", n=len(situation.lost)) if situation.lost else ""),
        *filter(None, [labels.plan_total(t, version)]),
    ]
    if version.level:
        lines.insert(0, t("board.plan_level", level=version.level))
    if version.fallback:
        lines.append(t("board.plan_fallback"))
    elif version.is_hasty:
        lines.append(t("board.plan_hasty"))
    lines += labels.way_basis(t, version)
    title = t("board.plan_version", number=version.number)
    return card(title, lines, label=t("board.card_plan"), most=most)


def next_list(moves: Sequence[NextMove], city: City, now: datetime, t: Translator) -> Html:
    """Who sets out next, when, where to, to do what, with which machine."""
    if not moves:
        return faint(t("board.next_none"))
    return tag("ol", (_next_row(move, city, now, t) for move in moves), cls="xb-next")


def _next_row(move: NextMove, city: City, now: datetime, t: Translator) -> Html:
    stop, job = move.stop, move.job
    partners = labels.join_names(t, labels.partner_names(t, city, stop.partners))
    # the station, where the unit's own name does not tell it
    name = labels.said(t, move.unit.name)
    home = NOTHING if move.station in name else html(tag("em", move.station), " ")
    work = labels.job_name(t, job.kind) + " · " + labels.place_name(t, city, job.segment_id)
    with_whom = (BREAK, tag("em", t("board.with", names=partners))) if partners else ()
    return tag(
        "li",
        tag("time", hm(t, stop.leave_at)),
        tag(
            "div",
            (tag("b", name), " ", home),
            (phase_mark(job.phase, labels.phase_name(t, job.phase)), BREAK, work),
            with_whom,
        ),
        cls="soon" if stop.leave_at - now < SOON else "",
    )


def left_out_list(groups: Iterable[LeftOutGroup], t: Translator) -> Html:
    """Jobs left out: what and how many, why, what would mend it, and where."""
    return bullets(
        (phase_mark(group.phase, labels.phase_name(t, group.phase)), " ", _left_out(group, t))
        for group in groups
    )


def _left_out(group: LeftOutGroup, t: Translator) -> Html:
    return html(
        *(tag("b", labels.left_title(t, group)), f" {labels.left_why(t, group)}", BREAK),
        tag("em", labels.left_places(t, group)),
    )


def left_out_phase(phase: Phase, groups: Sequence[LeftOutGroup], t: Translator) -> Html:
    """The head over the decisions of one phase, with how many places they leave out: a post that is
    not manned is one, however many watches it has.
    """
    n = sum(int(str(one.facts["n"])) for group in groups for one in group.what)
    mark = phase_mark(phase, labels.phase_name(t, phase))
    return tag("div", mark, " ", t("left.in_phase", n=n), cls="xb-left-head")


def left_out_line(group: LeftOutGroup, t: Translator, note: str = "") -> Html:
    """One decision: what and how many, why, what would mend it, where; who accepted it."""
    return tag("div", _left_out(group, t), tag("div", note) if note else "", cls="xb-left")


def station_changes(stations: Iterable[StationChanges], t: Translator) -> Html:
    """What changes station by station: what is near at once, the rest unfolds."""
    return html(
        tag(
            "div",
            tag("b", labels.short_station(one.station)),
            sentences(one.soon, t) if one.soon else faint(t("became.nothing_soon")),
            fold(t("became.later", n=len(one.later)), sentences(one.later, t), cls="more")
            if one.later
            else "",
            cls="xb-changes",
        )
        for one in stations
    )


def version_fold(version: PlanVersion, t: Translator, is_open: bool = False) -> Html:
    """One version as a line that unfolds to what it changed."""
    summary = t(
        "board.version_tell",
        at=version.made_at,
        jobs=len(version.assignments),
        left=left_count(version.left_out),
        seconds=round(version.solve_seconds, 1),
    )
    title = t("board.plan_version", number=version.number)
    return fold((f"{title} ", tag("em", summary)), sentences(version.changes, t), is_open=is_open)


def sentences(messages: Iterable[Message], t: Translator) -> Html:
    """Messages as a list of sentences."""
    return bullets(t.message(message) for message in messages)


def signed(state: JobState, t: Translator) -> str:
    """Sign and word of a state."""
    return f"{labels.JOB_SIGN[state]} {t(f'desk.state_{state}')}"
