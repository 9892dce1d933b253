"""A session as the judge has it: one forked process in a sandbox, to which it sends code and from which it gets data."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from . import wire

# A function's name, the call as it came and the deadline, to the answer as it is sent
Lender = Callable[[str, bytes, float], bytes]


class Died(Exception):
    """The session ended before it had answered: by itself, by a limit, or since it took too long. The text says which."""


class Unopened(Exception):
    """A session could not be opened: that is the grader's trouble, and no answer's."""


class Session:
    """One session. Killed when its block ends, and with it all processes that were started in it.

    Raises Unopened where it cannot be opened, OSError or EOFError where its zygote is gone.
    """

    def __init__(self, zygote: socket.socket, limits: dict[str, Any]) -> None:
        """Opens it. limits: cpu, wall, memory, seconds, and protections where some are to be left out."""
        self._zygote, self._wall = zygote, 2 * limits["wall"] + 10
        zygote.settimeout(60)
        wire.send(zygote, {"open": limits})
        told, _ = wire.receive(zygote)
        _, numbers, _, _ = socket.recv_fds(zygote, 1, 1)
        self._pid, self._socket = told["session"], socket.socket(fileno=numbers[0])
        try:
            greeting, _ = self._receive()
        except Died as died:
            raise Unopened(f"a session could not be opened: {died}") from None
        if "refused" in greeting:
            raise Unopened(greeting["refused"])

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        wire.send(self._zygote, {"kill": self._pid})

    def ask(
        self, request: dict[str, Any], count: int, lend: Lender | None = None
    ) -> Iterator[tuple[dict, dict[str, Tensor]]]:
        """The answers to a request, `count` of them. lend: answers calls of the reference's. Raises Died."""
        try:
            self._socket.settimeout(self._wall)
            wire.send(self._socket, request)
        except (OSError, wire.Refused) as error:
            raise Died(str(error)) from None
        for _ in range(count):
            message, tensors = self._receive(lend)
            yield message, tensors

    def send_raw(self, message: bytes, deadline: float) -> tuple[bytes, bytes]:
        """Sends a message as it is and returns the two halves of the answer, unread. Raises Died."""
        try:
            self._socket.settimeout(self._wall)
            self._socket.sendall(message)
            return wire.receive_raw(self._socket, deadline)
        except (OSError, EOFError, wire.Refused) as error:
            raise Died(str(error)) from None

    def _receive(self, lend: Lender | None = None) -> tuple[dict, dict[str, Tensor]]:
        deadline = time.monotonic() + self._wall  # for the answer, whatever it asks for until then
        try:
            while True:
                text, blob = wire.receive_raw(self._socket, deadline)
                message, tensors = wire.of_bytes(text, blob)
                if "call" not in message:
                    return message, tensors
                if lend is None:
                    raise Died("it asked for a function that is not lent")
                answer = lend(message["call"], wire.packed(text, blob), deadline)
                self._socket.settimeout(self._wall)
                self._socket.sendall(answer)
        except TimeoutError:
            raise Died("it took too long") from None
        except EOFError:
            raise Died("it ended") from None
        except (OSError, wire.Refused) as error:
            raise Died(f"it sent {error}") from None
