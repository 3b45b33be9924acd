"""Running under systemd: the unit file, and telling the manager that we are ready and well
(``sd_notify``).

The protocol is one datagram of ``NAME=value`` lines to the socket that ``NOTIFY_SOCKET`` names (man
3 sd_notify).
"""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path

WATCHDOG_S = 60  # without a sign of being well for so long we are killed and started again
RESTART_S = 1
STOP_S = 15  # we end within 10; whoever doesn't is killed
_UNIT = """\
# Xunban 汛班: planning and board. Made by `xunban serve --unit`;
# put it into /etc/systemd/system/xunban.service
[Unit]
Description=Xunban: flood duty planning and its board
Documentation=file:{root}/README.md
Wants=network-online.target
After=network-online.target time-sync.target postgresql.service
# never give up: a season is longer than any outage
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
User={user}
WorkingDirectory={root}
# keys of feeds and channels, XUNBAN_DB of PostgreSQL: NAME=value lines, readable by root alone
EnvironmentFile=-/etc/xunban/env
Environment={home}
Environment=XDG_CACHE_HOME=%C/xunban
Environment=PYTHONUNBUFFERED=1
ExecStart={command}
Restart=always
RestartSec={restart}
WatchdogSec={watchdog}
TimeoutStartSec=180
TimeoutStopSec={stop}
KillMode=mixed
CacheDirectory=xunban
UMask=0077
# what an attack can take of the machine; an open board is a descriptor, a photo some memory
LimitNOFILE=8192
TasksMax=512
MemoryHigh=60%
MemoryMax=80%
OOMPolicy=continue
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={writable}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def unit_text(command: list[str], root: Path, home: Path, user: str) -> str:
    """The unit file for this installation.

    Parameters
    ----------
    command
        What is run, its program by its full path.
    root, home
        Where the program lies, and where it keeps its own (``XUNBAN_HOME``): the one folder that it
        may write to.
    """
    return _UNIT.format(
        root=_bare(str(root)),
        user=user,
        home=_quoted(f"XUNBAN_HOME={home}"),
        writable=_quoted(str(home)),
        command=" ".join(_quoted(word).replace("$", "$$") for word in command),
        restart=RESTART_S,
        watchdog=WATCHDOG_S,
        stop=STOP_S,
    )


def _bare(value: str) -> str:
    """A value that systemd takes to the end of the line."""
    return value.replace("%", "%%")


def _quoted(word: str) -> str:
    """One word for systemd, which reads ``%`` and, in quotes, the backslash."""
    word = _bare(word)
    if not set(word) & set(" \t\"'\\;"):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def notifier(environ: Mapping[str, str]) -> Callable[[str], None]:
    """What tells systemd a state, such as ``READY=1``; it does nothing where no manager listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return lambda _state: None

    def notify(state: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
            try:
                door.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
            except OSError:  # the manager is gone, or being replaced: we serve on
                return

    return notify
