"""Every code this package can say: why something is refused, and what is uncertain about what is
not.

A code is the key of a sentence in the catalogue of texts; the test of this list keeps both
complete.
"""

#: Codes of ``WeatherError``.
ERRORS: frozenset[str] = frozenset(
    {
        # whichever door
        "door.empty",
        "door.too_long",
        "door.binary",
        "door.encoding",
        "door.html",
        "door.forecast",
        "door.unknown_json",
        "door.index",
        "door.foreign",
        "door.table",
        # a pasted notice
        "notice.empty",
        "notice.not_text",
        "notice.too_long",
        "notice.no_warning",
        "notice.no_type",
        "notice.no_level",
        "notice.no_issuer",
        "notice.no_time",
        "notice.bad_time",
        "notice.unclear",
        "notice.too_many",
        # CAP
        "cap.too_long",
        "cap.not_xml",
        "cap.forbidden_xml",
        "cap.encoding",
        "cap.not_cap",
        "cap.index",
        "cap.namespace",
        "cap.missing",
        "cap.bad_value",
        "cap.bad_time",
        "cap.not_a_warning",
        "cap.not_index",
        "cap.too_many",
        # Open-Meteo
        "open_meteo.too_long",
        "open_meteo.too_many",
        "open_meteo.not_json",
        "open_meteo.refused",
        "open_meteo.over_quota",
        "open_meteo.no_rain",
        "open_meteo.no_values",
        "open_meteo.no_offset",
        "open_meteo.lengths",
        "open_meteo.bad_time",
        "open_meteo.bad_value",
        "open_meteo.unit",
        # the JSON feeds
        "feed.too_long",
        "feed.too_many",
        "feed.not_json",
        "feed.bad_value",
        "feed.missing",
        "feed.bad_time",
        "feed.refused",
        "feed.no_rain",
        "feed.unit",
        "feed.no_key",
        "feed.bad_key",
        "feed.over_budget",
        "feed.foreign_link",
        # the HTTP door
        "fetch.url",
        "fetch.unreachable",
        "fetch.timeout",
        "fetch.tls",
        "fetch.cut_off",
        "fetch.too_long",
        "fetch.redirect",
        "fetch.status",
        "fetch.forbidden",
        "fetch.over_quota",
        "fetch.encoding",
    }
)
#: Codes of ``Alert.doubts``, and by how much each lowers the confidence (a judgment, not a
# measurement:
#: below 0.7 an officer should compare with the original before acting).
DOUBTS: dict[str, float] = {
    "doubt.year_assumed": 0.95,
    "doubt.month_assumed": 0.9,
    "doubt.day_assumed": 0.8,
    "doubt.time_incomplete": 0.5,
    "doubt.time_elsewhere": 0.9,
    "doubt.without_time": 0.6,
    "doubt.time_of_receipt": 0.6,
    "doubt.in_future": 0.5,
    "doubt.end_before_start": 0.7,
    "doubt.long_ago": 0.8,
    "doubt.no_issuer": 0.6,
    "doubt.type_unknown": 0.7,
    "doubt.action_assumed": 0.7,
    "doubt.action_contradicted": 0.6,
    "doubt.level_contradicted": 0.5,
    "doubt.level_elsewhere": 0.9,
    "doubt.level_from_grade": 0.95,
    "doubt.level_from_severity": 0.8,
    "doubt.no_level": 0.8,
    "doubt.below_blue": 0.95,
    "doubt.milder_since": 0.8,
    "doubt.amount_elsewhere": 0.8,
    "doubt.local_more": 0.95,
    "doubt.mm_without_hours": 0.9,
    "doubt.maybe_exercise": 0.6,
    "doubt.part_unread": 0.6,
    "doubt.cut_off": 0.6,
    "doubt.announced": 0.3,
    "doubt.no_hazard": 0.3,
    "doubt.field_missing": 0.9,
    "doubt.time_zone_assumed": 0.8,
    "doubt.bad_area": 0.9,
}


def confidence(doubts: tuple[str, ...]) -> float:
    """0 to 1: the product of what each doubt leaves."""
    left = 1.0
    for code in doubts:
        left *= DOUBTS[code]
    return round(left, 3)
