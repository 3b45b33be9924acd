"""Common Alerting Protocol: one message (XML) into alerts.

Source: OASIS CAP v1.2 (2010). Version 1.1 is read too: its elements have the same names and
meanings, and archives and older feeds hold it. Anything else (1.0, no namespace, a foreign one) is
refused: what calls itself something else may mean something else.

China's feed (relayed by the WMO) is CAP 1.2 with habits of its own: the colour stands in the
headline only, ``senderName`` may be a person, ``references`` may carry a wrong ``sent``, and a
lifting may come as an Update whose text says 解除. The Chinese text is therefore read by ``notice``
too, and the XML completed from it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from xml.etree.ElementTree import Element

from weather import message_codes
from weather.geometry import circle, polygon
from weather.hazards import EVENT_CODES, GRADED, LEVEL, canonical, level_of
from weather.model import (
    Action,
    Alert,
    AlertStatus,
    BadPayload,
    Level,
    Readable,
    Severity,
)
from weather.notices import parse as notice
from weather.notices.issuers import bodies
from weather.providers.cap_xml import NATIONAL, Message, namespace_of, root_of

PROVIDER = "cap"
#: Events times languages of one message; Europe's have some dozen.
MAX_INFOS = 100
_VTEC = re.compile(r"/[OTEX]\.([A-Z]{3})\.[A-Z]{4}\.")
NAMESPACES = ("urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1")
#: The standard asks for these; without them nothing can be made of a message.
REQUIRED = ("identifier", "sender", "sent", "status", "msgType", "scope")
_STATUS = {"Actual": AlertStatus.ACTUAL, "Exercise": AlertStatus.EXERCISE, "Test": AlertStatus.TEST}
_TIMES = ("effective", "onset", "expires")
T = TypeVar("T")
_ACTION = {"Alert": Action.ISSUE, "Update": Action.UPDATE, "Cancel": Action.CANCEL}
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_COLOUR_WORD = {
    "blue": Level.BLUE,
    "yellow": Level.YELLOW,
    "orange": Level.ORANGE,
    "red": Level.RED,
}


def parse(payload: bytes, received_at: datetime | None, *, provider: str = PROVIDER) -> list[Alert]:
    """Read one CAP message.

    Parameters
    ----------
    payload
        The XML, at most ``MAX_BYTES``, in the encoding that it declares.
    received_at
        Aware instant of receipt.
    provider
        Who relayed it.

    Returns
    -------
    list of Alert
        One for each event; of the translations of one event the Chinese, else the English, else the
        first. A message without ``info`` gives one alert with an empty ``type``. ``supersedes``
        holds the identifiers referred to.

    Raises
    ------
    BadPayload
        ``cap.*``: not XML, not CAP, or without what the standard requires.
    """
    return read(root_of(payload), received_at, provider)


def read(
    root: Element, received_at: datetime | None, provider: str, doubts: Sequence[str] = ()
) -> list[Alert]:
    """The alerts of a parsed message; ``parse`` says what comes out and what is refused.

    Feeds that write CAP as JSON come in here too (``cap_json``). An event that can't be read hides
    no other of the message.

    Parameters
    ----------
    doubts
        What was uncertain already when the message was made.
    """
    space = namespace_of(root)
    if space not in NAMESPACES:
        raise BadPayload("cap.namespace", namespace=space[:80] or "-")
    message = Message(root, space)
    for name in REQUIRED:
        if not message.text(root, name):
            raise BadPayload("cap.missing", element=name)
    infos = root.findall(f"{{{space}}}info")
    if len(infos) > MAX_INFOS:
        raise BadPayload("cap.too_many", most=MAX_INFOS)
    alerts, rejected = _events(message, infos, received_at, provider)
    unsure = (*doubts, *(["doubt.part_unread"] if rejected else []))
    return Readable((_doubted(each, unsure) for each in alerts), rejected)


def _events(
    message: Message, infos: list[Element], received_at: datetime | None, provider: str
) -> tuple[list[Alert], list[BadPayload]]:
    """One alert for each event, the first under the message's own name; and why others are none."""
    if not infos:
        return [_without_info(message, received_at, provider)], []
    alerts: list[Alert] = []
    rejected: list[BadPayload] = []
    for i, info in enumerate(_one_of_each_event(infos, message), 1):
        try:
            alert = _alert(message, info, received_at, provider)
        except BadPayload as why:
            rejected.append(why)
            continue
        name = alert.provider_id if i == 1 else f"{alert.provider_id},{i}"
        alerts.append(replace(alert, provider_id=name))
    if rejected and not alerts:
        raise rejected[0]
    return alerts, rejected


def _doubted(alert: Alert, more: Sequence[str]) -> Alert:
    doubts = tuple(dict.fromkeys((*alert.doubts, *more)))
    if doubts == alert.doubts:
        return alert
    return replace(alert, doubts=doubts, confidence=message_codes.confidence(doubts))


def _one_of_each_event(infos: list[Element], message: Message) -> list[Element]:
    """Translations of one event have the same times, severity and places: keep the language that is
    read best.
    """

    def rank(info: Element) -> int:
        language = (message.text(info, "language") or "en-US").lower()
        return next(
            (
                i
                for i, known in enumerate(("zh-cn", "zh-hans", "zh", "en"))
                if language.startswith(known)
            ),
            9,
        )

    chosen: list[Element] = []
    taken: Counter = Counter()
    seen: Counter = Counter()
    for info in sorted(infos, key=rank):
        language = (message.text(info, "language") or "").lower()
        event = _event(info, message)
        seen[language, event] += 1
        if seen[language, event] > taken[event]:
            taken[event] += 1
            chosen.append(info)
    return sorted(chosen, key=infos.index)


def _event(info: Element, message: Message) -> tuple:
    areas = message.children(info, "area")
    places = [
        sorted(message.pairs(area, "geocode"))
        + [
            (shape.tag, (shape.text or "").strip())
            for kind in ("polygon", "circle")
            for shape in message.children(area, kind)
        ]
        for area in areas
    ]
    return (
        *(message.text(info, name) for name in ("effective", "onset", "expires", "severity")),
        str(places),
    )


def _alert(message: Message, info: Element, received_at: datetime | None, provider: str) -> Alert:
    """One event of a message."""
    doubts: list[str] = []
    event = message.text(info, "event")
    if event is None:
        raise BadPayload("cap.missing", element="event")
    headline, text = message.text(info, "headline"), message.text(info, "description") or ""
    severity = _severity(message, info, doubts)
    issued_at = _sent(message, received_at, doubts)
    if not _OFFSET.search(message.text(message.root, "sent") or ""):
        doubts.append("doubt.time_zone_assumed")
    parsed = _parsed(headline, text, issued_at)
    level = _level(message, info, headline, severity, parsed, doubts)
    names, shapes = _areas(message, info, doubts)
    action = _action(message, info, parsed, headline, doubts)
    common = _common(message, provider, received_at)
    common["status"] = _reality(common["status"], headline, text)
    said = {name: _maybe_time(message, info, name, doubts) for name in _TIMES}
    onset_at = said["onset"] or (parsed.onset_at if parsed else None)
    expires_at = said["expires"] or (parsed.expires_at if parsed else None)
    starts = [instant for instant in (issued_at, onset_at) if instant]
    if expires_at and starts and expires_at <= max(starts) and action is not Action.CANCEL:
        doubts.append("doubt.end_before_start")
    return Alert(
        **common,
        issuers=_issuers(message, info, parsed, headline),
        type=_type(message, info, event),
        level=level,
        severity=severity,
        action=action,
        issued_at=issued_at,
        previous_level=parsed.previous_level if parsed else None,
        refers_to_issued_at=parsed.refers_to_issued_at if parsed else None,
        effective_at=said["effective"],
        onset_at=onset_at,
        expires_at=expires_at,
        areas=names,
        **shapes,
        **notice.rain_fields(parsed, text, issued_at),
        headline=headline,
        text=text,
        instruction=message.text(info, "instruction"),
        confidence=message_codes.confidence(tuple(dict.fromkeys(doubts))),
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _sent(message: Message, received_at: datetime | None, doubts: list[str]) -> datetime | None:
    """When it was sent; where that can't be read, the receipt stands in."""
    if received_at is None:
        return message.time(message.root, "sent")
    issued_at = _maybe_time(message, message.root, "sent", doubts)
    doubts += [] if issued_at else ["doubt.time_of_receipt"]
    return issued_at


def _maybe_time(message: Message, info: Element, name: str, doubts: list[str]) -> datetime | None:
    """A time that the rest can do without: one that can't be read is a doubt."""
    try:
        return message.time(info, name)
    except BadPayload:
        doubts.append("doubt.field_missing")
        return None


def _without_info(message: Message, received_at: datetime | None, provider: str) -> Alert:
    """A message that only refers (a Cancel), or that says nothing but that it exists."""
    action = _ACTION[_kind(message)]
    doubts = () if action is Action.CANCEL else ("doubt.no_hazard",)
    common = _common(message, provider, received_at)
    common["status"] = _reality(common["status"], message.text(message.root, "note"), "")
    return Alert(
        **common,
        issuers=(message.text(message.root, "sender") or "",),
        type="",
        level=None,
        action=action,
        issued_at=message.time(message.root, "sent"),
        text=message.text(message.root, "note") or "",
        confidence=message_codes.confidence(doubts),
        doubts=doubts,
    )


def _common(message: Message, provider: str, received_at: datetime | None) -> dict:
    status = message.text(message.root, "status")
    if status not in _STATUS:  # System and Draft speak to machines and to nobody
        known = status in ("System", "Draft")
        raise BadPayload(
            "cap.not_a_warning" if known else "cap.bad_value",
            element="status",
            said=(status or "")[:40],
        )
    _kind(message)
    return {
        "provider": provider,
        "provider_id": message.id,
        "received_at": received_at,
        "status": _STATUS[status],
        "national_id": message.id if NATIONAL.fullmatch(message.id) else None,
        "supersedes": _references(message),
    }


def _kind(message: Message) -> str:
    kind = message.text(message.root, "msgType") or ""
    if kind in ("Ack", "Error"):
        raise BadPayload("cap.not_a_warning", element="msgType", said=kind)
    if kind not in _ACTION:
        raise BadPayload("cap.bad_value", element="msgType", said=kind[:40])
    return kind


def _references(message: Message) -> tuple[str, ...]:
    """Identifiers of the messages referred to; their ``sent`` is often wrong, so it is not kept."""
    references = (message.text(message.root, "references") or "").split()
    names = [
        parts[1] if len(parts) >= 2 else parts[0]
        for parts in (reference.split(",") for reference in references)
    ]
    return tuple(dict.fromkeys(name for name in names if name and name != message.id))


def _parsed(headline: str | None, text: str, issued_at: datetime | None) -> Alert | None:
    """What the Chinese words say by themselves, if they can be read: the headline and the text
    state one warning.
    """
    for words in (text, headline):
        if words and "预警" in words and len(words) <= notice.MAX_CHARS:
            try:
                return notice.parse(words, issued_at)[0]
            except BadPayload:
                continue
    return None


def _reality(status: AlertStatus, headline: str | None, text: str) -> AlertStatus:
    """A message that calls itself actual and whose words say that it is an exercise is one."""
    return notice.status_of(headline, text) if status is AlertStatus.ACTUAL else status


def _action(
    message: Message, info: Element, parsed: Alert | None, headline: str | None, doubts: list[str]
) -> Action:
    """The message's kind, made exact by the text: an Update whose text says 解除 is a cancel."""
    action = _ACTION[_kind(message)]
    if action is Action.CANCEL:
        if parsed and parsed.action not in (Action.CANCEL, Action.ISSUE):
            doubts.append("doubt.action_contradicted")
        return action
    if parsed and parsed.action is not Action.ISSUE:
        return parsed.action
    if headline and re.search("解除|取消", headline) and "预警" in headline:
        return Action.CANCEL
    return Action.CONTINUE if action is Action.UPDATE and _goes_on(message, info) else action


def _goes_on(message: Message, info: Element) -> bool:
    """Whether the US code of the event (VTEC, NWS Directive 10-1703) says of all that it continues
    as it was.
    """
    deeds = [
        match[1]
        for name, value in message.pairs(info, "parameter")
        if name == "VTEC"
        for match in _VTEC.finditer(value[:2000])
    ]
    return bool(deeds) and set(deeds) == {"CON"}


def _severity(message: Message, info: Element, doubts: list[str]) -> Severity:
    try:
        return Severity(message.text(info, "severity") or "")
    except ValueError:
        doubts.append("doubt.field_missing")
        return Severity.UNKNOWN


def _level(
    message: Message,
    info: Element,
    headline: str | None,
    severity: Severity,
    parsed: Alert | None,
    doubts: list[str],
) -> Level | None:
    """The colour: said in the text or the headline, by a parameter, else CMA's pairing with the
    severity.
    """
    if parsed and parsed.level:
        return parsed.level
    match = re.search(
        rf"({GRADED})预警|预警(?:信号)?\s*({GRADED})", (headline or "").replace(" ", "")
    )
    if match:
        level, doubt = level_of(
            match[0].translate({0x2160: "I", 0x2161: "II", 0x2162: "III", 0x2163: "IV"})
        )
        doubts += [doubt] if doubt else []
        return level
    for name, value in message.pairs(info, "parameter"):
        if re.search("colou?r|awareness_level|颜色|等级", name, re.IGNORECASE):
            word = next((word for word in _COLOUR_WORD if word in value.lower()), None)
            level = _COLOUR_WORD[word] if word else level_of(value)[0]
            if level:
                return level
    if NATIONAL.fullmatch(message.id) and severity in LEVEL:
        doubts.append("doubt.level_from_severity")
        return LEVEL[severity]
    return None


def _type(message: Message, info: Element, event: str) -> str:
    """The hazard in Chinese where it is known: by name, else by its code in 12379."""
    name = canonical(event)
    if re.search("[一-鿿]", name):
        return name
    for _, value in message.pairs(info, "eventCode") + message.pairs(info, "parameter"):
        if value[:5] in EVENT_CODES:
            return EVENT_CODES[value[:5]]
    return name


def _issuers(
    message: Message, info: Element, parsed: Alert | None, headline: str | None
) -> tuple[str, ...]:
    """The body in the text, else in the headline; ``senderName`` may be the forecaster on duty."""
    if parsed and parsed.issuers:
        return parsed.issuers
    match = re.match(
        r"(?P<who>[一-鿿]{2,30}?[台局])(?:变更|继续|升级|降级)?(?:发布|解除)", headline or ""
    )
    if match:
        return (match["who"],)
    named = [message.text(info, "senderName"), message.text(message.root, "sender")]
    body = next((name for name in named if name and bodies(name)), None)
    return (body or next((name for name in named if name), ""),)


def _areas(message: Message, info: Element, doubts: list[str]) -> tuple[tuple[str, ...], dict]:
    """Names, adcodes, rings and circles of all areas."""
    names: list[str] = []
    adcodes: list[str] = []
    rings: list[tuple[tuple[float, float], ...]] = []
    circles: list[tuple[float, float, float]] = []
    for area in message.children(info, "area"):
        name = message.text(area, "areaDesc")
        names += re.split(r"\s*;\s*", name.strip("; ")) if name else []
        adcodes += [
            code
            for label, value in message.pairs(area, "geocode")
            if (code := _adcode(label, value))
        ]
        rings += _shapes(message.children(area, "polygon"), polygon, doubts)
        circles += _shapes(message.children(area, "circle"), circle, doubts)
    return tuple(dict.fromkeys(names)), {
        "adcodes": tuple(dict.fromkeys(adcodes)),
        "polygons": tuple(rings),
        "circles": tuple(circles),
    }


def _shapes(elements: Iterable[Element], read: Callable[[str], T], doubts: list[str]) -> list[T]:
    """The shapes that can be read; a broken one is a doubt."""
    shapes: list[T] = []
    for element in elements:
        try:
            shapes.append(read(element.text or ""))
        except ValueError:
            doubts.append("doubt.bad_area")
    return shapes


def _adcode(label: str, value: str) -> str | None:
    """GB/T 2260 code of a geocode; a 12-digit one (to the village) begins with it."""
    chinese = re.search("CPEAS|adcode|GB/?T|行政区|Geographic Code", label, re.IGNORECASE)
    return value[:6] if chinese and re.fullmatch(r"\d{6}|\d{9}|\d{12}", value) else None
