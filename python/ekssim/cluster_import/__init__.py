"""A cluster as `kubectl get … -o json` (or yaml) shows it, as a scenario that starts from that state.

    >>> from pathlib import Path
    >>> found = read_cluster([Path("nodes.json"), Path("pods.json")])  # doctest: +SKIP
    >>> print(to_yaml(found))  # doctest: +SKIP

Nodes become node groups, workloads stay what they are but for their status, pods of controllers become places
(`run.placed`), and pods without a controller stay pods. What had to be assumed and what was left out is listed at the
head of the scenario.
"""

from __future__ import annotations

from ekssim.cluster_import.cluster import Found, read_cluster, to_document, to_yaml

__all__ = ["Found", "read_cluster", "to_document", "to_yaml"]
