"""Which kernel modules are loaded. The rig's rules make the kernel load some, and these stay: who else uses one by then
is not the rig's to judge, so that it says which they are and leaves them.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["loaded", "told"]

_LIST = Path("/proc/modules")


def loaded(file: Path = _LIST) -> frozenset[str]:
    """By name; none where the kernel has everything built in."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(line.split()[0] for line in lines if line.strip())


def told(names: list[str]) -> str:
    """A sentence for the screen."""
    return f"kernel modules loaded meanwhile, which stay until `modprobe -r` or a restart: {', '.join(names)}"
