// Which pods a controller deletes first when it has too many (RS-2; JOB-3 and X-9 have fewer rules), as a function of
// plain values. A run and the decision call `delete_order` both sort by it.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace eks {

// In this order: a pod of an earlier phase goes first.
enum class RankedPhase : std::uint8_t { pending, unknown, running };

// Where an object does not say a time.
inline constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::min();

struct RankedPod {
    bool is_assigned = false;
    RankedPhase phase = RankedPhase::pending;
    bool is_ready = false;
    std::int32_t deletion_cost = 0;
    std::int32_t on_same_node = 0;  // active pods of the same owner on its node
    // Times of the API have whole seconds.
    std::int64_t ready_since_seconds = no_time;
    std::int64_t created_seconds = no_time;
    std::int32_t restarts = 0;          // the most of one container
    std::int32_t sidecar_restarts = 0;  // likewise
    std::uint64_t uid_order = 0;        // smaller UIDs have smaller numbers
};

// The rule by which one pod goes before another.
enum class DeletionReason : std::uint8_t {
    unassigned,
    earlier_phase,
    not_ready,
    lower_cost,
    crowded_node,
    ready_later,
    more_restarts,
    more_sidecar_restarts,
    younger,
    smaller_uid,
    none,  // nothing tells them apart
};

enum class DeletionRules : std::uint8_t {
    ranked,  // of a ReplicaSet: RS-2
    plain,   // without costs, nodes and classes of age: of a Job, and of every controller in 1.10
};

// RS-2: ages are compared by their power of two in nanoseconds.
constexpr int age_class(std::int64_t since_seconds, std::int64_t now_seconds) {
    constexpr std::int64_t nanoseconds_a_second = 1'000'000'000;
    const std::int64_t age = now_seconds - since_seconds;
    if (age <= 0) return -1;
    return 63 - std::countl_zero(static_cast<std::uint64_t>(age) * nanoseconds_a_second);
}

// Which of the two goes first, and why: negative for a, positive for b.
struct DeletionOrder {
    int sign = 0;
    DeletionReason reason = DeletionReason::none;
};

constexpr DeletionOrder order_for_deletion(const RankedPod& a, const RankedPod& b, std::int64_t now_seconds,
                                           DeletionRules rules) {
    using enum DeletionReason;
    const auto decided = [](bool a_first, DeletionReason reason) { return DeletionOrder{a_first ? -1 : 1, reason}; };
    // The later time first, or the one that is missing. By classes of age the UID decides within a class, and nothing
    // further is looked at.
    const auto by_time = [&](std::int64_t x, std::int64_t y, DeletionReason reason) {
        if (rules == DeletionRules::plain || x == no_time || y == no_time)
            return decided(x == no_time || (y != no_time && x > y), reason);
        const int class_of_a = age_class(x, now_seconds);
        const int class_of_b = age_class(y, now_seconds);
        return class_of_a != class_of_b ? decided(class_of_a < class_of_b, reason)
                                        : decided(a.uid_order < b.uid_order, smaller_uid);
    };
    if (a.is_assigned != b.is_assigned) return decided(!a.is_assigned, unassigned);
    if (a.phase != b.phase) return decided(a.phase < b.phase, earlier_phase);
    if (a.is_ready != b.is_ready) return decided(!a.is_ready, not_ready);
    if (rules == DeletionRules::ranked) {
        if (a.deletion_cost != b.deletion_cost) return decided(a.deletion_cost < b.deletion_cost, lower_cost);
        if (a.on_same_node != b.on_same_node) return decided(a.on_same_node > b.on_same_node, crowded_node);
    }
    if (a.is_ready && a.ready_since_seconds != b.ready_since_seconds)
        return by_time(a.ready_since_seconds, b.ready_since_seconds, ready_later);
    if (a.restarts != b.restarts) return decided(a.restarts > b.restarts, more_restarts);
    if (a.sidecar_restarts != b.sidecar_restarts)
        return decided(a.sidecar_restarts > b.sidecar_restarts, more_sidecar_restarts);
    if (a.created_seconds != b.created_seconds) return by_time(a.created_seconds, b.created_seconds, younger);
    return {};
}

// For a stable sort. The real one leaves open who is first where nothing tells two pods apart; here the UID does.
// (Equal times and unequal restarts can make a circle with UIDs, so a sort must not rely on more than pairs.)
constexpr bool goes_first(const RankedPod& a, const RankedPod& b, std::int64_t now_seconds, DeletionRules rules) {
    const DeletionOrder order = order_for_deletion(a, b, now_seconds, rules);
    return order.sign != 0 ? order.sign < 0 : a.uid_order < b.uid_order;
}

}  // namespace eks
