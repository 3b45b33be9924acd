"""Order a level of the flood response, or end it."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, follow, looked_at
from dashboard.render import colours, markup
from data.model.city import City
from data.model.ids import Cause, CauseKind
from data.model.levels import LevelRule
from ops.documents import labels
from ops.intake.response_level import order_in_force, order_level, proposed, rule_of
from weather.model import Level


def steps(board: Board) -> None:
    """What the warning proposes and what is ordered; then the choice."""
    t, situation = board.t, looked_at(board)
    operation, _ = current(board)
    rules = situation.city.level_by_id
    order = order_in_force(board.store.level_orders.all(operation.id))
    suggested = proposed(situation.city, situation.standing)
    st.html(
        markup.notice(
            "plain",
            t("desk.level_ordered", level=order.level, by=order.by, at=order.at)
            if order
            else t("desk.level_none"),
            [
                t("desk.level_proposed", level=suggested.id)
                if suggested
                else t("desk.level_proposed_none")
            ],
        )
    )
    first = suggested or rule_of(situation.city, order.level if order else None)
    chosen = st.segmented_control(
        t("desk.level"),
        list(rules),
        key="level_choice",
        required=True,
        default=first.id if first else None,
        format_func=lambda level: markup.plain(_called(board, rules[level])),
    )
    if chosen:
        st.html(_duty(board, rules[chosen], situation.city))
    with st.container(horizontal=True):
        if st.button(t("desk.level_do"), type="primary", key="level_do", disabled=not chosen):
            _order(board, chosen)
        if order and st.button(t("desk.level_end"), key="level_end"):
            _order(board, None)


def _called(board: Board, rule: LevelRule) -> str:
    return board.t(
        "desk.level_name", level=rule.id, colour=labels.level_name(board.t, Level(rule.colour))
    )


def _duty(board: Board, rule: LevelRule, city: City) -> str:
    """What the level asks, and which machines it wants ready where, under its colour."""
    lines = [rule.duty, *labels.placed_lines(board.t, rule, city)]
    return markup.card(_called(board, rule), lines, colours.LEVEL[Level(rule.colour)])


def _order(board: Board, level: str | None) -> None:
    operation, now = current(board)
    order = order_level(board.store, operation, board.actor, level, now)
    follow(operation, str(Cause.of(CauseKind.LEVEL, order.id)))
    finish(board.t("desk.level_done", level=level) if level else board.t("desk.level_ended"))
