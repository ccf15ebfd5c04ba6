"""The web server, which ends open event streams when it is told to stop."""

from __future__ import annotations

import socket

import uvicorn

from plumeline.web.bell import Bell


class Server(uvicorn.Server):
    """Uvicorn waits for open responses to end, and an event stream never does by itself."""

    def __init__(self, config: uvicorn.Config, bell: Bell) -> None:
        super().__init__(config)
        self._bell = bell

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send the readers home, then stop."""
        self._bell.stop()
        await super().shutdown(sockets)
