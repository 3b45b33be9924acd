"""Checks of the inspection and posts of actions. Only ever added to."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import reading, writing
from data.model.ids import Cause, CauseKind
from data.model.stored import stored_id
from data.model.street.cleaning import CLEANING, ActionPost, PostWord, StreetCheck
from data.store.field import counts_in
from data.store.part import Part
from data.store.triggers import request_plan

_CHECKS, _POSTS, _WORDS = schema.street_checks, schema.action_posts, schema.post_words


class StreetCleaning(Part):
    """The part of the store that holds what routine cleaning keeps besides the crews' taps."""

    def keep_check(self, check: StreetCheck, *, asks: bool) -> StreetCheck:
        """Keep a check and, in the same transaction, ask for a plan where its road is due by it."""
        with writing(self._engine) as connection:
            added = insert(_CHECKS).values(to_new_row(_CHECKS, check)).returning(_CHECKS.c.id)
            kept = replace(check, id=connection.execute(added).scalar_one())
            if asks:
                cause = Cause(CauseKind.SERVICE, f"{CLEANING}:check{kept.id}")
                request_plan(connection, check.operation_id, cause, check.at)
        return kept

    def checks(
        self, operation_id: int, since: datetime, until: datetime | None = None
    ) -> list[StreetCheck]:
        """The checks of a span that count in an operation, oldest first."""
        within = [_CHECKS.c.at >= since] + ([_CHECKS.c.at < until] if until else [])
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_CHECKS).where(counts_in(_CHECKS, operation_id), *within)
            ).mappings()
            # put in order here: else SQLite finds them by their order and not by their time
            return sorted((to_entity(StreetCheck, row) for row in rows), key=stored_id)

    def keep_post(self, post: ActionPost) -> ActionPost:
        """Keep a post that is called for."""
        with writing(self._engine) as connection:
            added = insert(_POSTS).values(to_new_row(_POSTS, post)).returning(_POSTS.c.id)
            return replace(post, id=connection.execute(added).scalar_one())

    def tell_post(self, word: PostWord) -> None:
        """Keep one thing told of a post."""
        with writing(self._engine) as connection:
            connection.execute(insert(_WORDS).values(to_new_row(_WORDS, word)))

    def posts(
        self,
        operation_id: int,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        number: int | None = None,
    ) -> tuple[list[ActionPost], list[PostWord]]:
        """The posts that count in an operation and end from ``since`` on (``None``: all) and begin
        before ``until``, or the one of that number; and what was told of them that counts there:
        what a drill says of a real post holds for the drill alone.
        """
        which = [counts_in(_POSTS, operation_id)]
        which += [_POSTS.c.id == number] if number is not None else []
        which += [_POSTS.c.to_at >= since] if since else []
        which += [_POSTS.c.from_at < until] if until else []
        with reading(self._engine) as connection:
            posts = connection.execute(select(_POSTS).where(*which)).mappings()
            numbers = select(_POSTS.c.id).where(*which)
            words = connection.execute(
                select(_WORDS)
                .where(_WORDS.c.post_id.in_(numbers), counts_in(_WORDS, operation_id))
                .order_by(_WORDS.c.id)
            ).mappings()
            return (
                [to_entity(ActionPost, row) for row in posts],
                [to_entity(PostWord, row) for row in words],
            )
