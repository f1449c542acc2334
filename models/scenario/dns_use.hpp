// `behaviour.dns`: what pods look up. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>

namespace eks {

// What an entry says, for whatever workload it is laid over.
struct DnsLookups {
    Reader at;
    std::int64_t milli_per_second = 0;
    LookedUpName name;
    std::optional<std::int32_t> cached_ppm;
};
std::optional<DnsLookups> read_dns_lookups(const Reader& entry);

// A later entry says it anew.
void lay_over(const DnsLookups& lookups, WorkloadIx workload, ScenarioBuilder& builder);

}  // namespace eks
