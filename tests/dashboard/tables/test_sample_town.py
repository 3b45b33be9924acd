"""A made-up town and plan for the tests of the board and of the paper, and the proof that they hang
together.
"""

from ops.planning.duty_sheets import station_sheets
from tests.helpers.town import make_city, make_version


def test_made_up_plan_gives_every_unit_a_sheet():
    sheets = station_sheets(make_version(), make_city())
    assert [len(sheet.units) for sheet in sheets] == [3, 4]
