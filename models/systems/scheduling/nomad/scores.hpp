// How good a client is for an allocation to Nomad (NOM-2, NOM-3): parts between -1 and 1 or so, of which the score is
// the mean. Functions of plain values.
#pragma once

#include "models/systems/scheduling/nomad/fit.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace eks::nomad {

enum class Algorithm : std::uint8_t { binpack, spread };

// How full the client is with the new allocation on it, among what it has for allocations: from 0 to 1 (NOM-2).
double fit_score(Algorithm algorithm, const Amounts& room, const Amounts& used);

// A part that is absent is not counted as 0.
using Part = std::optional<double>;

// `collisions`: allocations of the same group that are on the client; `count`: that the group is to have.
Part anti_affinity(std::int64_t collisions, std::int64_t count);
// Whether the allocation replaces one that failed on this client.
Part reschedule_penalty(bool is_penalty_node);

struct Affinity {
    std::int64_t weight = 0;  // below 0: to be avoided
    bool matches = false;
};
Part affinity(std::span<const Affinity> affinities);

// What one spread block says to the client's value of its attribute.
struct SpreadTarget {
    std::string value;
    double percent = 0;  // of the group's count
};
struct SpreadBlock {
    std::int64_t weight = 50;
    std::vector<SpreadTarget> targets;  // none: evenly over all values
};
// Allocations of the group by value, only the values that have any.
struct ValueCount {
    std::string value;
    std::int64_t allocations = 0;
};
struct SpreadView {
    SpreadBlock block;
    std::optional<std::string> value;  // of the client; none: it lacks the attribute
    std::vector<ValueCount> used;
};
Part spread(std::span<const SpreadView> blocks, std::int64_t count);

// Of an even spread: allocations of the group with the client's value, and the fewest and the most that any value has,
// of those that have any; both are 0 while nothing is placed.
double even_spread(std::int64_t with_value, std::int64_t fewest, std::int64_t most);

// NOM-3: the mean of those that are there.
double mean_of(std::span<const Part> parts);

}  // namespace eks::nomad
