"""The addresses of the rig: all from 198.18.0.0/15, which RFC 2544 keeps for benchmarks. None leaves the namespaces."""

from __future__ import annotations

from typing import Final

__all__ = ["BACKEND", "BACKEND_PORT", "CLIENT", "NODE_BACKEND", "NODE_CLIENT", "SERVICE_PORT", "UNREACHABLE", "service"]

CLIENT: Final = "198.18.1.2"
NODE_CLIENT: Final = "198.18.1.1"
BACKEND: Final = "198.18.2.2"
NODE_BACKEND: Final = "198.18.2.1"
UNREACHABLE: Final = "198.18.3.2"  # the node routes it into a black hole
BACKEND_PORT: Final = 8080
SERVICE_PORT: Final = 80


def service(number: int) -> str:
    """The cluster address of service 0, 1, 2, ..."""
    return f"198.19.{number // 250}.{number % 250 + 1}"
