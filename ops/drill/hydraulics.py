"""Water on the streets while inlets are opened and pumps run: EPA SWMM 5.2, minute by minute.

The engine holds one simulation in a process: whoever wants several starts as many processes.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from swmm.toolkit import shared_enum, solver

from ops.drill.street_network import StreetNetwork

MINUTE_S = 60


class Streets:
    """A simulation under way."""

    def __init__(self, network: StreetNetwork) -> None:
        self._network = network
        self._node = {
            name: solver.project_get_index(shared_enum.ObjectType.NODE, name)
            for name in network.nodes
        }
        self._link = {
            block.id: solver.project_get_index(shared_enum.ObjectType.LINK, block.id)
            for block in network.blocks
            if block.inlet_ids
        }

    def step(self) -> bool:
        """Go on by a minute; ``False`` once the end is reached."""
        return solver.swmm_stride(MINUTE_S) > 0

    def depths(self) -> dict[str, float]:
        """How deep water stands at each street node, m."""
        result = shared_enum.NodeResult.DEPTH
        return {name: solver.node_get_result(at, result) for name, at in self._node.items()}

    def open(self, shares: Mapping[str, float]) -> None:
        """What is left of the inlets' capacity, by block, from 0 to 1."""
        for block_id, share in shares.items():
            clogged = 100 * (1 - min(1.0, max(0.0, share)))
            link = self._link[block_id]
            solver.inlet_set_parameter(link, shared_enum.InletProperty.CLOG_FACTOR, clogged)

    def pump(self, node: str, m3_s: float) -> None:
        """Take so much water from a street node from now on; no more than stands there."""
        solver.node_set_total_inflow(self._node[node], -m3_s)


@contextmanager
def streets(network: StreetNetwork, text: str) -> Iterator[Streets]:
    """A simulation of this model (see ``swmm_input``) from its beginning.

    Raises
    ------
    swmm.toolkit.solver errors
        The engine does not accept the model.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="xunban-swmm-", dir=memory if memory.is_dir() else None
    ) as folder:
        model = Path(folder) / "model.inp"
        model.write_text(text, encoding="ascii")
        paths = (str(model), str(model.with_suffix(".rpt")), str(model.with_suffix(".out")))
        solver.swmm_open(*paths)
        try:
            solver.swmm_start(0)
            yield Streets(network)
            solver.swmm_end()
        finally:
            solver.swmm_close()
