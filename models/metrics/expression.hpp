// The language of expectations, as text and as a tree. This file knows syntax only; whether a metric exists and a unit
// fits is found out when the tree is compiled against a scenario (expectations.hpp).
//
//   expression  := and/or/not over comparisons, with parentheses; `not` binds closest, then `and`, then `or`
//   comparison  := AGG(selector) [by (label, …)] OP value          AGG: min max mean last total rate count p50 p90 p95
//   p99 p999
//                | AGG by (label, …) (selector) OP value
//                | share_of_time(condition) OP value               condition: and/or/not over  selector [by (…)] OP
//                value | share_of_runs(expression) OP value
//   selector    := metric | metric{label="x", label!="x", label=~"regex", label!~"regex"}
//   OP          := <  <=  >  >=  ==  !=
//   value       := 64  0.5  90s  1h30m  5%  600Mi  350m  12/s  (read by the unit of what it is compared with)
#pragma once

#include "libsim/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

enum class Aggregate : std::uint8_t {
    min,
    max,
    mean,
    last,
    total,
    rate,
    count,
    p50,
    p90,
    p95,
    p99,
    p999,
    share_of_time,
    share_of_runs,
    none
};

// "p99"; empty for none.
std::string_view text_of(Aggregate aggregate);
// The quantile that p50 to p999 ask for.
constexpr std::optional<double> quantile_of(Aggregate aggregate);

enum class Relation : std::uint8_t { less, at_most, greater, at_least, equal, unequal };

std::string_view text_of(Relation relation);
constexpr bool holds(double value, Relation relation, double limit);

enum class MatchKind : std::uint8_t { equal, unequal, pattern, not_pattern };

// Offsets count characters of the text from 0.
struct MatcherText {
    std::string label;
    MatchKind kind = MatchKind::equal;
    std::string value;
    std::size_t label_offset = 0;
    std::size_t value_offset = 0;
};

struct SelectorText {
    std::string metric;
    std::vector<MatcherText> matchers;
    std::size_t offset = 0;
};

struct LabelText {
    std::string label;
    std::size_t offset = 0;
};

struct ComparisonText {
    Aggregate aggregate = Aggregate::none;  // none: a bare selector, in the condition of share_of_time
    std::size_t offset = 0;
    SelectorText selector;
    std::vector<LabelText> by;
    std::uint32_t inner = 0;  // share_of_time and share_of_runs: the node of the condition
    Relation relation = Relation::less;
    std::string value;
    std::size_t value_offset = 0;
};

enum class NodeKind : std::uint8_t { all_of, any_of, negation, comparison };

struct ExpressionNode {
    NodeKind kind = NodeKind::comparison;
    std::vector<std::uint32_t> children;  // of all_of, any_of, negation
    std::uint32_t comparison = 0;
};

struct Expression {
    std::vector<ExpressionNode> nodes;
    std::vector<ComparisonText> comparisons;
    std::uint32_t root = 0;
};

struct ExpressionFault {
    std::string message;
    std::string hint;
    std::size_t offset = 0;
};

inline constexpr std::size_t expression_length_max = 4'000;

sim::Result<Expression, ExpressionFault> parse_expression(std::string_view text);

constexpr std::optional<double> quantile_of(Aggregate aggregate) {
    switch (aggregate) {
        case Aggregate::p50: return 0.5;
        case Aggregate::p90: return 0.9;
        case Aggregate::p95: return 0.95;
        case Aggregate::p99: return 0.99;
        case Aggregate::p999: return 0.999;
        default: return std::nullopt;
    }
}

constexpr bool holds(double value, Relation relation, double limit) {
    switch (relation) {
        case Relation::less: return value < limit;
        case Relation::at_most: return value <= limit;
        case Relation::greater: return value > limit;
        case Relation::at_least: return value >= limit;
        case Relation::equal: return value == limit;
        case Relation::unequal: return value != limit;
    }
    return false;
}

}  // namespace eks
