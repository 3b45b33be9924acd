"""The teams of a shift by CP-SAT: small, proved, and the same for the same people.

What counts, each before the next: people who have a place and machines that have a driver; the
certified work that the crews do; crews that go out; squads that they make; usual sizes; nobody
moved from where he was told to go, or belongs.
"""

from ortools.sat.python import cp_model

from solver.rosters.shift import Candidate, Post, ShiftProblem, ShiftTeams

PLACED, DRIVEN, SKILLED, OUT, SQUAD, FULL, AS_TOLD, AT_HOME = (
    30_000_000,
    40_000_000,
    3_000_000,
    600_000,
    100_000,
    3_000,
    200,
    100,
)
"""Weights; so far apart that of some fifteen people and five crews none outweighs the one before.
"""
STEPS = 5.0
"""Deterministic time at most: a shift of twenty people takes a hundredth of it."""


def shift_teams(problem: ShiftProblem) -> ShiftTeams:
    """The best teams; posts that can't be manned legally are left out.

    The order of people and posts counts in nothing but ties.
    """
    model = _Model(problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = STEPS
    status = solver.solve(model.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return ShiftTeams()
    return model.answer(solver)


class _Model:
    """One method for each rule."""

    def __init__(self, problem: ShiftProblem) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        self.at: dict[tuple[str, str], cp_model.IntVar] = {}
        self.does: dict[tuple[str, str], cp_model.IntVar] = {}
        self.gains: list[cp_model.LinearExprT] = []
        for post in problem.posts:
            self._places(post)
        for person in problem.people:
            self.model.add(sum(self._of(person)) <= 1)
        for post in problem.posts:
            if post.is_driver:
                self.model.add(sum(self._in(post)) <= 1)
                self.gains.append(DRIVEN * sum(self._in(post)))
            else:
                self._crew(post)
        self.model.maximize(sum(self.gains))

    def _places(self, post: Post) -> None:
        for person in self.problem.people:
            if self.problem.barred(person, post):
                continue
            here = self.model.new_bool_var("")
            self.at[person.id, post.id] = here
            calm = AS_TOLD * (person.before == post.id) + AT_HOME * (person.home == post.id)
            self.gains.append((PLACED * (not post.is_driver) + calm) * here)

    def _of(self, person: Candidate) -> list[cp_model.IntVar]:
        return [at for (who, _), at in self.at.items() if who == person.id]

    def _in(self, post: Post, leads: bool = False, skill: str | None = None) -> list:
        people = {one.id: one for one in self.problem.people}
        return [
            at
            for (who, where), at in self.at.items()
            if where == post.id
            and (people[who].leads or not leads)
            and (skill is None or skill in people[who].certificates)
        ]

    def _crew(self, post: Post) -> None:
        """It goes out with a lead and nobody alone, or not at all; more squads are better."""
        model, most = self.model, len(self.problem.people)
        people, leads = sum(self._in(post)), sum(self._in(post, leads=True))
        goes = model.new_bool_var("")
        model.add(people >= self.problem.least_people).only_enforce_if(goes)
        model.add(leads >= 1).only_enforce_if(goes)
        model.add(people == 0).only_enforce_if(~goes)
        squads, full = model.new_int_var(0, most, ""), model.new_int_var(0, post.size, "")
        model.add(squads <= leads)
        model.add(self.problem.least_people * squads <= people)
        model.add(full <= people)
        self.gains += [OUT * goes, SQUAD * squads, FULL * full]
        for skill, least in post.wanted:
            does = model.new_bool_var("")
            model.add(sum(self._in(post, skill=skill)) >= least * does)
            self.does[post.id, skill] = does
            self.gains.append(SKILLED * does)

    def answer(self, solver: cp_model.CpSolver) -> ShiftTeams:
        """Leads first, in the order of the people."""
        leads = {one.id for one in self.problem.people if one.leads}
        members = {}
        for post in self.problem.posts:
            own = [who for (who, where), at in self.at.items() if where == post.id]
            there = [who for who in own if solver.boolean_value(self.at[who, post.id])]
            if there:
                members[post.id] = tuple(sorted(there, key=lambda who: who not in leads))
        skills = {
            post.id: tuple(
                skill for skill, _ in post.wanted if solver.boolean_value(self.does[post.id, skill])
            )
            for post in self.problem.posts
            if post.id in members
        }
        return ShiftTeams(members=members, skills=skills)
