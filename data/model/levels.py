"""Levels of the flood response (应急响应) and what each wants: plain values, the standard library
only.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """So many machines that stand ready at a place (机械前置).

    Attributes
    ----------
    what
        A machine's id, or a kind: any of it.
    place
        The id of a key road or low point, or that of a station: its yard.
    number
        How many of the kind; of a machine by its id one.
    """

    what: str
    place: str
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What one level of the flood response (应急响应) asks of a sanitation unit; a bureau may write
    its own.

    Attributes
    ----------
    id
        ``IV`` (mildest) to ``I``.
    colour
        The colour of a rain warning that proposes it; an officer orders.
    duty
        What it asks, in words for the sheet.
    reserves
        Crews kept ready at each station while it rains.
    guard_from
        Segments of at least this importance are guarded besides the marked key points; 6 for none.
    routine
        Whether upkeep goes on while no rain is ahead.
    all_hands
        Whether crews that are off shift are called in.
    placed
        Machines that stand ready from before the rain on; a graver level keeps those of the milder
        ones.
    """

    id: str
    colour: str
    duty: str
    reserves: int = 1
    guard_from: int = 6
    routine: bool = True
    all_hands: bool = False
    source: str = ""
    placed: tuple[Placement, ...] = ()


_PRACTICE = "常见的四级响应做法归纳，非单一文件；请按本市预案修改"
DEFAULT_LEVELS = (
    LevelRule(
        id="IV",
        colour="blue",
        reserves=1,
        source=_PRACTICE,
        duty=("启动24小时值班，领导带班；雨前清扫路面，清除雨水箅子上的落叶和淤泥。"),
    ),
    LevelRule(
        id="III",
        colour="yellow",
        reserves=1,
        guard_from=5,
        source=_PRACTICE,
        duty=(
            "在四级基础上：逐条主干道定人定责，巡查易积水点；班组和泵车提前到位；停止会把泥沙带入管道的作业。"
        ),
    ),
    LevelRule(
        id="II",
        colour="orange",
        reserves=2,
        guard_from=4,
        routine=False,
        source=_PRACTICE,
        duty=(
            "在三级基础上：停止日常清扫；打开的井箅专人看守；人员撤离低洼危险处；每小时报告一次。"
        ),
    ),
    LevelRule(
        id="I",
        colour="red",
        reserves=2,
        guard_from=4,
        routine=False,
        all_hands=True,
        source=_PRACTICE,
        duty=("在二级基础上：停止一切日常户外作业，只执行抢险指令；全员到岗待命；雨后清淤消杀。"),
    ),
)
"""The levels where a bureau has not brought its own; colours as in published municipal plans (blue
IV to red I).
"""
