"""Load over HTTP: raw sockets and ready-made requests, so that little of the machine is ours."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.results import Rate
from benchmarks.servers import processor_seconds


class Unanswered(Exception):
    """The server did not answer as it should; a benchmark of failures measures nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body."""

    status: int
    body: bytes


def request_bytes(
    method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> bytes:
    """Return a whole request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        if "Content-Type" not in (headers or {}):
            lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def ask(port: int, request: bytes) -> Answer:
    """Send one request on a connection of its own and read the answer to its end."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    if not head:
        raise Unanswered("the connection was closed without an answer")
    return Answer(int(head[9:12]), body)


def rate(
    act: Callable[[int, int], None], *, clients: int, seconds: float, servers: Sequence[int]
) -> Rate:
    """Run ``act(client, turn)`` from several threads at once, and watch what the servers spend."""
    used = processor_seconds(*servers)
    counts = [0] * clients
    failures: list[BaseException] = []
    barrier = threading.Barrier(clients + 1)
    until = [0.0]

    def run(client: int) -> None:
        barrier.wait()
        try:
            while time.perf_counter() < until[0] and not failures:
                act(client, counts[client])
                counts[client] += 1
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    until[0] = began + seconds
    barrier.wait()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    elapsed, done = time.perf_counter() - began, sum(counts)
    return Rate(done / elapsed, (processor_seconds(*servers) - used) * 1000 / max(done, 1))
