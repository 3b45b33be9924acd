"""The tables of the services of the street: works, beats of patrols, what cars carry and what they
were called for, where silt goes. Hours are the district's local time, volumes m3.
"""

from dataclasses import replace

from data.sheets import cells
from data.sheets.columns import NAME, STATION, Column, Layout, id_column, place_columns, ref
from data.sheets.words import CALL_WORDS, KIT_WORDS, MACHINE_WORDS, PASSAGE_WORDS, WORK_WORDS

STREET_LAYOUTS = (
    Layout(
        "works",
        "工程",
        (
            id_column(),
            NAME,
            Column(
                "agency",
                "建设单位",
                cells.text(),
                aliases=("单位", "责任单位", "实施单位", "owner"),
            ),
            Column("kind", "类型", cells.choice(WORK_WORDS)),
            Column(
                "days",
                "工期(天)",
                cells.number(1, 1000, whole=True, unit="天|日"),
                aliases=("天数",),
            ),
            replace(ref("segments", "路段编号", "路段"), needed=False),
            Column("place", "地点", cells.text(), needed=False, blank=""),
            Column(
                "after",
                "须在其后",
                cells.names_or({}),
                needed=False,
                blank=(),
                aliases=("前置工程",),
            ),
            Column(
                "gangs",
                "队伍机械",
                cells.names_or({}),
                needed=False,
                blank=(),
                aliases=("施工队", "队伍"),
            ),
            Column(
                "earliest",
                "最早开工",
                cells.day(),
                needed=False,
                aliases=("计划开工", "开工日期", "计划开工日期"),
            ),
            Column(
                "deadline",
                "要求完工",
                cells.day(),
                needed=False,
                aliases=("完工期限", "完工日期", "计划完工日期"),
            ),
            Column(
                "in_programme",
                "在计划内",
                cells.yes_no(),
                needed=False,
                blank=True,
                aliases=("计划内",),
            ),
            Column("passage", "通行影响", cells.choice(PASSAGE_WORDS), needed=False, blank="open"),
        ),
        needed=False,
        aliases=("旧改工程", "工程计划"),
    ),
    Layout(
        "patrol_beats",
        "巡逻点",
        (
            id_column(),
            NAME,
            STATION,
            ref("segments", "路段编号", "路段", "所在路段"),
            Column("start", "开始", cells.clock(), aliases=("开始时间",)),
            Column("end", "结束", cells.clock(), aliases=("结束时间",)),
            Column(
                "every_minutes",
                "间隔分钟",
                cells.number(10, 1440, whole=True, unit="分钟|分"),
                aliases=("巡逻间隔", "间隔", "频次分钟"),
            ),
            Column(
                "scooter", "平衡车", cells.yes_no(), needed=False, blank=False, aliases=("骑行",)
            ),
        ),
        needed=False,
        aliases=("巡逻点位", "巡逻路线"),
    ),
    Layout(
        "car_kit",
        "随车物资",
        (
            id_column(),
            ref("crews", "班组编号", "班组", "班组名称", "车辆", "小组"),
            Column(
                "item",
                "物资",
                cells.name_or(KIT_WORDS),
                aliases=("名称", "装备", "物资名称", "物品", "物品名称"),
            ),
            Column("number", "配备数", cells.number(0, 1000, whole=True), aliases=("数量",)),
        ),
        needed=False,
        aliases=("车载物资", "随车装备"),
    ),
    Layout(
        "past_calls",
        "以往求助",
        (
            id_column(),
            Column("at", "时间", cells.instant(), aliases=("求助时间",)),
            Column("kind", "类别", cells.choice(CALL_WORDS), aliases=("求助类别",)),
            Column("place", "地点", cells.text(), needed=False, blank=""),
            Column("used", "用了", cells.taken(KIT_WORDS), needed=False, blank=()),
            Column("missing", "缺", cells.taken(KIT_WORDS), needed=False, blank=()),
            Column("text", "经过", cells.text(), needed=False, blank="", aliases=("情况",)),
        ),
        needed=False,
        aliases=("求助记录", "服务记录"),
    ),
    Layout(
        "dump_sites",
        "倾倒点",
        (
            id_column(),
            NAME,
            STATION,
            *place_columns(),
            Column("opens", "开放", cells.clock(), aliases=("开门", "开放时间", "开门时间")),
            Column("closes", "关闭", cells.clock(), aliases=("关门", "关闭时间", "关门时间")),
            Column(
                "minutes",
                "每车分钟",
                cells.number(1, 240, whole=True, unit="分钟|分"),
                needed=False,
                blank=20,
                aliases=("倾倒分钟",),
            ),
            Column(
                "kinds",
                "可来车辆",
                cells.choices(MACHINE_WORDS),
                needed=False,
                blank=(),
                aliases=("车辆类型",),
            ),
        ),
        needed=False,
        aliases=("处置场", "卸泥点"),
    ),
    Layout(
        "gardens",
        "要泥菜园",
        (
            id_column(),
            NAME,
            STATION,
            *place_columns(),
            Column(
                "m3",
                "立方米",
                cells.number(0.1, 100, unit="方|立方|立方米|m3"),
                aliases=("方量", "要多少方", "需泥量", "需要方量"),
            ),
            Column("until", "截止日期", cells.day(), needed=False, aliases=("截止",)),
        ),
        needed=False,
        aliases=("要泥居民", "淤泥还田"),
    ),
)
