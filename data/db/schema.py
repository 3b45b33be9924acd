"""Tables, keys and the rules that the database itself keeps.

Two halves: the city as a bureau brings it, replaced as a whole, and what was received and decided,
only ever added to. No key leads from the second half to the first: a plan of last week keeps its
names when a crew is gone. Instants are stored in UTC, volumes in m3, rain in mm.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out.

    SQLite keeps no zone, so the text it holds is always UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"an instant without a time zone: {value}")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Structure(TypeDecorator):
    """A JSON text.

    Left as text by every database: a question that needs a part of it deserves a column.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True


class Packed(TypeDecorator):
    """A long text that is rarely read: packed, a solver's problem takes a tenth. What an earlier
    release wrote is read as it stands.
    """

    impl = Text
    cache_ok = True
    MARK = "zlib:"

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return self.MARK + base64.b64encode(zlib.compress(value.encode())).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or not value.startswith(self.MARK):
            return value
        return zlib.decompress(base64.b64decode(value[len(self.MARK) :])).decode()


class Sentence(TypeDecorator):
    """A message as JSON; of the text of an earlier release, "code (facts)", the code alone."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, object] | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        if value is None:
            return None
        return json.loads(value) if value[0] == "{" else {"code": value.split()[0], "facts": {}}


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column:
    return Column("id", String, primary_key=True)


def _row() -> Column:
    """Place in its table: what was brought comes back in the same order."""
    return Column("row_no", Integer, nullable=False)


def _to(
    target: str, name: str | None = None, *, nullable: bool = False, index: bool = True
) -> Column:
    table = target.split(".")[0]
    return Column(
        name or f"{table.removesuffix('s')}_id",
        String,
        ForeignKey(target),
        nullable=nullable,
        index=index,
    )


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(
        f"{column} IN ({', '.join(repr(value) for value in values)})", name=f"{column}_known"
    )


def _one_worker() -> CheckConstraint:
    each = ("crew_id", "driver_id", "person_id")
    counted = " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in each)
    return CheckConstraint(f"{counted} = 1", name="one_worker")


def _position() -> tuple[Column, Column, CheckConstraint]:
    return (
        Column("lon", Float, nullable=False),
        Column("lat", Float, nullable=False),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_earth"),
    )


district = Table(
    "district",
    metadata,
    Column("adcode", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("outline", Structure, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("source", String, nullable=False),
    Column("single", Integer, nullable=False, server_default="1"),
    UniqueConstraint("single"),
    CheckConstraint("single = 1", name="only_one"),
)
stations = Table(
    "stations",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    *_position(),
    Column("chief", String, nullable=False),
    Column("deputy", String, nullable=False),
    Column("phone", String),
    Column("service", String, nullable=False, server_default="sanitation"),
)
segments = Table(
    "segments",
    metadata,
    _id(),
    _row(),
    Column("road", String, nullable=False),
    Column("start_name", String, nullable=False),
    Column("end_name", String, nullable=False),
    _to("stations.id"),
    Column("line", Structure, nullable=False),
    Column("importance", Integer, nullable=False),
    Column("guard", Boolean, nullable=False),
    Column("low_lying", Boolean, nullable=False),
    Column("width_m", Float),
    Column("slope_permille", Float),
    Column("catchment_ha", Float),
    Column("low_depth_cm", Float),
    Column("pipe_mm", Float),
    CheckConstraint("importance BETWEEN 1 AND 5", name="importance_1_to_5"),
)
inlets = Table(
    "inlets",
    metadata,
    _id(),
    _row(),
    _to("segments.id"),
    *_position(),
    Column("kind", String, nullable=False),
    Column("cleaned_on", Date),
    Column("in_service_on", Date),
)
shifts = Table(
    "shifts",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    Column("start", Time, nullable=False),
    Column("end", Time, nullable=False),
    Column("break_minutes", Integer, nullable=False),
    Column("break_from", Time),
    Column("break_to", Time),
    CheckConstraint("break_minutes BETWEEN 0 AND 480", name="break_minutes_0_to_480"),
)
crews = Table(
    "crews",
    metadata,
    _id(),
    _row(),
    _to("stations.id"),
    Column("name", String, nullable=False),
    Column("leader", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("skills", Structure, nullable=False),
    _to("shifts.id"),
    Column("seniors", Integer),
    Column("vehicles", Integer),
    Column("rotation_id", String),
    CheckConstraint("size >= 1", name="somebody"),
)
machines = Table(
    "machines",
    metadata,
    _id(),
    _row(),
    _to("stations.id"),
    Column("kind", String, nullable=False),
    Column("plate", String, nullable=False),
    Column("capacity", Float),
    CheckConstraint("capacity >= 0", name="capacity_not_negative"),
)
drivers = Table(
    "drivers",
    metadata,
    _id(),
    _row(),
    _to("machines.id"),
    Column("post", String, nullable=False),
    _to("shifts.id"),
    Column("rotation_id", String),
)
people = Table(
    "people",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    _to("stations.id"),
    Column("role", String, nullable=False),
    _to("crews.id", nullable=True),
    _to("drivers.id", nullable=True),
    Column("driver_until", Date),
    Column("jetting_until", Date),
    Column("confined_space_until", Date),
    Column("week_hours", Float),
    Column("no_heat", Boolean, nullable=False),
)
rotations = Table(
    "rotations",
    metadata,
    _id(),
    _row(),
    Column("pattern", Structure, nullable=False),
    Column("anchor", Date, nullable=False),
)
roster = Table(
    "roster",
    metadata,
    Column("row_no", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    _to("crews.id", nullable=True),
    _to("drivers.id", nullable=True),
    _to("people.id", "person_id", nullable=True),
    Column("duty", String),
    Column("swap_with", String),
    _one_worker(),
    CheckConstraint("duty IS NOT NULL OR swap_with IS NOT NULL", name="says_something"),
)
watches = Table(
    "watches",
    metadata,
    Column("row_no", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("start", Time, nullable=False),
    Column("end", Time, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("level", String),
    Column("phone", String),
    _one_of("kind", "officer", "leader"),
)
named_posts = Table(
    "named_posts",
    metadata,
    Column("row_no", Integer, primary_key=True),
    _to("segments.id"),
    _to("shifts.id", nullable=True),
    Column("first_id", String, nullable=False),
    Column("second_id", String, nullable=False),
    CheckConstraint("first_id <> second_id", name="two"),
)
blockages = Table(
    "blockages",
    metadata,
    _id(),
    _row(),
    _to("inlets.id"),
    Column("reported_at", Instant, nullable=False, index=True),
    Column("cleared_at", Instant),
    Column("cause", String, nullable=False),
    Column("remedy", String, nullable=False),
    Column("silt_m3", Float),
    Column("rain_mm", Float),
    CheckConstraint("cleared_at >= reported_at", name="cleared_after_reported"),
)
works = Table(
    "works",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("days", Integer, nullable=False),
    _to("segments.id", nullable=True),
    Column("place", String, nullable=False),
    Column("after", Structure, nullable=False),
    Column("gangs", Structure, nullable=False),
    Column("earliest", Date),
    Column("deadline", Date),
    Column("in_programme", Boolean, nullable=False),
    Column("passage", String, nullable=False),
    CheckConstraint("days >= 1", name="days_at_least_1"),
)
patrol_beats = Table(
    "patrol_beats",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    _to("stations.id"),
    _to("segments.id"),
    Column("start", Time, nullable=False),
    Column("end", Time, nullable=False),
    Column("every_minutes", Integer, nullable=False),
    Column("scooter", Boolean, nullable=False),
    CheckConstraint("every_minutes >= 1", name="every_at_least_1"),
)
car_kit = Table(
    "car_kit",
    metadata,
    _id(),
    _row(),
    _to("crews.id"),
    Column("item", String, nullable=False),
    Column("number", Integer, nullable=False),
    CheckConstraint("number >= 0", name="number_not_negative"),
)
past_calls = Table(
    "past_calls",
    metadata,
    _id(),
    _row(),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("place", String, nullable=False),
    Column("used", Structure, nullable=False),
    Column("missing", Structure, nullable=False),
    Column("text", Text, nullable=False),
)
dump_sites = Table(
    "dump_sites",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    _to("stations.id"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("kinds", JSON, nullable=False),
    CheckConstraint("minutes >= 1", name="minutes_at_least_1"),
)
gardens = Table(
    "gardens",
    metadata,
    _id(),
    _row(),
    Column("name", String, nullable=False),
    _to("stations.id"),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("m3", Float, nullable=False),
    Column("until", Date),
    CheckConstraint("m3 > 0", name="m3_above_0"),
)
levels = Table(
    "levels",
    metadata,
    _id(),
    _row(),
    Column("colour", String, nullable=False),
    Column("duty", Text, nullable=False),
    Column("reserves", Integer, nullable=False),
    Column("guard_from", Integer, nullable=False),
    Column("routine", Boolean, nullable=False),
    Column("all_hands", Boolean, nullable=False),
    Column("source", String, nullable=False),
    CheckConstraint("reserves BETWEEN 0 AND 9", name="reserves_0_to_9"),
    CheckConstraint("guard_from BETWEEN 1 AND 6", name="guard_from_1_to_6"),
)
operations = Table(
    "operations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("clock_at", Instant, nullable=False),
    Column("anchor_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _one_of("kind", "real", "drill"),
)
Index(
    "uq_operations_open",
    operations.c.kind,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)


def _operation(**how: Any) -> Column:
    return Column("operation_id", Integer, ForeignKey("operations.id"), nullable=False, **how)


alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("digest", String, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    UniqueConstraint("operation_id", "digest"),
)
Index("ix_alerts_order", alerts.c.operation_id, alerts.c.id)
Index("ix_alerts_time", alerts.c.operation_id, alerts.c.received_at)
forecasts = Table(
    "forecasts",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("digest", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    Column("rank", Integer, nullable=False, server_default="50"),
    Column("stale_minutes", Integer, nullable=False, server_default="360"),
    UniqueConstraint("operation_id", "digest"),
)
Index("ix_forecasts_newest", forecasts.c.operation_id, forecasts.c.fetched_at)
healths = Table(
    "healths",
    metadata,
    Column("provider", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("tried_at", Instant, nullable=False),
    Column("good_at", Instant),
    Column("error", Text),
)
budgets = Table(
    "budgets",
    metadata,
    Column("provider", String, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)
marks = Table(
    "marks",
    metadata,
    _operation(primary_key=True),
    Column("provider", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("etag", String),
    Column("last_modified", String),
    Column("at", Instant, nullable=False),
)
gauge_readings = Table(
    "gauge_readings",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("gauge", String, nullable=False),
    Column("measured_at", Instant, nullable=False, index=True),
    Column("received_at", Instant, nullable=False),
    Column("value", Float),
    Column("fault", String, nullable=False),
    UniqueConstraint("operation_id", "gauge", "measured_at", "fault"),
)
orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(index=True),
    Column("level", String),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
versions = Table(
    "versions",
    metadata,
    _operation(primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("drill", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("causes", Structure, nullable=False),
    Column("alert_digests", Structure, nullable=False),
    Column("rain", Structure, nullable=False),
    Column("risks", Structure, nullable=False),
    Column("changes", Structure, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("bound", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("solve_seconds", Float, nullable=False),
    Column("fallback", Boolean, nullable=False),
    Column("problem", Packed, nullable=False),
    Column("plan", Packed, nullable=False),
    Column("level", String),
    Column("state", String, nullable=False, server_default="published"),
    Column("published_at", Instant),
    Column("approved_by", String),
    Column("teams", Structure, nullable=False, server_default="[]"),
    Column("ways", Structure),
    CheckConstraint("number >= 1", name="counted_from_1"),
    _one_of("state", "draft", "published", "superseded"),
    CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_is_dated"),
)
Index(
    "uq_versions_published",
    versions.c.operation_id,
    unique=True,
    sqlite_where=text("state = 'published'"),
    postgresql_where=text("state = 'published'"),
)


def _of_version(name: str = "version") -> tuple[Column, Column, ForeignKeyConstraint]:
    """Columns that point to a plan version."""
    return (
        Column("operation_id", Integer, nullable=False),
        Column(name, Integer, nullable=False),
        ForeignKeyConstraint(["operation_id", name], ["versions.operation_id", "versions.number"]),
    )


def _maybe_position() -> tuple[Column, Column, CheckConstraint]:
    return (
        Column("lon", Float),
        Column("lat", Float),
        CheckConstraint("lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="on_earth"),
    )


def _version() -> tuple[Column, Column, ForeignKeyConstraint, Column]:
    return (
        Column("operation_id", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        ForeignKeyConstraint(
            ["operation_id", "number"], ["versions.operation_id", "versions.number"]
        ),
        _row(),
    )


def _job() -> tuple[Column, ...]:
    return (
        Column("job_id", String, primary_key=True),
        Column("kind", String, nullable=False),
        Column("phase", String, nullable=False),
        Column("segment_id", String),
        Column("station_id", String, nullable=False),
        Column("risk", Integer),
    )


assignments = Table(
    "assignments",
    metadata,
    *_version(),
    *_job(),
    Column("inlet_ids", Structure, nullable=False),
    Column("start_at", Instant, nullable=False),
    Column("end_at", Instant, nullable=False),
    Column("why", Structure, nullable=False),
    Column("state", String, nullable=False),
    CheckConstraint("end_at >= start_at", name="ends_after_start"),
)
members = Table(
    "members",
    metadata,
    Column("operation_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("job_id", String, primary_key=True),
    Column("unit_id", String, primary_key=True),
    _row(),
    Column("kind", String, nullable=False),
    Column("resource_id", String, nullable=False),
    Column("driver_id", String),
    Column("leave_at", Instant, nullable=False),
    Column("arrive_at", Instant, nullable=False),
    Column("people", Integer),
    Column("who", Structure, nullable=False, server_default="[]"),
    ForeignKeyConstraint(
        ["operation_id", "number", "job_id"],
        ["assignments.operation_id", "assignments.number", "assignments.job_id"],
    ),
    CheckConstraint("arrive_at >= leave_at", name="arrives_after_leaving"),
)
left_out = Table(
    "left_out", metadata, *_version(), *_job(), Column("why", Structure, nullable=False)
)
rests = Table(
    "rests",
    metadata,
    *_version(),
    Column("unit_id", String, primary_key=True),
    Column("start_at", Instant, primary_key=True),
    Column("end_at", Instant, nullable=False),
    Column("at_post", Boolean, nullable=False, server_default=false()),
)
triggers = Table(
    "triggers",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("cause", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("answered_by", Integer),
    Column("outcome", Structure),
    UniqueConstraint("operation_id", "cause"),
    ForeignKeyConstraint(
        ["operation_id", "answered_by"], ["versions.operation_id", "versions.number"]
    ),
    CheckConstraint("answered_by IS NULL OR settled_at IS NOT NULL", name="answered_is_settled"),
)
Index(
    "ix_triggers_pending",
    triggers.c.operation_id,
    sqlite_where=text("settled_at IS NULL"),
    postgresql_where=text("settled_at IS NULL"),
)
Index("ix_triggers_answered", triggers.c.operation_id, triggers.c.answered_by)
Index("ix_triggers_requested", triggers.c.operation_id, triggers.c.requested_at)
leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
beats = Table(
    "beats",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", Instant, nullable=False),
)
settings = Table(
    "settings", metadata, Column("name", String, primary_key=True), Column("value", Structure)
)
notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_version(),
    Column("station_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("body", Structure, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", String),
    Column("last_error", Sentence),
    UniqueConstraint(
        "operation_id", "version", "station_id", "step", "channel", name="uq_notices_one_each"
    ),
    _one_of("state", "pending", "claimed", "sent", "failed", "superseded", "acknowledged"),
    CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_is_dated"),
    CheckConstraint("step BETWEEN 0 AND 2", name="step_0_to_2"),
    CheckConstraint("urgency BETWEEN 0 AND 4", name="urgency_0_to_4"),
)
desk_messages = Table(
    "desk_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("matter", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", Sentence, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("last_error", Sentence),
    UniqueConstraint("operation_id", "matter", "channel"),
    _one_of("state", "pending", "claimed", "sent", "failed", "superseded"),
    CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_is_dated"),
)
Index(
    "ix_desk_messages_due",
    desk_messages.c.operation_id,
    desk_messages.c.state,
    desk_messages.c.next_at,
)
Index("ix_notices_due", notices.c.operation_id, notices.c.state, notices.c.next_at)
Index("ix_notices_station", notices.c.operation_id, notices.c.station_id, notices.c.state)
field_events = Table(
    "field_events",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_version(),
    Column("event_id", String, nullable=False),
    Column("station_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("job_id", String),
    Column("unit_id", String),
    Column("device_at", Instant),
    Column("server_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    *_maybe_position(),
    Column("amounts", Structure, nullable=False),
    Column("photo", String),
    Column("reason", Text),
    Column("inlet_id", String),
    Column("way", String, nullable=False, server_default="tap"),
    Column("told_by", String),
    Column("about", String),
    UniqueConstraint("operation_id", "event_id"),
)
Index("ix_field_events_job", field_events.c.operation_id, field_events.c.job_id)
Index("ix_field_events_order", field_events.c.operation_id, field_events.c.id)
Index("ix_field_events_time", field_events.c.operation_id, field_events.c.server_at)
photos = Table(
    "photos",
    metadata,
    Column("name", String, primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
)
incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("kind", String, nullable=False),
    Column("segment_id", String),
    Column("inlet_id", String),
    *_maybe_position(),
    Column("depth_cm", Float),
    Column("text", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("reported_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("photo", String),
    Column("closed_at", Instant),
    Column("closed_by", String),
    Column("matter_id", Integer),
    Column("matter_by", String),
    Column("matter_at", Instant),
    UniqueConstraint("operation_id", "source", "external_id"),
    CheckConstraint("depth_cm >= 0", name="depth_not_negative"),
)
Index(
    "ix_incidents_open",
    incidents.c.operation_id,
    sqlite_where=text("closed_at IS NULL"),
    postgresql_where=text("closed_at IS NULL"),
)
Index("ix_incidents_order", incidents.c.operation_id, incidents.c.id)
Index("ix_incidents_closed", incidents.c.operation_id, incidents.c.closed_at)
Index("ix_incidents_matter", incidents.c.matter_id)
Index("ix_incidents_time", incidents.c.operation_id, incidents.c.received_at)
outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("resource_id", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("by", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended_by", String),
    CheckConstraint("to_at >= from_at", name="ends_after_start"),
)
Index(
    "uq_outages_open",
    outages.c.operation_id,
    outages.c.resource_id,
    unique=True,
    sqlite_where=text("to_at IS NULL"),
    postgresql_where=text("to_at IS NULL"),
)
roster_changes = Table(
    "roster_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("day", Date, nullable=False),
    Column("crew_id", String),
    Column("driver_id", String),
    Column("person_id", String),
    Column("duty", String),
    Column("swap_with", String),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    _one_worker(),
)
street_maps = Table(
    "street_maps",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String, nullable=False),
    Column("source", String, nullable=False),
    Column("streets", Integer, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("map", Packed, nullable=False),
)
closures = Table(
    "closures",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("name", String, nullable=False),
    Column("line", Structure, nullable=False),
    Column("speed_share", Float, nullable=False),
    Column("entry", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),
    Column("by", String, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("ended_by", String),
    UniqueConstraint("operation_id", "source", "external_id"),
    CheckConstraint("to_at >= from_at", name="ends_after_start"),
    CheckConstraint("speed_share BETWEEN 0 AND 1", name="share_0_to_1"),
)
manual_changes = Table(
    "manual_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    *_of_version(),
    Column("job_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
    _one_of("action", "lock", "unlock", "move", "drop", "add"),
)
Index("ix_manual_changes_operation_id", manual_changes.c.operation_id)
work_events = Table(
    "work_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(index=True),
    Column("work_id", String, nullable=False),
    Column("step", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("number", Integer),
    Column("other", String),
)
duty_log = Table(
    "duty_log",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("kind", String, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("about", Integer),
    Column("open", Structure, nullable=False),
    _one_of("kind", "note", "correction", "handover", "takeover", "inject"),
)
Index("ix_duty_log_operation_id", duty_log.c.operation_id)
_ONCE = text("kind IN ('takeover', 'inject')")
Index(
    "uq_duty_log_once",
    duty_log.c.operation_id,
    duty_log.c.kind,
    duty_log.c.about,
    unique=True,
    sqlite_where=_ONCE,
    postgresql_where=_ONCE,
)
street_cases = Table(
    "street_cases",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("kind", String, nullable=False),
    Column("level", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("external_id", String),
    Column("segment_id", String, nullable=False),
    *_maybe_position(),
    Column("photo", String),
    Column("reported_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("incident_id", Integer),
    UniqueConstraint("operation_id", "source", "external_id"),
    _one_of("level", "small", "large", "hard"),
)
case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("case_id", Integer, ForeignKey("street_cases.id"), nullable=False),
    Column("event_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("step", String),
    Column("owner", String),
    Column("photo", String),
    Column("steps", Structure, nullable=False),
    Column("rung", Integer, nullable=False),
    UniqueConstraint("operation_id", "event_id"),
    _one_of("kind", "offer", "take", "plan", "done", "told", "climb", "answer", "close", "reopen"),
)
Index("ix_case_events_case_id", case_events.c.case_id)
street_checks = Table(
    "street_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("segment_id", String, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("score", Integer, nullable=False),
    Column("faults", Structure, nullable=False),
    Column("text", Text, nullable=False),
    Column("photo", String),
    CheckConstraint("score BETWEEN 0 AND 100", name="score_0_to_100"),
)
action_posts = Table(
    "action_posts",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("name", String, nullable=False),
    Column("segment_id", String),
    Column("place", String, nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant, nullable=False, index=True),
    Column("wanted", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("by", String, nullable=False),
    CheckConstraint("wanted >= 1", name="wanted_at_least_1"),
    CheckConstraint("to_at > from_at", name="ends_after_start"),
)
post_words = Table(
    "post_words",
    metadata,
    Column("id", Integer, primary_key=True),
    _operation(),
    Column("post_id", Integer, ForeignKey("action_posts.id"), nullable=False, index=True),
    Column("step", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("name", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("helper", String, nullable=False),
    _one_of("step", "fill", "leave", "came", "hold", "resume", "cancel"),
    _one_of("helper", "volunteer", "party"),
)
standing_plans = Table(
    "standing_plans",
    metadata,
    _operation(primary_key=True),
    Column("colour", String, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("digest", String, nullable=False),
    Column("plan", Structure, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("operation_id", Integer, ForeignKey("operations.id")),
    Column("at", Instant, nullable=False, index=True),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", Structure, nullable=False),
    Column("seal", String),
)
revocations = Table(
    "revocations",
    metadata,
    Column("link_id", String, primary_key=True),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
)
accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("shown", String, nullable=False),
    Column("role", String, nullable=False),
    Column("station_id", String),
    Column("password", String),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("temporary", Boolean, nullable=False, server_default=false()),
    Column("second_secret", String),
    Column("second_at", Instant),
    Column("second_step", BigInteger, nullable=False, server_default="0"),
    Column("city", String),
    _one_of("role", "chief", "duty", "manager", "admin", "city", "province"),
    CheckConstraint("(role = 'chief') = (station_id IS NOT NULL)", name="chief_has_station"),
    CheckConstraint("(role = 'city') = (city IS NOT NULL)", name="city_desk_has_city"),
)
Index(
    "uq_accounts_open",
    accounts.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("awaits", String),
    Column("address", String),
    Column("browser", String),
)
recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Column("digest", String, primary_key=True),
)
tries = Table(
    "tries",
    metadata,
    Column("subject", String, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
)
member_districts = Table(
    "member_districts",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("city", String, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("archived_at", Instant),
)
district_summaries = Table(
    "district_summaries",
    metadata,
    Column("member_id", String, ForeignKey("member_districts.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Structure, nullable=False),
)
directives = Table(
    "directives",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("member_id", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
)
directive_events = Table(
    "directive_events",
    metadata,
    Column("directive_id", Integer, ForeignKey("directives.id"), primary_key=True),
    Column("step", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("by", String, nullable=False),
    Column("text", Text, nullable=False),
    _one_of("step", "receive", "acknowledge", "refuse", "done"),
)
PASSING = (sessions, tries)
"""What holds for this moment on this machine alone: no snapshot carries it."""
