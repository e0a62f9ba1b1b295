"""The processes that serve: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 10.0
# A part that ran this long had started well: its death is a new one, not a failed start.
SETTLED_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Part:
    """One process that should always be there."""

    name: str
    arguments: Sequence[str]
    root: Path
    environment: dict[str, str]
    descriptors: tuple[int, ...]
    # Where its output goes; to ours, if not said.
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    _started: float = 0.0
    _due: float = field(default=0.0)

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches the supervisor only.

        It is told to stop should the supervisor die by kill -9, and inherits the supervisor's
        lock, which stays taken for as long as any part lives.
        """
        self._started = time.monotonic()
        with contextlib.ExitStack() as stack:
            output = None if self.log is None else stack.enter_context(self.log.open("ab"))
            self.process = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *self.arguments],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.descriptors,
                start_new_session=True,
                preexec_fn=_stop_with_parent,  # noqa: PLW1509 - the supervisor has one thread
            )

    def watch(self) -> bool:
        """Start the process again when it has died; True when it just was found dead."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.process = None
            self.deaths = 1 if now - self._started > SETTLED_SECONDS else self.deaths + 1
            self._due = now + min(0.1 * 2 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
            return True
        if self.process is None and now >= self._due:
            self.start()
        return False

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def finish(self, deadline: float) -> None:
        """Wait for the end until `deadline` (monotonic), then force it on the whole session."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def stop_all(parts: Sequence[Part], seconds: float = STOP_SECONDS) -> None:
    """Let all parts finish what they are doing, at the same time."""
    deadline = time.monotonic() + seconds
    for part in parts:
        part.ask_to_stop()
    for part in parts:
        part.finish(deadline)


def _stop_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
