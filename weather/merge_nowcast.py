"""Two series of rain made one: a nowcast of minutes and a forecast of hours, the more of both where
both speak.
"""

from dataclasses import replace
from datetime import datetime

from weather.model import RainSeries, RainStep


def spliced(near: RainSeries, far: RainSeries) -> RainSeries:
    """``far`` with what ``near`` knows better: where both speak, step by step of ``far``, the one
    that sees more rain; neither calls off what the other one speaks of.

    A step that is cut holds its share of the rain, as if it fell evenly.
    """
    if not near.steps:
        return far
    start, end = min(step.start for step in near.steps), max(step.end for step in near.steps)
    steps: list[RainStep] = []
    for step in far.steps:
        inside = max(step.start, start), min(step.end, end)
        if inside[0] >= inside[1]:
            steps.append(step)
            continue
        known = [part for each in near.steps if (part := _within(each, *inside))]
        rest = _within(step, *inside)
        if rest and sum(part.mm for part in known) < rest.mm:
            steps.append(step)
            continue
        outside = _within(step, step.start, inside[0]), _within(step, inside[1], step.end)
        steps += [*known, *(part for part in outside if part)]
    for step in near.steps:
        steps += _without(step, far.steps)
    return replace(
        far,
        steps=tuple(sorted(dict.fromkeys(steps), key=lambda step: (step.start, step.member or ""))),
        unread=near.unread + far.unread,
    )


def _without(step: RainStep, others: tuple[RainStep, ...]) -> list[RainStep]:
    """The parts of a step in which none of the others speaks."""
    parts: list[RainStep] = [step]
    for other in others:
        if other.start < step.end and step.start < other.end:
            cuts = [
                cut
                for part in parts
                for cut in (
                    _within(part, part.start, other.start),
                    _within(part, other.end, part.end),
                )
            ]
            parts = [cut for cut in cuts if cut]
    return parts


def _within(step: RainStep, start: datetime, end: datetime) -> RainStep | None:
    """The part of a step between two instants; ``None`` where it has none."""
    start, end = max(step.start, start), min(step.end, end)
    if start >= end:
        return None
    if (start, end) == (step.start, step.end):
        return step
    mm = round(step.mm * ((end - start) / (step.end - step.start)), 4)
    return replace(step, start=start, end=end, mm=mm)
