"""Names, codes and colours of hazards.

Sources: the annex of CMA Order 16 (2007) for the signals and their colours; the 11Bxx event codes
of the national warning system (12379). Provinces add hazards of their own, so an unknown name is
kept, never refused.
"""

import re
import unicodedata
from enum import Flag, auto

from weather.model import Level, Severity


class Brings(Flag):
    """What a hazard brings that our work has to do with."""

    NOTHING = 0
    RAIN = auto()
    """Water on roads: it is planned for, and work on open ground and in wells stops."""
    LIGHTNING = auto()
    """Nobody goes down a well, nor stays out on open ground."""
    WIND = auto()
    """Work under trees, at heights and with long tools stops."""
    HEAT = auto()
    """Outdoor work is limited by the hour and by the day."""
    COLD = auto()
    """Breaks are needed, water freezes on the road: nothing is flushed."""
    SNOW = auto()
    """Roads are cleared of snow first; what falls is no rain, though millimetres are told."""
    ICE = auto()
    """Snow or ice on the road: nothing is cleared or flushed on open ground."""


RAINSTORM = "暴雨"
#: What a hazard means for us, once: the names of one thing, and what it brings. Names that stand
#: together mean one hazard: a cancel of the one ends the other.
TABLE = (
    (("台风",), Brings.RAIN | Brings.WIND),
    (("台风暴雨",), Brings.RAIN | Brings.WIND),
    ((RAINSTORM,), Brings.RAIN),
    (("短时强降水",), Brings.RAIN),
    (("短时强降雨",), Brings.RAIN),
    (("短历时强降水",), Brings.RAIN),
    (("强降雨",), Brings.RAIN),
    (("强降水",), Brings.RAIN),
    (
        (
            "城市内涝",
            "城乡内涝",
            "城镇内涝",
            "内涝",
            "城市积涝",
            "暴雨积涝",
            "城市暴雨积涝",
            "积涝",
            "暴雨内涝",
            "城市积水",
            "道路积水",
            "积水",
            "渍涝",
            "暴雨渍涝",
        ),
        Brings.RAIN,
    ),
    (("雷雨大风", "雷暴大风", "雷雨强风"), Brings.RAIN | Brings.LIGHTNING | Brings.WIND),
    (("雷电",), Brings.LIGHTNING),
    (("雷暴",), Brings.LIGHTNING),
    (("强对流",), Brings.LIGHTNING | Brings.WIND),  # and rain, where it tells an amount
    (("冰雹",), Brings.LIGHTNING | Brings.WIND),
    (("山洪", "山洪灾害"), Brings.RAIN),
    (("洪涝", "洪涝灾害"), Brings.RAIN),
    (("洪水",), Brings.RAIN),
    (("中小河流洪水",), Brings.RAIN),
    (("中小河流洪水和山洪",), Brings.RAIN),
    (("龙卷风", "龙卷"), Brings.WIND),
    *(((name,), Brings.WIND) for name in ("大风", "沙尘暴")),
    (("高温",), Brings.HEAT),
    *(((name,), Brings.COLD) for name in ("寒潮", "低温", "持续低温", "强降温", "霜冻")),
    *(((name,), Brings.COLD | Brings.SNOW | Brings.ICE) for name in ("暴雪", "大雪", "强降雪")),
    *(
        ((name,), Brings.COLD | Brings.ICE)
        for name in ("道路结冰", "道路冰雪", "冰冻", "低温雨雪冰冻")
    ),
    *(
        ((name,), Brings.NOTHING)
        for name in (
            "海上大风",
            "海区大风",
            "沙尘",
            "干热风",
            "大雾",
            "海上大雾",
            "海区大雾",
            "霾",
            "干旱",
            "气象干旱",
            "低温冷害",
            "低温冻害",
            "电线积冰",
            "空气重污染",
            "重污染天气",
            "重污染",
            "森林火险",
            "草原火险",
            "森林(草原)火险",
            "江河洪水",
            "地质灾害",
            "风暴潮",
            "海浪",
            "枯水",
        )
    ),
)
#: Words that tell what a hazard of a province's own brings; each name of the table tells it too.
WORDS = (("雷雨", Brings.RAIN | Brings.LIGHTNING), ("雷", Brings.LIGHTNING))
#: Words of English names that no Chinese one is known for, lower case.
ENGLISH_WORDS = (
    ("flood", Brings.RAIN),
    ("rain", Brings.RAIN),
    ("thunderstorm", Brings.LIGHTNING | Brings.WIND),
    ("thunder", Brings.LIGHTNING),
    ("lightning", Brings.LIGHTNING),
    ("hail", Brings.LIGHTNING | Brings.WIND),
    ("tornado", Brings.WIND),
    ("squall", Brings.WIND),
    ("hurricane", Brings.RAIN | Brings.WIND),
    ("typhoon", Brings.RAIN | Brings.WIND),
    ("cyclone", Brings.RAIN | Brings.WIND),
    ("tropical storm", Brings.RAIN | Brings.WIND),
    ("winter storm", Brings.SNOW | Brings.COLD | Brings.ICE),
    ("blizzard", Brings.SNOW | Brings.COLD | Brings.ICE),
    ("cold", Brings.COLD),
    ("frost", Brings.COLD),
    ("wind", Brings.WIND),
    ("gale", Brings.WIND),
    ("heat", Brings.HEAT),
    ("snow", Brings.SNOW | Brings.COLD | Brings.ICE),
    ("icing", Brings.COLD | Brings.ICE),
    ("freez", Brings.COLD | Brings.ICE),
)
_BRINGS = {name: brings for names, brings in TABLE for name in names}
_FAMILY = {name: names[0] for names, _ in TABLE for name in names}
#: Hazards by name; the regular expression tries longer names first (雷雨大风 before 大风).
NAMES = tuple(_BRINGS)
#: Hours and millimetres at which a rainstorm signal of each colour is issued (CMA Order 16, 2007,
#: annex).
SIGNAL_AMOUNTS = {
    Level.BLUE: (12.0, 50.0),
    Level.YELLOW: (6.0, 50.0),
    Level.ORANGE: (3.0, 50.0),
    Level.RED: (3.0, 100.0),
}
#: 风险 and its kin are told apart by no one on duty: 城市内涝气象风险 is 城市内涝.
SUFFIX = r"(?:灾害)?(?:气象)?(?:灾害)?(?:风险)?(?:等级)?"
NAME = "(?:" + "|".join(re.escape(name) for name in sorted(NAMES, key=len, reverse=True)) + ")"
NAMED = re.compile(f"({NAME}){SUFFIX}")
#: Event codes of 12379.
EVENT_CODES = {
    "11B01": "台风",
    "11B03": "暴雨",
    "11B04": "暴雪",
    "11B05": "寒潮",
    "11B06": "大风",
    "11B07": "沙尘暴",
    "11B09": "高温",
    "11B14": "雷电",
    "11B15": "冰雹",
    "11B16": "霜冻",
    "11B17": "大雾",
    "11B19": "霾",
    "11B20": "雷雨大风",
    "11B21": "道路结冰",
}
#: English names as the translated blocks of Chinese CAP files and QWeather write them, lower case.
ENGLISH = {
    "typhoon": "台风",
    "rainstorm": "暴雨",
    "rain storm": "暴雨",
    "heavy rain": "暴雨",
    "torrential rain": "暴雨",
    "snowstorm": "暴雪",
    "snow storm": "暴雪",
    "cold wave": "寒潮",
    "gale": "大风",
    "strong wind": "大风",
    "sandstorm": "沙尘暴",
    "high temperature": "高温",
    "heat wave": "高温",
    "drought": "干旱",
    "lightning": "雷电",
    "thunder and lightning": "雷电",
    "hail": "冰雹",
    "frost": "霜冻",
    "heavy fog": "大雾",
    "fog": "大雾",
    "haze": "霾",
    "thunderstorm gale": "雷雨大风",
    "thunderstorm and gale": "雷雨大风",
    "road icing": "道路结冰",
    "freezing": "冰冻",
    "urban waterlogging": "城市内涝",
}
#: Colour by what stands for it: characters, and numerals of the grade (I is the gravest).
COLOURS = {
    "蓝": Level.BLUE,
    "黄": Level.YELLOW,
    "橙": Level.ORANGE,
    "红": Level.RED,
    "藍": Level.BLUE,
    "黃": Level.YELLOW,
    "紅": Level.RED,
}
GRADES = {
    "IV": Level.BLUE,
    "III": Level.YELLOW,
    "II": Level.ORANGE,
    "I": Level.RED,
    "4": Level.BLUE,
    "3": Level.YELLOW,
    "2": Level.ORANGE,
    "1": Level.RED,
}
#: CMA's own pairing of colour and CAP severity (level IV is "一般", Minor, to I "特别严重",
#: Extreme).
_SEVERITY = {
    Level.BLUE: Severity.MINOR,
    Level.YELLOW: Severity.MODERATE,
    Level.ORANGE: Severity.SEVERE,
    Level.RED: Severity.EXTREME,
}
LEVEL = {severity: level for level, severity in _SEVERITY.items()}
#: A colour or a grade: 黄色, (黄色), III级, III级(黄色), 黄色(III级/较重).
COLOUR = r"[\[(〔【]?[蓝黄橙红藍黃紅]色?[\])〕】]?"
GRADE = r"[\[(〔【]?(?:IV|I{1,3}|[1-4])级(?:/[一-鿿]{2,4})?[\])〕】]?"
GRADED = f"(?:{COLOUR}(?:{GRADE})?|{GRADE}(?:{COLOUR})?)"


#: A colour and the word for a warning around a name.
_CALLED = re.compile(
    f"^(?:[蓝黄橙红]色|{GRADE})(?=[一-鿿]{{2}})|(?<=[一-鿿]{{2}})(?:{GRADED}|白色)?预警(?:信号|信息)?"
    f"(?:{GRADED})?$|(?<=[一-鿿]{{2}})(?:{GRADED}|白色)$"
)


def severity_of(level: Level | None) -> Severity:
    """The CAP severity of a colour; unknown without one."""
    return _SEVERITY[level] if level else Severity.UNKNOWN


def canonical(name: str) -> str:
    """The hazard's name without 风险, 气象 and the like, without its colour (暴雨黄色预警信号 is
    暴雨), in Chinese where the English name is known.
    """
    name = unicodedata.normalize("NFKC", " ".join(name.split()))
    name = _CALLED.sub("", name) or name
    match = NAMED.fullmatch(name)
    return match[1] if match else ENGLISH.get(name.lower(), name)


def same_hazard(a: str, b: str) -> bool:
    """Whether two names (as ``canonical`` gives them) mean one hazard."""
    return _FAMILY.get(a, a) == _FAMILY.get(b, b)


def brings(name: str) -> Brings:
    """What a hazard brings; a name that is not in the table goes by the words in it, for better one
    warning too many than one missed.
    """
    if name in _BRINGS:
        return _BRINGS[name]
    effects = Brings.NOTHING
    for word, effect in (*_BRINGS.items(), *WORDS, *ENGLISH_WORDS):
        if word in name.lower():
            effects |= effect
    return effects


def level_of(text: str) -> tuple[Level | None, str | None]:
    """Colour named by a piece of text that ``GRADED`` matches, and the doubt about it.

    The colour counts; a grade alone stands for one; a grade that contradicts the colour is a doubt.
    """
    colour = next((COLOURS[c] for c in text if c in COLOURS), None)
    grade = re.search(r"(IV|I{1,3}|[1-4])级", text)
    by_grade = GRADES[grade[1]] if grade else None
    if colour and by_grade and colour is not by_grade:
        return max(colour, by_grade, key=lambda level: level.rank), "doubt.level_contradicted"
    if colour is None and by_grade is not None:
        return by_grade, "doubt.level_from_grade"
    return colour, None
