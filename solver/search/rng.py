"""Random numbers for compiled code: one 64-bit xorshift* stream for each search."""

import numpy as np

from solver.search.arrays import Work
from solver.search.jit import inner


@inner
def bits(work: Work) -> np.uint64:
    """The next 64 bits."""
    x = work.random[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    work.random[0] = x
    return x * np.uint64(2685821657736338717)


@inner
def below(work: Work, n: int) -> np.int64:
    """A whole number from 0 to n - 1."""
    return np.int64((bits(work) >> np.uint64(33)) % np.uint64(n))


@inner
def fraction(work: Work) -> float:
    """A number from 0 up to, but not including, 1."""
    return np.float64(bits(work) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
