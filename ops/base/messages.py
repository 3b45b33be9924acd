"""Every word shown, in Chinese and English: one catalogue, ``texts.toml``, and the one way to say
its sentences.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.message import Message

LANGUAGES = ("zh", "en")
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")  # where no district has been loaded that says another
_SEPARATOR = {"zh": "、", "en": ", "}


@cache
def catalogue() -> dict[str, tuple[str, str]]:
    """Key -> (Chinese, English), for the whole program."""
    with (Path(__file__).parent / "texts.toml").open("rb") as file:
        return {
            f"{group}.{key}": (zh, en)
            for group, words in tomllib.load(file).items()
            for key, (zh, en) in words.items()
        }


@cache
def _unnamed() -> dict[str, str]:
    """The keys of the words for who has no name of his own, by these words as they are stored."""
    return {zh: key for key, (zh, _) in catalogue().items() if key.startswith("actor.")}


class Fact(str):
    """What is filled in as text: ``{n}`` gives it, ``{n:job|jobs}`` the first word where it is one,
    else the second.
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, divider, many = spec.partition("|")
        if not divider:
            return super().__format__(spec)
        return one if self == "1" else many


class Day:
    """A day as people read it: ``{x}`` gives it with its year, ``{x:day}`` without, for one that is
    near, ``{x:month}`` its month, ``{x:full}`` all of it in words.
    """

    def __init__(self, day: date, language: str):
        self._day = day
        self._language = language

    def __format__(self, spec: str) -> str:
        if spec == "month":
            zh = self._language == "zh"
            return f"{self._day.month}月" if zh else _MONTHS[self._day.month - 1]
        if spec == "full":
            day, year = _day(self._day, self._language), self._day.year
            return f"{year}年{day}" if self._language == "zh" else f"{day} {year}"
        return _day(self._day, self._language) if spec == "day" else str(self)

    def __str__(self) -> str:
        return self._day.isoformat()


class Moment:
    """An instant as people read it: ``{x}`` gives day and time, ``{x:hm}`` the time, ``{x:day}``
    the day.
    """

    def __init__(self, local: datetime, language: str):
        self._local = local
        self._language = language

    def __format__(self, spec: str) -> str:
        if spec == "hm":
            return f"{self._local:%H:%M}"
        day = _day(self._local, self._language)
        return day if spec == "day" else f"{day} {self._local:%H:%M}"

    def __str__(self) -> str:
        return format(self, "")


def _day(day: date, language: str) -> str:
    return (
        f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"
    )


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone_of(city: City | None) -> ZoneInfo:
    """The time zone of a district; the default one before any is loaded."""
    return ZoneInfo(city.district.time_zone) if city else DEFAULT_ZONE


@dataclass(frozen=True, slots=True)
class Translator:
    """Says sentences in one language and one district's time.

    Parameters
    ----------
    language
        ``"zh"`` or ``"en"``.
    zone
        The district's time zone, in which every instant is told (24-hour clock).
    """

    language: str = "zh"
    zone: ZoneInfo = DEFAULT_ZONE

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise ValueError(f"language: one of {', '.join(LANGUAGES)}, got {self.language!r}")

    @classmethod
    def of_city(cls, language: str, city: City | None) -> "Translator":
        """The one that tells instants in a district's time, as all that shows one must."""
        return cls(language, zone_of(city))

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence ``key`` with its facts filled in.

        Raises
        ------
        KeyError
            No such key: a mistake of ours that a test finds, not the reader.
        """
        words = catalogue()[key][LANGUAGES.index(self.language)]
        shown = {name: self._fact_text(fact) for name, fact in facts.items()}
        if isinstance(by := facts.get("by"), str):
            shown["by"] = Fact(self.actor(by))
        return words.format(**shown)

    def actor(self, name: str) -> str:
        """Who did something: at the machine itself, where nobody signs in, in the reader's
        language; whoever has a name as he is called.
        """
        key = _unnamed().get(name)
        return self(key) if key else name

    def message(self, message: Message) -> str:
        """A message said; an unknown key is shown as it stands with its facts, so that an old
        record stays readable.
        """
        try:
            return self(message.code, **message.facts)
        except (KeyError, IndexError):
            facts = "，".join(
                f"{name}={self._fact_text(fact)}" for name, fact in message.facts.items()
            )
            return f"{message.code}（{facts}）" if facts else message.code

    def sentences(self, told: Iterable[str]) -> str:
        """Sentences one after another as the language sets them."""
        return ("" if self.language == "zh" else " ").join(one for one in told if one)

    def hazard(self, chinese: str) -> str:
        """A warning's hazard: from the catalogue, else as the warning words it."""
        key = next(
            (
                key
                for key, (zh, _) in catalogue().items()
                if key.startswith("hazard.") and zh == chinese
            ),
            None,
        )
        return self(key) if key else chinese

    def moment(self, instant: datetime) -> Moment:
        """An instant in the district's time, to be formatted (``""``, ``"hm"``, ``"day"``)."""
        return Moment(instant.astimezone(self.zone), self.language)

    def _fact_text(self, fact: object) -> object:
        if isinstance(fact, Message):
            is_hazard = fact.code == "name.hazard"
            return Fact(self.hazard(str(fact.facts["text"])) if is_hazard else self.message(fact))
        if isinstance(fact, datetime):
            return self.moment(fact)
        if isinstance(fact, date):
            return Day(fact, self.language)
        if isinstance(fact, tuple | list):
            parts = (str(self._fact_text(part)) for part in fact)
            return Fact(_SEPARATOR[self.language].join(parts))
        if isinstance(fact, float):
            return Fact(f"{fact:g}")
        return fact if isinstance(fact, Day | Moment) else Fact(fact)
