"""The solver's own process: it loads the search, waits for a problem, answers it, and waits for the
next.

Whoever started it sends the length of a question on a line of its own, and then the question: one
line of limits (JSON: the arguments of ``solver.solve``) and the problem. The answer comes in the
same way. When the questions end, whoever started it is gone, and so is this.
"""

import json
import os
import sys
from typing import IO

from ops.base.collector import look_seldom
from solver import Problem, solve, warm
from solver.search import compiling


def tell(pipe: IO[bytes], content: bytes) -> None:
    """Send one message."""
    pipe.write(b"%d\n" % len(content) + content)
    pipe.flush()


def heard(pipe: IO[bytes]) -> bytes | None:
    """The next message, whole; ``None``: none came."""
    length = pipe.readline().strip()
    if not length.isdigit():
        return None
    content = pipe.read(int(length))
    return content if len(content) == int(length) else None


def main() -> int:
    """Answer the problems of standard input; the exit code."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
    look_seldom()
    if compiling.ready():  # else whoever solves compiles beside it
        warm()
    while (question := heard(sys.stdin.buffer)) is not None:
        limits, _, problem = question.partition(b"\n")
        tell(answers, solve(Problem.from_json(problem), **json.loads(limits)).to_json().encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
