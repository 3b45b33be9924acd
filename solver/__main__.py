"""The command line: a problem as JSON in, a plan as JSON out.

``python -m solver problem.json --seconds 10 --workers 2 --seed 1 > plan.json``
``python -m solver problem.json --check plan.json`` asks the referee.

``-`` reads standard input. Exit 0: a legal plan was written (or the plan checked is legal). Exit 1:
the checked plan breaks a rule. Exit 2: the input is not valid; one line on standard error names the
field and what is wrong with it.
"""

import argparse
import sys
from typing import NoReturn

from solver import Plan, Problem, solve
from solver.referee import violations


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line, like every other complaint here."""

    def error(self, message: str) -> NoReturn:
        print(f"arguments: {message}", file=sys.stderr)
        raise SystemExit(2)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    args = _arguments(argv)
    try:
        problem = Problem.from_json(_read(args.problem))
        if args.check is not None:
            return _judge(problem, Plan.from_json(_read(args.check)))
        plan = solve(
            problem,
            seconds=args.seconds,
            steps=args.steps,
            workers=args.workers,
            seed=args.seed,
            patience=args.patience,
        )
    except (ValueError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    sys.stdout.write(plan.to_json() + "\n")
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m solver", description="Plan units, teams and machines.")
    parser.add_argument("problem", help="problem file, or - for standard input")
    parser.add_argument("--seconds", type=float, help="answer within this time (default 10)")
    parser.add_argument(
        "--steps", type=int, help="limit on work instead of time; the plan then repeats exactly"
    )
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SHARE",
        help="end early when the last share (0 to 1) of the time used gained next to nothing",
    )
    parser.add_argument("--workers", type=int, default=1, help="threads (default 1)")
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of all random choices (default 1)"
    )
    parser.add_argument("--check", metavar="PLAN", help="judge this plan instead of making one")
    return parser.parse_args(argv)


def _read(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def _judge(problem: Problem, plan: Plan) -> int:
    broken = violations(problem, plan)
    for each in broken:
        print(each)
    if not broken:
        print(f"legal, {plan.score} points")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
