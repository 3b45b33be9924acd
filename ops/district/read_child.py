"""The process that works for the board: it gets a function with its arguments (files that somebody
has brought, a month to be made) by its standard input, writes what that answers to its standard
output as plain text (`data.files.plain`), and ends.

Workbooks, archives and shapes are read by libraries written in C, and a file of some kilobytes may
ask for gigabytes. Here it can take no more memory and time than this process is given, and it knows
no key.
"""

import os
import pickle
import sys

from data.errors import BadSheets
from data.files.plain import written
from ops.base.collector import look_seldom

TOO_MUCH = 3
"""How it ends where there is no answer to give."""


def main() -> int:
    """Do the work of standard input, with so many bytes of memory and so many seconds; the exit
    code.
    """
    memory, seconds = (int(word) for word in sys.argv[1:3])
    _bound(memory, seconds)
    look_seldom()
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # whatever a library prints is no answer
        try:
            work = pickle.load(sys.stdin.buffer)
            try:
                answer = b"+" + written(work())
            except BadSheets as error:
                answer = b"-" + written(error.errors)
        except MemoryError:
            return TOO_MUCH
        out.write(answer)
    return 0


def _bound(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


if __name__ == "__main__":
    sys.exit(main())
