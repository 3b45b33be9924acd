"""A network and a storm as the text that EPA SWMM 5.2 reads. Pure.

Street nodes bear the network's names, pipe nodes a ``p`` before it. Units are those of ``CMS``:
metres, m3/s, hectares, millimetres an hour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from ops.drill.parameters import StreetSettings
from ops.drill.physics.street_network import Block, StreetNetwork

CURB_BACK_M, BACK_SLOPE = 15.0, 0.03
"""Behind the curb the ground goes on so far and so steep: water stands on it too."""
STREET_M = 3.0
"""So high may water stand at a street node."""


def pipe_node(node: str) -> str:
    """The pipes' node below a street's."""
    return f"p{node}"


def swmm_input(
    network: StreetNetwork,
    rain_mm_h: Sequence[float],
    begin: datetime,
    end: datetime,
    settings: StreetSettings,
    open_shares: Mapping[str, float] = MappingProxyType({}),
    step_s: float = 5.0,
) -> str:
    """The model as text.

    Parameters
    ----------
    rain_mm_h
        Minute by minute from ``begin`` on, as intensities.
    begin, end
        Of what is simulated, without a time zone.
    open_shares
        What is left of the inlets' capacity, by block; all of it where none is told.
    """
    sections = {
        "OPTIONS": _options(begin, end, step_s),
        "RAINGAGES": ["G INTENSITY 0:01 1.0 TIMESERIES RAIN"],
        "SUBCATCHMENTS": _subcatchments(network, settings),
        "SUBAREAS": _per_subcatchment(network, "0.013 0.1 1 3 25 OUTLET"),
        "INFILTRATION": _per_subcatchment(network, "50 8 4 7 0"),
        "JUNCTIONS": _junctions(network),
        "OUTFALLS": _outfall_nodes(network),
        "CONDUITS": _conduits(network, settings),
        "XSECTIONS": _sections(network),
        "STREETS": _streets(network, settings),
        "INLETS": _per_inlet(network, "CUSTOM C.{id}"),
        "INLET_USAGE": _usage(network, open_shares),
        "CURVES": _curves(network, settings),
        "TIMESERIES": _rain(rain_mm_h, begin),
        "REPORT": ["INPUT NO", "CONTROLS NO", "NODES ALL", "LINKS NONE", "SUBCATCHMENTS NONE"],
    }
    return (
        "\n".join(line for name, lines in sections.items() for line in ("", f"[{name}]", *lines))
        + "\n"
    )


def _options(begin: datetime, end: datetime, step_s: float) -> list[str]:
    return [
        "FLOW_UNITS CMS",
        "INFILTRATION HORTON",
        "FLOW_ROUTING DYNWAVE",
        f"START_DATE {begin:%m/%d/%Y}",
        f"START_TIME {begin:%H:%M:%S}",
        f"REPORT_START_DATE {begin:%m/%d/%Y}",
        f"REPORT_START_TIME {begin:%H:%M:%S}",
        f"END_DATE {end:%m/%d/%Y}",
        f"END_TIME {end:%H:%M:%S}",
        "REPORT_STEP 00:15:00",
        "WET_STEP 00:01:00",
        "DRY_STEP 00:05:00",
        f"ROUTING_STEP {step_s}",
        "VARIABLE_STEP 0",  # whole steps: stopping every minute changes nothing
        "INERTIAL_DAMPING PARTIAL",
        "LINK_OFFSETS DEPTH",
        "ALLOW_PONDING NO",
        "MAX_TRIALS 8",
        "HEAD_TOLERANCE 0.0015",
        "THREADS 1",
    ]


def _subcatchments(network: StreetNetwork, settings: StreetSettings) -> Iterator[str]:
    """Beside each block a strip to its gutter, and behind it one into the pipe, on both sides."""
    for block in network.blocks:
        for name, node, hectares, share in (
            ("s", block.upper, block.gutter_ha, settings.sealed_share),
            ("y", pipe_node(block.lower), block.pipe_ha, settings.yard_share),
        ):
            yield (
                f"{name}{block.id} G {node} {hectares:.5f} {share * 100:.1f}"
                f" {2 * block.length_m:.1f} 1.0 0"
            )


def _per_subcatchment(network: StreetNetwork, facts: str) -> Iterator[str]:
    return (f"{name}{block.id} {facts}" for block in network.blocks for name in "sy")


def _junctions(network: StreetNetwork) -> Iterator[str]:
    for node in network.nodes.values():
        yield f"{node.id} {node.ground_m:.4f} {STREET_M} 0 0 0"
        yield f"{pipe_node(node.id)} {node.pipe_m:.4f} {node.ground_m - node.pipe_m:.4f} 0 5 0"


def _outfall_nodes(network: StreetNetwork) -> Iterator[str]:
    for name in network.outfalls:
        node = network.nodes[name]
        yield f"O{name} {node.ground_m - 0.3:.4f} FREE NO"
        yield f"Op{name} {node.pipe_m - 0.2:.4f} FREE NO"


def _conduits(network: StreetNetwork, settings: StreetSettings) -> Iterator[str]:
    for block in network.blocks:
        yield f"{block.id} {block.upper} {block.lower} {block.length_m:.2f} {settings.street_n} 0 0"
    for pipe in network.pipes:
        ends = f"{pipe_node(pipe.upper)} {pipe_node(pipe.lower)}"
        yield f"{pipe.id} {ends} {pipe.length_m:.2f} {settings.pipe_n} 0 0"
    for name in network.outfalls:
        yield f"L{name} {name} O{name} 60 {settings.street_n} 0 0"
        yield f"Lp{name} {pipe_node(name)} Op{name} 60 {settings.pipe_n} 0 0"


def _sections(network: StreetNetwork) -> Iterator[str]:
    half_width = dict.fromkeys(network.nodes, 0.0)
    for block in network.blocks:
        yield f"{block.id} STREET {_street(block.half_width_m)}"
        for end in (block.upper, block.lower):
            half_width[end] = max(half_width[end], block.half_width_m)
    widest = dict.fromkeys(network.nodes, 0.3)
    for pipe in network.pipes:
        yield f"{pipe.id} CIRCULAR {pipe.diameter_m} 0 0 0"
        widest[pipe.lower] = max(widest[pipe.lower], pipe.diameter_m)
    for name in network.outfalls:
        yield f"L{name} STREET {_street(half_width[name])}"
        yield f"Lp{name} CIRCULAR {widest[name] * 1.2:.2f} 0 0 0"


def _street(half_width_m: float) -> str:
    """The name of a cross-section."""
    return f"K{half_width_m:g}"


def _streets(network: StreetNetwork, settings: StreetSettings) -> Iterator[str]:
    for width in sorted({block.half_width_m for block in network.blocks}):
        yield (
            f"{_street(width)} {width:g} {settings.curb_m} {settings.cross_slope * 100:.2f}"
            f" {settings.street_n} 0 0 2 {CURB_BACK_M} {BACK_SLOPE * 100:.2f} 0.03"
        )


def _with_grates(network: StreetNetwork) -> Iterable[Block]:
    return (block for block in network.blocks if block.inlet_ids)


def _per_inlet(network: StreetNetwork, facts: str) -> Iterator[str]:
    return (f"I.{one.id} {facts.format(id=one.id)}" for one in _with_grates(network))


def _usage(network: StreetNetwork, open_shares: Mapping[str, float]) -> Iterator[str]:
    for block in _with_grates(network):
        clogged = 100 * (1 - open_shares.get(block.id, 1.0))
        yield f"{block.id} I.{block.id} {pipe_node(block.lower)} 1 {clogged:.6g} 0 0 0 AUTOMATIC"


def _curves(network: StreetNetwork, settings: StreetSettings) -> Iterator[str]:
    """What the inlets of a block take together by the depth before them, each half on one side."""
    for block in _with_grates(network):
        most = settings.inlet_m3_s * len(block.inlet_ids) / 2
        yield f"C.{block.id} RATING 0 0 0.15 {most:.5f} 0.6 {2 * most:.5f}"


def _rain(rain_mm_h: Sequence[float], begin: datetime) -> Iterator[str]:
    for minute, rate in enumerate(rain_mm_h):
        at = begin + timedelta(minutes=minute)
        yield f"RAIN {at:%m/%d/%Y} {at:%H:%M} {rate:.3f}"
