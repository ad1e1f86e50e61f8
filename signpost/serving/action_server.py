"""Starts the action server on the address of the settings. rasa_sdk's own start listens on every address."""

from __future__ import annotations

from signpost.serving.logs import configure_logging, leave_out_warnings
from signpost.serving.process_memory import (
    forbid_core_dumps,
    leave_freeing_to_glibc,
    overwrite_what_is_freed,
)
from signpost.serving.watchdog import end_when_still
from signpost.settings import read_settings


def serve_actions() -> None:
    """Run until stopped."""
    leave_out_warnings()
    from rasa_sdk.endpoint import create_app  # warns while it is imported

    forbid_core_dumps()
    settings = read_settings()
    app = create_app("actions", cors_origins=[])
    app.config.USE_UVLOOP = False  # as in signpost.serving.app
    app.register_listener(lambda app, loop: end_when_still(loop), "after_server_start")
    configure_logging(settings.log_level)
    overwrite_what_is_freed()
    app.run(host=settings.actions_host, port=settings.actions_port, access_log=False)


if __name__ == "__main__":
    leave_freeing_to_glibc()
    serve_actions()
