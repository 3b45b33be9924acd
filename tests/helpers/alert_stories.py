"""Messages about warnings, made up one after the other."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from weather.model import Action, Alert, AlertStatus, Level
from weather.same_warning import same_warning

T0 = datetime(2022, 7, 8, 0, 20, tzinfo=UTC)


def alert(
    name: str,
    hours: float = 0,
    level: Level | None = Level.YELLOW,
    action: Action = Action.ISSUE,
    **more,
) -> Alert:
    """A rainstorm warning of Liaoyuan, issued ``hours`` after T0."""
    issued = T0 + timedelta(hours=hours)
    said = {
        "provider": "cap",
        "provider_id": name,
        "issuers": ("辽源市气象台",),
        "type": "暴雨",
        "level": level,
        "action": action,
        "issued_at": issued,
        "received_at": issued,
        "text": "",
    }
    return Alert(**said | more)


@st.composite
def stories(draw) -> list[Alert]:
    """Messages of two hazards from two sources, some of which refer to others, known or not."""
    count = draw(st.integers(1, 8))
    story = []
    for i in range(count):
        level = draw(st.sampled_from([*Level, None]))
        action = draw(st.sampled_from(list(Action)))
        refers = draw(
            st.lists(
                st.sampled_from([f"m{j}" for j in range(i)] + ["unknown"]), max_size=2, unique=True
            )
        )
        story.append(
            alert(
                f"m{i}",
                draw(st.integers(0, 6)) / 2,
                level,
                action,
                supersedes=tuple(refers),
                type=draw(
                    st.sampled_from(
                        ["暴雨", "雷电", ""] if action is Action.CANCEL else ["暴雨", "雷电"]
                    )
                ),
                provider=draw(st.sampled_from(["cap", "notice"])),
                areas=draw(st.sampled_from([(), ("龙山区",), ("西安区",)])),
                forecast_hours=draw(st.sampled_from([None, 2.0, 12.0])),
                status=draw(st.sampled_from([AlertStatus.ACTUAL] * 3 + [AlertStatus.TEST])),
            )
        )
    return story


def gone(before: tuple[Alert, ...], after: tuple[Alert, ...]) -> list[str]:
    """Warnings held before for which nothing stands after, nor another source's copy."""
    return [
        one.provider_id
        for one in before
        if not any(
            (one.provider, one.provider_id) == (other.provider, other.provider_id)
            or same_warning(one, other)
            for other in after
        )
    ]
