"""Whole watches handed round: who does which stretch of which day, as an assignment.

Ruin and recreate moves a dozen stops at a time; a watch of seven hours is as many jobs, and where
three crews go round nothing is won before the last of them has moved. Here the days of all units
are cut at two moments, or at one: then it is the rest of the day that changes hands, as in the
2-opt* of Potvin and Rousseau (1995), between any number of routes at once, as in the cyclic
transfers of Thompson and Psaraftis (1993). Each unit's day is priced with every stretch between
them in place of its own, also with those of posts that nobody has; the cheapest assignment is
carried out, its times and points made exactly, and undone if it is not worth more.

Stops that wait for others keep to the room that they have, so a day's price is its own. The starts
of before stay an order to work in, hence no circle between teams can close.
"""

import math
import random
import time
from collections import namedtuple
from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

from solver.search.anneal import assign, time_all
from solver.search.arrays import FAR, NO_CAP, Data, State, Work, copied
from solver.search.jit import compiled, inner
from solver.search.propagate import leg
from solver.search.recreate import floored, place_cost, was_of_team
from solver.search.timing import (
    arrive,
    begun_by,
    mode_of,
    opens,
    overtime_points,
    penalty,
    start_from,
)

MOST_CUTS = 60
"""Pairs of moments that are tried at a time."""
Rules = namedtuple("Rules", "fits coupled bound_to")
"""``fits[visit, unit]``; whether a job waits for others, or they for it; whether a unit keeps its
day to itself, for it has a tank.
"""
Stretches = namedtuple("Stretches", "begin end first job")
"""What changes hands: all that starts from `begin` on and before `end`, and the jobs of posts that
nobody has, those of the i-th from ``first[i]`` on.
"""
Day = namedtuple("Day", "stop cost left start came")
"""A unit's day being put together, for each stop and number of breaks taken before it: the points
lost so far, when it ends, when it starts, and how many breaks lay before the stop before it.
"""


def rules(data: Data) -> Rules:
    """What does not change in the course of a search."""
    fits = np.zeros((data.visits, data.units), np.bool_)
    for visit, (a, b) in enumerate(pairwise(data.visit["first_fit"].tolist())):
        fits[visit, data.fit[a:b]] = True
    waits = np.diff(data.job["first_before"]) + np.diff(data.job["first_follower"]) > 0
    coupled = waits | (np.diff(data.job["first_visit"]) > 1)
    return Rules(fits, coupled, data.loads & (data.unit["capacity"][:-1] >= 0))


def moments(data: Data) -> list[int]:
    """When watches change: the first and the last moment of each part of one."""
    jobs, fastest = data.job[:-1], data.job["first_mode"][1:] - 1
    has_start = data.mode["first_start"][fastest] < data.mode["first_start"][fastest + 1]
    parts = (jobs["until"] >= 0) & has_start & ~jobs["pinned"]
    begins = data.start["lo"][data.mode["first_start"][fastest[parts]]]
    return sorted({*begins.tolist(), *jobs["until"][parts].tolist()})


class Exchange:
    """Hands watches round in solutions of one problem.

    Parameters
    ----------
    data
        The problem.
    seed
        Of the draw of cuts, where there are many.
    """

    def __init__(self, data: Data, seed: int):
        self.data, self.rules, self.moments = data, rules(data), moments(data)
        self.chance = random.Random(seed)
        self.lo = data.start["lo"][data.mode["first_start"][data.job["first_mode"][1:] - 1]]
        self.posts = self._posts()
        table = (data.visits + 2, int(data.unit["breaks"].max(initial=0)) + 1)
        self.day = Day(np.zeros(table[0], np.int64), *(np.zeros(table, np.int64) for _ in range(4)))

    def _posts(self) -> list[np.ndarray]:
        """The free parts of the watches of each post and kind of unit, in order of time."""
        data, found = self.data, dict[tuple, list[int]]()
        has_rival, jobs = np.diff(data.job["first_rival"]) > 0, data.job[:-1]
        bound = self.rules.coupled | has_rival | jobs["pinned"]
        for job in np.flatnonzero((jobs["until"] >= 0) & ~bound):
            visit = jobs["first_visit"][job]
            fit = data.fit[slice(*data.visit["first_fit"][visit : visit + 2])]
            found.setdefault((data.location[visit], fit.tobytes()), []).append(int(job))
        return [np.array(sorted(jobs, key=lambda j: self.lo[j])) for jobs in found.values()]

    def improve(
        self,
        state: State,
        work: Work,
        until: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> bool:
        """Hand round while that wins anything and the clock reads less than `until`; whether it
        has.
        """
        old, cuts = copied(self.data, state), self._cuts()
        won, tried, at = False, 0, 0
        while tried < len(cuts) and clock() < until:
            if self._handed_round(state, old, work, self.stretches(state, *cuts[at])):
                won, tried = True, 0
            tried, at = tried + 1, (at + 1) % len(cuts)
        return won

    def _cuts(self) -> list[tuple[int, int]]:
        """Between which moments; behind the last of a day there is none."""
        cuts = list(combinations([*self.moments, FAR], 2))
        return cuts if len(cuts) <= MOST_CUTS else self.chance.sample(cuts, MOST_CUTS)

    def stretches(self, state: State, begin: int, end: int) -> Stretches:
        """What changes hands between two moments."""
        found = [
            jobs[
                ~state.job["done"][jobs].astype(bool)
                & (self.lo[jobs] >= begin)
                & (self.lo[jobs] < end)
            ]
            for jobs in self.posts
        ]
        left = [each for each in found if len(each)]
        first = np.cumsum([0, *(len(each) for each in left)])
        return Stretches(begin, end, first, np.concatenate([*left, np.zeros(0, np.int64)]))

    def _handed_round(self, state: State, old: State, work: Work, stretches: Stretches) -> bool:
        """Carry out the cheapest assignment, if it is worth more."""
        count = self.data.units + len(stretches.first) - 1
        price = np.full((count, count), NO_CAP, np.int64)
        prices(self.data, state, self.rules, stretches, self.day, price)
        chosen = _cheapest(price)
        if chosen is None:
            return False
        assign(old, state)
        if self.carry_out(state, old, work, stretches, chosen) and state.score[0] > old.score[0]:
            return True
        assign(state, old)
        return False

    def carry_out(
        self, state: State, old: State, work: Work, stretches: Stretches, chosen: list[int]
    ) -> bool:
        """Give each unit, and nobody, the stretch that is chosen for it; whether that is legal.

        Parameters
        ----------
        old
            Equal to `state` before.
        """
        data = self.data
        for row, stretch in enumerate(chosen):
            if row >= data.units > stretch:
                leave_out(data, old, state, stretches, stretch)
        for unit, stretch in enumerate(chosen[: data.units]):
            if unit != stretch:
                take_over(data, old, state, self.rules, stretches, self.day, unit, stretch)
        return settle(data, state, work)


def _cheapest(price: np.ndarray) -> list[int] | None:
    """The column for each row, as many with their own as can be at that price; ``None`` where
    nothing is cheaper than to each its own.
    """
    count = len(price)
    rows, columns = np.nonzero(price < NO_CAP)
    solver = SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(rows, columns, count * price[rows, columns] + (rows != columns))
    if solver.solve() != solver.OPTIMAL or solver.optimal_cost() >= count * np.trace(price):
        return None
    return [solver.right_mate(row) for row in range(count)]


@compiled
def prices(
    data: Data, state: State, rules: Rules, stretches: Stretches, day: Day, price: np.ndarray
) -> None:
    """Points that each unit's day costs with each stretch; further rows are nobody's."""
    for stretch in range(len(price)):
        for unit in range(data.units):
            if unit == stretch:
                price[unit, stretch] = _now(data, state, unit)
                continue
            stops = _put_together(data, state, rules, stretches, day, unit, stretch)
            last = _last(data, day, unit, stops)
            if last >= 0:
                price[unit, stretch] = day.cost[stops, last]
        lost = _lost(data, state, rules, stretches, stretch)
        for row in range(data.units, len(price)):
            price[row, stretch] = lost


@inner
def _first_from(data: Data, state: State, unit: int, moment: int) -> int:
    """The first node of a unit's route that starts at the moment or later, its end if there is
    none.
    """
    node = state.node[data.visits + unit].next
    while node < data.visits and state.job[data.visit[node].job].earliest < moment:
        node = state.node[node].next
    return node


@inner
def _now(data: Data, state: State, unit: int) -> int:
    """Points that the unit's day costs as it is."""
    cost, node = 0, data.visits + unit
    while node < data.visits or node == data.visits + unit:
        cost += data.travel_cost * leg(data, node, state.node[node].next)
        node = state.node[node].next
        if node < data.visits:
            job = data.visit[node].job
            mode, start = state.job[job].mode, state.job[job].earliest
            cost += place_cost(data, job, mode, start, state.job[job].same != 0)
            if data.overtime:
                cost += overtime_points(data, job, mode, unit, start)
    return cost


@inner
def _put_together(data, state, rules, stretches, day, unit, stretch):
    """The unit's day with that stretch; how many stops it has, -1 when it can't be."""
    if rules.bound_to[unit] or (stretch < data.units and rules.bound_to[stretch]):
        return -1
    day.stop[0] = data.visits + unit
    for m in range(data.unit[unit].breaks + 1):
        day.cost[0, m] = 0 if m == 0 else NO_CAP
    day.left[0, 0] = data.unit[unit].shift_lo
    count, node = 0, state.node[data.visits + unit].next
    while node < data.visits and state.job[data.visit[node].job].earliest < stretches.begin:
        count, node = count + 1, state.node[node].next
        if not _add(data, state, rules, day, unit, state.node[node].prev, count, False):
            return -1
    if stretch < data.units:
        node = _first_from(data, state, stretch, stretches.begin)
        while node < data.visits and state.job[data.visit[node].job].earliest < stretches.end:
            count, node = count + 1, state.node[node].next
            if not _add(data, state, rules, day, unit, state.node[node].prev, count, False):
                return -1
    else:
        at = stretch - data.units
        for i in range(stretches.first[at], stretches.first[at + 1]):
            count += 1
            if not _add(
                data, state, rules, day, unit, data.job[stretches.job[i]].first_visit, count, True
            ):
                return -1
    node = _first_from(data, state, unit, stretches.end)
    while node < data.visits:
        count, node = count + 1, state.node[node].next
        if not _add(data, state, rules, day, unit, state.node[node].prev, count, False):
            return -1
    return count


@inner
def _add(data, state, rules, day, unit, visit, count, is_new):
    """Put a stop at the end of the day, as cheaply as can be for each number of breaks before it;
    whether it can be.
    """
    if not rules.fits[visit, unit]:
        return False
    job = data.visit[visit].job
    is_first = visit == data.job[job].first_visit
    mode = mode_of(data, job, unit) if is_first else state.job[job].mode
    same = data.job[job].published and data.visit[visit].old_unit == unit
    lo, hi = 0, FAR
    if rules.coupled[job]:
        if mode != state.job[job].mode:
            return False
        lo, hi = state.job[job].earliest, state.job[job].latest
        if data.job[job + 1].first_visit - data.job[job].first_visit > 1:
            same, hi = state.job[job].same != 0 and state.node[visit].unit == unit, lo
    lo, sets_out = floored(data, job, lo, same), opens(data, job, unit)
    hi = min(hi, begun_by(data, job, mode, unit))
    day.stop[count] = visit
    way, found = leg(data, day.stop[count - 1], visit), False
    for m in range(data.unit[unit].breaks + 1):
        day.cost[count, m] = NO_CAP
        for i in range(m + 1):
            if day.cost[count - 1, i] == NO_CAP:
                continue
            left = max(day.left[count - 1, i], sets_out)
            moment = arrive(data, unit, left, way, i, m)
            start = start_from(data, mode, max(moment, lo))
            if start > hi or start == FAR:
                continue
            cost = day.cost[count - 1, i] + data.travel_cost * way
            cost += place_cost(data, job, mode, start, same)
            if data.overtime:
                cost += overtime_points(data, job, mode, unit, start)
            if is_new:
                cost -= data.job[job].weight
            left = max(start + data.mode[mode].length, data.job[job].until)
            if cost < day.cost[count, m] or (
                cost == day.cost[count, m] and left < day.left[count, m]
            ):
                day.cost[count, m], day.left[count, m] = cost, left
                day.start[count, m], day.came[count, m], found = start, i, True
    return found


@inner
def _last(data, day, unit, count):
    """With how many breaks before its last stop the day is cheapest, the way to its end then added;
    -1 when it can't be.
    """
    if count <= 0:
        return count
    end, best = data.visits + data.units + unit, -1
    way = leg(data, day.stop[count], end)
    for m in range(data.unit[unit].breaks + 1):
        if day.cost[count, m] == NO_CAP:
            continue
        if (
            arrive(data, unit, day.left[count, m], way, m, data.unit[unit].breaks)
            > data.unit[unit].shift_hi
        ):
            continue
        if best < 0 or day.cost[count, m] < day.cost[count, best]:
            best = m
    if best >= 0:
        day.cost[count, best] += data.travel_cost * way
    return best


@inner
def _lost(data, state, rules, stretches, stretch):
    """Points lost when nobody has the stretch."""
    lost = 0
    if stretch >= data.units:
        at = stretch - data.units
        for i in range(stretches.first[at], stretches.first[at + 1]):
            lost += data.job[stretches.job[i]].reassign
        return lost
    node = _first_from(data, state, stretch, stretches.begin)
    while node < data.visits and state.job[data.visit[node].job].earliest < stretches.end:
        job = data.visit[node].job
        if rules.coupled[job] or data.job[job].pinned or rules.bound_to[stretch]:
            return NO_CAP
        lost += data.job[job].weight + data.job[job].reassign
        node = state.node[node].next
    return lost


@compiled
def leave_out(data: Data, old: State, state: State, stretches: Stretches, stretch: int) -> None:
    """Nobody does what that unit had in its stretch."""
    node = _first_from(data, old, stretch, stretches.begin)
    while node < data.visits and old.job[data.visit[node].job].earliest < stretches.end:
        job = data.visit[node].job
        state.node[node].unit, state.job[job].done, state.job[job].same, state.job[job].floor = (
            -1,
            False,
            False,
            0,
        )
        node = old.node[node].next


@compiled
def take_over(
    data: Data,
    old: State,
    state: State,
    rules: Rules,
    stretches: Stretches,
    day: Day,
    unit: int,
    stretch: int,
) -> None:
    """Write the unit's day with that stretch; times are made by `settle`."""
    count = _put_together(data, old, rules, stretches, day, unit, stretch)
    breaks = _last(data, day, unit, count)
    node = data.visits + data.units + unit
    while count >= 0:
        stop = day.stop[count]
        state.node[node].prev, state.node[stop].next = stop, node
        if count > 0:
            job = data.visit[stop].job
            state.node[stop].unit, state.node[stop].rested = unit, breaks
            if not old.job[job].done:
                state.job[job].done, state.job[job].earliest = True, day.start[count, breaks]
            if stop == data.job[job].first_visit:
                state.job[job].mode = mode_of(data, job, unit)
            breaks = day.came[count, breaks]
        count, node = count - 1, stop


@compiled
def _points(data: Data, state: State) -> int:
    """What a solution is worth as it stands."""
    points = 0
    for job in range(data.jobs):
        if state.job[job].done:
            points += data.job[job].weight - penalty(data, state, job, state.job[job].earliest)
        if not state.job[job].same:
            points -= data.job[job].reassign
    for unit in range(data.units):
        node = data.visits + unit
        while node < data.visits or node == data.visits + unit:
            points -= data.travel_cost * leg(data, node, state.node[node].next)
            node = state.node[node].next
    return points


@compiled
def _mark(data: Data, state: State) -> None:
    """Which published jobs have their team, and how early these may start."""
    for job in range(data.jobs):
        if not data.job[job].published or not state.job[job].done:
            continue
        same = True
        for visit in range(data.job[job].first_visit, data.job[job + 1].first_visit):
            same = same and was_of_team(data, job, state.node[visit].unit)
        state.job[job].same = same
        state.job[job].floor = floored(data, job, 0, same)


def settle(data: Data, state: State, work: Work) -> bool:
    """Times and points of routes just written; whether they are legal."""
    _mark(data, state)
    legal = time_all(data, state, work)
    state.score[0] = _points(data, state)
    return bool(legal)
