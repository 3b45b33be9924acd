"""Which units the districts of a city should lend one another (调剂). Pure.

Each unit goes to one bundle of work or to none, so that all together win the most beyond what ways
and hours cost: an assignment problem, solved exactly. One more unit, or one more want, never makes
it worse, and what wins nothing is not lent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from data.model.city import Profile
from data.model.headquarters.loans import Loan, SpareUnit, Want
from data.model.headquarters.members import DistrictSummary, Member
from data.model.plan import UnitKind
from ops.planning.on_duty.travel_times import TravelSettings, going_by, travel_seconds
from ops.planning.tiers import POINTS_PER_HOUR, TRAVEL_COST
from ops.ways.speeds import WaySettings

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AidSettings:
    """Units lent between districts.

    Attributes
    ----------
    keep_crews, keep_machines
        So many idle crews of a station, and machines of each kind of a district, are never offered
        (1 and 1: assumptions); a level that keeps more in reserve keeps more.
    least_hours
        Who is idle for less is not offered (2: an assumption).
    hour_price
        What an hour away costs, in weighted blocked-inlet-hours (0.2: an assumption; whoever is
        away is not there when something happens).
    least_gain
        For less nobody is lent (1: an assumption).
    most_way_minutes
        Nor on a longer way (60: an assumption).
    answer_minutes
        So long the lending desk has to approve (15: an assumption); the unit leaves no sooner.
    bundle_hours
        Work for about so long is looked at as one unit's (8: a shift, an assumption).
    """

    keep_crews: int = 1
    keep_machines: int = 1
    least_hours: float = 2.0
    hour_price: float = 0.2
    least_gain: float = 1.0
    most_way_minutes: float = 60.0
    answer_minutes: int = 15
    bundle_hours: float = 8.0

    def __post_init__(self) -> None:
        if min(self.keep_crews, self.keep_machines) < 0:
            raise ValueError("keep_crews and keep_machines must not lie below 0")
        if not 0.5 <= self.least_hours <= 24 or not 0.5 <= self.bundle_hours <= 24:
            raise ValueError("least_hours and bundle_hours must lie in 0.5 to 24")
        if self.hour_price < 0 or self.least_gain < 0:
            raise ValueError("hour_price and least_gain must not lie below 0")
        if not 0 <= self.most_way_minutes <= 600 or not 5 <= self.answer_minutes <= 240:
            raise ValueError("most_way_minutes must lie in 0 to 600, answer_minutes in 5 to 240")


@dataclass(frozen=True, slots=True)
class _Offer:
    lender: DistrictSummary
    unit: SpareUnit


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Work of one station that one unit could do, one thing after the other."""

    borrower: DistrictSummary
    wants: tuple[Want, ...]


def proposals(
    members: Iterable[Member],
    summaries: Mapping[str, DistrictSummary],
    promised: Mapping[int, Loan],
    settings: AidSettings,
    travel: TravelSettings,
    ways: WaySettings,
    now: datetime,
) -> tuple[Loan, ...]:
    """The loans that are worth more than they cost, the most worth first.

    Nobody lends to a district of another city, of a milder situation than its own, or in an
    operation of another kind or clock; nor on what a summary says that is older than the time to
    answer.

    Parameters
    ----------
    promised
        The loans that are asked for or in force, by number: their units are lent to nobody else,
        and what they are to do waits for nobody else, once the borrower's plan has them or not.
    now
        The real time.
    """
    city_of = {one.id: one.city for one in members if one.archived_at is None}
    oldest = now - settings.answer_minutes * MINUTE
    known = [one for key, one in sorted(summaries.items()) if key in city_of and one.at >= oldest]
    taken = {(loan.lender_id, loan.unit.resource_id) for loan in promised.values()}
    offers = [
        _Offer(one, unit)
        for one in known
        for unit in one.spare
        if (one.member_id, unit.resource_id) not in taken
    ]
    bundles = [
        bundle for one in known for bundle in _bundles(_still_wanted(one, promised), settings)
    ]
    tried = [
        [
            _loan(offer, bundle, settings, going_by(_profile(offer.unit), travel, ways), now)
            if _may(offer.lender, bundle.borrower, city_of)
            else None
            for bundle in bundles
        ]
        for offer in offers
    ]
    return tuple(sorted(_best(tried), key=lambda loan: (-loan.gain, loan.unit.resource_id)))


def _still_wanted(one: DistrictSummary, promised: Mapping[int, Loan]) -> DistrictSummary:
    """Without what a unit comes for by which its plan was not made yet."""
    seen_to = {
        job
        for number, loan in promised.items()
        if loan.borrower_id == one.member_id and number not in one.loans
        for job in loan.jobs
    }
    return replace(one, wants=tuple(want for want in one.wants if want.job_id not in seen_to))


def _best(tried: Sequence[Sequence[Loan | None]]) -> Iterator[Loan]:
    """Of each row and each column one at most, so that the gains are the most in all."""
    if not tried or not tried[0]:
        return
    from scipy.optimize import linear_sum_assignment  # a twentieth of every start, for this alone

    gains = np.array([[loan.gain if loan else 0.0 for loan in row] for row in tried])
    for row, column in zip(*linear_sum_assignment(gains, maximize=True), strict=True):
        if (loan := tried[row][column]) is not None:
            yield loan


def _may(lender: DistrictSummary, borrower: DistrictSummary, city_of: Mapping[str, str]) -> bool:
    if lender.member_id == borrower.member_id or lender.drill is None:
        return False
    return (
        city_of[lender.member_id] == city_of[borrower.member_id]
        and lender.drill == borrower.drill
        and abs(_ahead(lender) - _ahead(borrower)) < MINUTE
        and lender.gravity <= borrower.gravity
    )


def _ahead(one: DistrictSummary) -> timedelta:
    """How far the clock of its operation is from the real one."""
    return (one.clock_at or one.at) - one.at


def _bundles(one: DistrictSummary, settings: AidSettings) -> Iterator[_Bundle]:
    """What is wanted of alike units at a station, in the order of time: each thing goes to the
    first bundle in which nothing else is to be done then and that is not full.
    """
    alike: dict[tuple, list[Want]] = {}
    for want in sorted(one.wants, key=lambda each: (each.from_at, -each.worth, each.place)):
        key = want.station_id, want.machine_kind, want.people, want.skills
        alike.setdefault(key, []).append(want)
    most = timedelta(hours=settings.bundle_hours)
    for wants in alike.values():
        lanes: list[list[Want]] = []
        for want in wants:
            lane = next((lane for lane in lanes if _has_room(lane, want, most)), None)
            if lane is None:
                lanes.append([want])
            else:
                lane.append(want)
        yield from (_Bundle(one, tuple(lane)) for lane in lanes)


def _has_room(lane: Sequence[Want], want: Want, most: timedelta) -> bool:
    busy = sum((_takes(each) for each in lane), start=_takes(want))
    posts = (each for each in lane if each.kind.is_post and want.kind.is_post)
    return busy <= most and all(each.to_at <= want.from_at for each in posts)


def _takes(want: Want) -> timedelta:
    return want.to_at - want.from_at if want.kind.is_post else want.minutes * MINUTE


def _profile(unit: SpareUnit) -> str:
    """What it goes by; a lorry where its district's tables don't say."""
    return unit.profile or Profile.LORRY


def _loan(
    offer: _Offer, bundle: _Bundle, settings: AidSettings, travel: TravelSettings, now: datetime
) -> Loan | None:
    """The unit at this work, if it can do any of it and that is worth it."""
    lender, unit, borrower, first = offer.lender, offer.unit, bundle.borrower, bundle.wants[0]
    if not fits(unit, first):
        return None
    seconds = int(travel_seconds([unit.position], travel, [first.position])[0][0])
    way = timedelta(minutes=-(-seconds // 60))
    leaves = max(
        unit.from_at, now + _ahead(lender) + settings.answer_minutes * MINUTE, first.from_at - way
    )
    worth, jobs = _worth(bundle.wants, leaves + way, unit.to_at - way)
    if not jobs or way > settings.most_way_minutes * MINUTE:
        return None
    hours = (unit.to_at - leaves) / timedelta(hours=1)
    cost = 2 * seconds * TRAVEL_COST / POINTS_PER_HOUR + hours * settings.hour_price
    if worth - cost < settings.least_gain:
        return None
    return Loan(
        unit=unit,
        lender_id=lender.member_id,
        lender=lender.name,
        borrower_id=borrower.member_id,
        borrower=borrower.name,
        station_id=first.station_id,
        station=first.station,
        chief=first.chief,
        phone=first.phone,
        from_at=_whole_minute(leaves),
        to_at=unit.to_at,
        way_minutes=way // MINUTE,
        worth=worth,
        cost=cost,
        drill=bool(lender.drill),
        jobs=jobs,
        left_out=(lender.left_out, borrower.left_out),
    )


def fits(unit: SpareUnit, want: Want) -> bool:
    """Whether the unit is what is wanted."""
    if want.machine_kind is not None:
        return unit.machine_kind == want.machine_kind
    able = unit.size >= want.people and set(unit.skills) >= set(want.skills)
    return unit.kind is UnitKind.CREW and able


def _worth(wants: Iterable[Want], at: datetime, until: datetime) -> tuple[float, tuple[str, ...]]:
    """What of this can be done one after the other between two instants, and what it is worth."""
    worth, jobs = 0.0, []
    for want in wants:
        start = max(at, want.from_at)
        end = min(want.to_at, until) if want.kind.is_post else start + want.minutes * MINUTE
        if end > min(want.to_at, until) or end - start < want.minutes * MINUTE:
            continue
        share = (end - start) / (want.to_at - want.from_at) if want.kind.is_post else 1.0
        worth, at = worth + want.worth * share, end
        jobs.append(want.job_id)
    return worth, tuple(jobs)


def _whole_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
