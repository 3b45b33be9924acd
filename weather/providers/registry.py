"""All providers there are, by kind. A new one is its own file and one line here."""

from importlib import import_module

from weather.providers.provider import Provider, Shape

FILES = (
    "open_meteo",
    "qweather",
    "caiyun",
    "cap_index",
    "nws",
    "meteoalarm",
    "cma",
    "metno",
    "bright_sky",
)
PROVIDERS: dict[str, Provider] = {
    source.kind: source
    for source in (import_module(f"weather.providers.{name}").SOURCE for name in FILES)
}


def shapes() -> list[Shape]:
    """The forms of JSON of all providers, the most telling first."""
    every = [shape for provider in PROVIDERS.values() for shape in provider.shapes]
    return sorted(every, key=lambda shape: -len(shape.fields))
