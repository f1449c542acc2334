#include "models/systems/autoscaling/vpa/update.hpp"

#include <algorithm>
#include <cmath>

namespace eks::vpa {

namespace {

constexpr std::int64_t milli_in_one = 1000;

struct Totals {
    std::int64_t requested_milli = 0;
    std::int64_t recommended_milli = 0;
};

void look_at(std::optional<std::int64_t> request_milli, std::int64_t target_milli, std::int64_t lower_milli,
             std::int64_t upper_milli, Totals& totals, UpdatePriority& priority) {
    totals.recommended_milli += target_milli;
    if (!request_milli) {
        // It has the default of the namespace, which the updater does not know.
        priority.grows = true;
        priority.is_outside_range = true;
        return;
    }
    totals.requested_milli += *request_milli;
    if (target_milli > *request_milli) priority.grows = true;
    if (*request_milli < lower_milli || *request_milli > upper_milli) priority.is_outside_range = true;
}

double difference_of(const Totals& totals) {
    const double requested = std::max(static_cast<double>(totals.requested_milli), 1.0);
    return std::abs(requested - static_cast<double>(totals.recommended_milli)) / requested;
}

std::optional<std::int64_t> in_milli(std::optional<std::int64_t> amount) {
    return amount ? std::optional(*amount * milli_in_one) : std::nullopt;
}

// Killed soon after its start.
bool is_quick_oom(const ContainerToUpdate& container, std::int64_t quick_us) {
    return container.last_end && container.last_end->finished_us - container.last_end->started_us < quick_us;
}

}  // namespace

UpdatePriority update_priority(std::span<const ContainerToUpdate> containers) {
    UpdatePriority priority;
    Totals cpu;
    Totals memory;
    for (const ContainerToUpdate& one : containers) {
        const Recommendation& wanted = one.recommendation;
        look_at(one.requests.cpu_milli, wanted.target.cpu_milli, wanted.lower_bound.cpu_milli,
                wanted.upper_bound.cpu_milli, cpu, priority);
        look_at(in_milli(one.requests.memory_bytes), wanted.target.memory_bytes * milli_in_one,
                wanted.lower_bound.memory_bytes * milli_in_one, wanted.upper_bound.memory_bytes * milli_in_one, memory,
                priority);
    }
    if (!containers.empty()) priority.difference = difference_of(cpu) + difference_of(memory);
    return priority;
}

bool is_accepted(std::span<const ContainerToUpdate> containers, std::optional<std::int64_t> started_us,
                 std::int64_t now_us, const UpdaterSettings& settings) {
    const UpdatePriority priority = update_priority(containers);
    const bool has_quick_oom = std::ranges::any_of(
        containers, [&](const ContainerToUpdate& container) { return is_quick_oom(container, settings.quick_oom_us); });
    if (has_quick_oom && priority.difference == 0) return false;
    if (has_quick_oom || priority.is_outside_range) return true;
    return started_us && now_us >= *started_us + settings.lifetime_us &&
           priority.difference >= settings.least_difference;
}

bool comes_before(const UpdatePriority& a, const UpdatePriority& b) {
    if (a.grows != b.grows) return a.grows;
    return a.difference > b.difference;
}

namespace {

bool is_large_enough(const PodGroup& group, std::int32_t least_live, const UpdaterSettings& settings) {
    return group.running + group.pending >= (least_live > 0 ? least_live : settings.least_replicas);
}

}  // namespace

bool may_disturb(const PodGroup& group, std::int32_t least_live, const UpdaterSettings& settings) {
    if (!is_large_enough(group, least_live, settings)) return false;
    const auto tolerance = static_cast<std::int32_t>(group.configured * settings.eviction_tolerance);
    if (group.running - group.evicted > group.configured - tolerance) return true;
    return tolerance == 0 && group.running == group.configured && group.evicted == 0;
}

bool may_evict(const PodGroup& group, bool is_pending, std::int32_t least_live, const UpdaterSettings& settings) {
    return is_pending ? is_large_enough(group, least_live, settings) : may_disturb(group, least_live, settings);
}

}  // namespace eks::vpa
