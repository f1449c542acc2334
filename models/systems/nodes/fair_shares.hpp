// How transfers that go on side by side share what carries them: max-min fairness, as many TCP connections over the
// same links come near to. A pure function of integers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace eks {

inline constexpr std::uint32_t no_link = ~std::uint32_t{0};

// A transfer: never faster than `limit`, over up to three links.
struct Transfer {
    std::int64_t limit = 0;
    std::uint32_t links[3] = {no_link, no_link, no_link};
};

// The rate of each flow in bytes a second. No flow can be given more without taking from one that has no more than it;
// what does not divide evenly is left over, and whoever may send at all gets one byte a second at least. A link or a
// limit of 0 lets nothing through.
std::vector<std::int64_t> fair_shares(std::span<const Transfer> flows, std::vector<std::int64_t> capacities);

}  // namespace eks
