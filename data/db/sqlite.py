"""SQLite as a library of our own where there is a build of it, else Python's.

The library of most systems is too old to keep the write-ahead log safely
(`data.database.wal_is_safe`), and without that log readers and writers wait for one another.
Everything in one process must go through the same library: a second copy would let go of the first
one's locks on the file.
"""

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:  # no build for this machine
    import sqlite3
__all__ = ["sqlite3"]
