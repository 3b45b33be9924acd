"""The teams of one shift at one station: who is there goes into crews and to drivers' posts.

What is asked (`ShiftProblem`), the answer (`ShiftTeams`), and the referee, which judges an answer
without the model that found it: a leader or senior in each crew (老带新), nobody alone,
certificates, rest, hours, heat. Pure; ``solver.rosters.shift_model`` finds the answer.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

DRIVING = "driver"


class TeamRule(StrEnum):
    """What a team of a shift may break."""

    UNKNOWN = "unknown"  # no such person or post
    TWICE = "twice"  # in two places, or twice in one
    NOT_PRESENT = "not_present"
    TOO_LITTLE_REST = "too_little_rest"
    TOO_MANY_HOURS = "too_many_hours"
    HEAT = "heat"  # outdoors though barred in heat
    OVERTIME_IN_HEAT = "overtime_in_heat"
    ALONE = "alone"  # fewer people than go out together at least
    NO_LEAD = "no_lead"  # neither leader nor senior
    NOT_ONE_DRIVER = "not_one_driver"
    NO_CERTIFICATE = "no_certificate"  # drives without one, or fewer hold it than the work asks
    SQUAD = "squad"  # a squad that is no part of the team, alone or without a lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may be given a place.

    Attributes
    ----------
    leads
        Leader or senior.
    certificates
        What holds on this day.
    home, before
        The post that this one belongs to, and that which was told last.
    rest_hours
        Since the last turn; ``None``: no turn in the week before.
    week_hours, most_hours
        Worked in the six days before; what seven days may hold.
    is_extra
        Beyond the own turns: called in, or put on a shift on a day off. Only then hours are a bar:
        what the roster asks week by week the bureau has to answer for, and nobody is stood down.
    no_heat
        Not outdoors in heat.
    """

    id: str
    leads: bool = False
    certificates: frozenset[str] = frozenset()
    home: str | None = None
    before: str | None = None
    present: bool = True
    rest_hours: float | None = None
    week_hours: float = 0.0
    most_hours: float = 168.0
    is_extra: bool = False
    no_heat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A crew or a driver's post to be manned.

    Attributes
    ----------
    size
        How many belong to it; a driver's post has one.
    wanted
        The certified work that it does when it can, and how many must hold the certificate of each.
    """

    id: str
    is_driver: bool = False
    size: int = 1
    wanted: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"post {self.id}: size must be at least 1, got {self.size}")
        if any(people < 1 for _, people in self.wanted):
            raise ValueError(f"post {self.id}: wanted must ask for one at least")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftProblem:
    """Who may be given a place, and which places there are.

    Attributes
    ----------
    hours
        Of work in the shift.
    least_rest
        Hours between two turns.
    least_people
        Nobody works alone: so many go out together at least.
    is_hot
        Whether a heat warning of 35 °C or more holds.
    is_emergency
        Whether the limits of hours are lifted (Labour Law art. 42).

    Raises
    ------
    ValueError
        Two people or posts of one id.
    """

    people: tuple[Candidate, ...]
    posts: tuple[Post, ...]
    hours: float = 8.0
    least_rest: float = 11.0
    least_people: int = 2
    is_hot: bool = False
    is_emergency: bool = False

    def __post_init__(self) -> None:
        for what, ids in (
            ("person", [one.id for one in self.people]),
            ("post", [one.id for one in self.posts]),
        ):
            if twice := [name for name, count in Counter(ids).items() if count > 1]:
                raise ValueError(f"{what} twice: {', '.join(sorted(twice))}")

    def barred(self, person: Candidate, post: Post | None = None) -> TeamRule | None:
        """Why somebody may not be given a place, or not this one; ``None``: may."""
        if not person.present:
            return TeamRule.NOT_PRESENT
        if person.rest_hours is not None and person.rest_hours < self.least_rest:
            return TeamRule.TOO_LITTLE_REST
        if person.is_extra and not self.is_emergency:
            if person.week_hours + self.hours > person.most_hours:
                return TeamRule.TOO_MANY_HOURS
            if self.is_hot:
                return TeamRule.OVERTIME_IN_HEAT
        if post is not None and not post.is_driver and self.is_hot and person.no_heat:
            return TeamRule.HEAT
        if post is not None and post.is_driver and DRIVING not in person.certificates:
            return TeamRule.NO_CERTIFICATE
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftTeams:
    """Who is where: the people of each post that goes out, and the certified work that it does."""

    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rule broken, where and by whom."""

    rule: TeamRule
    post: str
    person: str | None = None


def check_teams(problem: ShiftProblem, teams: ShiftTeams) -> tuple[Breach, ...]:
    """Every rule that the teams break; none: they are legal."""
    return tuple(_breaches(problem, teams))


def _breaches(problem: ShiftProblem, teams: ShiftTeams) -> Iterator[Breach]:
    people = {one.id: one for one in problem.people}
    posts = {one.id: one for one in problem.posts}
    places = Counter(name for members in teams.members.values() for name in members)
    for post_id, members in teams.members.items():
        post = posts.get(post_id)
        if post is None:
            yield Breach(rule=TeamRule.UNKNOWN, post=post_id)
            continue
        for name in members:
            person = people.get(name)
            if person is None:
                yield Breach(rule=TeamRule.UNKNOWN, post=post_id, person=name)
                continue
            if places[name] > 1:
                yield Breach(rule=TeamRule.TWICE, post=post_id, person=name)
            if rule := problem.barred(person, post):
                yield Breach(rule=rule, post=post_id, person=name)
        known = [people[name] for name in members if name in people]
        yield from _team(problem, post, known, teams.skills.get(post_id, ()))


def _team(
    problem: ShiftProblem, post: Post, members: list[Candidate], skills: tuple[str, ...]
) -> Iterator[Breach]:
    if post.is_driver:
        if len(members) != 1:
            yield Breach(rule=TeamRule.NOT_ONE_DRIVER, post=post.id)
        return
    if len(members) < problem.least_people:
        yield Breach(rule=TeamRule.ALONE, post=post.id)
    if not any(one.leads for one in members):
        yield Breach(rule=TeamRule.NO_LEAD, post=post.id)
    wanted = dict(post.wanted)
    for skill in skills:
        if sum(skill in one.certificates for one in members) < wanted.get(skill, 1):
            yield Breach(rule=TeamRule.NO_CERTIFICATE, post=post.id)


def squads_of(members: tuple[Candidate, ...], count: int) -> tuple[tuple[Candidate, ...], ...]:
    """A team dealt into so many squads, each led by a leader or senior; the sizes are those of
    people shared out evenly, the larger ones first.

    Raises
    ------
    ValueError
        There are too few people or leads for so many.
    """
    leads = [one for one in members if one.leads]
    if not 1 <= count <= len(leads) or len(members) < count:
        raise ValueError(f"{len(members)} people with {len(leads)} leads make no {count} squads")
    sizes = [len(members) // count + (n < len(members) % count) for n in range(count)]
    squads = [[lead] for lead in leads[:count]]
    for person in (*leads[count:], *(one for one in members if not one.leads)):
        free = max(range(count), key=lambda n: (sizes[n] - len(squads[n]), -n))
        squads[free].append(person)
    return tuple(map(tuple, squads))


def check_squads(
    squads: tuple[tuple[Candidate, ...], ...], members: tuple[Candidate, ...], least: int
) -> tuple[Breach, ...]:
    """Each member in one squad, nobody alone, a lead in each."""
    dealt = Counter(one.id for squad in squads for one in squad)
    is_whole = dealt == Counter(one.id for one in members)
    is_led = all(len(squad) >= least and any(one.leads for one in squad) for squad in squads)
    return () if is_whole and is_led else (Breach(rule=TeamRule.SQUAD, post=""),)
