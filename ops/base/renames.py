"""What settings and commands were called before: the old names go on working for one release, with
a line that says the new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rename:
    """An old name and the one that has taken its place; empty where none has."""

    old: str
    new: str


#: Tables of the settings file.
TABLES = (Rename("change", "stability"), Rename("standing", "contingency"))
#: Entries of the settings file, under their table's new name.
ENTRIES = tuple(
    Rename(f"{table}.{old}", f"{table}.{new}")
    for table, old, new in (
        ("work", "way_minutes", "travel_minutes"),
        ("access", "tries", "login_attempts"),
        ("access", "address_tries", "address_attempts"),
        ("access", "longest_wait_minutes", "max_wait_minutes"),
        ("notify", "most_lines", "max_lines"),
        ("response", "least_cases", "min_cases"),
        ("incident", "place_m", "max_distance_m"),
        ("stability", "accepted_minutes", "freeze_minutes"),
    )
)
#: Entries of the settings file that nothing reads any more: worth is no longer a table of points.
RETIRED = tuple(
    Rename(f"{table}.{old}", "")
    for table, names in (
        (
            "work",
            "clear_points jet_points well_points guard_points pump_points reserve_points "
            "desilt_points haul_points flush_points late_points guard_late_points "
            "watch_slack_minutes watch_late_points guard_slack_minutes short_minutes "
            "clear_from_risk desilt_from_risk recede_hours",
        ),
        ("risk", "design_mm design_mm_h level_floor low_lying"),
        ("incident", "points late_points"),
    )
    for old in names.split()
)
COMMANDS = (
    Rename("work asked", "question list"),
    Rename("work answer", "question answer"),
    Rename("drill leave", "operation go-live"),
    Rename("standing", "contingency"),
    Rename("change who", "change candidates"),
    Rename("change more", "change extra-capacity"),
)
#: An option with the beginning of the commands that have it.
OPTIONS = (
    Rename("change --only-look", "change --dry-run"),
    Rename("plan --again", "plan --replan"),
)


class BothGiven(ValueError):
    """An old name and its new one are given together; which counts is not clear."""

    def __init__(self, rename: Rename):
        self.rename = rename
        super().__init__(f"{rename.old} is now {rename.new}: give only that")


def current_settings(raw: dict[str, object]) -> tuple[dict[str, object], tuple[Rename, ...]]:
    """The tables of a settings file under the names of today, and the old ones that were used.

    Raises
    ------
    BothGiven
        An entry is given under both names.
    """
    tables, used = dict(raw), []
    for rename in TABLES:
        if _renamed(tables, rename.old, rename.new, rename):
            used.append(rename)
    for rename in ENTRIES:
        (name, old), new = rename.old.split("."), rename.new.partition(".")[2]
        table = tables.get(name)
        if isinstance(table, dict):
            tables[name] = entries = dict(table)
            if _renamed(entries, old, new, rename):
                used.append(rename)
    for rename in RETIRED:
        name, _, old = rename.old.partition(".")
        table = tables.get(name)
        if isinstance(table, dict) and old in table:
            tables[name] = {key: value for key, value in table.items() if key != old}
            used.append(rename)
    return tables, tuple(used)


def _renamed(entries: dict[str, object], old: str, new: str, rename: Rename) -> bool:
    if old not in entries:
        return False
    if new in entries:
        raise BothGiven(rename)
    entries[new] = entries.pop(old)
    return True


def written_name(where: str, used: Sequence[Rename]) -> str:
    """The name under which an entry stands in a file that uses old ones."""
    for rename in used:
        if rename.new and (where == rename.new or where.startswith(f"{rename.new}.")):
            return rename.old + where.removeprefix(rename.new)
    return where


def current_command(words: Sequence[str]) -> tuple[list[str], tuple[Rename, ...]]:
    """A command line, from its command on, under the names of today, and the old ones that were
    used.

    Raises
    ------
    BothGiven
        An option is given under both names.
    """
    found, used = list(words), []
    for rename in COMMANDS:
        path = rename.old.split()
        if found[: len(path)] == path:
            found[: len(path)] = rename.new.split()
            used.append(rename)
    end = found.index("--") if "--" in found else len(found)
    for rename in OPTIONS:
        (command, old), new = rename.old.split(), rename.new.split()[1]
        if found[:1] == [command] and old in found[:end]:
            if new in found[:end]:
                raise BothGiven(rename)
            found[:end] = [new if word == old else word for word in found[:end]]
            used.append(rename)
    return found, tuple(used)
