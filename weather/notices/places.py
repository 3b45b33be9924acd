"""The places that a notice speaks of: between verb and signal, after a label, after 从...起, and in
what it forecasts (...预警信号:预计未来12小时,东丰县、东辽县降雨量将达50毫米以上).

Only names that end as such names do (县, 区, 镇 ...) are read, and a list of which one name can't
be read counts as none: then the warning is for all of its issuer's area, the graver
reading.
"""

import re

from weather.hazards import NAME

_END = (
    "(?:市区|自治县|自治州|自治旗|开发区|新区|高新区|经开区|风景区|市|县|区|镇|乡|街道|州|盟|旗|省|村|"
    "海域|水域|沿岸)"
)
_PART = "(?:的?(?:大部|局部|部分|[东西南北中]{1,2}部))"
#: Names of cities and counties that begin with 和 (GB/T 2260), behind it.
_AFTER_HE = "(?:龙市|平[区县]|顺县|政县|静县|硕县|田[市县]|县|林格尔|布克赛尔)"
#: A whole name, as it stands between commas.
PLACE = re.compile(
    "[一-鿿]{1,12}(?:市区|市|县|区|镇|乡|街道|州|盟|旗|省|村|开发区|海域|水域|沿岸|[东西南北中]部)"
)
EVERYWHERE = re.compile("[全我本][省市县区]")
#: A name in running text: as short as it can be, without a word that no name holds.
_NAME = (
    "(?!(?:[全我本各该其]|部分|大部|局部|局地|个别|多|有关|相关|上述|以上|低洼|重点|周边|附近|所有|预警))"
    f"(?:(?:(?!地区|易(?![县门])|造成|形成|导致|引发|诱发|致使|防范|防御|注意|部分|大部|全|等|的|有|将(?!乐)|出现|[我本全该各][省市县区]|降|雨量|最大|站|暴雨|发生|影响|可能|局)[一-鿿]){{1,8}}?{_END}(?![市县区旗])){{1,3}}"
    "(?![一-鿿]?(?:气象|水利|应急))"
)
_NO_NAME = re.compile(
    "(?:山|城|市|景|林|矿|灾|辖|社|园|小|郊|牧|库|海|地|县|镇|农|街)区|(?:城|乡|县|市)(?:市|区|县|乡|镇)|.{0,4}[乡城]镇|"
    ".*(?:预警|影响|强降|雷电|大风|暴雨|风险)"
)
_RUN = rf"(?P<where>{_NAME}{_PART}?(?:(?:、|和|与|及|以及){_NAME}{_PART}?)*)(?P<more>[、和与及])?"
_TIME_WORDS = (
    "(?:预计|预报|未来|今后|接下来|目前|受|从|自|起|在|的|内(?!蒙古)|里|到|至|-|\\d+(?:\\.\\d+)?|个?小时|[年月日号时点分]|"
    "今明[两2]?[天日]|明后[两2]?[天日]|\\d+天|今[天日晚晨夜]?|明[天日晚晨]?|后天|次日|凌晨|清晨|早晨|早上|上午|中午|午后|下午|傍晚|[上前下后]?半夜|夜间|夜里|"
    "晚上|白天|以前|之前|前后|左右|以后|期间|仍|将(?!乐)|可能|会|有|影响|集中在|出现在|位于|主要在|主要|我[省市县区]|"
    "本[省市县区]|全[省市县区]|,)*+"
)
_FORECAST = re.compile(rf"{_TIME_WORDS}{_RUN}")
_MOVED = re.compile(rf"(?:影响|集中在|出现在|位于|波及|移入|移向)(?:我[省市县区])?{_RUN}")
_SINCE = re.compile(rf"(?:从|自)[^,。;\n]{{0,24}}起,?{_RUN}(?={NAME})")
_LABEL = re.compile(
    "(?:预警|影响|发布)(?:区域|范围)[:为](?P<where>[一-鿿、]{2,200}?)"
    "(?=有效|预警|发布|防御|签发|[^一-鿿、]|$)"
)
#: What has fallen, what is advised, and who signs: no place of the warning.
_NOT_FORECAST = re.compile(
    "过去|已经|已达|已出现|已有|已超|已降|截[至止]|实况|监测到|前期|此前|昨[天日夜晚]|目前|累[计积]雨量已|出现了"
)
_FORETELLS = re.compile("预计|预报|未来|今后|将|可能|仍有|\\d小时内")
#: What falls in a part of the area makes the rest of it no other's.
_PART_OF_IT = re.compile("其中|尤其|特别是")
_ADVICE = re.compile("请|防御指南|防御措施|温馨提示|注意防范|提醒|来源|预警信号")


def names_in(run: str) -> list[str]:
    """The names of a run of words; 和 is a link only behind a whole name (和龙市、和平县)."""
    names = [""]
    for piece in re.split(f"([、,及与]|和(?!{_AFTER_HE}))", run):
        if piece in ("、", ",") or (piece in ("和", "及", "与") and PLACE.fullmatch(names[-1])):
            names.append("")
        else:
            names[-1] += piece
    return [name for name in names if name]


def places(run: str) -> tuple[str, ...]:
    """Names of places, if a run of words is nothing but such; "all of the city" is no part of
    it.
    """
    names = [name for name in names_in(run) if not EVERYWHERE.fullmatch(name)]
    return tuple(names) if all(PLACE.fullmatch(name) for name in names) else ()


def labelled_places(text: str) -> tuple[str, ...]:
    """Places after a label (预警区域:龙山区、西安区), or after 从8时起."""
    label = _LABEL.search(text)
    if label:
        return places(label["where"])
    since = _SINCE.search(text)
    return _of_run(since) if since else ()


def forecast_places(text: str) -> tuple[str, ...]:
    """Places that a forecast is for: those at the head of its clauses, before the advice."""
    found: list[str] = []
    for sentence in re.split(r"[。!?;\n]", text):
        if not _FORETELLS.search(sentence):
            continue
        fallen = False
        for clause in re.split("[,:]", sentence):
            if _PART_OF_IT.match(clause):
                continue
            if _ADVICE.match(clause):
                return tuple(dict.fromkeys(found))
            if _FORETELLS.search(clause):
                fallen = False
            if _NOT_FORECAST.search(clause):
                fallen = True
            match = None if fallen else _FORECAST.match(clause) or _MOVED.search(clause)
            if match is None:
                continue
            names = _of_run(match)
            if match["more"] and not names:
                return ()
            found += names
    return tuple(dict.fromkeys(found))


def _of_run(match: re.Match) -> tuple[str, ...]:
    """The names of a run; none if one of them can't be read, or is a word such as 山区."""
    names = [re.sub(f"{_PART}$", "", name) for name in names_in(match["where"])]
    if match["more"] or any(_NO_NAME.fullmatch(name) for name in names):
        return ()
    return tuple(names)
