"""How good a ranking is that was made before a storm, and how true a probability. Pure."""

import numpy as np

from ops.risk.blockage_rate import Floats


def first_of(places: int, share: float) -> int:
    """How many places are the first tenth, say: whole ones, one at least."""
    return max(1, int(places * share + 0.5))


def hit_rate(score: Floats, reports: Floats, share: float) -> float:
    """Share of all reports that came from the places ranked first; places with the same score share
    what there is of room among them evenly.

    Parameters
    ----------
    score, reports
        Of each place; some report there is.
    share
        Which part of the places is taken to be ranked first, by `first_of`.
    """
    room = first_of(len(score), share)
    edge = np.partition(score, len(score) - room)[len(score) - room]
    above, at_edge = score > edge, score == edge
    left = (room - above.sum()) / at_edge.sum()
    return float((reports[above].sum() + left * reports[at_edge].sum()) / reports.sum())


def auc(score: Floats, happened: Floats) -> float:
    """Chance that a place with a report is ranked before one without; a tie counts half.

    Parameters
    ----------
    happened
        1 or 0 of each place; both occur.
    """
    values, place, count = np.unique(score, return_inverse=True, return_counts=True)
    upper = np.cumsum(count)
    rank = (upper - (count - 1) / 2.0)[place]
    yes = happened.sum()
    above = rank[happened > 0].sum() - yes * (yes + 1) / 2.0
    return float(above / (yes * (len(score) - yes))) if len(values) > 1 else 0.5


def logit_fit(chance: Floats, happened: Floats, steps: int = 50) -> tuple[float, float, float]:
    """Intercept, slope and the slope's standard error of a logistic regression of what happened on
    the logit of its probability: 0 and 1 where probabilities are true (Cox 1958).

    A little is held back towards 0 and 1, so that an answer comes of any data.
    """
    inner = np.clip(chance, 1e-6, 1 - 1e-6)
    x = np.log(inner / (1 - inner))
    design = np.column_stack([np.ones_like(x), x])
    held = np.diag([1e-3, 1e-3])
    beta = np.array([0.0, 1.0])
    for _ in range(steps):
        fitted = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        weight = fitted * (1 - fitted)
        hessian = design.T @ (design * weight[:, None]) + held
        step = np.linalg.solve(
            hessian, design.T @ (happened - fitted) - held @ (beta - np.array([0.0, 1.0]))
        )
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return float(beta[0]), float(beta[1]), float(np.sqrt(np.linalg.inv(hessian)[1, 1]))
