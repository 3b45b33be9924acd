"""The time chart as HTML: who does what when, by crew or by road. Pure.

A bar's colour is the state of its job, filled where somebody reported and hollow where it is only
planned; the stripe below it is its phase, the hatch says that the desk holds it. Places are shares
of the width, so the chart fits every screen, and colours are the style sheet's, so day and night
are one drawing. ``data-`` attributes say what a click or a drag means (``core.surface``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.render import colours
from dashboard.render.frames import RISK_BANDS, hm, risk_band, step_text
from dashboard.render.markup import Html, html, tag
from dashboard.render.status import signed
from data.model.city import City
from data.model.ids import UnitId
from data.model.plan import Assignment, Phase, PlanVersion, UnitKind
from ops.base.messages import Translator
from ops.base.naming import member_names
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from ops.planning.duty_sheets import Stop, UnitSheet, joined, joined_stops, station_sheets

HOUR = timedelta(hours=1)
NEAR = timedelta(hours=10)
STEPS = (1, 2, 3, 6, 12, 24)
"""Every how many hours there may be a mark."""
MOST_MARKS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A job in a row.

    Attributes
    ----------
    unit_id
        The unit in whose row it stands; ``""`` in a road's.
    leave_at
        When that unit, or the first of the team, sets out.
    tone
        The class of its state's colour.
    said
        Whether anybody reported that the team is out or done.
    movable
        Whether a hand may move it: it is ahead, and one job.
    told
        What a hover tells.
    """

    job_id: str
    unit_id: str
    leave_at: datetime
    start_at: datetime
    end_at: datetime
    label: str
    phase: Phase
    tone: str
    said: bool
    locked: bool
    movable: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One unit or road with its bars; ``rests`` are its breaks."""

    name: str
    unit_id: str = ""
    segment_id: str = ""
    bars: tuple[Bar, ...] = ()
    rests: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows under one head: a station's units, or the roads of one band of risk."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What bars are made from.

    Attributes
    ----------
    lines
        The jobs of the version as planned and as reported.
    locked
        The jobs that the desk holds by hand.
    """

    version: PlanVersion
    city: City
    lines: Sequence[JobLine]
    now: datetime
    t: Translator
    locked: Collection[str] = ()

    @property
    def by_job(self) -> Mapping[str, JobLine]:
        """The lines by their jobs."""
        return {line.job.job_id: line for line in self.lines}


def by_crew(facts: Facts, machines: bool = False) -> tuple[Group, ...]:
    """A row for each crew of each station, in the city's order; machines after them if asked for.

    The same crew in another turn of duty has a row of its own, with its day.
    """
    known = facts.by_job
    groups = []
    for sheet in station_sheets(facts.version, facts.city):
        units = [unit for unit in sheet.units if machines or unit.kind is UnitKind.CREW]
        taken: set[str] = set()
        rows = tuple(_unit_row(unit, taken, known, facts) for unit in units)
        if rows:
            groups.append(Group(name=labels.short_station(sheet.station), rows=rows))
    return tuple(groups)


def _unit_row(unit: UnitSheet, taken: set[str], known: Mapping[str, JobLine], facts: Facts) -> Row:
    name = labels.said(facts.t, unit.name)
    if name in taken:
        name = f"{name} {facts.t.moment(unit.begins):day}"
    taken.add(name)
    stops = joined(unit).stops
    ids = [_member_id(unit, stop) for stop in stops]
    return Row(
        name=name,
        unit_id=ids[-1],
        bars=tuple(
            _stop_bar(stop, own, known, facts) for stop, own in zip(stops, ids, strict=True)
        ),
        rests=tuple((rest.start_at, rest.end_at) for rest in unit.rests if not rest.at_post),
    )


def _member_id(unit: UnitSheet, stop: Stop) -> str:
    """The unit as the job of a stop names it; a sheet's own name may have its driver behind it, and
    who was called in before the shift has another there.
    """
    team = UnitId.parse(unit.unit_id).team
    own = (
        member.unit_id
        for member in stop.assignment.members
        if UnitId.parse(member.unit_id).team == team
    )
    return next(own, unit.unit_id)


def _stop_bar(stop: Stop, unit_id: str, known: Mapping[str, JobLine], facts: Facts) -> Bar:
    job = stop.assignment
    label = labels.road_name(facts.t, facts.city, job.segment_id)
    bar = _bar(job, known.get(job.job_id), label, facts)
    return replace(bar, unit_id=unit_id, leave_at=min(stop.leave_at, job.start_at))


def by_road(facts: Facts) -> tuple[Group, ...]:
    """A row for each road with work or with risk, by bands of risk, the gravest first."""
    scores, known = {risk.segment_id: risk.score for risk in facts.version.risks}, facts.by_job
    jobs: dict[str, list[JobLine]] = {}
    for line in facts.lines:
        if line.job.segment_id:
            jobs.setdefault(line.job.segment_id, []).append(line)
    bands: dict[str, list[tuple[int, str, Row]]] = {}
    for segment in facts.city.segments:
        score = scores.get(segment.id)
        own = jobs.get(segment.id, [])
        if not own and score is None:
            continue
        bars = tuple(_road_bar(stop.assignment, known, facts) for stop in _stays(own))
        row = Row(name=labels.segment_name(facts.t, segment), segment_id=segment.id, bars=bars)
        bands.setdefault(risk_band(score), []).append((-(score or 0), segment.id, row))
    order = [key for _, key, _ in RISK_BANDS] + ["none"]
    return tuple(
        Group(
            name=facts.t(f"chart.band_{band}"),
            rows=tuple(row for *_, row in sorted(bands[band], key=lambda one: one[:2])),
        )
        for band in order
        if band in bands
    )


def _stays(lines: Iterable[JobLine]) -> tuple[Stop, ...]:
    """The jobs of a road as its teams know them, by the first to set out of each."""
    stops = defaultdict(list)
    for job in sorted((line.job for line in lines), key=lambda job: (job.start_at, job.job_id)):
        leave_at = min((one.leave_at for one in job.members), default=job.start_at)
        stop = Stop(assignment=job, leave_at=leave_at, arrive_at=job.start_at, partners=())
        stops[frozenset(one.unit_id for one in job.members)].append(stop)
    return tuple(stay for own in stops.values() for stay in joined_stops(own))


def _road_bar(job: Assignment, known: Mapping[str, JobLine], facts: Facts) -> Bar:
    crews = [one for one in job.members if one.kind is UnitKind.CREW] or job.members
    label = labels.join_names(facts.t, member_names(tuple(crews), facts.city))
    return _bar(job, known.get(job.job_id), label, facts)


def _bar(job: Assignment, line: JobLine | None, label: str, facts: Facts) -> Bar:
    said = line is not None and line.standing.is_reported
    is_one = line is None or (line.job.start_at, line.job.end_at) == (job.start_at, job.end_at)
    return Bar(
        job_id=job.job_id,
        unit_id="",
        leave_at=min((one.leave_at for one in job.members), default=job.start_at),
        start_at=job.start_at,
        end_at=job.end_at,
        label=label,
        phase=job.phase,
        tone=colours.JOB_TONE[line.state] if line else "dim",
        said=said,
        locked=job.job_id in facts.locked,
        movable=job.state == "planned" and job.end_at > facts.now and not said and is_one,
        told=_told(job, line, facts),
    )


def _told(job: Assignment, line: JobLine | None, facts: Facts) -> str:
    """What a hover tells: where and what, when and who, how it stands, why."""
    t, city = facts.t, facts.city
    lines = [
        f"{labels.place_name(t, city, job.segment_id)} {labels.job_name(t, job.kind)}",
        f"{hm(t, job.start_at)}–{hm(t, job.end_at)} "
        + labels.join_names(t, labels.partner_names(t, city, job.members)),
    ]
    if line:
        lines.append(f"{signed(line.state, t)} · {step_text(line.standing, t)}")
    if job.job_id in facts.locked:
        lines.append(t("chart.locked"))
    why = labels.why_short(t, job)
    return "\n".join([*lines, *([why] if why else [])])


Window = tuple[datetime, datetime]


def near(now: datetime) -> Window:
    """From half an hour ago, on the full hour, for the next ten hours."""
    begin = (now - HOUR / 2).replace(minute=0, second=0, microsecond=0)
    return begin, begin + NEAR + HOUR


def whole(groups: Iterable[Group], now: datetime) -> Window:
    """All that the chart holds, on full hours."""
    bars = [bar for group in groups for row in group.rows for bar in row.bars]
    begin = min((bar.leave_at for bar in bars), default=now)
    end = max((bar.end_at for bar in bars), default=now + NEAR)
    begin = begin.replace(minute=0, second=0, microsecond=0)
    return begin, begin + HOUR * max(1, -(-(end - begin) // HOUR))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where an instant lies in the width, in hundredths."""

    begin: datetime
    end: datetime

    def at(self, instant: datetime) -> float:
        share = (min(max(instant, self.begin), self.end) - self.begin) / (self.end - self.begin)
        return round(share * 100, 3)

    def span(self, start: datetime, end: datetime) -> str:
        """Left and width, as a style says it."""
        left = self.at(start)
        return f"left:{left:g}%;width:{self.at(end) - left:.3f}%"

    def shows(self, start: datetime, end: datetime) -> bool:
        return end > self.begin and start < self.end


def time_chart(
    groups: Sequence[Group],
    window: Window,
    now: datetime,
    onset: datetime | None,
    rain: Iterable[tuple[datetime, datetime, float]],
    t: Translator,
) -> Html:
    """The whole chart: hours and rain on top, the rows below, the rain and the lines behind.

    Parameters
    ----------
    rain
        Start, end and mm of each step.
    """
    scale = _Scale(*window)
    steps = [one for one in rain if one[2] > 0 and scale.shows(one[0], one[1])]
    head = tag("div", tag("b"), tag("div", _hours(scale, t), _rain(steps, scale, t), cls="track"))
    body = (_group(group, scale, t) for group in groups)
    return tag(
        "div",
        _behind(steps, scale, now, onset, t),
        tag("header", head),
        body,
        cls="xb-time",
        data_from=_ms(scale.begin),
        data_to=_ms(scale.end),
    )


def _ms(instant: datetime) -> str:
    return str(round(instant.timestamp() * 1000))


def _marks(scale: _Scale, t: Translator) -> list[datetime]:
    """The full hours that have a mark, by the district's clock."""
    span = (scale.end - scale.begin) / HOUR
    step = next((step for step in STEPS if span / step <= MOST_MARKS), STEPS[-1])
    hours = [scale.begin + HOUR * n for n in range(int(span) + 1)]
    return [hour for hour in hours if hour.astimezone(t.zone).hour % step == 0]


def _hours(scale: _Scale, t: Translator) -> Html:
    return html(
        tag(
            "span",
            f"{t.moment(hour):day}" if hour.astimezone(t.zone).hour == 0 else hm(t, hour),
            cls="hour",
            style=f"left:{scale.at(hour):g}%",
        )
        for hour in _marks(scale, t)
        if hour < scale.end
    )


def _rain(steps: Sequence[tuple[datetime, datetime, float]], scale: _Scale, t: Translator) -> Html:
    """The rain of each hour as a drop of its height, with its amount."""
    most = max([mm for *_, mm in steps] + [5.0])
    return html(
        tag(
            "i",
            f"{mm:.0f}" if mm >= 1 else "",
            cls="rain",
            style=f"{scale.span(start, end)};height:{8 + 18 * mm / most:.0f}px",
            title=t("chart.rain", start=start, end=end, mm=f"{mm:.1f}"),
        )
        for start, end, mm in steps
    )


def _behind(
    steps: Sequence[tuple[datetime, datetime, float]],
    scale: _Scale,
    now: datetime,
    onset: datetime | None,
    t: Translator,
) -> Html:
    """What lies behind the bars: the hours, the rain, and the lines of now and of the onset."""
    most = max([mm for *_, mm in steps] + [5.0])
    lines = [
        tag("i", tag("em", t(f"board.{name}")), cls=f"line {name}", style=f"left:{scale.at(at):g}%")
        for name, at in (("onset", onset), ("now", now))
        if at is not None and scale.shows(at, at)
    ]
    return tag(
        "div",
        (tag("i", cls="hour", style=f"left:{scale.at(hour):g}%") for hour in _marks(scale, t)),
        (
            tag("i", cls="rain", style=f"{scale.span(*span)};opacity:{0.08 + 0.3 * mm / most:.2f}")
            for *span, mm in steps
        ),
        lines,
        cls="behind",
    )


def _group(group: Group, scale: _Scale, t: Translator) -> Html:
    rows = (_row(row, scale, t) for row in group.rows)
    return tag("section", tag("h4", group.name), tag("div", rows), cls="group")


def _row(row: Row, scale: _Scale, t: Translator) -> Html:
    shown = [bar for bar in row.bars if scale.shows(bar.leave_at, bar.end_at)]
    lanes = _lanes(shown)
    rests = (
        tag("i", t("board.rest"), cls="rest", style=scale.span(start, end))
        for start, end in row.rests
        if scale.shows(start, end)
    )
    name = tag(
        "b",
        row.name,
        title=row.name,
        **({"data_act": "road", "data_id": row.segment_id} if row.segment_id else {}),
    )
    bars = (_drawn(bar, lanes[bar.job_id], scale) for bar in shown)
    height = f"--lanes:{max(lanes.values()) + 1}" if lanes and max(lanes.values()) else ""
    return tag(
        "div",
        name,
        tag("div", rests, bars, cls="track"),
        cls="row",
        style=height,
        data_unit=row.unit_id,
        data_name=row.name,
    )


def _lanes(bars: Iterable[Bar]) -> dict[str, int]:
    """Bars that overlap lie below one another: each in the first lane that is free."""
    free: list[datetime] = []
    lanes: dict[str, int] = {}
    for bar in sorted(bars, key=lambda bar: (bar.leave_at, bar.job_id)):
        lane = next((n for n, until in enumerate(free) if until <= bar.leave_at), len(free))
        free[lane:] = [bar.end_at, *free[lane + 1 :]]
        lanes[bar.job_id] = lane
    return lanes


def _drawn(bar: Bar, lane: int, scale: _Scale) -> Html:
    parts = [tag("i", cls="way", style=_in_lane(scale.span(bar.leave_at, bar.start_at), lane))]
    if bar.leave_at >= bar.start_at or not scale.shows(bar.leave_at, bar.start_at):
        parts = []
    if scale.shows(bar.start_at, bar.end_at):
        kinds = ["xb-bar", bar.tone, f"p-{bar.phase}"]
        kinds += [name for name in ("said", "locked") if getattr(bar, name)]
        parts.append(
            tag(
                "a",
                bar.label,
                cls=" ".join(kinds),
                style=_in_lane(scale.span(bar.start_at, bar.end_at), lane),
                title=bar.told,
                role="button",
                tabindex="0",
                data_act="job",
                data_id=bar.job_id,
                data_unit=bar.unit_id,
                data_start=_ms(bar.start_at),
                data_drag="1" if bar.movable else "",
            )
        )
    return html(parts)


def _in_lane(style: str, lane: int) -> str:
    return f"{style};--lane:{lane}" if lane else style


def chart_legend(lines: Iterable[JobLine], t: Translator) -> Html:
    """What colours, fill, stripe and hatch mean; of states and phases those that any job is in."""
    lines = tuple(lines)
    found, phases = {line.state for line in lines}, {line.job.phase for line in lines}
    tones: dict[str, list[JobState]] = {}
    for state, tone in colours.JOB_TONE.items():
        if state in found:
            tones.setdefault(tone, []).append(state)

    def entry(cls: str, word: str) -> Html:
        return tag("span", tag("i", cls=f"xb-bar {cls}"), word)

    states = (
        entry(tone, " / ".join(t(f"desk.state_{state}") for state in of))
        for tone, of in tones.items()
    )
    marks: tuple[tuple[str, str], ...] = (
        ("fine said", t("chart.reported")),
        ("fine", t("chart.planned")),
        ("fine locked", t("chart.locked")),
        *((f"p-{phase}", labels.phase_name(t, phase)) for phase in Phase if phase in phases),
    )
    return tag("div", states, (entry(cls, word) for cls, word in marks), cls="xb-legend xb-bars")
