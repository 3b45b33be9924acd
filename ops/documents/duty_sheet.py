"""What stands on a duty sheet, whatever it is printed as."""

from collections.abc import Iterable, Sequence

from data.model.city import City
from data.model.operation import LevelOrder
from data.model.plan import PlanVersion, RainOutlook
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.needs import Need, of_station
from ops.intake.response_level import proposed
from ops.planning.duty_sheets import StationSheet, station_sheets
from ops.replanning.contingency import colour_of, is_contingency
from weather.model import Alert


def sheets_of(version: PlanVersion, city: City, station: str | None) -> list[StationSheet]:
    """The sheets of all stations, or of the one that is named by its id or name.

    Raises
    ------
    ValueError
        No such station.
    """
    sheets = [
        sheet
        for sheet in station_sheets(version, city)
        if station is None or station in (sheet.station.id, sheet.station.name)
    ]
    if not sheets:
        raise ValueError(f"no station {station!r}")
    return sheets


def open_lines(needs: Iterable[Need], station_id: str, t: Translator) -> list[str]:
    """What still stands open at a station, in words: refusals with their reason, questions."""
    return [
        t("needs.line", kind=t(f"needs.kind_{need.kind}"), told=need.told)
        for need in of_station(needs, station_id)
    ]


def lent_lines(sheet: StationSheet, t: Translator) -> list[str]:
    """Who of a station is lent to another district or visits from one, where and until when."""
    return [t("name.said", what=t("loan.title"), said=one.told) for one in sheet.lent]


def common(
    version: PlanVersion,
    city: City,
    alerts: Sequence[Alert],
    t: Translator,
    order: LevelOrder | None,
) -> dict:
    """What all sheets say of the version, on paper and in a workbook."""
    return {
        "drill": version.drill,
        "version": (
            t("standing.version", colour=colour_of(version))
            if is_contingency(version)
            else t("paper.version", number=version.number)
        ),
        "foot": t("paper.foot", at=version.made_at, district=city.district.name)
        + (" · " + t("paper.sample") if city.district.sample else ""),
        "alert": t.message(version.changes[0])
        if is_contingency(version)
        else _alert_line(alerts, t),
        "basis": _basis(version, t),
        "level": _level(version, city, alerts, t, order),
        "stale": _stale(version, t),
    }


def _alert_line(alerts: Sequence[Alert], t: Translator) -> str:
    if not alerts:
        return t("paper.no_alert")
    sentences = (
        t(
            "paper.alert",
            alert=labels.alert_name(t, alert),
            issuer=alert.issuers,
            at=alert.issued_at or alert.received_at,
        )
        for alert in alerts
    )
    return labels.join(t, sentences)


def _basis(version: PlanVersion, t: Translator) -> str:
    rain = version.rain
    made = t("paper.made", at=version.made_at)
    ways = [t("paper.ways", what=line) for line in labels.way_basis(t, version)]
    if rain.onset_at is None:
        return t.sentences([made, t("paper.rain_none"), *_forecast(rain, t), *ways])
    rain_told = [labels.rain_ahead(t, rain, version.made_at), *labels.later_storms(rain, t)]
    return t.sentences([made, *rain_told, *_forecast(rain, t), *ways])


def _forecast(rain: RainOutlook, t: Translator) -> list[str]:
    """Whose forecast the plan stands on, which run and when fetched; what each source says, where
    there are several.
    """
    sources = labels.rain_sources(rain, t)
    if rain.source != "forecast" or not rain.provider or not rain.fetched_at:
        return sources
    name = labels.provider_name(t, rain.provider)
    if rain.run_at is None:
        return [t("paper.forecast_by", name=name, at=rain.fetched_at), *sources]
    run = t("paper.forecast_by_run", name=name, run=rain.run_at, at=rain.fetched_at)
    return [run, *sources]


def _stale(version: PlanVersion, t: Translator) -> str:
    """That the newest forecast was too old when the plan was made; empty if one was fresh."""
    rain = version.rain
    if rain.stale_provider is None or rain.stale_fetched_at is None:
        return ""
    return t(
        "paper.forecast_stale",
        name=labels.provider_name(t, rain.stale_provider),
        at=rain.stale_fetched_at,
        age=labels.span_of(t, version.made_at - rain.stale_fetched_at),
    )


def _level(
    version: PlanVersion,
    city: City,
    alerts: Sequence[Alert],
    t: Translator,
    order: LevelOrder | None,
) -> str:
    """The response level that the version was made under and who ordered it, or the one that is
    only proposed.
    """
    if version.level and order and order.level == version.level:
        return t("paper.level_ordered", level=version.level, by=order.by, at=order.at)
    if version.level:
        return t("paper.level_ordered_only", level=version.level)
    rule = proposed(city, tuple(alerts))
    return t("paper.level_proposed", level=rule.id) if rule else t("paper.level_none")
