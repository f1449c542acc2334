#include "models/systems/network/settled_pool.hpp"

#include <algorithm>
#include <string>

namespace eks::decisions {

namespace {

constexpr sim::Duration old = sim::Duration::microseconds(3'600'000'000);

void put_cidrs(PoolSituation& pool, EniSituation& eni, std::int32_t count) {
    if (pool.prefix_delegation)
        eni.prefixes.resize(eni.prefixes.size() + static_cast<std::size_t>(count));
    else
        eni.secondary_ips.free += count;
}

// One request of the loop, granted in full; false if it makes none.
bool grow(PoolSituation& pool) {
    const PoolDecision decision = pool_decision(pool);
    for (EniSituation& eni : pool.enis) {
        const auto request = decision.existing_requests.find(eni.id);
        if (request == decision.existing_requests.end()) continue;
        put_cidrs(pool, eni, request->second);
        return true;
    }
    if (decision.new_eni_request <= 0) return false;
    EniSituation& eni = pool.enis.emplace_back();
    eni.id = "eni-" + std::to_string(pool.enis.size() - 1);
    eni.age = old;
    put_cidrs(pool, eni, decision.new_eni_request);
    return true;
}

bool place_pod(PoolSituation& pool) {
    for (EniSituation& eni : pool.enis) {
        for (PrefixUse& prefix : eni.prefixes) {
            if (prefix.assigned == addresses_per_prefix) continue;
            ++prefix.assigned;
            return true;
        }
        if (eni.secondary_ips.free == 0) continue;
        --eni.secondary_ips.free;
        ++eni.secondary_ips.assigned;
        return true;
    }
    return false;
}

// Takes back what the loop would let go of, from the end where no pods are; false if that is nothing.
bool shrink(PoolSituation& pool) {
    const PoolDecision decision = pool_decision(pool);
    std::int64_t left = decision.released;
    for (auto eni = pool.enis.rbegin(); eni != pool.enis.rend(); ++eni) {
        const auto ips = static_cast<std::int32_t>(std::min<std::int64_t>(left, eni->secondary_ips.free));
        eni->secondary_ips.free -= ips;
        left -= ips;
        for (; left > 0 && !eni->prefixes.empty() && eni->prefixes.back().assigned == 0; --left)
            eni->prefixes.pop_back();
    }
    if (decision.freeable_enis.empty()) return left < decision.released;
    const auto idle = std::find_if(pool.enis.rbegin(), pool.enis.rend(), [&](const EniSituation& eni) {
        return std::ranges::find(decision.freeable_enis, eni.id) != decision.freeable_enis.end();
    });
    pool.enis.erase(std::next(idle).base());
    return true;
}

}  // namespace

SettledPool settled_pool(const PoolSituation& empty, std::int32_t pods) {
    SettledPool settled;
    settled.pool = empty;
    const auto grow_to_rest = [&] {
        while (grow(settled.pool)) {
        }
    };
    grow_to_rest();
    while (settled.assigned < pods && place_pod(settled.pool)) {
        ++settled.assigned;
        grow_to_rest();
    }
    for (PoolSituation less = settled.pool; shrink(less); settled.pool = less) {
        PoolSituation again = less;
        settled.oscillates = grow(again);
        if (settled.oscillates) break;
    }
    return settled;
}

std::int64_t subnet_addresses(const PoolSituation& pool) {
    std::int64_t addresses = 0;
    for (const EniSituation& eni : pool.enis) {
        const SecondaryIps& ips = eni.secondary_ips;
        addresses += 1 + ips.assigned + ips.cooling + ips.free +
                     static_cast<std::int64_t>(eni.prefixes.size()) * addresses_per_prefix;
    }
    return addresses;
}

}  // namespace eks::decisions
