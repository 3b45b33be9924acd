"""Who is told what of a plan version, and who next when nobody confirms it.

Pure; ``ops.sending`` sends it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City, Station
from data.model.message import Message
from data.model.notice import Notice, NoticeState
from data.model.plan import PlanVersion
from ops.base.messages import LANGUAGES, Translator
from ops.base.naming import station_name
from ops.notifications.channels import ROLES, UNSURE, ChannelSettings
from ops.notifications.webhook import Call
from ops.planning.duty_sheets import StationSheet, changes_for, station_sheets
from ops.planning.left_out_groups import left_count

# the channel of a notice that none of the channels carries: nobody sends it, so the desk sees it
NOWHERE = ""
GONE = Message("channel.gone")  # why a notice has failed whose channel is no longer in the settings
URGENCY = (None, "blue", "yellow", "orange", "red")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Notices to the stations.

    Attributes
    ----------
    language
        Of the messages: ``zh`` or ``en``.
    base_url
        Where the board is reached from a phone, such as ``https://host``; without it messages hold
        no link.
    link_hours
        How long after the last work on a sheet its link still works: taps made without a network
        must arrive, and amounts are often filled in on the day after (an assumption).
    max_lines
        Changes told in one message; the sheet has them all.
    deputy_minutes, desk_minutes
        How long a notice may stay undelivered or unconfirmed before the deputy, then the desk, is
        told: without a colour, at blue, yellow, orange, red; 0: never. Assumptions, not from a
        rule: half of the usual 30 minutes on site at orange goes to the answer; agree your own.
    repeat_minutes
        Who is told last is told again so often until somebody of the station is reached, by colour
        as above; 0: never (assumptions).
    repeat_most
        So many times at most (6: an assumption).
    answer_minutes
        How long into a warning a station with work may be without a word before the desk is told,
        with its telephone; 0: never (15: an assumption, about what a chief needs to read a sheet).
    """

    language: str = "zh"
    base_url: str = ""
    link_hours: float = 24.0
    max_lines: int = 6
    deputy_minutes: tuple[float, ...] = (30.0, 20.0, 15.0, 10.0, 5.0)
    desk_minutes: tuple[float, ...] = (60.0, 40.0, 30.0, 15.0, 10.0)
    repeat_minutes: tuple[float, ...] = (0.0, 30.0, 20.0, 10.0, 5.0)
    repeat_most: int = 6
    answer_minutes: float = 15.0

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES or not 1 <= self.max_lines <= 50:
            raise ValueError("language must be zh or en, max_lines lie in 1 to 50")
        if self.base_url and not self.base_url.startswith(("https://", "http://")):
            raise ValueError("base_url must begin with https:// or http://")
        if not 0 <= self.answer_minutes <= 1440:
            raise ValueError("answer_minutes must lie in 0 to 1440")
        if not 0 <= self.link_hours <= 720:
            raise ValueError("link_hours must lie in 0 to 720")
        if not 0 <= self.repeat_most <= 100:
            raise ValueError("repeat_most must lie in 0 to 100")
        for minutes in (self.deputy_minutes, self.desk_minutes, self.repeat_minutes):
            if len(minutes) != len(URGENCY) or not all(
                isinstance(one, int | float) and 0 <= one <= 1440 for one in minutes
            ):
                raise ValueError(
                    "deputy_minutes, desk_minutes and repeat_minutes are five numbers, 0 to 1440"
                )

    def patience(self, step: int, urgency: int) -> timedelta | None:
        """How long after its first notice a step is told; ``None``: never."""
        minutes = (0.0, self.deputy_minutes[urgency], self.desk_minutes[urgency])[step]
        return timedelta(minutes=minutes) if minutes or step == 0 else None


def notices_for(
    old: PlanVersion | None,
    new: PlanVersion,
    city: City,
    channels: Sequence[ChannelSettings],
    colour: str | None,
    now: datetime,
    settings: NotifySettings,
) -> tuple[Notice, ...]:
    """One merged message for each station that the new version changes, by each channel of its
    chief.

    Parameters
    ----------
    old
        The plan in force until now; ``None``: every station is told.
    colour
        That of the level ordered or of the warning in force, for the urgency.
    now
        The operation's time at which it is published.

    Returns
    -------
    tuple of Notice
        Where a station's chief has no channel, its deputy's or the desk's is used, or at last none
        (``NOWHERE``), which the desk sees as undelivered. With no channel set up for the operation
        at all, nothing is written.
    """
    usable = [each for each in channels if each.drill or not new.drill]
    notices: list[Notice] = []
    for sheet in station_sheets(new, city) if usable else ():
        own = [change for change in changes_for(sheet.station, new, city) if "team" in change.facts]
        if old is not None and not own:
            continue
        body = (*_causes(new), *_short(own, settings.max_lines), *_summary(sheet, now))
        step, names = _first_route(usable, sheet.station.id, new.drill)
        for name in names:
            notices.append(
                Notice(
                    operation_id=new.operation_id,
                    version=new.number,
                    station_id=sheet.station.id,
                    channel=name,
                    step=step,
                    urgency=URGENCY.index(colour) if colour in URGENCY else 0,
                    body=body,
                    created_at=now,
                    next_at=now,
                    state=NoticeState.PENDING if name else NoticeState.FAILED,
                    last_error=None if name else Message("channel.none"),
                )
            )
    return tuple(notices)


def _first_route(
    channels: Sequence[ChannelSettings], station_id: str, drill: bool
) -> tuple[int, list[str]]:
    for step, role in enumerate(ROLES):
        if names := _routes(channels, station_id, drill, role):
            return step, names
    return 0, [NOWHERE]


def _routes(
    channels: Sequence[ChannelSettings], station_id: str, drill: bool, role: str
) -> list[str]:
    return [each.name for each in channels if each.role == role and each.serves(station_id, drill)]


def _causes(version: PlanVersion) -> list[Message]:
    """Why there is a new version, and what it stands on."""
    causes = [
        change
        for change in version.changes
        if change.code.startswith("cause.")
        or change.code in ("change.onset", "change.rain_now", "change.rain_gone")
    ]
    return [*causes[:4], *([Message("notify.fallback")] if version.fallback else [])]


def _short(changes: list[Message], most: int) -> list[Message]:
    more = len(changes) - most
    lines = [Message("notify.change", {"change": change}) for change in changes[:most]]
    return [*lines, Message("notify.more", {"count": more})] if more > 0 else lines


def _summary(sheet: StationSheet, now: datetime) -> list[Message]:
    """What the station has to do from now on."""
    ahead = [stop for unit in sheet.units for stop in unit.stops if stop.assignment.end_at > now]
    lines = [Message("notify.no_work")]
    if ahead:
        units = sum(
            any(stop.assignment.end_at > now for stop in unit.stops) for unit in sheet.units
        )
        lines = [
            Message(
                "notify.work",
                {
                    "units": units,
                    "start": min(stop.leave_at for stop in ahead),
                    "jobs": len({stop.assignment.job_id for stop in ahead}),
                },
            )
        ]
    return [
        *lines,
        *(
            [Message("notify.left", {"count": left_count(sheet.left_out)})]
            if sheet.left_out
            else []
        ),
    ]


def escalations(
    unanswered: Iterable[Notice],
    now: datetime,
    city: City,
    channels: Sequence[ChannelSettings],
    drill: bool,
    settings: NotifySettings,
) -> tuple[Notice, ...]:
    """The notices that now go one step further: to the deputy, to the desk.

    What has failed for good does so at once; else when the patience of its urgency is over.
    """
    groups: dict[tuple[int, str], list[Notice]] = defaultdict(list)
    for notice in unanswered:
        groups[notice.version, notice.station_id].append(notice)
    return tuple(
        passed_on
        for alike in groups.values()
        for passed_on in _one_step_on(alike, now, city, channels, drill, settings)
    )


def _one_step_on(
    alike: Sequence[Notice],
    now: datetime,
    city: City,
    channels: Sequence[ChannelSettings],
    drill: bool,
    settings: NotifySettings,
) -> list[Notice]:
    """One station's notices of one version passed on, where it is time and somebody is there."""
    top, first = max(notice.step for notice in alike), alike[0]
    waited = now - min(notice.created_at for notice in alike)
    failed = all(notice.state is NoticeState.FAILED for notice in alike if notice.step == top)
    for step in range(top + 1, len(ROLES)):
        patience = settings.patience(step, first.urgency)
        names = _routes(channels, first.station_id, drill, ROLES[step])
        if names and patience is not None and (failed or waited >= patience):
            line = _passed_on(step, city.station_by_id.get(first.station_id), waited, alike)
            return [_escalated(first, name, step, line, now) for name in names]
    return []


def repeated(
    unanswered: Iterable[Notice], now: datetime, settings: NotifySettings
) -> tuple[Notice, ...]:
    """The notices that are to go out once more: those of the last step that was told, where nobody
    of the station was reached for as long as their urgency asks.
    """
    groups: dict[tuple[int, str], list[Notice]] = defaultdict(list)
    for notice in unanswered:
        groups[notice.version, notice.station_id].append(notice)
    found: list[Notice] = []
    for alike in groups.values():
        top = max(notice.step for notice in alike)
        for one in alike:
            minutes = settings.repeat_minutes[one.urgency]
            waited = now - one.sent_at if one.sent_at else timedelta(0)
            is_last = one.step == top and one.state is NoticeState.SENT
            again = minutes and waited >= timedelta(minutes=minutes)
            if is_last and again and one.attempts <= settings.repeat_most:
                found.append(one)
    return tuple(found)


def _escalated(first: Notice, channel: str, step: int, line: Message, now: datetime) -> Notice:
    """A notice as it goes to the next, with the ``line`` that says so at its head."""
    return Notice(
        operation_id=first.operation_id,
        version=first.version,
        station_id=first.station_id,
        channel=channel,
        step=step,
        urgency=first.urgency,
        body=(line, *_without_passing(first.body)),
        created_at=now,
        next_at=now,
    )


def rerouted(
    unanswered: Iterable[Notice], channels: Sequence[ChannelSettings], drill: bool
) -> tuple[Notice, ...]:
    """The notices whose channel is no longer in the settings, as they are to be instead; those that
    changed only.

    Each goes to a channel that serves its station now and does not have it yet. Where the others of
    its step have it already it is superseded; where nobody carries that step it has failed, which
    passes it on and shows it to the desk. What had no channel at all (``NOWHERE``) finds one the
    same way.
    """
    groups: dict[tuple[int, str, int], list[Notice]] = defaultdict(list)
    for notice in unanswered:
        groups[notice.version, notice.station_id, notice.step].append(notice)
    known = {each.name for each in channels if each.drill or not drill}
    found: list[Notice] = []
    for (_, station_id, step), alike in groups.items():
        found += _moved(alike, _routes(channels, station_id, drill, ROLES[step]), known)
    return tuple(found)


def _moved(alike: Sequence[Notice], routes: Sequence[str], known: set[str]) -> list[Notice]:
    """One step's notices of one version, those changed that no ``known`` channel carries."""
    having = {notice.channel for notice in alike} & known
    free = [name for name in routes if name not in having]
    found: list[Notice] = []
    for notice in alike:
        if notice.channel in known or notice.state is NoticeState.SENT:
            continue
        if free:
            found.append(
                replace(notice, channel=free.pop(0), state=NoticeState.PENDING, last_error=None)
            )
        elif having:
            found.append(replace(notice, state=NoticeState.SUPERSEDED))
        elif notice.channel != NOWHERE and notice.last_error != GONE:
            found.append(replace(notice, state=NoticeState.FAILED, last_error=GONE))
    return found


def _passed_on(
    step: int, station: Station | None, waited: timedelta, alike: Sequence[Notice]
) -> Message:
    state = (
        "notify.unconfirmed" if any(notice.sent_at for notice in alike) else "notify.undelivered"
    )
    return Message(
        "notify.passed_on",
        {
            "state": Message(state),
            "minutes": int(waited / timedelta(minutes=1)),
            "who": station.deputy if step == 1 and station else Message("notify.desk"),
        },
    )


def _without_passing(body: tuple[Message, ...]) -> tuple[Message, ...]:
    return tuple(line for line in body if line.code != "notify.passed_on")


def call_of(notice: Notice, city: City, drill: bool) -> Call:
    """Whom a gateway is to call about a notice. The key stays the same until it was taken once, so
    a call that may have been made is not made again.
    """
    station = city.station_by_id.get(notice.station_id)
    role = ROLES[notice.step]
    names = {"chief": station.chief, "deputy": station.deputy} if station else {}
    before = f"-{notice.sent_at:%Y%m%dT%H%M%S}" if notice.sent_at else ""
    return Call(
        key=f"{notice.operation_id}-{notice.id}{before}",
        notice=notice.id,
        station_id=notice.station_id,
        station=station.name if station else notice.station_id,
        version=notice.version,
        role=role,
        name=names.get(role, ""),
        phone=(station.phone or "") if station and role != "desk" else "",
        urgency=notice.urgency,
        drill=drill,
    )


def text_of(
    notice: Notice,
    city: City,
    drill: bool,
    t: Translator,
    link: str | None,
    missed: tuple[int, ...] = (),
) -> str:
    """The message as it is sent.

    Parameters
    ----------
    missed
        Versions whose notices never reached this station.
    """
    name = station_name(notice.station_id, city)
    lines = [
        t(
            "notify.head_drill" if drill else "notify.head",
            station=name,
            version=notice.version,
            number=notice.id,
        )
    ]
    if notice.sent_at:
        lines.append(t("notify.repeated", n=notice.attempts))
    elif notice.attempts > 1 and (notice.last_error is None or notice.last_error.code in UNSURE):
        lines.append(t("notify.maybe_again"))
    if missed:
        lines.append(t("notify.missed", versions=tuple(str(number) for number in missed)))
    lines += [t.message(line) for line in notice.body]
    if link:
        lines.append(t("notify.link", url=link))
    return "\n".join(lines)
