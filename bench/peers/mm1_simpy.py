"""M/M/1 in SimPy: the work of engine/mm1 in bench/engine_mm1.cpp, written as SimPy's own examples write a queue.

    python bench/peers/mm1_simpy.py [CUSTOMERS]      (pip install simpy)

Prints one JSON object: nanoseconds for each event (two for a customer, as counted there), and the mean wait beside the one
that theory gives, so that a wrong model is not taken for a slow one.
"""

from __future__ import annotations

import json
import random
import sys
import time

try:
    import simpy
except ImportError:
    sys.exit("SimPy is missing. Install it with: pip install simpy")

MEAN_BETWEEN_ARRIVALS_S = 1.0
MEAN_SERVICE_S = 0.8


def run(customers: int, seed: int) -> float:
    """The mean time from arrival to the beginning of service, in seconds."""
    draw = random.Random(seed)
    environment = simpy.Environment()
    server = simpy.Resource(environment, capacity=1)
    waited = 0.0

    def customer():
        nonlocal waited
        arrived = environment.now
        with server.request() as turn:
            yield turn
            waited += environment.now - arrived
            yield environment.timeout(draw.expovariate(1 / MEAN_SERVICE_S))

    def arrivals():
        for _ in range(customers):
            yield environment.timeout(draw.expovariate(1 / MEAN_BETWEEN_ARRIVALS_S))
            environment.process(customer())

    environment.process(arrivals())
    environment.run()
    return waited / customers


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    run(min(customers, 1_000), seed=0)
    began = time.perf_counter()
    mean_wait_s = run(customers, seed=1)
    seconds = time.perf_counter() - began
    load = MEAN_SERVICE_S / MEAN_BETWEEN_ARRIVALS_S
    theory_s = load / (1 - load) * MEAN_SERVICE_S
    if customers >= 100_000 and abs(mean_wait_s - theory_s) > 0.2 * theory_s:
        sys.exit(f"the mean wait is {mean_wait_s:.3f} s where theory says {theory_s:.3f} s")
    print(
        json.dumps(
            {
                "name": f"engine/mm1/{customers}/simpy",
                "simpy": simpy.__version__,
                "ns_per_event": round(seconds / (2 * customers) * 1e9, 1),
                "seconds": round(seconds, 3),
                "mean_wait_s": round(mean_wait_s, 3),
                "mean_wait_s_theory": round(theory_s, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
