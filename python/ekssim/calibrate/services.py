"""Which services a variant has: the ones that are only in the way, and last the one that is called."""

from __future__ import annotations

from dataclasses import dataclass

from ekssim.calibrate.addresses import BACKEND, BACKEND_PORT, service

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    count: int
    endpoints: int = 1  # of the service that is called; all others have `other_endpoints`
    other_endpoints: int = 1
    comments: bool = True
    backends: tuple[str, ...] = (BACKEND,)  # what the endpoints of the called service stand for, in turn

    @property
    def called(self) -> str:
        """The address of the last service in the chain: its packets pass all others."""
        return service(self.count - 1)

    def endpoints_of(self, number: int) -> list[str]:
        """address:port of each endpoint; those of other services answer nothing and are never asked."""
        if number == self.count - 1:
            return [f"{self.backends[i % len(self.backends)]}:{BACKEND_PORT}" for i in range(self.endpoints)]
        return [f"{BACKEND}:{10000 + (number + i) % 50000}" for i in range(self.other_endpoints)]

    @property
    def rules(self) -> int:
        """R of DPD-1: two rules a service and three an endpoint."""
        return 2 * self.count + 3 * self._all_endpoints

    @property
    def elements(self) -> int:
        """M of DPC-50, for nftables: four a service and three an endpoint."""
        return 4 * self.count + 3 * self._all_endpoints

    @property
    def _all_endpoints(self) -> int:
        return (self.count - 1) * self.other_endpoints + self.endpoints
