"""Statements compiled once for all databases of a process.

SQLAlchemy compiles each statement anew for each engine, and each test opens an engine of its own: a
third of the time of those that ask a database went into it. Engines of a kind are made alike
(`data.db.engine`), so what was compiled for one is right for the next.
"""

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from data.db import engine

MOST = 2000  # the program has a few hundred; migrations bring tables, and statements, of their own


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Let engines share what is compiled, by the kind of their database."""
    compiled: LRUCache = LRUCache(MOST)

    def made(*given: object, **named: object) -> Engine:
        one = create_engine(*given, **named)
        one._compiled_cache = compiled
        return one

    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # it is part of the cache's key
        patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
        patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
    patch.setattr(engine, "create_engine", made)
