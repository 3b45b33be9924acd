"""The programs that run on one database: one plans, others stand by until it ends."""

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from data.store.leases import LEADER
from data.store.store import Store
from ops.intake.operations import ALIVE


@dataclass(frozen=True, slots=True)
class Program:
    """A process, on a machine."""

    host: str
    pid: int

    def __str__(self) -> str:
        return f"{self.host} ({self.pid})"


def own_name() -> str:
    """The name by which this process holds leases: no other one has it, now or later."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def program_of(name: str | None) -> Program | None:
    """The program of a name; ``None`` where it is none of ours."""
    host, _, rest = (name or "").rpartition(":")[0].rpartition(":")
    return Program(host, int(rest)) if host and rest.isdecimal() else None


def that_run(store: Store, now: datetime) -> tuple[Program | None, Sequence[Program]]:
    """Who leads, and who stands by and was alive just now."""
    names = store.leases.standing_by(LEADER, now - ALIVE * 2)
    others = tuple(one for name in names if (one := program_of(name)))
    return program_of(store.leases.holder(LEADER)), others
