"""How many examples Hypothesis draws of a dear law: few each time, all of them when it is asked for
by ``--hypothesis-profile=thorough``.
"""

from hypothesis import settings

THOROUGH = "thorough"


def few_or(many: int, few: int) -> int:
    """``many`` where all are asked for, else ``few``."""
    return many if settings.get_current_profile_name() == THOROUGH else few
