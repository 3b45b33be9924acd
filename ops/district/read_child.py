"""The process that works for the board: it gets a function with its arguments (files that somebody
has brought, a month to be made) by its standard input, writes what that answers to its standard
output, and ends.

Workbooks, archives and shapes are read by libraries written in C, and a file of some kilobytes may
ask for gigabytes. Here it can take no more memory and time than this process is given, and it knows
no key.
"""

import os
import pickle
import sys

from data.errors import BadSheets

MEMORY = 4_000_000_000  # bytes of address space, of which libraries that hold nothing take one
SECONDS = 120  # of work; the largest of our samples takes 20
MOST_ANSWER = 400_000_000  # bytes: what is shown and tried is held by the board
TOO_MUCH = 3
"""How it ends where there is no answer to give."""


def main() -> int:
    """Do the work of standard input; the exit code."""
    _bound()
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever a library prints is no answer
        try:
            work = pickle.load(sys.stdin.buffer)
            try:
                told = True, work()
            except BadSheets as error:
                told = False, error.errors
            answer = pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            return TOO_MUCH
        if len(answer) > MOST_ANSWER:
            return TOO_MUCH
        out.write(answer)
    return 0


def _bound() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    sys.exit(main())
