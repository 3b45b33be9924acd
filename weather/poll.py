"""How one feed is polled: a few requests, each judged alone, so that what one brings is kept when
another fails.

Nothing here ever says that a warning is over: an empty list, a failed poll, a cut-off or a refused
answer brings no message, and only messages count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from weather import fetch
from weather.merge_nowcast import spliced
from weather.model import Alert, BadPayload, RainSeries, SourceDown, WeatherError
from weather.providers import open_meteo
from weather.sources import Feed, Heard, Marks, Part, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll brought.

    ``same_rain`` says that the forecast is unchanged since the last poll; ``marks`` (etag and
    last-modified by part) are to be remembered once the rest is safely stored.
    """

    alerts: tuple[Alert, ...] = ()
    rain: RainSeries | None = None
    same_rain: bool = False
    unchanged: bool = False
    marks: Marks
    errors: tuple[WeatherError, ...] = ()


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
        waiting = list(parts(feed, place, now, secrets, marks))
    except WeatherError as error:
        return Polled(marks={}, errors=(error,))
    while waiting and not turn.broke:
        waiting += turn.take(waiting.pop(0))
    return turn.result()


class _Turn:
    """One poll under way."""

    def __init__(self, feed: Feed, now: datetime, marks: Marks, spend: Callable[[], bool]):
        self._feed, self._now, self._marks, self._spend = feed, now, marks, spend
        self._heard: dict[str, list[Heard]] = {}
        self._errors: list[WeatherError] = []
        self._learned: dict[str, tuple[str | None, str | None]] = {}
        self._indexes: dict[str, tuple[str | None, str | None]] = {}
        self._unchanged: set[str] = set()
        self.broke = False

    def take(self, part: Part) -> tuple[Part, ...]:
        """Ask for one part; what it leads to."""
        try:
            if not self._spend():
                self.broke = True
                raise SourceDown(
                    "feed.over_budget", provider=self._feed.name, most=self._feed.daily_budget
                )
            answer = _ask(self._feed, part, self._marks, self._now)
            if answer.not_modified:
                self._unchanged.add(part.role)
                return ()
            said = part.read(answer.body, self._now)
        except WeatherError as error:
            self._errors.append(error)
            self.broke = self.broke or error.retry_after_s is not None  # asks to be left alone
            if part.once and isinstance(error, BadPayload):
                self._learned[part.name] = (
                    None,
                    None,
                )  # a message never changes: broken once, broken for ever
            return ()
        self._heard.setdefault(part.role, []).append(said)
        if (part.conditional or part.once) and said.whole:
            (self._indexes if said.more else self._learned)[part.name] = (
                answer.etag,
                answer.last_modified,
            )
        return said.more

    def result(self) -> Polled:
        """All that came.

        An index is asked for in full again, unless all it leads to has been read.
        """
        marks = self._learned if self._errors else self._learned | self._indexes
        return Polled(
            alerts=_kept(self._feed, self._heard),
            rain=_rain(self._feed, self._heard),
            marks=marks,
            same_rain="rain" in self._unchanged,
            unchanged=bool(self._unchanged),
            errors=tuple(self._errors),
        )


def _ask(feed: Feed, part: Part, marks: Marks, now: datetime) -> fetch.Answer:
    etag, modified = marks.get(part.name, (None, None)) if part.conditional else (None, None)
    return fetch.get(
        part.url,
        params=dict(part.params or {}),
        headers=dict(part.headers or {}),
        etag=etag,
        last_modified=modified,
        retries=feed.retries,
        timeout_s=feed.timeout_s,
        deadline_s=feed.deadline_s,
        max_bytes=open_meteo.MAX_BYTES,
        now=now,
    )


def _kept(feed: Feed, heard: Mapping[str, list[Heard]]) -> tuple[Alert, ...]:
    """The warnings that concern us."""
    return tuple(
        alert
        for said in (*heard.get("alerts", ()), *heard.get("both", ()))
        for alert in said.alerts
        if (not alert.adcodes or any(code.startswith(feed.adcode_prefix) for code in alert.adcodes))
        and (not feed.places or any(word in area for word in feed.places for area in alert.areas))
    )


def _rain(feed: Feed, heard: Mapping[str, list[Heard]]) -> RainSeries | None:
    """The forecast under the feed's name, its next two hours from the nowcast; a nowcast alone is
    no forecast.
    """
    hours = next(
        (said.rain for role in ("rain", "both") for said in heard.get(role, ()) if said.rain), None
    )
    if hours is None:
        return None
    near = next((said.rain for said in heard.get("nowcast", ()) if said.rain), None)
    return replace(spliced(near, hours) if near else hours, provider=feed.name)
