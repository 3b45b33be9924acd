"""Log records as JSON lines, for programs that collect them."""

import json
import logging
from datetime import UTC, datetime

FACTS = ("version", "causes", "token")
"""What a record of a re-plan carries besides its text."""


class JsonLines(logging.Formatter):
    """One JSON object a record: time (UTC), level, logger, message, the facts, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(), "level": record.levelname,
                "logger": record.name, "message": record.getMessage()}
        line |= {name: getattr(record, name) for name in FACTS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
