"""What nobody knows of the inlets: which are clogged, and which the storm clogs. Pure but for the
chance that it is given.

The rates lie about those that the record tells, so that the record helps and does not give all
away. Each inlet has chances of its own: what one policy does to one inlet changes nothing for
another, and every policy meets the same storm.
"""

import math
import random
from datetime import datetime

from data.model.city import City
from ops.drill.parameters import HiddenState
from ops.drill.physics.street_network import Block
from ops.risk.inlet_state import blockage_rates, inlet_states

REFERENCE_MM = 60.0
"""While so much falls ``HiddenState.more_share`` more inlets clog."""


class Clogging:
    """The inlets as they really are, while it rains and they are cleared.

    Parameters
    ----------
    seed
        Draws the hidden state.
    """

    def __init__(self, city: City, now: datetime, settings: HiddenState, seed: int) -> None:
        chance = random.Random(f"hidden {seed}")
        rates, states = blockage_rates(city, now)[0], inlet_states(city, now)
        weight = settings.record_weight
        drawn = {one.id: chance.gammavariate(weight, rates[one.id] / weight) for one in city.inlets}
        likely = {
            inlet_id: rate * max(states[inlet_id].probability, 1e-6) / rates[inlet_id]
            for inlet_id, rate in drawn.items()
        }
        scale = _scale(list(likely.values()), settings.clogged_share)
        self._settings = settings
        self.clogged = {
            inlet_id: chance.random() < -math.expm1(-scale * each)
            for inlet_id, each in likely.items()
        }
        self.deep = {inlet_id: chance.random() < settings.deep_share for inlet_id in likely}
        mean = sum(drawn.values()) / max(len(drawn), 1)
        per_mm = settings.clogged_share * settings.more_share / REFERENCE_MM
        self._per_mm = {inlet_id: rate / mean * per_mm for inlet_id, rate in drawn.items()}
        self._chance = {inlet_id: random.Random(f"{seed} {inlet_id}") for inlet_id in drawn}
        self._left_mm = {inlet_id: self._drawn_mm(inlet_id) for inlet_id in drawn}

    def _drawn_mm(self, inlet_id: str) -> float:
        """So much rain until it clogs next."""
        return self._chance[inlet_id].expovariate(max(self._per_mm[inlet_id], 1e-9))

    def fall(self, mm: float) -> None:
        """Let so much rain bring leaves and silt."""
        for inlet_id, left in self._left_mm.items():
            self._left_mm[inlet_id] = left - mm
            if left <= mm:
                self.clogged[inlet_id] = True

    def clear(self, inlet_id: str) -> None:
        """Somebody opened it."""
        self.clogged[inlet_id] = False
        self.deep[inlet_id] = False
        if self._left_mm[inlet_id] <= 0:
            self._left_mm[inlet_id] = self._drawn_mm(inlet_id)

    def open_share(self, block: Block) -> float:
        """What is left of what the inlets of a block take, 0 to 1."""
        left = self._settings.open_when_clogged
        shares = [left if self.clogged[one] else 1.0 for one in block.inlet_ids]
        return sum(shares) / len(shares)


def _scale(likely: list[float], share: float) -> float:
    """By what the likelihoods are to be multiplied so that such a share is clogged on average."""
    low, high = 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2 if high - low < 1 else math.sqrt(max(low, 1e-9) * high)
        mean = sum(-math.expm1(-middle * each) for each in likely) / max(len(likely), 1)
        low, high = (middle, high) if mean < share else (low, middle)
    return high
