"""One job that a station reports of."""

from dataclasses import replace

from tests.helpers.makers import make_assignment, make_city, make_version

CITY = make_city()


UNIT = CITY.crews[0]


JOB = replace(
    make_assignment("clear:S1"),
    segment_id="S1",
    station_id="A",
    members=tuple(
        replace(
            make_assignment("x", "u").members[0],
            unit_id=f"{UNIT.id}@2022-07-08",
            resource_id=UNIT.id,
        )
        for _ in range(1)
    ),
)


VERSION = make_version(1, assignments=(JOB,))
