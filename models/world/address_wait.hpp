// What the next addresses of a node wait for, when an ADD finds none: why its pool does not grow now.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eks {

enum class AddressWait : std::uint8_t {
    nothing,
    // VPC CNI
    targets_are_met,
    node_is_restrained,
    node_is_full,
    subnet_is_empty,
    daemon_works,
    next_pass,
    // Cilium
    report,
    operator_is_away,
    worker,
    operator_works,
    resync,
    node_is_full_for_cilium,
};

inline constexpr std::array<std::string_view, 13> address_wait_texts{
    "",
    "the daemon asks for no more: its targets are met, as addresses that cool count as free",
    "the daemon asks for no more while its node is cordoned",
    "the daemon asks for no more: the node has all ENIs and addresses that it may have",
    "EC2 found the subnet empty, or without a free /28 where prefixes are used; the daemon asks again 2 minutes later",
    "the daemon is at work with EC2",
    "the next pass of the daemon's loop asks EC2 for more",
    "the agent of Cilium reports its use at intervals; the operator does not know yet",
    "no operator of Cilium runs, and nobody else asks EC2 for addresses",
    "the workers of Cilium's operator are busy with other nodes",
    "Cilium's operator is getting more from EC2",
    "the next resync of Cilium's operator publishes more, or asks EC2 for them",
    "the node has as many addresses as Cilium may give it",
};

constexpr std::string_view text_of(AddressWait wait) { return address_wait_texts[static_cast<std::size_t>(wait)]; }

}  // namespace eks
