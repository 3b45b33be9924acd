"""The database itself: engine, schema, and how entities become rows."""
