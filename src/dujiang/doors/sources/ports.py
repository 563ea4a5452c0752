"""A listening port on the address that was named; Unavailable when it cannot be had."""

import socket

from dujiang.errors import Unavailable


def bound(address: str, port: int) -> socket.socket:
    """A bound socket, IPv4 or IPv6."""
    listening = None
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICHOST)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError:
        if listening is not None:
            listening.close()
        raise Unavailable(
            "port.taken", "Port {port} cannot be used on that address: another program may have it.", "该地址的端口 {port} 无法使用，可能已被其他程序占用。", port=port
        ) from None
    return listening
