"""How the search is compiled, and where the compiled code is kept.

Compiling takes about a minute of one core, loading what is on disk a quarter of a second.
`ready` says which of the two an import of the kernels would mean, without importing anything heavy.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # on Windows: there nothing is cleaned
    fcntl = None  # type: ignore[assignment]

HERE = Path(__file__).parent
KERNELS = (
    "anneal",
    "arrays",
    "dumps",
    "jit",
    "order",
    "pricing",
    "propagate",
    "recreate",
    "rng",
    "ruin",
    "subgradient",
    "timing",
)
"""The modules that compiled code is made of."""
PATIENCE_SECONDS = 600
"""After this long, a compilation that left its lock behind is taken for dead."""
UNUSED_SECONDS = 86_400
"""What no process began with for so long is in use only by one that says so."""
_UID = os.getuid() if hasattr(os, "getuid") else 0
_NAME = f"xunban-solver-{_UID}"
_TRIED, _USED = ".try", ".used"
LOOK_SECONDS = 0.2
"""So often who waits for another's compilation looks whether it is done."""


def _digest() -> str:
    """Changes with whatever makes numba compile again: the kernels, its version, Python, the
    processor.
    """
    digest = hashlib.sha256()
    for path in (HERE / f"{name}.py" for name in KERNELS):
        digest.update(f"{path} {path.stat().st_mtime_ns}".encode())
    cpu = Path("/proc/cpuinfo")
    model = (
        [line for line in cpu.read_text().splitlines()[:12] if "model name" in line]
        if cpu.exists()
        else []
    )
    digest.update(
        repr(
            (version("numba"), sys.version, platform.machine(), platform.processor(), model)
        ).encode()
    )
    return digest.hexdigest()[:16]


def _folder() -> Path:
    """A folder of our own that can be written: compiled code is trusted, so nobody else may write
    there.
    """
    roots = [os.environ.get("XDG_CACHE_HOME"), Path.home() / ".cache", Path(tempfile.gettempdir())]
    for root in [Path(each) for each in roots if each]:
        folder = root / _NAME / _digest()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if hasattr(os, "getuid") and folder.parent.stat().st_uid != _UID:
                continue
            (folder / _TRIED).write_bytes(b"")
        except OSError:
            continue
        return folder
    return Path(tempfile.mkdtemp(prefix="xunban-solver-"))


def _hold(folder: Path) -> None:
    """Let others see that somebody uses what is compiled there, until this process ends."""
    if fcntl is not None:
        with suppress(OSError):
            sign = os.open(folder / _USED, os.O_WRONLY | os.O_CREAT, 0o600)
            fcntl.flock(sign, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _is_used(folder: Path) -> bool:
    """Whether a process holds it, or one that knows no such sign began with it lately."""
    began = folder / _TRIED
    if not began.exists() or _now() - began.stat().st_mtime < UNUSED_SECONDS:
        return began.exists()
    with (folder / _USED).open("w") as sign:
        try:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def clean() -> int:
    """Let go of what other versions of the search were compiled to, but for the last used one (who
    goes back to it need not compile) and those that are in use; how many.
    """
    if fcntl is None or FOLDER.parent.name != _NAME:
        return 0
    others = [one for one in FOLDER.parent.iterdir() if one.is_dir() and one != FOLDER]
    others.sort(key=lambda one: (one / _TRIED).stat().st_mtime if (one / _TRIED).exists() else 0)
    unused = [one for one in others[:-1] if not _is_used(one)]
    for folder in unused:
        shutil.rmtree(folder, ignore_errors=True)
    return len(unused)


FOLDER = _folder()
_hold(FOLDER)
_children: list[subprocess.Popen] = []
"""Kept, because Python complains about a process that is forgotten while it runs."""
_DONE, _LOCK = FOLDER / "compiled", FOLDER / "compiling"


def ready() -> bool:
    """Whether the kernels only need to be loaded."""
    return _DONE.exists()


def mark_ready() -> None:
    """Say that every kernel has been compiled."""
    _DONE.write_text("")
    _LOCK.unlink(missing_ok=True)
    clean()


def compile_elsewhere() -> None:
    """Begin to compile in a process of its own, unless one is at it; it outlives us, for the next
    one's benefit.
    """
    child = _compile(outlives_us=True)
    if child:
        _children.append(child)


def wait_for_another(seconds: float) -> None:
    """Wait while another process compiles: the same compiled beside it would be there later."""
    until = time.monotonic() + seconds
    while not ready() and _LOCK.exists() and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)


class Compiling:
    """A compilation that its owner may end; whoever waits for the kernels finds it at work and
    begins none himself.
    """

    def __init__(self) -> None:
        self._child = None if ready() else _compile()

    @property
    def done(self) -> bool:
        """Whether it was needed and has succeeded."""
        return self._child is not None and self._child.poll() == 0

    @property
    def is_over(self) -> bool:
        """Whether the kernels only need to be loaded: by it, by another, or all along."""
        return ready() and (self._child is None or self._child.poll() is not None)

    def stop(self) -> None:
        """End it, if it still runs, and let another one begin."""
        if self._child and self._child.poll() is None:
            self._child.kill()
            self._child.wait()
            _LOCK.unlink(missing_ok=True)


def _compile(outlives_us: bool = False) -> subprocess.Popen | None:
    try:
        if _LOCK.exists() and _now() - _LOCK.stat().st_mtime > PATIENCE_SECONDS:
            _LOCK.unlink(missing_ok=True)
        with _LOCK.open("x"):
            pass
    except OSError:
        return None
    return subprocess.Popen(
        [sys.executable, "-c", "import solver; solver.warm()"],
        cwd=HERE.parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=outlives_us,
    )


def _now() -> float:
    """The time by the clock that dates the files here, which need not be this machine's."""
    touched = FOLDER / ".now"
    touched.write_bytes(b"")
    return touched.stat().st_mtime
