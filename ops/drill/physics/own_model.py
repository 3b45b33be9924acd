"""A bureau's own SWMM model in place of the one made from its tables: a mapping says which of its
nodes and conduits are which roads and inlets of ours. Pure.

Its rain and its dates are not used: those of the drill's storm are set while it runs. So are none
of the files that lie on the desk of whoever made it: of rain, of climate, of how full it stood on
another day, and those that it would write.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from data.model.city import City
from ops.base.errors import Invalid
from ops.drill.physics.street_network import Block, StreetNetwork, StreetNode
from ops.drill.small_tables import must_be, rows

_COLUMNS = {
    "segment": ("路段编号", "路段", "segment_id", "segment"),
    "node": ("节点", "node", "junction"),
    "inlet": ("雨水口编号", "雨水口", "inlet_id", "inlet"),
    "link": ("管段", "街道段", "link", "conduit"),
}
_NODES = ("JUNCTIONS", "STORAGE", "DIVIDERS")
_GAGES, _DRY = "RAINGAGES", "xunban-dry"
_RAIN = (_GAGES, "TIMESERIES")
_GAGE = re.compile(r"^(\s*\S+\s+\S+\s+\S+\s+\S+\s+)(?:FILE|TIMESERIES)\b.*$", re.IGNORECASE)
_SERIES = re.compile(r"^\s*(\S+)\s+FILE\b", re.IGNORECASE)
"""A series that stands in a file."""
_FOREIGN = {
    "FILES": re.compile(""),
    "TEMPERATURE": re.compile(r"\s*FILE\b", re.IGNORECASE),
    "EVAPORATION": re.compile(r"\s*(?:FILE|TEMPERATURE)\b", re.IGNORECASE),
}
"""Lines that name a file, or that say nothing without one, by section."""
_NO_LINE = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """The model's text and its mapping, and what of it is ours."""

    text: str
    mapping: str
    network: StreetNetwork


def own_model(text: str, mapping: str, city: City) -> OwnModel:
    """The bureau's model by its mapping: rows with a road and a node (where its water is measured;
    the first one is where a pump draws), and rows with an inlet and a link (the street conduit with
    an inlet that it is part of).

    Raises
    ------
    NotAllowed
        A heading is missing, a row names what is not there, or no road has a node: with its line.
        Or no rain can fall on the model.
    """
    names = _names(text)
    known = {same: name for section in _NODES for same, name in names[section].items()}
    used = names["INLET_USAGE"]
    nodes: dict[str, list[str]] = defaultdict(list)
    on_link: dict[str, list[str]] = defaultdict(list)
    for line, row in rows(mapping, _COLUMNS):
        if row["inlet"]:
            must_be(row["inlet"] in city.inlet_by_id, line, row["inlet"])
            must_be(row["link"].upper() in used, line, row["link"])
            on_link[used[row["link"].upper()]].append(row["inlet"])
        else:
            must_be(row["segment"] in city.segment_by_id, line, row["segment"])
            must_be(row["node"].upper() in known, line, row["node"])
            nodes[row["segment"]].append(known[row["node"].upper()])
    if not nodes:
        raise Invalid("drill.mapping_empty")
    if not names[_GAGES] or not names["SUBCATCHMENTS"]:
        raise Invalid("drill.mapped_without_rain")
    for line, row in rows(mapping, _COLUMNS):
        if row["inlet"]:
            road = city.inlet_by_id[row["inlet"]].segment_id
            must_be(road in nodes, line, road)
    network = _network(nodes, on_link, city)
    return OwnModel(text=_by_itself(text), mapping=mapping, network=network)


def has_nodes(text: str) -> bool:
    """Whether this is a model at all."""
    names = _names(text)
    return any(names.get(section) for section in _NODES)


def _by_itself(text: str) -> str:
    """The model without the files that it reads and writes, its gages without the rain of their
    own.
    """
    elsewhere = (line.upper().split() for section, line in _lines(text) if section not in _RAIN)
    used = {word for words in elsewhere for word in words}
    lines = [
        _GAGE.sub(rf"\1TIMESERIES {_DRY}", line) if section == _GAGES else line
        for section, line in _lines(text)
        if _section(line) or not _is_foreign(section, line, used)
    ]
    return "\n".join([*lines, "", "[TIMESERIES]", f"{_DRY} 0:00 0", f"{_DRY} 1:00 0"]) + "\n"


def _is_foreign(section: str, line: str, used: Collection[str]) -> bool:
    """Whether a line needs a file that is not the drill's."""
    if section == "TIMESERIES":
        found = _SERIES.match(line)
        return found is not None and found[1].upper() not in used
    return bool(_FOREIGN.get(section, _NO_LINE).match(line))


def _network(
    nodes: Mapping[str, list[str]], on_link: Mapping[str, list[str]], city: City
) -> StreetNetwork:
    roads = [
        Block(
            id=f"{segment_id}/{node}",
            segment_id=segment_id,
            upper=node,
            lower=node,
            length_m=1.0,
        )
        for segment_id, names in nodes.items()
        for node in names
    ]
    with_inlets = [_block(link, inlets, nodes, city) for link, inlets in on_link.items()]
    return StreetNetwork(
        nodes={
            node: StreetNode(id=node, position=city.segment_by_id[road].middle, ground_m=0.0)
            for road, names in nodes.items()
            for node in names
        },
        blocks=(*roads, *with_inlets),
        pipes=(),
        outfalls=(),
        sags={segment_id: names[0] for segment_id, names in nodes.items()},
    )


def _block(link: str, inlet_ids: list[str], nodes: Mapping[str, list[str]], city: City) -> Block:
    segment = city.segment_by_id[city.inlet_by_id[inlet_ids[0]].segment_id]
    node = nodes[segment.id][0]
    return Block(
        id=link,
        segment_id=segment.id,
        upper=node,
        lower=node,
        length_m=1.0,
        inlet_ids=tuple(inlet_ids),
    )


def _names(text: str) -> Mapping[str, Mapping[str, str]]:
    """The first word of each line, by section and by itself in capitals: to the engine it is all
    the same.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for section, line in _lines(text):
        words = line.partition(";")[0].split()
        if words and not _section(line):
            found[section][words[0].upper()] = words[0]
    return found


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line, with the section that it heads or stands in."""
    section = ""
    for line in text.splitlines():
        section = _section(line) or section
        yield section, line


def _section(line: str) -> str:
    """What a line heads; empty where it heads nothing."""
    bare = line.strip()
    return bare[1:].partition("]")[0].strip().upper() if bare.startswith("[") else ""
