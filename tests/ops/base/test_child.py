"""What a process is heard out for, whatever it does."""

import sys

import pytest

from ops.base.child import NoAnswer, answer_of

posix = pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
PATIENCE_S = 20.0


def asked(script: str, question: bytes = b"", seconds: float = PATIENCE_S) -> bytes:
    command = [sys.executable, "-I", "-S", "-c", f"import os, sys\n{script}"]
    return answer_of(command, question, most=1000, seconds=seconds, more={"TOLD": "1"})


def test_an_answer_of_as_many_bytes_as_may_be_is_heard():
    echo = "sys.stdout.buffer.write(sys.stdin.buffer.read())"
    assert asked(echo, b"x" * 1000) == b"x" * 1000


def test_it_is_told_no_more_of_the_environment_than_it_needs(monkeypatch):
    monkeypatch.setenv("XUNBAN_KEY", "secret")
    names = asked("print(*os.environ)").split()
    assert b"TOLD" in names
    assert b"XUNBAN_KEY" not in names


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("sys.stdout.write('x' * 1001)", None),
        ("while True: sys.stdout.write('x' * 100_000)", None),
        ("print(1); sys.exit(3)", 3),
        ("os.close(0); print(1); sys.exit(4)", 4),
    ],
    ids=["one byte too much", "without end", "it says that it failed", "it does not listen"],
)
def test_there_is_none_where_it_says_too_much_or_ends_badly(script, code):
    with pytest.raises(NoAnswer) as none:
        asked(script, b"x" * 3_000_000)
    assert code is None or none.value.code == code


@posix
@pytest.mark.parametrize(
    "script",
    [
        "import time; print(1, flush=True); time.sleep(60)",
        "import time; os.close(1); time.sleep(60)",
        "import time\nif os.fork(): os._exit(0)\nos.setsid(); time.sleep(3)",
    ],
    ids=["it does not end", "it closes its mouth and does not end", "another has its mouth"],
)
def test_nobody_waits_longer_than_it_was_given(script):
    with pytest.raises(NoAnswer):
        asked(script, seconds=0.3)
