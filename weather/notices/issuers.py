"""The bodies that sign a Chinese notice, found in a run of words:
市气象局、市住房和城乡建设局联合.
"""

import re

from weather.hazards import GRADED, NAME, SUFFIX

#: How the name of a body ends.
END = (
    "水利部|应急管理部|自然资源部|台|局|站|中心|办公室|森防办|防汛办|防指|办|指挥部|"
    "委员会|委|厅|支队|大队|总队|院|处|政府|公司"
)
_KNOWN = re.compile(
    "[一-鿿]{1,30}?(?:气象台|气象局|气象站|气象服务中心|预警(?:信息)?发布中心|应急管理局|应急局|水务局|水利局|住房和城乡建设局|"
    "住建局|城市管理局|城管局|自然资源和规划局|自然资源局|指挥部办公室|指挥部|防汛办|防指|生态环境局|交通运输局|教育局|"
    "公安局|交警支队)"
)
#: A particle is one only before a whole name: 和龙市, 和县 and 于洪区 begin with theirs.
_PLACE_OF_TWO = (
    "(?!.(?![本我全该各])[一-鿿][市县区旗州盟镇乡](?![台局站])|和县气|和林格尔|和布克赛尔|和田地区)"
)
_SMALL = re.compile(
    "^(?:各位|目前|当前|撤销|撤回|解除|取消|模拟|联合|会同|根据|按照|接到|收到|转发|转载)|"
    f"^{_PLACE_OF_TWO}(?:由|经|据|兹|现|今|和|与|及|并|接|转)|"
    "(?:于|在|就|联合|共同|正式|紧急|现|已|将|向社会|对外|决定|签署)+$"
)
#: Words of a title or of a torn text in front of a name: 龙卷风辽源市气象台,
#: 受云团影响龙山区气象台.
_TORN = re.compile(
    f"^(?:.*(?:毫米|小时|影响|预计|持续|扩大|加强|减弱|防范|注意)(?=.{{4}})|"
    f"(?:{NAME}{SUFFIX})?(?:{GRADED})?(?:预警(?:信[号息])?)(?!(?:信息)?发布中心)|{NAME}(?!口)|"
    "(?:最新|重要|紧急|快讯|突发|扩散|转告|提醒|通知|消息|提示)+)"
)
_LABEL = re.compile("(?:发布|预警|签发)?(?:单位|机构|部门)[:](?P<who>[一-鿿、()]{2,60})")


def strip_small(words: str) -> str:
    """Without the particles around a name: 由...联合, 于."""
    while (less := _SMALL.sub("", words)) != words:
        words = less
    return words


def _whole(name: str) -> str:
    """A name without what is torn off from other words in front of it."""
    while (less := strip_small(_TORN.sub("", name))) != name and len(less) >= 3:
        name = less
    return name


def bodies(run: str) -> tuple[str, ...]:
    """The bodies that a run of words names at its end; empty if it ends with none.

    Divided at 、和与 only after a whole name, since 住房和城乡建设局 is one.
    """
    run = strip_small(run.strip("()、"))
    if ")" in run and "(" not in run:  # (演练)某气象台
        run = strip_small(run.rpartition(")")[2])
    if not re.search(f"(?:{END})$", run):
        return ()
    parts = [""]
    for piece in re.split("([、和与及暨])", run):
        if piece in "、和与及暨" and re.search(f"(?:{END})$", parts[-1]):
            parts.append("")
        else:
            parts[-1] += piece
    names: list[str] = []
    for part in parts:  # two names that stood in two columns: 市气象局 市水务局
        names += re.findall(
            rf".+?(?:气象[台局](?=[一-鿿]{{3,}}(?:{END})$)|"
            rf"(?:办公室|指挥部(?!办公室)|[^气象]局|委员会)(?=[一-鿿]{{2,12}}[省市县区旗州盟]气象[台局]$))|.+$",
            part,
        )
    return tuple(_whole(strip_small(name)) for name in names if len(name) >= 3)


def bodies_in(text: str) -> tuple[str, ...]:
    """A body named anywhere: after a label such as 发布单位, else the first known kind of body."""
    label = _LABEL.search(text)
    if label and bodies(label["who"]):
        return bodies(label["who"])
    match = _KNOWN.search(text)
    return (_whole(strip_small(match[0])),) if match else ()
