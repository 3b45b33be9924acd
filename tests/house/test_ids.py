"""Names of jobs, units, causes and events are read and made in one place, ``data.model.ids``."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from data.model.ids import CALLED_IN, Cause, CauseKind, EventId, JobId, UnitId
from data.model.plan import JobKind
from tests.helpers.paths import ROOT

CUTS = {"partition", "rpartition", "split", "rsplit"}
MARKS = {"removeprefix", "removesuffix", "startswith", "endswith"}
SIGNS = (":", "@", CALLED_IN)
WORDS = {*CauseKind, *JobKind, JobId.INCIDENT, JobId.BY_HAND, "verify", "answer"}
OTHER_NAMES = {
    "dashboard/web/sign_in.py": "at which district somebody signs in",
    "ops/auth/sessions.py": "who or from where somebody signs in",
    "ops/cli/app.py": "the address of a database",
    "ops/runtime/programs.py": "the process that holds a lease",
    "ops/notifications/signed_links.py": "signed links have ids of their own",
}
"""Files that cut names of other kinds."""


def by_hand(source: str) -> Iterator[int]:
    """The lines in which a name is cut, or put together, by its signs."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            sign, how = node.args[0], node.func.attr
            text = sign.value if isinstance(sign, ast.Constant) else None
            if isinstance(text, str) and (
                (how in CUTS and text in SIGNS) or (how in MARKS and text[-1:] in SIGNS)
            ):
                yield node.lineno
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            word, sign, rest = str(node.values[0].value).partition(":")
            if word in WORDS and sign and not rest.startswith(" "):
                yield node.lineno


def sources() -> Iterator[tuple[str, Path]]:
    for package in ("data", "ops", "dashboard", "weather", "solver"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "migrations" not in name and "longshan" not in name and name != "data/model/ids.py":
                yield name, path


def test_nobody_else_cuts_names_or_puts_them_together():
    found = [
        (name, line)
        for name, path in sources()
        if name not in OTHER_NAMES
        for line in by_hand(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_exception_is_needed():
    for name in OTHER_NAMES:
        assert list(by_hand((ROOT / name).read_text(encoding="utf-8"))), name


def test_a_cut_would_be_found():
    for source in (
        'job.partition(":")',
        'job_id.startswith("incident:")',
        'unit.removesuffix("+")',
        'f"incident:{number}"',
        'f"change:{number}" in causes',
    ):
        assert list(by_hand(source)), source
    assert not list(by_hand('f"level: {level}"'))


def test_parse_and_str_undo_one_another():
    for text in ("clear:S1", "guard:S:1:0708T1000", "incident:5:2", "x", ""):
        assert str(JobId.parse(text)) == text
    for text in (
        "C03+@2022-07-08",
        "C03/2+@2022-07-08",
        "C03/1@2022-07-08",
        "M1@24h",
        "a@b@2022-07-08.D1",
    ):
        assert str(UnitId.parse(text)) == text
    for text in ("reopen:clear:S1@20220708T1000", "alert:"):
        assert str(Cause.parse(text)) == text
    for text in ("answer:tap-1", "verify:clear:S1@x"):
        assert str(EventId.parse(text)) == text


def test_what_a_name_says():
    assert JobId.of_incident(5).numbered(1) == JobId.parse("incident:5")
    second = JobId.of_incident(5).numbered(2)
    assert (str(second), second.incident_id, second.number) == ("incident:5:2", 5, 2)
    assert JobId.parse("incident:x").incident_id is None
    pump = JobId.of_pump(5)
    assert (str(pump), pump.incident_id, pump.number, pump.is_of_pump) == (
        "incident:5:pump",
        5,
        1,
        True,
    )
    assert (pump.numbered(2).number, second.is_of_pump) == (2, False)
    assert (JobId.parse("clear:5:2").incident_id, JobId.parse("clear:5:2").number) == (None, 1)
    assert UnitId.parse("C03+@2022-07-08").is_called_in
    assert not UnitId.parse("C03@2022-07-08").is_called_in
    squad = UnitId.parse("C03/2+@2022-07-08")
    assert (squad.resource_id, squad.squad, squad.team) == ("C03", 2, "C03/2")
    assert squad.is_called_in


@given(
    st.builds(
        UnitId,
        st.text("C3/+0@", max_size=6),
        st.sampled_from(["2022-07-08", "24h"]),
        st.none() | st.integers(1, 9),
        st.booleans(),
    )
)
def test_a_unit_is_read_as_it_was_written_whatever_the_tables_call_it(unit):
    assert UnitId.parse(str(unit)) == unit


def test_a_crew_s_post_at_an_incident_and_its_pump_s_are_two_watches():
    crew, pump = JobId.of_incident(5), JobId.of_pump(5)
    for first in (crew, pump):
        for other in (first.numbered(2), first.relieved(), first.numbered(2).relieved()):
            assert other.watch == first.watch
            assert other.is_later_part_of(first)
        assert first.numbered(2).relieved().number == 2
        assert not first.is_later_part_of(first.numbered(2))
    assert crew.watch != pump.watch
    assert not crew.is_later_part_of(pump)


DIGITS = st.sampled_from(["²", "①", "٣", "9" * 5000, "-1", "1e9", "", "7"])
HEADS = st.sampled_from(["incident", "haul:M1:D1", "guard:S1", "incident:5", "incident:5:pump"])


@given(HEADS, st.sampled_from([":", ":r", "/"]), DIGITS)
def test_what_looks_like_a_number_and_is_none_breaks_no_name(head, sign, digits):
    name = JobId.parse(f"{head}{sign}{digits}")
    assert str(name) == f"{head}{sign}{digits}"
    assert [name.incident_id, name.number, name.trip, name.relief, name.watch, name.is_of_pump]
    assert str(UnitId.parse(f"{head}/{digits}@S")) == f"{head}/{digits}@S"
