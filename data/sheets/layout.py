"""The tables that a bureau brings and takes: their sheets, their columns and the words for both.

A heading is known by its Chinese or English name, whatever its case, blanks or unit in brackets.
Lengths of time are minutes, volumes m3, rain mm; instants are the district's local time.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from data.model.city import SANITATION
from data.sheets import cells
from data.sheets.cells import Cell
from data.sheets.words import (
    ABSENCE_WORDS,
    CALL_WORDS,
    CAUSE_WORDS,
    COLOUR_WORDS,
    INLET_WORDS,
    KIT_WORDS,
    LEVEL_WORDS,
    MACHINE_WORDS,
    PASSAGE_WORDS,
    PATTERN_WORDS,
    PROFILE_WORDS,
    REMEDY_WORDS,
    ROLE_WORDS,
    SERVICE_WORDS,
    SKILL_WORDS,
    SYSTEM_WORDS,
    WATCH_WORDS,
    WORK_WORDS,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name here, its Chinese heading, how it is read, and what a blank means.

    ``needed`` columns must be there and filled; a blank in another one means ``blank``. ``target``
    is the table that an id points to.
    """

    name: str
    zh: str
    cell: Cell[Any]
    needed: bool = True
    blank: object = None
    target: str | None = None
    aliases: tuple[str, ...] = ()

    def heading(self, language: str) -> str:
        return self.zh if language == "zh" else self.name.replace("_", " ")


@dataclass(frozen=True)
class Layout:
    """A table: its name here and as a file, its Chinese name, its columns."""

    name: str
    zh: str
    columns: tuple[Column, ...]
    needed: bool = True
    aliases: tuple[str, ...] = ()

    @cached_property
    def known(self) -> dict[str, Column]:
        """Its columns by every heading they are known by, as `key` gives it."""
        return {
            key(word): column
            for column in self.columns
            for word in (column.name, column.zh, *column.aliases)
        }

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def title(self, language: str) -> str:
        return self.zh if language == "zh" else self.name


REMARKS = frozenset(("备注", "说明", "序号", "remark", "remarks", "note", "notes", "no"))
"""Headings that a bureau may keep for itself."""


def key(heading: object) -> str:
    """A heading or a sheet's name without what people vary: width, case, blanks, dashes, a unit in
    brackets.
    """
    text = unicodedata.normalize("NFKC", str(heading)).lower()
    return re.sub(r"[\s_\-*.:]+", "", re.sub(r"[(\[（].*?[)\]）]", "", text))


def _id(zh: str = "编号") -> Column:
    return Column("id", zh, cells.name_of(), aliases=("编码", "代码", "id"))


def _ref(target: str, zh: str, *aliases: str) -> Column:
    return Column(
        f"{target.removesuffix('s')}_id", zh, cells.name_of(), target=target, aliases=aliases
    )


def _system() -> Column:
    return Column(
        "crs",
        "坐标系",
        cells.choice(SYSTEM_WORDS),
        needed=False,
        blank="wgs84",
        aliases=("坐标系统", "datum"),
    )


def _place() -> tuple[Column, ...]:
    return (
        Column("lon", "经度", cells.number(-180, 180), aliases=("longitude", "lng")),
        Column("lat", "纬度", cells.number(-180, 180), aliases=("latitude",)),
        _system(),
    )


_PHONE = ("联系电话", "联系方式", "手机", "手机号", "手机号码")
_NAME = Column("name", "名称", cells.text(), aliases=("名字",))
_SHIFT = _ref("shifts", "班次编号", "班次")
_PROFILE = Column(
    "profile", "出行方式", cells.choice(PROFILE_WORDS), needed=False, aliases=("出行",)
)
_ROTATION = replace(_ref("rotations", "轮班编号", "轮班"), needed=False)
_STATION = _ref("stations", "管理站编号", "管理站", "所属管理站")
LAYOUTS = (
    Layout(
        "district",
        "辖区",
        (
            Column(
                "adcode",
                "行政区划代码",
                cells.name_of(),
                needed=False,
                blank="",
                aliases=("区划代码",),
            ),
            _NAME,
            Column("time_zone", "时区", cells.text(), needed=False, blank="Asia/Shanghai"),
            Column(
                "sample",
                "样例数据",
                cells.yes_no(),
                needed=False,
                blank=False,
                aliases=("示例数据",),
            ),
            Column(
                "source", "来源", cells.text(2000), needed=False, blank="", aliases=("数据来源",)
            ),
        ),
        aliases=("区域",),
    ),
    Layout("outline", "边界", _place(), needed=False, aliases=("辖区边界", "轮廓")),
    Layout(
        "stations",
        "管理站",
        (
            _id(),
            _NAME,
            *_place(),
            Column("chief", "站长", cells.text()),
            Column("deputy", "副站长", cells.text()),
            Column("phone", "电话", cells.text(), needed=False, aliases=_PHONE),
            Column(
                "service",
                "业务",
                cells.choice(SERVICE_WORDS),
                needed=False,
                blank=SANITATION,
                aliases=("所属业务",),
            ),
        ),
    ),
    Layout(
        "segments",
        "路段",
        (
            _id(),
            Column("road", "道路", cells.text(), aliases=("道路名称", "路名")),
            Column("start_name", "起点", cells.text(), aliases=("start", "from")),
            Column("end_name", "止点", cells.text(), aliases=("终点", "end", "to")),
            _STATION,
            Column("line", "走向", cells.line(), aliases=("坐标", "线形")),
            _system(),
            Column(
                "importance", "重要程度", cells.number(1, 5, whole=True), aliases=("重要性", "等级")
            ),
            Column("guard", "值守点", cells.yes_no(), needed=False, blank=False, aliases=("值守",)),
            Column(
                "low_lying",
                "低洼",
                cells.yes_no(),
                needed=False,
                blank=False,
                aliases=("低洼点", "易积水"),
            ),
            Column(
                "width_m",
                "路宽(米)",
                cells.number(1, 200),
                needed=False,
                aliases=("车行道宽", "宽度", "width"),
            ),
            Column(
                "slope_permille",
                "纵坡(‰)",
                cells.number(-200, 200),
                needed=False,
                aliases=("坡度", "slope"),
            ),
            Column(
                "catchment_ha",
                "汇水面积(公顷)",
                cells.number(0, 10_000),
                needed=False,
                aliases=("catchment",),
            ),
            Column(
                "low_depth_cm",
                "低洼深度(厘米)",
                cells.number(0, 1000),
                needed=False,
                aliases=("洼深", "low_depth"),
            ),
            Column(
                "pipe_mm",
                "管径(毫米)",
                cells.number(50, 10_000),
                needed=False,
                aliases=("pipe", "diameter"),
            ),
        ),
    ),
    Layout(
        "inlets",
        "雨水口",
        (
            _id(),
            _ref("segments", "路段编号", "路段", "所属路段"),
            *_place(),
            Column("kind", "类型", cells.choice(INLET_WORDS), needed=False, blank="flat_grate"),
            Column(
                "cleaned_on",
                "上次清掏日期",
                cells.day(),
                needed=False,
                aliases=("清掏日期", "上次清掏"),
            ),
            Column(
                "in_service_on",
                "启用日期",
                cells.day(),
                needed=False,
                aliases=("投用日期", "投入使用日期", "竣工日期", "in service since"),
            ),
        ),
    ),
    Layout(
        "shifts",
        "班次",
        (
            _id(),
            _NAME,
            Column("start", "开始", cells.clock(), aliases=("开始时间", "上班")),
            Column("end", "结束", cells.clock(), aliases=("结束时间", "下班")),
            Column(
                "break_minutes",
                "休息分钟",
                cells.number(0, 480, whole=True, unit="分钟|分"),
                needed=False,
                blank=0,
                aliases=("用餐分钟", "休息时长"),
            ),
            Column(
                "break_from", "休息最早", cells.clock(), needed=False, aliases=("休息最早开始",)
            ),
            Column("break_to", "休息最晚", cells.clock(), needed=False, aliases=("休息最晚结束",)),
        ),
    ),
    Layout(
        "rotations",
        "轮班",
        (
            _id(),
            Column("pattern", "轮换方式", cells.names_or(PATTERN_WORDS), aliases=("方式", "周期")),
            Column("anchor", "起算日期", cells.day(), aliases=("起始日期",)),
        ),
        needed=False,
        aliases=("轮换", "轮班方式"),
    ),
    Layout(
        "crews",
        "班组",
        (
            _id(),
            _STATION,
            _NAME,
            Column("leader", "班长", cells.text(), aliases=("组长",)),
            Column("size", "人数", cells.number(1, 30, whole=True)),
            Column("skills", "技能", cells.choices(SKILL_WORDS), needed=False, blank=()),
            _SHIFT,
            Column(
                "seniors",
                "可带队骨干",
                cells.number(0, 30, whole=True),
                needed=False,
                aliases=("骨干", "骨干人数", "副班长"),
            ),
            Column(
                "vehicles",
                "车辆数",
                cells.number(0, 30, whole=True),
                needed=False,
                aliases=("车辆",),
            ),
            _ROTATION,
            _PROFILE,
        ),
    ),
    Layout(
        "machines",
        "机械",
        (
            _id(),
            _STATION,
            Column("kind", "类型", cells.choice(MACHINE_WORDS)),
            Column("plate", "车牌号", cells.text(), aliases=("车牌", "牌号")),
            Column(
                "capacity", "容量", cells.number(0, 100_000), needed=False, aliases=("罐容", "流量")
            ),
            _PROFILE,
        ),
        aliases=("车辆", "机械设备", "设备"),
    ),
    Layout(
        "drivers",
        "驾驶员",
        (
            _id(),
            _ref("machines", "机械编号", "机械", "车辆编号"),
            Column("post", "岗位", cells.text()),
            _SHIFT,
            _ROTATION,
        ),
        aliases=("司机",),
    ),
    Layout(
        "people",
        "人员",
        (
            _id(),
            Column("name", "姓名", cells.text(), aliases=("名称", "名字")),
            _STATION,
            Column("role", "岗位级别", cells.choice(ROLE_WORDS), needed=False, blank="junior"),
            replace(_ref("crews", "班组编号", "班组"), needed=False),
            replace(_ref("drivers", "驾驶员编号", "驾驶岗位"), needed=False),
            Column("driver_until", "驾驶证到期", cells.day(), needed=False),
            Column(
                "jetting_until",
                "高压疏通证到期",
                cells.day(),
                needed=False,
                aliases=("疏通证到期",),
            ),
            Column("confined_space_until", "有限空间证到期", cells.day(), needed=False),
            Column("week_hours", "每周工时上限", cells.number(0, 168, unit="小时"), needed=False),
            Column("no_heat", "高温禁户外", cells.yes_no(), needed=False, blank=False),
        ),
        needed=False,
        aliases=("人员名单", "花名册", "职工"),
    ),
    Layout(
        "blockages",
        "堵塞记录",
        (
            _id(),
            _ref("inlets", "雨水口编号", "雨水口"),
            Column("reported_at", "发现时间", cells.instant(), aliases=("上报时间",)),
            Column(
                "cleared_at",
                "疏通时间",
                cells.instant(),
                needed=False,
                aliases=("处置时间", "完成时间"),
            ),
            Column("cause", "原因", cells.choice(CAUSE_WORDS), needed=False, blank="unknown"),
            Column(
                "remedy",
                "处置",
                cells.choice(REMEDY_WORDS),
                needed=False,
                blank="hand",
                aliases=("处置方式",),
            ),
            Column("silt_m3", "清淤量", cells.number(0, 1000), needed=False, aliases=("清出淤泥",)),
            Column("rain_mm", "降雨量", cells.number(0, 2000), needed=False, aliases=("雨量",)),
        ),
    ),
    Layout(
        "levels",
        "响应等级",
        (
            Column("id", "等级", cells.choice(LEVEL_WORDS), aliases=("响应级别", "级别", "level")),
            Column("colour", "对应预警", cells.choice(COLOUR_WORDS), aliases=("预警颜色", "color")),
            Column("duty", "工作要求", cells.text(2000), aliases=("要求", "措施")),
            Column(
                "reserves", "每站机动班组", cells.number(0, 9, whole=True), needed=False, blank=1
            ),
            Column(
                "guard_from",
                "值守重要程度下限",
                cells.number(1, 6, whole=True),
                needed=False,
                blank=6,
            ),
            Column("routine", "日常作业照常", cells.yes_no(), needed=False, blank=True),
            Column("all_hands", "全员到岗", cells.yes_no(), needed=False, blank=False),
            Column(
                "placed",
                "机械前置",
                cells.placements(MACHINE_WORDS),
                needed=False,
                blank=(),
                aliases=("前置机械", "机械到位", "placed ahead"),
            ),
            Column("source", "来源", cells.text(2000), needed=False, blank="", aliases=("依据",)),
        ),
        needed=False,
        aliases=("应急响应", "响应级别"),
    ),
    Layout(
        "roster",
        "排班表",
        (
            Column("day", "日期", cells.day(), aliases=("date", "值班日期", "值守日期")),
            replace(_ref("crews", "班组编号", "班组"), needed=False),
            replace(_ref("drivers", "驾驶员编号", "驾驶员"), needed=False),
            Column(
                "duty",
                "安排",
                cells.name_or(ABSENCE_WORDS),
                needed=False,
                aliases=("班次", "班次编号", "shift"),
            ),
            Column(
                "swap_with",
                "调班对象",
                cells.name_of(),
                needed=False,
                aliases=("与谁调班", "调班", "换班"),
            ),
            Column(
                "person_id",
                "人员编号",
                cells.name_of(),
                needed=False,
                target="people",
                aliases=("人员",),
            ),
        ),
        needed=False,
        aliases=("排班", "值班表", "轮休表"),
    ),
    Layout(
        "watches",
        "值守表",
        (
            Column("day", "日期", cells.day(), aliases=("date", "值班日期", "值守日期")),
            Column("start", "开始", cells.clock(), aliases=("开始时间",)),
            Column("end", "结束", cells.clock(), aliases=("结束时间",)),
            Column(
                "name",
                "姓名",
                cells.text(),
                aliases=("值守人", "值班人", "值守人员", "值班人员", "值班员"),
            ),
            Column("kind", "类别", cells.choice(WATCH_WORDS), needed=False, blank="officer"),
            Column(
                "level",
                "响应等级",
                cells.choice(LEVEL_WORDS),
                needed=False,
                aliases=("级别", "等级"),
            ),
            Column("phone", "电话", cells.text(), needed=False, aliases=_PHONE),
        ),
        needed=False,
        aliases=("24小时值守表", "带班表"),
    ),
    Layout(
        "named_posts",
        "AB岗",
        (
            _ref("segments", "路段编号", "路段"),
            replace(_SHIFT, needed=False),
            Column(
                "first_id",
                "A岗",
                cells.name_of(),
                aliases=("第一责任人", "A角", "A岗责任人", "A岗人员"),
            ),
            Column(
                "second_id",
                "B岗",
                cells.name_of(),
                aliases=("第二责任人", "B角", "B岗责任人", "B岗人员"),
            ),
        ),
        needed=False,
        aliases=("AB岗表", "定人定岗"),
    ),
    Layout(
        "works",
        "工程",
        (
            _id(),
            _NAME,
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
            replace(_ref("segments", "路段编号", "路段"), needed=False),
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
            _id(),
            _NAME,
            _STATION,
            _ref("segments", "路段编号", "路段", "所在路段"),
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
            _id(),
            _ref("crews", "班组编号", "班组", "班组名称", "车辆", "小组"),
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
            _id(),
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
            _id(),
            _NAME,
            _STATION,
            *_place(),
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
            _id(),
            _NAME,
            _STATION,
            *_place(),
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
