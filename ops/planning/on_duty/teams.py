"""The teams of each shift from who is present, why they are so, and the nearest who would mend what
is missing. Pure.

A station's teams stand on its own people alone: an absence elsewhere never changes them. Without a
table of people, and of crews that nobody of it belongs to, all is as the tables of crews say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from data.geo import distance_m
from data.model.city import City, Crew, Driver, Person, Shift, Worker, worker_key
from data.model.message import Message
from data.model.roster import RosterDay
from data.model.roster import WorkerKey as Key
from data.model.team import StationShift, Team
from data.model.wall_clock import next_at
from ops.district.roster_changes import called, station_of
from ops.district.rosters import ABSENT, home_of, is_on_leave, last_day, shift_on, shift_span, turns
from ops.planning.context import Storm
from ops.planning.on_duty.roster_days import DEEP_NIGHT, days_around
from ops.planning.on_duty.roster_rules import rested_since, week_hours
from ops.planning.on_duty.squads import Squad, squads
from ops.planning.parameters import DutySettings
from ops.risk.stop_work import SafetySettings, heat_level
from solver.rosters.shift import Candidate, Post, ShiftProblem, ShiftTeams, TeamRule, squads_of
from weather.model import Alert

HOUR = timedelta(hours=1)
MOST_TRIED = 12
"""So many who may come are tried for what is missing; the nearest that helps is told (assumption).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """What the teams of a shift depend on beside the tables."""

    alerts: tuple[Alert, ...] = ()
    duty: DutySettings = DutySettings()
    safety: SafetySettings = SafetySettings()
    is_emergency: bool = False
    before: tuple[StationShift, ...] = ()


def station_shifts(
    city: City, days: Iterable[date], now: datetime, staffing: Staffing
) -> tuple[StationShift, ...]:
    """The teams of every shift of these days that is not over, by station."""
    if not city.people:
        return ()
    zone, asked = ZoneInfo(city.district.time_zone), set[tuple[str, date]]()
    return tuple(
        _StationShift(city, day, shift, station.id, staffing, asked).formed()
        for day in days
        for shift in city.shifts
        if shift_span(shift, day, zone)[1] > now
        for station in city.stations
        if any(person.station_id == station.id for person in city.people)
    )


def with_teams(storm: Storm, before: tuple[StationShift, ...] = ()) -> Storm:
    """The situation with the teams of its shifts; crews and drivers that can't be manned have no
    turn.

    Parameters
    ----------
    before
        The teams that were told last: who can stay where he was told to go stays.
    """
    staffing = Staffing(
        alerts=storm.alerts,
        duty=storm.duty,
        safety=storm.safety,
        is_emergency=storm.all_hands,
        before=before,
    )
    teams = station_shifts(storm.city, days_around(storm), storm.now, staffing)
    return replace(storm, teams=teams, city=staffed_city(storm.city, teams))


def teams_by_post(shifts: Iterable[StationShift]) -> dict[tuple[Key, date], Team]:
    """Each team by whose it is and its day."""
    return {(team.key, one.day): team for one in shifts for team in one.teams}


def staffed_city(city: City, shifts: Iterable[StationShift]) -> City:
    """The city in which crews and drivers that can't be manned have no turn on that day."""
    away = {(key, one.day) for one in shifts for key in one.out}
    if not away:
        return city
    kept = [entry for entry in city.roster if (entry.worker, entry.day) not in away]
    told = [
        replace(
            city.roster_by_day.get((key, day), _entry(key, day)),
            duty=ABSENT,
        )
        for key, day in sorted(away)
    ]
    return replace(city, roster=(*kept, *told))


def _entry(key: Key, day: date) -> RosterDay:
    kind, name = key
    return RosterDay(
        day=day,
        crew_id=name if kind == "crew" else None,
        driver_id=name if kind == "driver" else None,
        duty=ABSENT,
    )


def staffed(crew: Crew, team: Team | None, people: Mapping[str, Person]) -> Crew:
    """The crew as it goes out that day: its people, who may lead, what their certificates allow."""
    if team is None:
        return crew
    leads = sum(people[name].role.leads for name in team.members)
    free = [skill for skill in crew.skills if skill not in CERTIFIED_WORK]
    return replace(
        crew,
        size=len(team.members),
        seniors=max(0, leads - 1),
        skills=tuple(skill for skill in crew.skills if skill in (*free, *team.skills)),
    )


CERTIFIED_WORK = ("jetting", "confined_space")


def squads_of_team(
    crew: Crew, team: Team | None, last: date, storm: Storm, for_wells: bool
) -> list[tuple[Squad, tuple[str, ...]]]:
    """The squads of a crew, with the ids of their people where the tables name them: each led by a
    leader or senior, and each doing what enough of its own are certified for until the ``last`` day
    of the turn.
    """
    people = storm.city.person_by_id
    crew = staffed(crew, team, people)
    found = squads(crew, storm.duty, storm.safety, for_wells=for_wells)
    if team is None:
        return [(squad, ()) for squad in found]
    members = tuple(
        Candidate(
            id=name,
            leads=people[name].role.leads,
            certificates=frozenset(s for s in CERTIFIED_WORK if people[name].may(s, last)),
        )
        for name in team.members
    )
    least = least_certified(storm.duty, storm.safety)
    return [
        (
            replace(
                squad,
                skills=tuple(
                    skill
                    for skill in squad.skills
                    if sum(skill in one.certificates for one in own) >= least.get(skill, 0)
                ),
            ),
            tuple(one.id for one in own),
        )
        for squad, own in zip(found, squads_of(members, len(found)), strict=True)
    ]


def least_certified(duty: DutySettings, safety: SafetySettings) -> dict[str, int]:
    """How many of a team must hold the certificate of each kind of work."""
    return {"jetting": duty.jetting_people, "confined_space": safety.well_people}


@lru_cache(maxsize=1024)
def _solved(problem: ShiftProblem) -> ShiftTeams:
    """Asked at every plan; the same shift is solved once."""
    from solver.rosters.shift_model import shift_teams  # loads all of OR-Tools

    return shift_teams(problem)


class _StationShift:
    """One shift at one station; ``asked`` are those who are named already as who could come on a
    day.
    """

    def __init__(
        self,
        city: City,
        day: date,
        shift: Shift,
        station_id: str,
        staffing: Staffing,
        asked: set[tuple[str, date]],
    ) -> None:
        self.city, self.day, self.shift, self.asked = city, day, shift, asked
        self.station_id, self.staffing = station_id, staffing
        zone = ZoneInfo(city.district.time_zone)
        self.start, self.end = shift_span(shift, day, zone)
        self.last_day = last_day(shift, day, zone)
        homes = {worker_key(home) for person in city.people if (home := home_of(person, city))}
        every: tuple[Worker, ...] = (*city.crews, *city.drivers)
        self.posts = [
            worker
            for worker in every
            if worker_key(worker) in homes
            and station_of(worker, city) == station_id
            and shift_on(worker, day, city) == shift
        ]
        self.people = [one for one in city.people if self._belongs(one)]

    def _belongs(self, person: Person) -> bool:
        """Whether somebody of this station is on this shift, or would be."""
        if person.station_id != self.station_id:
            return False
        home = home_of(person, self.city)
        return self._is_here(person) or (home is not None and home in self.posts)

    def _is_here(self, person: Person) -> bool:
        return shift_on(person, self.day, self.city) == self.shift

    @property
    def is_hot(self) -> bool:
        return heat_level(self.staffing.alerts, self.start) is not None

    def problem(self) -> ShiftProblem:
        """What the solver is asked."""
        shift = self.shift
        return ShiftProblem(
            people=tuple(self.candidate(one) for one in self.people),
            posts=tuple(self._post(one) for one in self.posts),
            hours=(self.end - self.start) / HOUR - shift.break_minutes / 60,
            least_rest=self.staffing.duty.rest_hours,
            is_hot=self.is_hot,
            is_emergency=self.staffing.is_emergency,
        )

    def candidate(self, person: Person, present: bool | None = None) -> Candidate:
        city, day = self.city, self.day
        since, home = rested_since(person, self.start, day, city), home_of(person, city)
        is_extra = home is not None and shift_on(home, day, city) is None
        return Candidate(
            id=person.id,
            leads=person.role.leads,
            certificates=frozenset(
                skill for skill, end in person.certificates.items() if self.last_day <= end
            ),
            home=_name(home) if home else None,
            before=self._before().get(person.id),
            present=self._is_here(person) if present is None else present,
            rest_hours=None if since is None else (self.start - since) / HOUR,
            week_hours=week_hours(person, day, city),
            most_hours=person.week_hours or self.staffing.duty.week_hours,
            is_extra=is_extra if present is None else True,
            no_heat=person.no_heat,
        )

    def _before(self) -> dict[str, str]:
        key = (self.day, self.shift.id, self.station_id)
        return {
            name: ":".join(team.key)
            for one in self.staffing.before
            if one.key == key
            for team in one.teams
            for name in team.members
        }

    def _post(self, worker: Worker) -> Post:
        if not isinstance(worker, Crew):
            return Post(id=_name(worker), is_driver=True)
        least = least_certified(self.staffing.duty, self.staffing.safety)
        wanted = tuple((skill, least[skill]) for skill in CERTIFIED_WORK if skill in worker.skills)
        return Post(id=_name(worker), size=worker.size, wanted=wanted)

    def formed(self) -> StationShift:
        """The teams, with their sentences."""
        problem = self.problem()
        found = _solved(problem)
        by_name = {_name(worker): worker for worker in self.posts}
        teams = tuple(
            Team(
                crew_id=by_name[name].id if isinstance(by_name[name], Crew) else None,
                driver_id=by_name[name].id if isinstance(by_name[name], Driver) else None,
                members=members,
                skills=found.skills.get(name, ()),
            )
            for name, members in found.members.items()
        )
        out = tuple(worker_key(by_name[n]) for n in by_name if n not in found.members)
        return StationShift(
            day=self.day,
            shift_id=self.shift.id,
            station_id=self.station_id,
            teams=teams,
            out=out,
            told=tuple(self._told(problem, found)),
            gaps=tuple(self._gaps(problem, found)),
        )

    # --- why

    def _told(self, problem: ShiftProblem, found: ShiftTeams) -> Iterator[Message]:
        where = {who: post for post, members in found.members.items() for who in members}
        for person, candidate in zip(self.people, problem.people, strict=True):
            facts: dict[str, object] = {"who": person.name, "team": (called(person, self.city),)}
            rule = problem.barred(candidate)
            if rule is TeamRule.NOT_PRESENT:
                yield Message("team.away", facts | {"why": self._away(person)})
            elif rule is not None:
                yield Message(f"team.{rule}", facts | self._limits(candidate, problem))
            elif person.id not in where:
                yield Message("team.left_over", facts)
            elif where[person.id] != candidate.home:
                post = where[person.id]
                why = self._why(candidate, post, problem, found)
                yield Message("team.moved", facts | {"to": self._called(post), "why": why})

    def _away(self, person: Person) -> Message:
        entry = self.city.roster_by_day.get((worker_key(person), self.day))
        if entry and entry.duty in ("absent", "leave", "off"):
            return Message(f"roster.{entry.duty}")
        return Message("team.elsewhere")

    def _limits(self, one: Candidate, problem: ShiftProblem) -> dict[str, object]:
        return {
            "rest": round(one.rest_hours or 0.0, 1),
            "least": problem.least_rest,
            "hours": round(one.week_hours + problem.hours, 1),
            "most": one.most_hours,
        }

    def _why(self, one: Candidate, post: str, problem: ShiftProblem, found: ShiftTeams) -> Message:
        """What the one moved brings there that was missing, or why there is no place at home."""
        target = next(each for each in problem.posts if each.id == post)
        if target.is_driver:
            return Message("team.why_driver")
        others = [
            each for each in problem.people if each.id != one.id and each.id in found.members[post]
        ]
        if one.leads and not any(each.leads for each in others):
            return Message("team.why_lead")
        for skill, least in target.wanted:
            holders = sum(skill in each.certificates for each in others)
            if skill in one.certificates and holders < least and skill in found.skills[post]:
                return Message("team.why_skill", {"skill": Message(f"skill.{skill}")})
        if one.home is None:
            return Message("team.why_spare")
        return Message("team.why_home" if one.home not in found.members else "team.why_numbers")

    def _called(self, post: str) -> str:
        return next(called(one, self.city) for one in self.posts if _name(one) == post)

    # --- what is missing, and who would mend it

    def _gaps(self, problem: ShiftProblem, found: ShiftTeams) -> Iterator[Message]:
        for post in problem.posts:
            facts: dict[str, object] = {"team": (self._called(post.id),), "shift": self.shift.name}
            facts["day"] = self.day
            own = [one for one in problem.people if one.home == post.id]
            able = [one for one in own if problem.barred(one, post) is None]
            if post.id not in found.members:
                code, why = self._not_out(post, able)
                fix = self._fix(problem, post, None, needs_lead=not any(o.leads for o in able))
                yield Message(code, facts | {"why": why, "fix": fix})
                continue
            for skill, least in post.wanted:
                if skill in found.skills[post.id]:
                    continue
                members = [one for one in problem.people if one.id in found.members[post.id]]
                holders = sum(skill in one.certificates for one in members)
                named = {"skill": Message(f"skill.{skill}"), "n": holders, "least": least}
                fix = self._fix(problem, post, skill, needs_lead=False)
                yield Message("team.gap_skill", facts | named | {"fix": fix})

    def _not_out(self, post: Post, able: Sequence[Candidate]) -> tuple[str, Message]:
        if post.is_driver:
            return "team.gap_driver", Message("team.no_driver")
        if not able:
            return "team.gap_crew", Message("team.nobody")
        has_lead = any(one.leads for one in able)
        return "team.gap_crew", Message("team.alone" if has_lead else "team.no_lead")

    def _fix(
        self, problem: ShiftProblem, post: Post, skill: str | None, *, needs_lead: bool
    ) -> Message:
        """The nearest who would close the gap, tried: off duty, or one whom another station can
        spare.
        """
        near = (
            (person, is_lent, self._helper(person, post, is_lent))
            for person, is_lent in self._helpers(post, skill, needs_lead)
        )
        able = (one for one in near if problem.barred(one[2], post) is None)
        for person, is_lent, helper in islice(able, MOST_TRIED):
            tried = _solved(replace(problem, people=(*problem.people, helper)))
            is_closed = post.id in tried.members and (
                skill is None or skill in tried.skills[post.id]
            )
            if is_closed and helper.id in tried.members[post.id]:
                self.asked.add((person.id, self.day))
                station = self.city.station_by_id[person.station_id].name
                code = "team.fix_lend" if is_lent else "team.fix_call"
                return Message(code, {"who": person.name, "station": station})
        return Message("team.fix_none")

    def _helper(self, person: Person, post: Post, is_lent: bool) -> Candidate:
        helper = replace(self.candidate(person, present=True), home=post.id)
        return replace(helper, is_extra=False) if is_lent else helper

    def _helpers(
        self, post: Post, skill: str | None, needs_lead: bool
    ) -> list[tuple[Person, bool]]:
        """Who could come, the nearest first, of one station first who is off duty and has had the
        fewest nights and weekends this month.
        """
        known, asked = {one.id for one in self.people}, "driver" if post.is_driver else skill
        found = []
        for person in self.city.people:
            if (
                person.id in known
                or (person.id, self.day) in self.asked
                or (asked and not person.may(asked, self.last_day))
                or (needs_lead and not post.is_driver and not person.role.leads)
                or is_on_leave(person, self.day, self.city)
            ):
                continue
            is_lent = self._is_here(person) and person.station_id != self.station_id
            if (is_lent and self._can_be_spared(person)) or self._is_free(person):
                found.append((self._rank(person, is_lent), person, is_lent))
        return [(person, is_lent) for _, person, is_lent in sorted(found, key=lambda one: one[0])]

    def _rank(self, person: Person, is_lent: bool) -> tuple:
        here = self.city.station_by_id[self.station_id].position
        there = self.city.station_by_id[person.station_id].position
        burden = sum(hard_turns(person, self.day, self.city))
        return distance_m(here, there), is_lent, burden, person.id

    def _is_free(self, person: Person) -> bool:
        """Whether one off duty that day has his rest before the next turn if he comes."""
        if shift_on(person, self.day, self.city) is not None:
            return False
        after = turns(person, [self.day + timedelta(days=n) for n in (1, 2)], self.city)
        rest = timedelta(hours=self.staffing.duty.rest_hours)
        return all(turn.start - self.end >= rest for turn in after)

    def _can_be_spared(self, person: Person) -> bool:
        """Whether his own station does without him all that it does with him."""
        other = _StationShift(
            self.city, self.day, self.shift, person.station_id, self.staffing, set()
        ).problem()
        less = replace(other, people=tuple(one for one in other.people if one.id != person.id))
        with_him, without = _solved(other), _solved(less)
        return with_him.members.keys() == without.members.keys() and (
            dict(with_him.skills) == dict(without.skills)
        )


def hard_turns(person: Person, day: date, city: City) -> tuple[int, int]:
    """Nights and weekend turns of the month before a day."""
    days = [day.replace(day=n) for n in range(1, day.day)]
    own = turns(person, days, city)
    zone = ZoneInfo(city.district.time_zone)
    nights = sum(next_at(DEEP_NIGHT, turn.start, zone) < turn.end for turn in own)
    return nights, sum(turn.day.weekday() >= 5 for turn in own)


def _name(worker: Worker) -> str:
    return ":".join(worker_key(worker))
