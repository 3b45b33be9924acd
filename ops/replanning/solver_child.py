"""The solver's own process: it loads the search, waits for one problem, answers it and ends.

Whoever started it writes one line of limits (JSON: the arguments of ``solver.solve``) and then the
problem to its standard input. When that ends without a word, whoever started it is gone, and so is
this.
"""

import json
import sys

from solver import Problem, solve, warm
from solver.search import compiling


def main() -> int:
    """Answer the one problem of standard input; the exit code."""
    if compiling.ready():  # else whoever solves compiles beside it
        warm()
    limits = sys.stdin.buffer.readline()
    if not limits:
        return 0
    problem = Problem.from_json(sys.stdin.buffer.read())
    sys.stdout.write(solve(problem, **json.loads(limits)).to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
