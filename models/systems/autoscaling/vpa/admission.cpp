#include "models/systems/autoscaling/vpa/admission.hpp"

#include "libsim/wide.hpp"

#include <algorithm>
#include <limits>

namespace eks::vpa {

namespace {

// amount x numerator / denominator, cut, for amounts that are not negative.
std::int64_t proportion(std::int64_t amount, std::int64_t numerator, std::int64_t denominator) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(
        std::min<sim::Int128>(sim::Int128{amount} * numerator / denominator, sim::Int128{most}));
}

// The request whose limit would lie at that bound; 0: there is no limit that it could break.
std::int64_t request_at_bound(std::int64_t request, std::int64_t limit, std::int64_t bound,
                              std::int64_t default_limit) {
    const std::int64_t own_limit = limit != 0 ? limit : default_limit;
    if (own_limit == 0) return 0;
    return request == 0 ? bound : proportion(request, bound, own_limit);
}

std::int64_t held_between(std::int64_t amount, std::int64_t least, std::int64_t most) {
    if (least != 0) amount = std::max(amount, least);
    if (most != 0) amount = std::min(amount, most);
    return amount;
}

// One resource, which the parameters' names are about.
std::int64_t capped_amount(std::int64_t recommended, const ContainerAmounts& container, const ContainerPolicy& policy,
                           const LimitRange& range, std::int64_t Amounts::* resource) {
    const std::int64_t request = container.requests.*resource;
    const std::int64_t limit = container.limits.*resource;
    // Both the request and its limit have to reach the minimum.
    const std::int64_t least = std::max(
        request_at_bound(request, limit, range.min.*resource, range.default_limit.*resource), range.min.*resource);
    const std::int64_t most = request_at_bound(request, limit, range.max.*resource, range.default_limit.*resource);
    std::int64_t amount = held_between(recommended, least, most);
    amount = held_between(amount, policy.min_allowed.*resource, policy.max_allowed.*resource);
    return policy.controls_limits || limit == 0 ? amount : std::min(amount, limit);
}

std::int64_t proportional_limit(const ContainerAmounts& container, const Amounts& recommended,
                                const Amounts& default_limit, std::int64_t Amounts::* resource) {
    const std::int64_t request = container.requests.*resource;
    const std::int64_t own_limit = container.limits.*resource;
    const std::int64_t limit = own_limit != 0 ? own_limit : default_limit.*resource;
    if (limit == 0 || recommended.*resource == 0) return 0;
    if (request == 0 || request == limit) return recommended.*resource;
    return proportion(limit, recommended.*resource, request);
}

}  // namespace

Amounts capped(const Amounts& recommended, const ContainerAmounts& container, const ContainerPolicy& policy,
               const LimitRange& limit_range) {
    return {capped_amount(recommended.cpu_milli, container, policy, limit_range, &Amounts::cpu_milli),
            capped_amount(recommended.memory_bytes, container, policy, limit_range, &Amounts::memory_bytes)};
}

Recommendation capped(const Recommendation& recommended, const ContainerAmounts& container,
                      const ContainerPolicy& policy, const LimitRange& limit_range) {
    return {capped(recommended.target, container, policy, limit_range),
            capped(recommended.lower_bound, container, policy, limit_range),
            capped(recommended.upper_bound, container, policy, limit_range)};
}

Amounts proportional_limits(const ContainerAmounts& container, const Amounts& recommended,
                            const Amounts& default_limit) {
    return {proportional_limit(container, recommended, default_limit, &Amounts::cpu_milli),
            proportional_limit(container, recommended, default_limit, &Amounts::memory_bytes)};
}

}  // namespace eks::vpa
