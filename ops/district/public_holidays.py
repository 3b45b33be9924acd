"""Working days and public holidays of China, by the State Council's yearly notices. Pure."""

from datetime import date
from functools import cache

import holidays


@cache
def _calendar() -> holidays.HolidayBase:
    """Holidays with the working days that are moved for them; a year without a notice yet has the
    statutory ones.
    """
    return holidays.country_holidays("CN", language="en_US")


@cache
def _statutory(year: int) -> frozenset[date]:
    """The statutory holidays themselves (13 days a year): not the days of rest moved to them."""
    days = holidays.country_holidays("CN", years=year, observed=False, language="en_US")
    return frozenset(day for day, name in days.items() if "substituted" not in name)


def is_workday(day: date) -> bool:
    """Whether people on a five-day week work on this day."""
    return bool(_calendar().is_working_day(day))


def is_public_holiday(day: date) -> bool:
    """Whether it is a statutory holiday."""
    return day in _statutory(day.year)
