"""Logs that tell where something went wrong, never what was said.

The text of other libraries' log records is dropped, because Rasa's own hold messages and local variables.
"""

from __future__ import annotations

import logging
import sys

import structlog


class WordlessFormatter(logging.Formatter):
    """Time, level and place of a record.

    Its text only if it is our own, which never holds a word of a message.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, without traceback."""
        ours = record.name.startswith("signpost")
        text = record.getMessage() if ours else "(text left out)"
        return f"{self.formatTime(record)} {record.levelname} {record.name}:{record.lineno} {text}"


def leave_out_warnings() -> None:
    """Keep quiet about libraries that warn of other libraries: nobody who watches a log can do anything.

    Call before they are imported; some of them undo PYTHONWARNINGS.
    """
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


def configure_logging(level: str) -> None:
    """Send every record, structlog's too, through the wordless formatter to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(WordlessFormatter())
    for name in tuple(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.root.handlers = [handler]
    logging.root.setLevel(level)
    # that a bot has started, and with what, is told in any case: one line a start
    logging.getLogger("signpost").setLevel(min(logging.root.level, logging.INFO))
    leave_out_warnings()
    structlog.configure(
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    )
