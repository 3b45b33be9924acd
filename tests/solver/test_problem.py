"""A problem that cannot be built wrong: each mistake is refused with one line that names its
field.
"""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import (
    Break,
    Job,
    Pin,
    Problem,
    Rule,
    RuleViolation,
    Slot,
    Stability,
    Unit,
    travel_matrix,
)
from solver.__main__ import main
from tests.helpers.paths import INSTANCES

HERE = INSTANCES
FIELDS = json.loads((HERE / "broken" / "fields.index").read_text())


def tiny() -> Problem:
    return Problem.from_json((HERE / "tiny.json").read_bytes())


def test_every_broken_instance_is_listed_with_its_field():
    assert {path.stem for path in (HERE / "broken").glob("*.json")} == set(FIELDS)


@pytest.mark.parametrize("mistake", sorted(FIELDS))
def test_a_mistake_is_refused_with_one_line_that_names_the_field(mistake, capsys):
    code = main([str(HERE / "broken" / f"{mistake}.json"), "--seconds", "1"])
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(FIELDS[mistake] + ": ")
    assert len(err) < 300


def test_the_instance_without_mistake_is_accepted(capsys):
    assert main([str(HERE / "tiny.json"), "--steps", "10"]) == 0


def test_a_problem_survives_its_own_json():
    assert Problem.from_json(tiny().to_json()) == tiny()


def test_optional_fields_may_be_absent():
    bare = Problem.from_json(
        '{"format": "xunban-problem/1", "id": "bare", "epoch": "2022-07-08T06:00:00Z",'
        ' "horizon": 10, "travel": [[0]],'
        ' "units": [{"id": "u", "kind": "crew", "start": 0, "shift": [0, 10]}],'
        ' "jobs": [{"id": "j", "location": 0, "duration": 1, "windows": [[0, 5]], "weight": 1,'
        ' "slots": [{}]}]}'
    )
    assert bare.jobs[0].slots[0] == Slot(None, (), 1)
    assert bare.units[0].end is None
    assert bare.stability == Stability(0, 0, 0)


def test_the_published_plan_may_name_what_is_gone():
    """After a unit is lost, or a job cancelled, the plan that people hold still names them."""
    raw = json.loads((HERE / "tiny.json").read_text())
    raw["previous"] = [
        {"job": "gone", "start": 0, "units": ["lost"]},
        {"job": "a", "start": 0, "units": ["c1", "lost"]},
    ]
    assert len(Problem.from_json(json.dumps(raw)).previous) == 2


def test_types_check_themselves_in_python_too():
    with pytest.raises(ValueError, match=r"^size: must be at least 1, got 0$"):
        Slot(size=0)
    with pytest.raises(ValueError, match=r"^windows: must not be empty$"):
        Job("j", 0, 1, (), 1, (Slot(),))
    with pytest.raises(ValueError, match=r"^jobs\[0\]: must be a Job"):
        Problem("p", "2022-07-08T06:00:00Z", 10, ((0,),), (), ("j",))
    with pytest.raises(ValueError, match=r"^units: names \"u\" twice$"):
        Pin("j", 0, ("u", "u"))
    with pytest.raises(ValueError, match=r"^breaks\[0\].window: leaves no room"):
        Unit("u", "crew", 0, (0, 100), breaks=(Break(60, (80, 200)),))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--seconds", "0"], "seconds"),
        (["--seconds", "nan"], "seconds"),
        (["--seconds", "soon"], "seconds"),
        (["--steps", "0"], "steps"),
        (["--steps", "5", "--seconds", "1"], "steps"),
        (["--workers", "0"], "workers"),
        (["--seed", "-1"], "seed"),
        (["--patience", "1"], "patience"),
        (["--colour"], "colour"),
    ],
)
def test_a_wrong_argument_is_refused_with_one_line(arguments, word, capsys):
    try:
        code = main([str(HERE / "tiny.json"), *arguments])
    except SystemExit as stop:
        code = stop.code
    err = capsys.readouterr().err
    assert code == 2
    assert word in err
    assert err.count("\n") == 1


def test_a_missing_file_is_refused_with_one_line(capsys):
    assert main(["no-such-file.json"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_flood_of_garbage_from_standard_input_leaves_no_traceback():
    run = subprocess.run(
        [sys.executable, "-m", "solver", "-"], input=b"\x00garbage" * 4_000_000, capture_output=True
    )
    assert run.returncode == 2
    assert run.stderr.count(b"\n") == 1
    assert run.stdout == b""


def pinned(**changes):
    """Two crews, two jobs an hour apart, and pins as given."""
    crew = Unit("overlaps", "crew", 0, (0, 5000))
    job = Job("no time left", 1, 500, ((0, 8000),), 10, (Slot("crew"),))
    after = replace(job, id="which is not pinned", location=0, after=(job.id,))
    return Problem(
        **{
            "id": "p",
            "epoch": "2022-07-08T06:00:00Z",
            "horizon": 9000,
            "travel": ((0, 900), (900, 0)),
            "units": (crew, replace(crew, id="truck", kind="truck")),
            "jobs": (job, after),
        }
        | changes
    )


FIRST, THEN = "no time left", "which is not pinned"


@pytest.mark.parametrize(
    ("rule", "unit", "pins"),
    [
        (Rule.UNKNOWN_UNIT, "x", [Pin(FIRST, 0, ("x",))]),
        (Rule.UNIT_UNFIT, "truck", [Pin(FIRST, 0, ("truck",))]),
        (Rule.TEAM_SIZE, None, [Pin(FIRST, 0, ("overlaps", "truck"))]),
        (Rule.OUTSIDE_WINDOWS, None, [Pin(FIRST, 7600, ("overlaps",))]),
        (Rule.NOT_PINNED_BEFORE, None, [Pin(THEN, 1000, ("overlaps",))]),
        (Rule.OUTSIDE_SHIFT, "overlaps", [Pin(FIRST, 4600, ("overlaps",))]),
        (Rule.NO_TIME_BETWEEN, "overlaps", [Pin(FIRST, 100, ("overlaps",))]),
        (
            Rule.BEFORE_PREDECESSOR,
            None,
            [Pin(FIRST, 1000, ("overlaps",)), Pin(THEN, 1200, ("overlaps",))],
        ),
    ],
)
def test_a_broken_rule_of_pinned_work_is_a_value_and_not_words(rule, unit, pins):
    with pytest.raises(RuleViolation) as violation:
        pinned(pinned=tuple(pins))
    assert (violation.value.rule, violation.value.unit) == (rule, unit)
    assert violation.value.job == pins[-1].job
    assert str(violation.value) == f"{violation.value.path}: {violation.value.complaint}"


def test_two_places_at_once_are_an_overlap():
    problem = pinned()
    jobs = (problem.jobs[0], replace(problem.jobs[1], after=()))
    pins = (Pin(FIRST, 1000, ("overlaps",)), Pin(THEN, 1400, ("overlaps",)))
    with pytest.raises(RuleViolation) as violation:
        replace(problem, jobs=jobs, pinned=pins)
    assert violation.value.rule is Rule.OVERLAP
    assert violation.value.unit == "overlaps"


def test_a_start_that_no_problem_may_speak_of_is_a_broken_rule_too():
    with pytest.raises(RuleViolation) as violation:
        Pin(FIRST, 10**8, ("overlaps",))
    assert (violation.value.rule, violation.value.path) == (Rule.NO_SUCH_START, "start")
    assert violation.value.under("pinned[0]").rule is Rule.NO_SUCH_START


def test_a_rule_broken_in_json_keeps_its_type_and_its_path():
    raw = json.loads(pinned().to_json()) | {
        "pinned": [{"job": FIRST, "start": 10**8, "units": ["overlaps"]}]
    }
    with pytest.raises(RuleViolation, match=r"^pinned\[0\]\.start: must be at most") as violation:
        Problem.from_json(json.dumps(raw))
    assert violation.value.rule is Rule.NO_SUCH_START


@pytest.mark.parametrize("module", ["solver", "solver.orchestrate", "solver.__main__"])
def test_engines_are_loaded_when_they_are_needed_and_not_before(module):
    """Every process of the program imports the types; it must not pay for what solves."""
    code = (
        f"import sys, {module}; print({{'numba', 'ortools', 'pandas', 'numpy'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def town(places: int, step: int = 60) -> np.ndarray:
    """Ways between places strewn over a town: straight lines, stretched, in whole steps."""
    at = np.random.default_rng(1).uniform(0, 12_000, (places, 2))
    metres = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    ways = -(-(120 + np.ceil(metres / 4).astype(int)) // step) * step
    np.fill_diagonal(ways, 0)
    return ways


@pytest.mark.parametrize(("step", "times"), [(60, 18), (1, 7)])
def test_a_packed_matrix_is_small_and_reads_back_the_same(step, times):
    rows = travel_matrix.checked(town(300, step))
    packed = json.dumps(travel_matrix.packed(rows))
    assert times * len(packed) < len(json.dumps(rows))
    assert travel_matrix.checked(travel_matrix.unpacked(json.loads(packed))) == rows


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 6), st.data())
def test_any_matrix_survives_packing(count, data):
    """Also one that is no town: asymmetric, with huge and with tiny ways."""
    ways = st.sampled_from([0, 1, 59, 60, 10**9]) | st.integers(0, 10**9)
    rows = tuple(
        tuple(0 if a == b else data.draw(ways) for b in range(count)) for a in range(count)
    )
    assert travel_matrix.checked(travel_matrix.unpacked(travel_matrix.packed(rows))) == rows


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"locations": 0}, "travel.locations"),
        ({"locations": 10**6}, "travel.locations"),
        ({"locations": 4}, "travel.packed"),
        ({"step": "x"}, "travel.step"),
        ({"step": 10**9 + 1}, "travel.step"),
        ({"packed": "AAAA"}, "travel.packed"),
        ({"packed": "no base64"}, "travel.packed"),
        ({"packed": 5}, "travel.packed"),
        ({"colour": 1}, "travel"),
    ],
)
def test_a_damaged_matrix_is_refused_by_name(change, path):
    raw = json.loads(replace(tiny(), format="xunban-problem/2").to_json())
    assert Problem.from_json(json.dumps(raw)).travel == tiny().travel
    raw["travel"] |= change
    with pytest.raises(ValueError, match=f"^{re.escape(path)}: "):
        Problem.from_json(json.dumps(raw))


def test_an_array_is_as_good_as_rows():
    ways = town(3)
    problem = replace(tiny(), travel=ways.tolist())
    assert replace(tiny(), travel=ways) == problem
    assert hash(replace(tiny(), travel=ways).travel) == hash(problem.travel)


@pytest.mark.parametrize(
    ("array", "path"),
    [
        (np.zeros((2, 3), int), "travel"),
        (np.zeros((0, 0), int), "travel"),
        (np.zeros((2, 2)), "travel"),
        (np.array([[0, -1], [1, 0]]), "travel[0][1]"),
        (np.array([[0, 1], [1, 2]]), "travel[1][1]"),
        (np.array([[0, 1], [10**9 + 1, 0]]), "travel[1][0]"),
    ],
)
def test_a_wrong_array_is_refused_by_the_place_in_it(array, path):
    with pytest.raises(ValueError, match=f"^{re.escape(path)}: "):
        replace(tiny(), travel=array)
