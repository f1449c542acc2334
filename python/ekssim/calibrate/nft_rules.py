"""Rules in the form of kube-proxy's nftables mode (DPD-11), as text for nft -f: one map from address and port to a
chain.
"""

from __future__ import annotations

from ekssim.calibrate.addresses import CLIENT, SERVICE_PORT, service
from ekssim.calibrate.services import Services

__all__ = ["TABLE", "conntrack_only", "masquerade", "one_changed_service", "services"]

TABLE = "ekssim"

_FORWARD = """    chain external {
    }
    chain forward {
        type filter hook forward priority 0;
        ct state new jump external
        ct state invalid drop
        meta mark & 0x4000 == 0x4000 accept
        ct state established,related accept
    }
"""


def conntrack_only() -> str:
    return f"table ip {TABLE} {{\n{_FORWARD}}}\n"


def masquerade() -> str:
    chain = (
        f"    chain post {{\n        type nat hook postrouting priority 100;\n        ip saddr {CLIENT} masquerade\n"
    )
    return f"table ip {TABLE} {{\n{_FORWARD}{chain}    }}\n}}\n"


def services(of: Services) -> str:
    """The whole table."""
    lines = [f"table ip {TABLE} {{\n", _FORWARD, _FRAME]
    for number in range(of.count):
        lines += _chains_of(of, number)
    elements = ",\n".join(_element(number, "tcp") for number in range(of.count))
    elements += ",\n" + _element(of.count - 1, "udp")
    lines += [
        "    map services {\n        type ipv4_addr . inet_proto . inet_service : verdict\n",
        f"        elements = {{ {elements} }}\n    }}\n",
        "    chain lookup {\n        ip daddr . meta l4proto . th dport vmap @services\n    }\n",
        "    chain pre {\n        type nat hook prerouting priority -100;\n        jump lookup\n    }\n",
        "    chain out {\n        type nat hook output priority -100;\n        jump lookup\n    }\n",
    ]
    return "".join([*lines, "}\n"])


def one_changed_service(of: Services) -> str:
    """What a partial sync sends: the chains of one service anew, and its element of the map."""
    last, lines = of.count - 1, []
    for chain in (_service_chain(last), *(_endpoint_chain(last, i) for i in range(len(of.endpoints_of(last))))):
        lines.append(f"flush chain ip {TABLE} {chain}\n")
    lines += [f"delete element ip {TABLE} services {{ {_key(last, 'tcp')} }}\n", f"table ip {TABLE} {{\n"]
    lines += [*_chains_of(of, last), "}\n", f"add element ip {TABLE} services {{ {_element(last, 'tcp')} }}\n"]
    return "".join(lines)


_FRAME = """    chain mark-for-masquerade {
        meta mark set meta mark or 0x4000
    }
    chain post {
        type nat hook postrouting priority 100;
        meta mark & 0x4000 == 0x4000 jump post-masquerade
    }
    chain post-masquerade {
        meta mark set meta mark xor 0x4000
        masquerade fully-random
    }
"""


def _service_chain(number: int) -> str:
    return f"service-{number:06d}"


def _endpoint_chain(number: int, endpoint: int) -> str:
    return f"endpoint-{number:06d}-{endpoint:04d}"


def _key(number: int, protocol: str) -> str:
    return f"{service(number)} . {protocol} . {SERVICE_PORT}"


def _element(number: int, protocol: str) -> str:
    return f"{_key(number, protocol)} : goto {_service_chain(number)}"


def _chains_of(of: Services, number: int) -> list[str]:
    endpoints = of.endpoints_of(number)
    protocols = ("tcp", "udp") if number == of.count - 1 else ("tcp",)
    lines = []
    for i, endpoint in enumerate(endpoints):
        address, port = endpoint.split(":")
        lines += [
            f"    chain {_endpoint_chain(number, i)} {{\n        ip saddr {address} jump mark-for-masquerade\n",
            # Only the called service has UDP. A set of both protocols would be one more for the kernel to number.
            *(f"        meta l4proto {protocol} dnat to {address}:{port}\n" for protocol in protocols),
            "    }\n",
        ]
    picks = ", ".join(f"{i} : goto {_endpoint_chain(number, i)}" for i in range(len(endpoints)))
    lines += [
        f"    chain {_service_chain(number)} {{\n",
        f"        ip daddr {service(number)} ip saddr != 198.18.0.0/15 jump mark-for-masquerade\n",
        f"        numgen random mod {len(endpoints)} vmap {{ {picks} }}\n    }}\n",
    ]
    return lines
