"""Two series of rain made one: a nowcast of minutes for the hours it knows, a forecast of hours for
the rest.
"""

from dataclasses import replace
from datetime import datetime

from weather.model import RainSeries, RainStep


def spliced(near: RainSeries, far: RainSeries) -> RainSeries:
    """``far`` with all that ``near`` covers taken from ``near``; an hour that it covers in part
    keeps its remainder.

    The remainder of a cut hour holds its share of the hour's rain, as if it fell evenly.
    """
    if not near.steps:
        return far
    start, end = min(step.start for step in near.steps), max(step.end for step in near.steps)
    steps = [*near.steps]
    for step in far.steps:
        if step.end <= start or step.start >= end:
            steps.append(step)
            continue
        if step.start < start:
            steps.append(_share(step, end=start))
        if step.end > end:
            steps.append(_share(step, start=end))
    return replace(
        far,
        steps=tuple(sorted(steps, key=lambda step: (step.start, step.member or ""))),
        unread=near.unread + far.unread,
    )


def _share(step: RainStep, start: datetime | None = None, end: datetime | None = None) -> RainStep:
    part = replace(step, start=start or step.start, end=end or step.end)
    return replace(part, mm=round(step.mm * ((part.end - part.start) / (step.end - step.start)), 4))
