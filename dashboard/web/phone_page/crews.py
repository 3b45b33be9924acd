"""What a station has to do, crew by crew: what each does now, what comes next, the rest. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.plan import Assignment, PlanVersion, Rest, UnitKind
from ops.field.job_board import went_on
from ops.field.progress import DONE, OUT, Progress, own_jobs
from ops.planning.duty_sheets import Stop, UnitSheet, runs, station_sheets

LINGERS = timedelta(minutes=30)
"""So long after its planned end work of which nothing was said stands on top (an assumption)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One stop of a team as it is shown: a watch of several hours is one.

    Attributes
    ----------
    job
        The one that is spoken of now, from the first's setting out to the last's end.
    job_ids
        All that a tap is said of.
    leave_at
        When the first of them is set out for.
    """

    job: Assignment
    job_ids: tuple[str, ...]
    leave_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewPage:
    """One crew or machine: what it does now and next, what follows, and what is done, or over and
    nobody has told of it: that can still be told.

    ``unit`` is ``None`` for work that no crew or machine of the station is in.
    """

    unit: UnitSheet | None
    now: Card | None = None
    next: Card | None = None
    later: tuple[Card, ...] = ()
    over: tuple[Card, ...] = ()
    rest: Rest | None = None

    @property
    def cards(self) -> tuple[Card, ...]:
        """All of them, in the order in which they are shown."""
        first = tuple(card for card in (self.now, self.next) if card)
        return (*first, *self.later, *self.over)


def crew_pages(
    version: PlanVersion,
    station_id: str,
    city: City,
    progress: Mapping[str, Progress],
    now: datetime,
    resource_id: str | None = None,
) -> tuple[CrewPage, ...]:
    """The station's crews, whoever is wanted first before the others, then its machines as far as
    they do not go along with a crew of its own.

    Parameters
    ----------
    resource_id
        The only crew or machine that is shown.
    """
    sheet = next(one for one in station_sheets(version, city) if one.station.id == station_id)
    pages: list[CrewPage] = []
    shown: set[str] = set()
    for unit in sheet.units:
        if resource_id not in (None, unit.resource_id):
            continue
        cards = [_card(run, progress) for run in runs(unit)]
        if unit.kind is UnitKind.MACHINE and resource_id is None:
            cards = [card for card in cards if not {*card.job_ids} <= shown]
        shown.update(job_id for card in cards for job_id in card.job_ids)
        page = _page(unit, cards, progress, now)
        if page.cards:
            pages.append(page)
    own = own_jobs(version, station_id, city).values() if resource_id is None else ()
    alone = [
        Card(job=job, job_ids=(job.job_id,), leave_at=job.start_at)
        for job in sorted(own, key=lambda job: (job.start_at, job.job_id))
        if job.job_id not in shown
    ]
    found = sorted(pages, key=lambda one: (_rank(one), one.cards[0].leave_at))
    last = _page(None, alone, progress, now)
    return (*found, last) if last.cards else tuple(found)


def _rank(page: CrewPage) -> bool:
    return page.unit is None or page.unit.kind is UnitKind.MACHINE


def _card(run: tuple[Stop, ...], progress: Mapping[str, Progress]) -> Card:
    jobs = [stop.assignment for stop in run]
    waiting = (job for job in jobs if _stage(job, progress).stage not in DONE)
    spoken_of = next(waiting, jobs[-1])
    return Card(
        job=replace(spoken_of, start_at=jobs[0].start_at, end_at=jobs[-1].end_at),
        job_ids=tuple(job.job_id for job in jobs),
        leave_at=run[0].leave_at,
    )


def _stage(job: Assignment, progress: Mapping[str, Progress]) -> Progress:
    return progress.get(job.job_id, Progress())


def _page(
    unit: UnitSheet | None,
    cards: Iterable[Card],
    progress: Mapping[str, Progress],
    now: datetime,
) -> CrewPage:
    """What is begun, or begins first, is now; a time that is over without a word is not, nor what
    its team has gone on from.
    """
    cards = tuple(cards)
    left = went_on([card.job for card in cards], progress, now) if unit else frozenset()
    ahead: list[Card] = []
    over: list[Card] = []
    for card in cards:
        stage = _stage(card.job, progress).stage
        gone = card.job.state == "past"
        if stage in OUT and card.job.job_id not in left:
            ahead.insert(0, card)
        elif (
            stage not in DONE
            and not gone
            and card.job.job_id not in left
            and card.job.end_at + LINGERS > now
        ):
            ahead.append(card)  # whoever has said nothing yet may be at it still
        elif not gone or (stage not in DONE and not card.job.kind.is_post):
            over.append(card)
    rests = unit.rests if unit else ()
    return CrewPage(
        unit=unit,
        now=ahead[0] if ahead else None,
        next=ahead[1] if len(ahead) > 1 else None,
        later=tuple(ahead[2:]),
        over=tuple(over),
        rest=next((one for one in rests if one.end_at > now), None),
    )
