"""What one exact solve may spend; apart from the model, which is heavy to load."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """How long one exact solve may take.

    Parameters
    ----------
    seconds
        Wall time; ``None``: as long as it takes.
    effort
        CP-SAT's deterministic time; with one worker the answer then repeats exactly.
    workers, seed
        Threads, and the seed of the search.
    """

    seconds: float | None = None
    effort: float | None = None
    workers: int = 1
    seed: int = 1
