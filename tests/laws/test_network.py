"""No test leaves this machine: only the loopback answers."""

from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_the_loopback_answers() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(server.getsockname(), timeout=5) as client:
        assert client.getpeername() == server.getsockname()


def test_any_other_address_is_refused() -> None:
    # 0.0.0.0 is this very machine, so nothing would leave it even if the guard were off;
    # yet it is not on the list of what is allowed.
    with pytest.raises(SocketConnectBlockedError, match="0.0.0.0"):
        socket.create_connection(("0.0.0.0", 9), timeout=5)
