"""How one feed is polled: a few requests, each judged alone, so that what one brings is kept when
another fails.

Nothing here ever says that a warning is over: an empty list, a failed poll, a cut-off or a refused
answer brings no message, and only messages count.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from weather import fetch
from weather.jurisdiction import concerns
from weather.merge_nowcast import spliced
from weather.message_codes import confidence
from weather.model import Alert, BadPayload, RainSeries, SourceDown, WeatherError
from weather.providers.provider import BROKEN, MAX_BYTES, Content, Marks, Request
from weather.sources import Feed, requests_of
from weather.validity import SKEW

#: A body whose name tells a place (辽源市气象台); 市气象台 and 中央气象台 tell none.
_PLACED = re.compile("^(?!本|我)[一-鿿]{1,20}[省市县区旗州盟](?=气象|水利|水务|应急)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought.

    ``same_rain`` says that the forecast is unchanged since the last poll; ``marks`` (etag and
    last-modified by request) are to be remembered once the rest is safely stored. ``unread``
    counts what an answer held beside it that could not be read. ``errors`` holds first what failed
    of the source itself; ``reached`` says that nothing did, and only single messages are amiss.
    """

    alerts: tuple[Alert, ...] = ()
    rain: RainSeries | None = None
    same_rain: bool = False
    unchanged: bool = False
    marks: Marks
    errors: tuple[WeatherError, ...] = ()
    reached: bool = True
    unread: int = 0


def poll(
    feed: Feed,
    place: tuple[float, float],
    now: datetime,
    secrets: Mapping[str, str],
    marks: Marks,
    spend: Callable[[], bool],
) -> Polled:
    """Ask one feed.

    Parameters
    ----------
    place
        Longitude and latitude (WGS-84) that are asked for.
    secrets
        Environment variables, for the keys.
    marks
        What earlier polls remembered.
    spend
        Called before each request; ``False`` when the day's budget is used up.
    """
    turn = _Turn(feed, now, marks, spend)
    try:
        waiting = list(requests_of(feed, place, now, secrets, marks))
    except WeatherError as error:
        return Polled(marks={}, errors=(error,), reached=False)
    while waiting and not turn.broke:
        waiting += turn.take(waiting.pop(0))
    return turn.result()


class _Turn:
    """One poll under way."""

    def __init__(self, feed: Feed, now: datetime, marks: Marks, spend: Callable[[], bool]):
        self._feed, self._now, self._marks, self._spend = feed, now, marks, spend
        self._contents: dict[str, list[Content]] = {}
        self._errors: list[WeatherError] = []
        self._faults: list[WeatherError] = []
        self._marks_now: dict[str, tuple[str | None, str | None]] = {}
        self._indexes: dict[str, tuple[str | None, str | None]] = {}
        self._unchanged: set[str] = set()
        self.broke = False

    def take(self, request: Request) -> tuple[Request, ...]:
        """Ask for one request; what it leads to."""
        try:
            if not self._spend():
                self.broke = True
                raise SourceDown(
                    "feed.over_budget", provider=self._feed.name, most=self._feed.daily_budget
                )
            answer = _ask(self._feed, request, self._marks, self._now)
            if answer.not_modified:
                self._unchanged.add(request.role)
                return ()
            content = _content(request, answer, self._now, self._feed.name)
        except WeatherError as error:
            self._failed(request, error)
            return ()
        self._contents.setdefault(request.role, []).append(content)
        self._faults += content.faults
        if (request.conditional or request.once) and content.whole:
            (self._indexes if content.more else self._marks_now)[request.name] = (
                answer.etag,
                answer.last_modified,
            )
        return content.more

    def _failed(self, request: Request, error: WeatherError) -> None:
        """A message that can't be read is asked for again; a nowcast is no part that a source must
        have.
        """
        self.broke = self.broke or error.retry_after_s is not None  # asks to be left alone
        if request.role == "nowcast" and _is_absent(error):
            return
        single = request.once or request.role == "nowcast"
        (self._faults if single and not self.broke else self._errors).append(error)
        if request.once and isinstance(error, BadPayload):
            self._marks_now[request.name] = BROKEN

    def result(self) -> Polled:
        """All that came.

        An index is asked for in full again, unless all it leads to has been read.
        """
        errors = (*self._errors, *self._faults)
        marks = self._marks_now if errors else self._marks_now | self._indexes
        return Polled(
            alerts=_wanted(self._feed, self._contents),
            rain=_rain(self._feed, self._contents),
            marks=marks,
            same_rain="rain" in self._unchanged,
            unchanged=bool(self._unchanged),
            errors=errors,
            reached=not self._errors,
            unread=sum(one.unread for answers in self._contents.values() for one in answers),
        )


def _content(request: Request, answer: fetch.Answer, now: datetime, name: str) -> Content:
    """What an answer holds; nothing (204) is the quiet state of warnings, and no forecast."""
    if not answer.nothing:
        return request.read(answer.body, now)
    if request.role == "alerts":
        return Content()
    raise BadPayload("feed.no_rain", provider=name)


def _is_absent(error: WeatherError) -> bool:
    """Whether there is no such part: none for this place, or none in what the bureau has booked."""
    status = str(error.facts.get("status"))
    return error.code == "feed.no_rain" or status in ("204", "400", "403", "404")


def _ask(feed: Feed, request: Request, marks: Marks, now: datetime) -> fetch.Answer:
    etag, modified = marks.get(request.name, (None, None)) if request.conditional else (None, None)
    return fetch.get(
        request.url,
        params=dict(request.params or {}),
        headers=dict(request.headers or {}),
        etag=etag,
        last_modified=modified,
        retries=feed.retries,
        timeout_s=feed.timeout_s,
        deadline_s=feed.deadline_s,
        max_bytes=MAX_BYTES,
        now=now,
    )


def _wanted(feed: Feed, contents: Mapping[str, list[Content]]) -> tuple[Alert, ...]:
    """The warnings that concern us."""
    return tuple(
        _issued_by_now(alert)
        for content in (*contents.get("alerts", ()), *contents.get("both", ()))
        for alert in content.alerts
        if _has_code(alert, feed.adcode_prefix) and _has_place(alert, feed.places)
    )


def _issued_by_now(alert: Alert) -> Alert:
    """What a source lists is issued: a time to come is a wrong one, and the receipt stands."""
    issued, received = alert.issued_at, alert.received_at
    if issued is None or received is None or issued <= received + SKEW:
        return alert
    doubts = tuple(dict.fromkeys((*alert.doubts, "doubt.in_future")))
    return replace(alert, issued_at=None, doubts=doubts, confidence=confidence(doubts))


def _has_code(alert: Alert, prefix: str) -> bool:
    return not prefix or not alert.adcodes or any(concerns(code, prefix) for code in alert.adcodes)


def _has_place(alert: Alert, words: tuple[str, ...]) -> bool:
    """Whether it speaks of one of the places, or of none: then it may be for all."""
    said = (*alert.areas, *alert.issuers, alert.headline or "")
    if not words or any(word in each for word in words for each in said):
        return True
    return not alert.areas and not any(re.search(_PLACED, name) for name in alert.issuers)


def _rain(feed: Feed, contents: Mapping[str, list[Content]]) -> RainSeries | None:
    """The forecast under the feed's name, its next two hours from the nowcast; a nowcast alone is
    no forecast.
    """
    hours = next(
        (
            content.rain
            for role in ("rain", "both")
            for content in contents.get(role, ())
            if content.rain
        ),
        None,
    )
    if hours is None:
        return None
    near = next((content.rain for content in contents.get("nowcast", ()) if content.rain), None)
    return replace(spliced(near, hours) if near else hours, provider=feed.name)
