// From the environment of the aws-node container to the settings that count, by IPAM-1, IPAM-5 and IPAM-135: what is
// unset, unreadable or negative falls back to the default without a word, as in the real daemon. Pure; the decision
// call `pool_settings` and the reader of the aws-node DaemonSet share it.
#pragma once

#include "models/spec/cni_settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace eks {

// Variables and their values as texts.
using Environment = std::map<std::string, std::string, std::less<>>;

// The limits of an instance type that the settings depend on (IPAM-5).
struct PoolLimits {
    std::int64_t max_enis = 1;      // of the default network card
    std::int64_t ipv4_per_eni = 1;  // with the primary address
    bool is_nitro = false;
    bool is_bare_metal = false;
};

struct PoolSettings {
    std::int64_t warm_eni_target = 1;
    std::int64_t warm_ip_target = 0;
    std::int64_t minimum_ip_target = 0;
    std::int64_t warm_prefix_target = 0;
    bool prefix_delegation = false;
    std::int64_t max_eni = 1;
    std::int64_t max_ips_per_eni = 0;
    std::int64_t max_prefixes_per_eni = 0;
    std::int64_t cooldown_seconds = 30;
    friend bool operator==(const PoolSettings&, const PoolSettings&) = default;
};

PoolSettings pool_settings(const Environment& environment, const PoolLimits& limits);

// The same for all nodes of a cluster, before the limits of their instance types are known.
CniSettings cni_settings(const Environment& environment);

// With prefix delegation on, the aws-node container ends at once unless one of WARM_IP_TARGET, WARM_PREFIX_TARGET and
// MINIMUM_IP_TARGET is above zero (IPAM-115).
bool has_prefix_target(const CniSettings& settings);

// The name of the ENIConfig object that a node with these labels and annotations goes by (IPAM-145).
std::string eni_config_of(const Environment& environment, const std::map<std::string, std::string, std::less<>>& labels,
                          const std::map<std::string, std::string, std::less<>>& annotations);

// Whether the daemon reads a text as true (1, t, T, TRUE, true, True) or as false (0, f, F, FALSE, false, False).
bool is_true_setting(std::string_view text);
bool is_false_setting(std::string_view text);

// The daemon refuses to start unless IP_COOLDOWN_PERIOD is a whole number that is not negative (IPAM-1).
bool is_valid_cooldown(std::string_view text);

}  // namespace eks
