"""Keeps recorders ready: the command line imported once, then one fork for each start.

A kill then costs none of the second that imports take, so that many fit into one test; what runs
in the fork is ``plumeline run`` as a fresh process runs it. Arguments name changes of mutants.py;
each line on stdin is one start: the log's file, a tab, and the arguments of the command.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys

from plumeline.cli import main
from tests.delivery.mutants import CHANGES


def run(log: str, arguments: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDWR)
    for old, new in ((0, nothing), (1, descriptor), (2, descriptor)):
        os.dup2(new, old)
    sys.argv = ["plumeline", *shlex.split(arguments)]
    code = 1
    try:
        main()
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        CHANGES[name]()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: no zombies
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        log_file, _, command = line.rstrip("\n").partition("\t")
        if (pid := os.fork()) == 0:
            run(log_file, command)
        print(pid, flush=True)  # noqa: T201
