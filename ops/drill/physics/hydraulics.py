"""Water on the streets while inlets are opened and pumps run: EPA SWMM 5.2, minute by minute.

The engine holds one simulation in a process: whoever wants several starts as many processes.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from swmm.toolkit import shared_enum, solver

from ops.base.errors import Invalid
from ops.drill.physics.street_network import StreetNetwork

MINUTE_S = 60
FOOT_M, INCH_MM = 0.3048, 25.4
_PER_M3_S = {
    "CFS": 35.3147,
    "GPM": 15850.3,
    "MGD": 22.8245,
    "CMS": 1.0,
    "LPS": 1000.0,
    "MLD": 86.4,
}
"""The engine's units of flow; the first three go with feet and inches."""
_US = ("CFS", "GPM", "MGD")


class Streets:
    """A simulation under way. It speaks metres, m3/s and mm/h, whatever units its model has."""

    def __init__(self, network: StreetNetwork) -> None:
        unit = shared_enum.FlowUnits(solver.simulation_get_unit(shared_enum.UnitProperty.FLOW_UNIT))
        self._flow = _PER_M3_S[unit.name]
        self._is_us = unit.name in _US
        self._gages = range(solver.project_get_count(shared_enum.ObjectType.GAGE))
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
        self._open: dict[str, float] = {}

    def step(self) -> bool:
        """Go on by a minute; ``False`` once the end is reached."""
        return solver.swmm_stride(MINUTE_S) > 0

    def depths(self) -> dict[str, float]:
        """How deep water stands at each street node, m."""
        result = shared_enum.NodeResult.DEPTH
        metres = FOOT_M if self._is_us else 1.0
        return {
            name: metres * solver.node_get_result(at, result) for name, at in self._node.items()
        }

    def rain(self, mm_h: float) -> None:
        """Let it rain so hard from now on, in place of what the model says."""
        for gage in self._gages:
            solver.raingage_set_precipitation(gage, mm_h / INCH_MM if self._is_us else mm_h)

    def open(self, shares: Mapping[str, float]) -> None:
        """What is left of the inlets' capacity, by block, from 0 to 1."""
        for block_id, share in shares.items():
            if self._open.get(block_id) == share:
                continue
            self._open[block_id] = share
            clogged = 100 * (1 - min(1.0, max(0.0, share)))
            link = self._link[block_id]
            solver.inlet_set_parameter(link, shared_enum.InletProperty.CLOG_FACTOR, clogged)

    def pump(self, node: str, m3_s: float) -> None:
        """Take so much water from a street node from now on; no more than stands there."""
        solver.node_set_total_inflow(self._node[node], -m3_s * self._flow)


@contextmanager
def streets(
    network: StreetNetwork, text: str, span: tuple[datetime, datetime] | None = None
) -> Iterator[Streets]:
    """A simulation of this model (see ``swmm_input``) from its beginning.

    Parameters
    ----------
    span
        Without a time zone: from when to when, in place of the model's own dates.

    Raises
    ------
    NotAllowed
        The engine does not accept the model: with what it says of it.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(
        prefix="xunban-swmm-", dir=memory if memory.is_dir() else None
    ) as folder:
        model = Path(folder) / "model.inp"
        model.write_text(text, encoding="utf-8")
        paths = (str(model), str(model.with_suffix(".rpt")), str(model.with_suffix(".out")))
        is_running = False
        try:
            try:
                solver.swmm_open(*paths)
                if span:
                    _set_dates(*span)
                solver.swmm_start(0)
                is_running = True
                yield Streets(network)
                solver.swmm_end()
            finally:
                solver.swmm_close()
        except Exception as error:  # the engine's errors have no class of their own
            if is_running:
                raise
            raise Invalid("drill.engine_refused", why=_said(Path(paths[1]), error)) from error


def _said(report: Path, error: Exception) -> str:
    """What the engine has against a model: its report names the lines."""
    text = report.read_text(encoding="utf-8", errors="replace") if report.is_file() else ""
    said = [line.strip() for line in text.splitlines() if "ERROR" in line]
    return " ".join(said[:3]) or str(error).strip()


def _set_dates(begin: datetime, end: datetime) -> None:
    times = shared_enum.TimeProperty
    for which, at in (
        (times.START_DATE, begin),
        (times.REPORT_DATE, begin),
        (times.END_DATE, end),
    ):
        solver.simulation_set_datetime(
            which, at.year, at.month, at.day, at.hour, at.minute, at.second
        )
