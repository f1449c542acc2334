"""Rules in the form of kube-proxy's iptables mode (DPD-1), as text for iptables-restore."""

from __future__ import annotations

from ekssim.calibrate.addresses import CLIENT, SERVICE_PORT, service
from ekssim.calibrate.services import Services

__all__ = ["conntrack_only", "masquerade", "one_changed_service", "services", "without_services"]

# Fixed rules that every packet passes which the node forwards.
_FILTER = """*filter
:EK-FORWARD - [0:0]
:EK-EXTERNAL - [0:0]
-A FORWARD -m conntrack --ctstate NEW -m comment --comment "load balancer firewall" -j EK-EXTERNAL
-A FORWARD -m comment --comment "forwarding rules" -j EK-FORWARD
-A EK-FORWARD -m conntrack --ctstate INVALID -j DROP
-A EK-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A EK-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
"""
_NAT_CHAINS = ("EK-SERVICES", "EK-NODEPORTS", "EK-POSTROUTING", "EK-MARK")


def conntrack_only() -> str:
    return _FILTER


def masquerade(ports: str | None = None) -> str:
    """Source translation of what the client sends, to random ports or within `ports`, such as 2000-2099."""
    how = f"-p tcp -j MASQUERADE --to-ports {ports}" if ports else "-j MASQUERADE --random-fully"
    return f"{_FILTER}*nat\n-A POSTROUTING -s {CLIENT}/32 {how}\nCOMMIT\n"


def services(of: Services) -> str:
    """The whole table."""
    lines = [_FILTER, "*nat\n", *(f":{chain} - [0:0]\n" for chain in _NAT_CHAINS)]
    for number in range(of.count):
        lines += _chains(of, number)
    lines += [
        "-A PREROUTING", _comment(of, "service portals"), " -j EK-SERVICES\n",
        "-A OUTPUT", _comment(of, "service portals"), " -j EK-SERVICES\n",
        "-A POSTROUTING", _comment(of, "postrouting rules"), " -j EK-POSTROUTING\n",
        "-A EK-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN\n",
        "-A EK-POSTROUTING -j MARK --xor-mark 0x4000\n",
        "-A EK-POSTROUTING -j MASQUERADE --random-fully\n",
        "-A EK-MARK -j MARK --or-mark 0x4000\n",
    ]  # fmt: skip
    lines += _services_chain(of)
    for number in range(of.count):
        lines += _service_rules(of, number)
    return "".join([*lines, "COMMIT\n"])


def one_changed_service(of: Services) -> str:
    """What a partial sync sends (DPD-6): the services chain whole, and the chains of one service. For --noflush."""
    last = of.count - 1
    lines = ["*nat\n", ":EK-SERVICES - [0:0]\n", *_chains(of, last), *_services_chain(of), *_service_rules(of, last)]
    return "".join([*lines, "COMMIT\n"])


def without_services() -> str:
    """Takes the service rules away and leaves the rest, as a cleaned-up kube-proxy does. For --noflush."""
    return "*nat\n:EK-SERVICES - [0:0]\nCOMMIT\n"


def _comment(of: Services, text: str) -> str:
    return f' -m comment --comment "{text}"' if of.comments else ""


def _chains(of: Services, number: int) -> list[str]:
    endpoints = range(len(of.endpoints_of(number)))
    return [f":EK-SVC-{number:06d} - [0:0]\n", *(f":EK-SEP-{number:06d}-{i:04d} - [0:0]\n" for i in endpoints)]


def _name(number: int) -> str:
    """As long as names of namespace, service and port are in real clusters."""
    return f"namespace-{number % 97:02d}/service-{number:06d}:http"


def _services_chain(of: Services) -> list[str]:
    lines = [
        f"-A EK-SERVICES -d {service(number)}/32 -p tcp{_comment(of, _name(number) + ' cluster IP')} -m tcp "
        f"--dport {SERVICE_PORT} -j EK-SVC-{number:06d}\n"
        for number in range(of.count)
    ]
    # The called service takes UDP as well; that rule stands behind all others, and stands for the same slope.
    last = of.count - 1
    lines.append(f"-A EK-SERVICES -d {of.called}/32 -p udp -m udp --dport {SERVICE_PORT} -j EK-SVC-{last:06d}\n")
    lines.append(f"-A EK-SERVICES{_comment(of, 'node ports')} -m addrtype --dst-type LOCAL -j EK-NODEPORTS\n")
    return lines


def _service_rules(of: Services, number: int) -> list[str]:
    chain, endpoints = f"EK-SVC-{number:06d}", of.endpoints_of(number)
    comment = _comment(of, _name(number))
    lines = [f"-A {chain} ! -s 198.18.0.0/15 -d {service(number)}/32{comment} -j EK-MARK\n"]
    for i, endpoint in enumerate(endpoints):
        left = len(endpoints) - i
        chance = f" -m statistic --mode random --probability {1 / left:.10f}" if left > 1 else ""
        target = f"EK-SEP-{number:06d}-{i:04d}"
        address = endpoint.split(":")[0]
        both = f"-p {'tcp' if number < of.count - 1 else 'all'}"
        lines += [f"-A {chain}{comment}{chance} -j {target}\n", f"-A {target} -s {address}/32{comment} -j EK-MARK\n"]
        # Only the called service has UDP; a rule with a port names its protocol.
        protocols = ("tcp", "udp") if both.endswith("all") else ("tcp",)
        lines += [f"-A {target} -p {p}{comment} -m {p} -j DNAT --to-destination {endpoint}\n" for p in protocols]
    return lines
