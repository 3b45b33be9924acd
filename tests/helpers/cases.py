"""Many cases in one test: each is tried, and all that fail are told by name."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest


@contextmanager
def all_cases() -> Iterator[Callable[[object], AbstractContextManager[None]]]:
    """Gives what each case is put in, ``with case(name): ...``.

    Raises
    ------
    BaseExceptionGroup
        At the end of the block: what went wrong in each case that failed, with its name as a note.
    """
    failures: list[BaseException] = []

    @contextmanager
    def case(name: object) -> Iterator[None]:
        try:
            yield
        except (Exception, pytest.fail.Exception) as failure:
            failure.add_note(f"case: {name}")
            failures.append(failure)

    yield case
    if failures:
        names = ", ".join(note for each in failures for note in each.__notes__)
        raise BaseExceptionGroup(f"{len(failures)} failed: {names}", failures)
