"""What the machine has: rights, compiler, both forms of iptables, nft, eBPF, IPVS, cores, caches, conntrack."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ekssim.calibrate import linux

__all__ = ["Findings", "probe"]

_TIMEOUTS = ("tcp_timeout_time_wait", "tcp_timeout_established", "udp_timeout", "udp_timeout_stream")


@dataclass(slots=True)
class Findings:
    system: str = "Linux"
    kernel: str = ""
    processor: str = ""
    cores: list[int] = field(default_factory=list)  # that this process may use
    cache_bytes: int = 32 << 20  # of the last level
    missing_rights: list[str] = field(default_factory=list)
    compiler: str | None = None
    ip: str | None = None
    iptables_legacy: str | None = None  # its version
    iptables_nft: str | None = None
    installed: str | None = None  # which of the two `iptables` is
    nft: str | None = None
    ipvs: bool = False  # in the kernel, or a module that can be loaded
    bpf_jit: str | None = None
    conntrack: dict[str, int] = field(default_factory=dict)

    @property
    def hindrance(self) -> str | None:
        """Why nothing at all can be measured here, or None."""
        if self.system != "Linux":
            return f"this is {self.system}; the rig measures the Linux kernel"
        if self.missing_rights:
            return f"not allowed: {', '.join(self.missing_rights)} missing; run it as root"
        if self.compiler is None:
            return "no C compiler; install gcc or set CC"
        if self.ip is None:
            return "no `ip` program; install iproute2"
        return None

    @property
    def kernel_version(self) -> tuple[int, int]:
        found = re.match(r"(\d+)\.(\d+)", self.kernel)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def probe() -> Findings:
    found = Findings(system=platform.system(), kernel=platform.release())
    if found.system != "Linux":
        return found
    found.processor = _processor()
    found.cores = sorted(os.sched_getaffinity(0))
    found.cache_bytes = _cache_bytes() or found.cache_bytes
    found.missing_rights = linux.capabilities()
    found.compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc") or shutil.which("clang")
    found.ip = shutil.which("ip")
    found.iptables_legacy = _version("iptables-legacy")
    found.iptables_nft = _version("iptables-nft")
    said = _said("iptables")
    if said:
        found.installed = "iptables-nft" if "nf_tables" in said else "iptables-legacy"
    found.nft = _version("nft")
    found.ipvs = _has_ipvs(Path("/proc/net/ip_vs"), Path("/lib/modules") / found.kernel)
    found.bpf_jit = _text("/proc/sys/net/core/bpf_jit_enable")
    for name in ("max", "buckets", *_TIMEOUTS):
        text = _text(f"/proc/sys/net/netfilter/nf_conntrack_{name}")
        if text is not None:
            found.conntrack[name] = int(text)
    return found


def _has_ipvs(table: Path, modules: Path) -> bool:
    if table.exists():
        return True
    lists = [_text(f"{modules}/modules.{kind}") or "" for kind in ("builtin", "dep")]
    return any(re.search(r"/ip_vs\.ko\b", text) for text in lists)


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return None


def _said(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _version(program: str) -> str | None:
    found = re.search(r"v?(\d+\.\d+(?:\.\d+)?)", _said(program) or "")
    return found[1] if found else None


def _processor() -> str:
    lines = (_text("/proc/cpuinfo") or "").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _cache_bytes() -> int | None:
    sizes = {}
    for folder in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        level, size = _text(f"{folder}/level"), _text(f"{folder}/size") or ""
        if level and size.endswith("K"):
            sizes[int(level)] = int(size[:-1]) << 10
    return sizes[max(sizes)] if sizes else None
