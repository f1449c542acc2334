// The decision call `pool_decision`: everything that the pool code of one network card decides in one state, and what
// one pass would ask of EC2.
//
//     eks::decisions::PoolSituation situation;
//     situation.max_pods = 29, situation.max_eni = 3, situation.max_ips_per_eni = 9;
//     situation.enis = {{.id = "eni-0", .is_primary = true, .secondary_ips = {.assigned = 1, .free = 8}}};
//     eks::decisions::pool_decision(situation).new_eni_request;  // 9: WARM_ENI_TARGET 1 wants another whole ENI
//
// Numbers below zero make no sense anywhere; targets up to 10^12 and all others up to 10^6 are reckoned without
// overflow.
#pragma once

#include "libsim/time.hpp"
#include "models/systems/network/pool_arithmetic.hpp"
#include "models/systems/network/pool_pass.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eks::decisions {

struct SecondaryIps {
    std::int32_t assigned = 0;
    std::int32_t cooling = 0;
    std::int32_t free = 0;
};

struct PrefixUse {
    std::int32_t assigned = 0;
    std::int32_t cooling = 0;
};

struct EniSituation {
    std::string id;
    bool is_primary = false;
    bool is_trunk = false;
    bool is_efa = false;
    bool is_excluded = false;
    sim::Duration age;  // since the daemon of now knows it (IPAM-16)
    SecondaryIps secondary_ips;
    std::vector<PrefixUse> prefixes;
};

struct PoolSituation {
    PoolTargets targets;
    bool prefix_delegation = false;
    std::int32_t max_pods = 0;
    std::int32_t max_eni = 0;
    std::int32_t max_ips_per_eni = 0;
    std::int32_t max_prefixes_per_eni = 0;
    std::int32_t unmanaged_enis = 0;
    bool enable_pod_eni = false;
    bool trunking_compatible = false;
    bool custom_networking = false;
    std::int32_t network_card = 0;
    NodeRestraint restraint;
    std::optional<sim::Duration> since_insufficient;  // the last error that a subnet is exhausted
    std::optional<sim::Duration> since_decrease;
    std::optional<std::int32_t> total_prefixes;  // where the daemon's counter has drifted
    std::vector<EniSituation> enis;
};

struct PoolDecision {
    PoolState pool;  // the counts and targets that it was taken from
    std::int32_t cooling = 0;
    std::int64_t short_by = 0;
    std::int64_t over_by = 0;
    bool is_too_low = false;
    bool is_too_high = false;
    std::int64_t extra_prefixes = 0;
    std::optional<std::int64_t> prefixes_needed;
    std::int32_t new_eni_resources = 0;
    bool has_room_for_eni = false;
    bool removes_extra_enis = false;
    PoolAction action = PoolAction::none;
    std::map<std::string, std::int32_t> existing_requests;  // one of them is made
    std::int32_t new_eni_request = 0;
    std::int32_t new_eni_request_if_refused = 0;
    std::int64_t released = 0;
    std::vector<std::string> freeable_enis;  // sorted; one of them is freed
};

PoolDecision pool_decision(const PoolSituation& situation);

}  // namespace eks::decisions
