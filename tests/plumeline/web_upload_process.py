"""The upload server as a process: python -m tests.plumeline.web_upload_process FOLDER LIMIT."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

from plumeline.web.desk import Desk
from plumeline.web.inbox import Inbox
from tests.fakes import MemoryRecord
from tests.plumeline.web_served import served
from tests.plumeline.web_uploads import KeptFiles


def main(folder: Path, file_limit: int) -> None:
    """Serve until killed. No file may grow over ``file_limit`` bytes, if that is not -1."""
    if file_limit >= 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    desk = Desk(Inbox(folder / "inbox", now_s=lambda: 0.0), KeptFiles(folder / "kept"))
    with served(MemoryRecord(folder), desk=desk) as here:
        sys.stdout.write(f"{here.url}\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
