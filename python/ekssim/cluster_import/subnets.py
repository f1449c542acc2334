"""Subnets as far as the addresses of nodes and pods tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from ekssim.cluster_import.notes import Notes

__all__ = ["vpc_of"]

_PREFIX_MIN, _PREFIX_MAX, _PREFIX_USUAL = 16, 24, 20
_FALLBACK: Final = IPv4Network("10.0.0.0/16")


def vpc_of(addresses: Mapping[str, Sequence[str]], notes: Notes) -> dict[str, Any]:
    """`vpc` of the cluster: a subnet for each zone that holds all addresses seen there, or one of our own choice."""
    blocks = {zone: _covering(seen) for zone, seen in addresses.items()}
    known = [block for block in blocks.values() if block is not None]
    if len(known) < len(blocks) or not known or _overlap(known) or _common(known).prefixlen < _PREFIX_MIN:
        notes.assume("subnets are made up: the addresses of nodes and pods do not show which they are")
        parts = list(_FALLBACK.subnets(new_prefix=max(_FALLBACK.prefixlen + 1, _prefix_for(len(blocks)))))
        return _document(_FALLBACK, dict(zip(blocks, parts, strict=False)))
    chosen = _widened({zone: block for zone, block in blocks.items() if block is not None})
    notes.assume("subnets are the smallest usual ranges that hold all addresses of their zone in the dump")
    return _document(_common(list(chosen.values())), chosen)


def _document(vpc: IPv4Network, subnets: Mapping[str, IPv4Network]) -> dict[str, Any]:
    return {"cidr": str(vpc), "subnets": {"private": {zone: {"cidr": str(block)} for zone, block in subnets.items()}}}


def _prefix_for(parts: int) -> int:
    return _FALLBACK.prefixlen + max(parts - 1, 1).bit_length()


def _covering(seen: Sequence[str]) -> IPv4Network | None:
    numbers = []
    for text in seen:
        try:
            numbers.append(int(IPv4Address(text)))
        except ValueError:
            continue
    if not numbers:
        return None
    prefix = 32 - (min(numbers) ^ max(numbers)).bit_length()
    return IPv4Network((min(numbers), min(prefix, _PREFIX_MAX)), strict=False)


def _overlap(blocks: Sequence[IPv4Network]) -> bool:
    return any(one.overlaps(other) for n, one in enumerate(blocks) for other in blocks[n + 1 :])


def _common(blocks: Sequence[IPv4Network]) -> IPv4Network:
    """The range of the VPC: /16 where that holds them all."""
    lowest = min(int(block.network_address) for block in blocks)
    highest = max(int(block.broadcast_address) for block in blocks)
    return IPv4Network((lowest, min(32 - (lowest ^ highest).bit_length(), _PREFIX_MIN)), strict=False)


def _widened(blocks: dict[str, IPv4Network]) -> dict[str, IPv4Network]:
    wide = {
        zone: block.supernet(new_prefix=_PREFIX_USUAL) if block.prefixlen > _PREFIX_USUAL else block
        for zone, block in blocks.items()
    }
    return blocks if _overlap(list(wide.values())) else wide
