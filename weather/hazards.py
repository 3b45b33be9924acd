"""Names, codes and colours of hazards.

Sources: the annex of CMA Order 16 (2007) for the signals and their colours; the 11Bxx event codes
of the national warning system (12379). Provinces add hazards of their own, so an unknown name is
kept, never refused.
"""

import re

from weather.model import Level, Severity

#: Hazards by name; the regular expression tries longer names first (雷雨大风 before 大风).
NAMES = (
    "台风",
    "龙卷风",
    "暴雨",
    "台风暴雨",
    "暴雪",
    "大雪",
    "寒潮",
    "大风",
    "海上大风",
    "海区大风",
    "沙尘暴",
    "沙尘",
    "高温",
    "干热风",
    "低温",
    "持续低温",
    "雷电",
    "雷暴",
    "冰雹",
    "霜冻",
    "大雾",
    "海上大雾",
    "海区大雾",
    "霾",
    "雷雨大风",
    "雷暴大风",
    "雷雨强风",
    "道路结冰",
    "道路冰雪",
    "干旱",
    "气象干旱",
    "冰冻",
    "低温雨雪冰冻",
    "低温冷害",
    "低温冻害",
    "强对流",
    "短时强降水",
    "短时强降雨",
    "短历时强降水",
    "强降雨",
    "强降水",
    "强降温",
    "强降雪",
    "电线积冰",
    "空气重污染",
    "重污染天气",
    "重污染",
    "森林火险",
    "草原火险",
    "森林(草原)火险",
    "城市内涝",
    "城乡内涝",
    "城镇内涝",
    "内涝",
    "城市积涝",
    "暴雨积涝",
    "城市暴雨积涝",
    "积涝",
    "城市积水",
    "道路积水",
    "积水",
    "渍涝",
    "暴雨渍涝",
    "洪涝",
    "洪涝灾害",
    "暴雨内涝",
    "洪水",
    "江河洪水",
    "山洪",
    "山洪灾害",
    "地质灾害",
    "中小河流洪水",
    "中小河流洪水和山洪",
    "风暴潮",
    "海浪",
    "枯水",
)
#: 风险 and its kin are told apart by no one on duty: 城市内涝气象风险 is 城市内涝.
SUFFIX = r"(?:灾害)?(?:气象)?(?:灾害)?(?:风险)?(?:等级)?"
NAME = "(?:" + "|".join(re.escape(name) for name in sorted(NAMES, key=len, reverse=True)) + ")"
NAMED = re.compile(f"({NAME}){SUFFIX}")
#: Hazards that are one thing under several names: a cancel of the one ends the other.
FAMILIES = (
    {
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
    },
    {"雷雨大风", "雷暴大风", "雷雨强风"},
    {"山洪", "山洪灾害"},
    {"洪涝", "洪涝灾害"},
)
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
# : Colour by what stands for it: characters, numerals of the grade (I is the gravest), English
# words.
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
#: CMA's own pairing of colour and CAP severity (level IV is "一般", Minor, to I "特别严重", Extreme).
SEVERITY = {
    Level.BLUE: Severity.MINOR,
    Level.YELLOW: Severity.MODERATE,
    Level.ORANGE: Severity.SEVERE,
    Level.RED: Severity.EXTREME,
}
LEVEL = {severity: level for level, severity in SEVERITY.items()}
#: A colour or a grade: 黄色, (黄色), III级, III级(黄色), 黄色(III级/较重).
COLOUR = r"[\[(〔【]?[蓝黄橙红藍黃紅]色?[\])〕】]?"
GRADE = r"[\[(〔【]?(?:IV|I{1,3}|[1-4])级(?:/[一-鿿]{2,4})?[\])〕】]?"
GRADED = f"(?:{COLOUR}(?:{GRADE})?|{GRADE}(?:{COLOUR})?)"


def canonical(name: str) -> str:
    """The hazard's name without 风险, 气象 and the like, in Chinese where the English name is known."""
    name = " ".join(name.split())
    found = NAMED.fullmatch(name)
    return found[1] if found else ENGLISH.get(name.lower(), name)


def same_hazard(one: str, other: str) -> bool:
    """Whether two names (as ``canonical`` gives them) mean one hazard."""
    return one == other or any(one in family and other in family for family in FAMILIES)


def level_of(said: str) -> tuple[Level | None, str | None]:
    """Colour said by a piece of text that ``GRADED`` matches, and the doubt about it.

    The colour counts; a grade alone stands for one; a grade that contradicts the colour is a doubt.
    """
    colour = next((COLOURS[c] for c in said if c in COLOURS), None)
    grade = re.search(r"(IV|I{1,3}|[1-4])级", said)
    by_grade = GRADES[grade[1]] if grade else None
    if colour and by_grade and colour is not by_grade:
        return max(colour, by_grade, key=lambda level: level.rank), "doubt.level_contradicted"
    if colour is None and by_grade is not None:
        return by_grade, "doubt.level_from_grade"
    return colour, None
