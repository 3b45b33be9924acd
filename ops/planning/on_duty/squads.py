"""How a crew goes out: as one, or as squads that each do work of their own. Pure."""

from dataclasses import dataclass

from data.model.city import Crew
from ops.planning.parameters import DutySettings
from ops.risk.stop_work import SafetySettings

SMALLEST = 2  # people in a squad at least: nobody works alone at a road (assumption)
WELLS = "confined_space"


@dataclass(frozen=True, slots=True)
class Squad:
    """Some of a crew who go out together; ``number`` is ``None`` where they are all of it."""

    number: int | None
    people: int
    skills: tuple[str, ...]


def squads(
    crew: Crew, duty: DutySettings, safety: SafetySettings, *, for_wells: bool = True
) -> tuple[Squad, ...]:
    """The squads of a crew, the leader's first and none larger than it.

    There are no more than pairs, leaders and vehicles; where the tables do not tell, one senior may
    lead a squad besides the leader (assumption), and vehicles are no bar. A crew stays together
    where it could do what none of its squads could: work on a road that asks for more people or,
    ``for_wells``, go down a well.
    """
    seniors = 1 if crew.seniors is None else crew.seniors
    count = min(crew.size // SMALLEST, 1 + seniors) if duty.squads else 1
    if crew.vehicles is not None:
        count = min(count, crew.vehicles)
    wells = safety.well_people if for_wells and WELLS in crew.skills else SMALLEST
    wanted = max((n for n in (*duty.least_people, wells) if n <= crew.size), default=SMALLEST)
    while count > 1 and _largest(crew.size, count) < wanted:
        count -= 1
    if count <= 1:
        return (Squad(None, crew.size, crew.skills),)
    return tuple(_squad(crew, number, count, safety) for number in range(1, count + 1))


def _largest(size: int, count: int) -> int:
    return -(-size // count)


def _squad(crew: Crew, number: int, count: int, safety: SafetySettings) -> Squad:
    people = crew.size // count + (number <= crew.size % count)
    skills = tuple(skill for skill in crew.skills if skill != WELLS or people >= safety.well_people)
    return Squad(number, people, skills)
