"""What is uncertain about a warning that could be read, and by how much it may be believed.

A code is the key of a sentence in the catalogue of texts.
"""

#: Codes of ``Alert.doubts``, and by how much each lowers the confidence (a judgment, not a
#: measurement: below 0.7 an officer should compare with the original before acting).
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
    "doubt.partly_ended": 0.9,
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
