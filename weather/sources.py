"""Which feeds there are, how one is set up, and the requests of one poll."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from weather.model import SourceDown
from weather.providers.provider import FeedSettings, Marks, Query, Request
from weather.providers.registry import PROVIDERS

KINDS = tuple(kind for kind, provider in PROVIDERS.items() if provider.requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(FeedSettings):
    __doc__ = FeedSettings.__doc__  # and its provider is known, and has what it needs

    def __post_init__(self) -> None:
        provider = PROVIDERS.get(self.kind)
        if provider is None or provider.requests is None:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        FeedSettings.__post_init__(self)
        for name in provider.needs:
            if not getattr(self, name):
                raise ValueError(f"{self.kind} needs {name}")
        if provider.whole_country and not (self.adcode_prefix or self.places):
            raise ValueError(f"{self.kind} lists the whole country: set adcode_prefix or places")

    @property
    def address(self) -> str:
        """Its address, or that of its provider."""
        return self.url or PROVIDERS[self.kind].url

    @property
    def brings_rain(self) -> bool:
        """Whether it brings a forecast; then no warning is not all there is to say."""
        return PROVIDERS[self.kind].read_rain is not None


def requests_of(
    feed: Feed, place: tuple[float, float], now: datetime, secrets: Mapping[str, str], marks: Marks
) -> tuple[Request, ...]:
    """The requests of one poll.

    Parameters
    ----------
    place
        Longitude and latitude (WGS-84).
    secrets
        Environment variables, for the keys.

    Raises
    ------
    SourceDown
        ``feed.no_key``, ``feed.bad_key``: its environment variable is not set or can't sign.
    """
    key = secrets.get(feed.key_env, "").strip() if feed.key_env else ""
    if feed.key_env and not key:
        raise SourceDown("feed.no_key", provider=feed.name, variable=feed.key_env)
    ask = PROVIDERS[feed.kind].requests
    if ask is None:
        return ()
    longitude, latitude = place
    return ask(
        Query(
            feed=feed,
            address=feed.address,
            longitude=longitude,
            latitude=latitude,
            key=key,
            now=now,
            marks=marks,
        )
    )
