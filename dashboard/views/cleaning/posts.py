"""Actions of volunteers and party members: those to come with who fills them, and a new one."""

from datetime import time, timedelta
from typing import TypedDict, Unpack

import streamlit as st

from dashboard.core.board import Board, named, safe
from dashboard.core.dialog import current, finish, open_dialog
from dashboard.render import markup
from data.model.city import City
from data.model.street.cleaning import HelperGroup, PostStep
from data.model.wall_clock import clock_at
from ops.auth.permissions import Action
from ops.cleaning.reading import posts_now
from ops.cleaning.volunteers import MOST_PEOPLE, PostCall, PostStanding, call, find, tell_post
from ops.documents import labels
from ops.documents.street.month_sheet import post_state

TONES = {True: "open", False: "dim"}


class Helpers(TypedDict, total=False):
    """Who is told of: by name, or how many of which group."""

    name: str
    number: int
    helper: HelperGroup


@safe
def show(board: Board, city: City) -> None:
    """The posts of the next days; whoever may fills them."""
    t = board.t
    st.html(markup.head(t("cleaning.posts")))
    operation, now = current(board)
    found = posts_now(board.store, operation, now)
    for one in found:
        _row(board, one, city)
    if not found:
        st.html(markup.faint(t("cleaning.no_posts")))
    if board.may(Action.CALL_VOLUNTEERS):
        with st.expander(t("cleaning.post_call"), key="post_new_fold"):
            _new(board, city)


def _row(board: Board, one: PostStanding, city: City) -> None:
    t, post, tag = board.t, one.post, markup.tag
    start, end = t.moment(post.from_at), t.moment(post.to_at)
    due = tag("time", f"{start:hm}", tag("small", f"{start:day}"))
    place = post.place or labels.place_name(t, city, post.segment_id)
    state = t(
        "cleaning.post_state",
        filled=one.filled,
        wanted=post.wanted,
        party=one.of(HelperGroup.PARTY),
    )
    what = tag(
        "div",
        tag("b", post.name),
        (" ", f"—{end:hm}", " ", place, markup.BREAK),
        tag("em", state),
        cls="what",
    )
    is_off = not one.takes_place()
    badge = markup.badge(post_state(one, t), "late" if is_off else TONES[bool(one.open)])
    with st.container(horizontal=True, vertical_alignment="center", key=f"row_post_{post.id}"):
        st.html(tag("div", due, what, badge, cls="xb-job"))
        may = board.may(Action.CALL_VOLUNTEERS)
        if may and st.button(t("case.open"), key=f"post_{post.id}", type="tertiary"):
            open_dialog(board, "cleaning.posts", steps, post.id)


def steps(board: Board, post_id: int) -> None:
    """One post: who fills it, and what can be told of it."""
    t = board.t
    operation, _ = current(board)
    one = find(board.store, operation, post_id)
    st.html(markup.tag("b", one.post.name))
    groups = {group.value: t(f"cleaning.group_{group}") for group in HelperGroup}
    lines = [t("name.more", what=name, more=groups[group]) for name, group in one.names.items()]
    lines += [f"{groups[group]} {number}" for group, number in one.numbers.items() if number]
    if lines:
        st.html(markup.bullets(lines))
    if one.cancelled:
        st.html(markup.notice("care", t("cleaning.post_cancelled")))
        if st.button(t("cleaning.called_again"), key="post_called_again"):
            _tell(board, one, PostStep.RESUME)
        return
    pressed, told = _filling(board)
    others = [PostStep.CANCEL, *([PostStep.RESUME] if one.held else [])]
    with st.container(horizontal=True):
        for step in others:
            if st.button(t(f"cleaning.do_{step}"), key=f"post_do_{step}"):
                _tell(board, one, step)
    if pressed:
        _tell(board, one, pressed, **told)


def _filling(board: Board) -> tuple[PostStep | None, Helpers]:
    """Who comes, leaves or was there: which button was pressed, and what was typed."""
    t = board.t
    groups = {group.value: t(f"cleaning.group_{group}") for group in HelperGroup}
    with st.form("post_fill", border=False):
        name = st.text_input(t("cleaning.post_who"), max_chars=40, key="post_who")
        number = st.number_input(
            t("cleaning.post_number"), 1, MOST_PEOPLE, value=1, key="post_number"
        )
        helper = st.radio(
            t("cleaning.post_as"),
            list(groups),
            format_func=named(groups),
            horizontal=True,
            key="post_as",
        )
        with st.container(horizontal=True):
            pressed = [
                step
                for step in (PostStep.FILL, PostStep.LEAVE, PostStep.CAME)
                if st.form_submit_button(t(f"cleaning.do_{step}"))
            ]
    group = HelperGroup(helper or HelperGroup.VOLUNTEER)
    return next(iter(pressed), None), Helpers(name=name, number=int(number), helper=group)


def _tell(board: Board, one: PostStanding, step: PostStep, **told: Unpack[Helpers]) -> None:
    operation, now = current(board)
    tell_post(board.store, operation, board.actor, one.post.id or 0, step, now, **told)
    finish(board.t("cleaning.post_noted", name=one.post.name))


def _new(board: Board, city: City) -> None:
    t = board.t
    roads = {one.id: labels.segment_name(t, one) for one in city.segments}
    _, now = current(board)
    tomorrow = now.astimezone(t.zone).date() + timedelta(days=1)
    with st.form("post_new", clear_on_submit=True, border=False):
        name = st.text_input(t("cleaning.post_name"), max_chars=80, key="post_name")
        road = st.selectbox(
            t("cleaning.post_road"),
            list(roads),
            index=None,
            format_func=named(roads),
            key="post_road",
        )
        place = st.text_input(t("cleaning.post_place"), max_chars=80, key="post_place")
        day = st.date_input(t("cleaning.post_day"), tomorrow, key="post_day")
        with st.container(horizontal=True):
            start = st.time_input(t("cleaning.post_from"), time(8, 30), key="post_from")
            end = st.time_input(t("cleaning.post_to"), time(10, 30), key="post_to")
            wanted = st.number_input(
                t("cleaning.post_wanted"), 1, MOST_PEOPLE, value=10, key="post_wanted"
            )
        sent = st.form_submit_button(t("cleaning.post_call"), type="primary")
    if sent:
        operation, now = current(board)
        told = PostCall(
            name=name,
            from_at=clock_at(day, start, t.zone),
            to_at=clock_at(day, end, t.zone),
            wanted=int(wanted),
            segment_id=road,
            place=place,
        )
        call(board.store, operation, board.actor, told, now)
        st.toast(markup.plain(t("cleaning.post_called", name=told.name)))
        st.rerun(scope="app")
