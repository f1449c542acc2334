// Typed references. An Id names a row of a Table and can go stale, which its generation finds out; an Index names an
// entry of constant data, which is never removed. The Tag only keeps the ids of different tables apart.
//
//   using PodId = sim::Id<struct PodTag>;
//   using WorkloadIx = sim::Index<struct WorkloadTag>;
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sim {

template <class Tag>
struct Id {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0: names nothing

    static constexpr Id none() { return {}; }
    [[nodiscard]] constexpr bool valid() const { return generation != 0; }
    constexpr explicit operator bool() const { return valid(); }

    constexpr auto operator<=>(const Id&) const = default;  // by slot, then generation
};

template <class Tag>
struct Index {
    std::uint32_t value = std::numeric_limits<std::uint32_t>::max();  // the largest value names nothing

    static constexpr Index none() { return {}; }
    static constexpr Index of(std::size_t position) { return {static_cast<std::uint32_t>(position)}; }
    [[nodiscard]] constexpr bool valid() const { return value != std::numeric_limits<std::uint32_t>::max(); }
    constexpr explicit operator bool() const { return valid(); }

    constexpr auto operator<=>(const Index&) const = default;
};

}  // namespace sim
