"""The XML of a CAP message: what is safe to parse, its namespace, and reading by name within it.

Parsed by defusedxml; a document type, an entity or an outside reference is refused.
"""

import re
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from weather.model import YEARS, BadPayload
from weather.notices.text import BEIJING

#: A message with a coast line as its polygon has some hundred kilobytes.
MAX_BYTES = 2_000_000
#: An identifier as China's national system gives them.
NATIONAL = re.compile(r"\d{11,14}_\d{14}(?:_\d+)?")


def root_of(payload: bytes) -> Element:
    """The document element of XML that holds nothing unsafe.

    Raises
    ------
    BadPayload
        ``cap.too_long``, ``cap.forbidden_xml``, ``cap.not_xml``, ``cap.encoding``.
    """
    if len(payload) > MAX_BYTES:
        raise BadPayload("cap.too_long", bytes=len(payload), most=MAX_BYTES)
    try:
        return ElementTree.fromstring(_decoded(payload.lstrip(b" \t\r\n")), forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadPayload("cap.forbidden_xml", kind=type(error).__name__) from None
    except ParseError as error:
        raise BadPayload("cap.not_xml", line=error.position[0], column=error.position[1]) from None
    except (LookupError, ValueError, UnicodeError):
        raise BadPayload("cap.encoding") from None


def _decoded(payload: bytes) -> bytes:
    """GB 18030 and its kin as UTF-8: Chinese systems declare them and the XML parser knows no such
    encoding.
    """
    declared = re.match(
        rb"<\?xml[^>]{0,80}?encoding\s*=\s*[\"'](gb\w+|big5)[\"'][^>]{0,80}\?>",
        payload,
        re.IGNORECASE,
    )
    if not declared:
        return payload
    name = "big5" if declared[1].lower() == b"big5" else "gb18030"
    return payload[declared.end() :].decode(name).encode()


def namespace_of(root: Element) -> str:
    """The namespace of the document element, which must be ``alert``."""
    space, _, name = root.tag[1:].partition("}") if root.tag.startswith("{") else ("", "", root.tag)
    if name in ("feed", "rss", "RDF"):
        raise BadPayload("cap.index")
    if name != "alert":
        raise BadPayload("cap.not_cap", element=name[:40])
    return space


class Message:
    """Reading by name within one namespace."""

    def __init__(self, root: Element, space: str):
        self.root, self.space = root, space
        self.id = re.sub(r"[\s,<&]", "", self.text(root, "identifier") or "")

    def text(self, parent: Element, name: str) -> str | None:
        """Text of a child; ``None`` if it is absent or blank."""
        child = parent.find(f"{{{self.space}}}{name}")
        text = (child.text or "").strip() if child is not None else ""
        return text or None

    def children(self, parent: Element, name: str) -> list[Element]:
        return parent.findall(f"{{{self.space}}}{name}")

    def pairs(self, parent: Element, name: str) -> list[tuple[str, str]]:
        """``valueName`` and ``value`` of each ``parameter``, ``eventCode`` or ``geocode``."""
        return [
            (self.text(pair, "valueName") or "", self.text(pair, "value") or "")
            for pair in self.children(parent, name)
        ]

    def time(self, parent: Element, name: str) -> datetime | None:
        """An instant; without an offset it is no instant."""
        text = self.text(parent, name)
        if text is None:
            return None
        try:
            instant = _instant(text)
            if instant.year not in YEARS:
                raise ValueError
            zoned = instant if instant.utcoffset() is not None else _unzoned(instant, name, self.id)
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadPayload("cap.bad_time", element=name, said=text[:40]) from None


def _instant(text: str) -> datetime:
    """ISO 8601, whose day may end with 24:00."""
    midnight = re.sub(r"(?<=T)24(?=:?00(?::?00(?:\.0+)?)?(?:Z|[+-]|$))", "00", text)
    instant = datetime.fromisoformat(midnight)
    return instant if midnight == text else instant + timedelta(days=1)


def _unzoned(instant: datetime, name: str, identifier: str) -> datetime:
    """Beijing time if it is a Chinese message, which its identifier tells; else refused."""
    if not NATIONAL.fullmatch(identifier):
        raise BadPayload("cap.bad_time", element=name, said=instant.isoformat())
    return instant.replace(tzinfo=BEIJING)
