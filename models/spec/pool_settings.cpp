#include "models/spec/pool_settings.hpp"

#include "models/quantities.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace eks {
namespace {

constexpr std::int64_t default_cooldown_seconds = 30;

std::optional<std::string_view> setting(const Environment& environment, std::string_view name) {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
}

// A sign and decimal digits, nothing else; what does not fit into 64 bits is unreadable too.
std::optional<std::int64_t> whole_number(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const std::int64_t digit = c - '0';
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return std::nullopt;
        if (is_negative ? __builtin_sub_overflow(value, digit, &value) : __builtin_add_overflow(value, digit, &value)) {
            return std::nullopt;
        }
    }
    return value;
}

std::int64_t number_setting(const Environment& environment, std::string_view name, std::int64_t otherwise) {
    const std::optional<std::string_view> text = setting(environment, name);
    const std::optional<std::int64_t> value = text ? whole_number(*text) : std::nullopt;
    return value && *value >= 0 ? *value : otherwise;
}

// As Go's strconv.ParseBool has it; anything else counts as not said.
bool switch_setting(const Environment& environment, std::string_view name, bool otherwise) {
    const std::string_view text = setting(environment, name).value_or("");
    if (is_true_setting(text)) return true;
    return is_false_setting(text) ? false : otherwise;
}

std::int32_t capped(std::int64_t value) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(value, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

bool is_true_setting(std::string_view text) {
    return text == "1" || text == "t" || text == "T" || text == "TRUE" || text == "true" || text == "True";
}

bool is_false_setting(std::string_view text) {
    return text == "0" || text == "f" || text == "F" || text == "FALSE" || text == "false" || text == "False";
}

bool is_valid_cooldown(std::string_view text) {
    // A thousand years of cooling still fit into simulated time.
    constexpr std::int64_t longest_seconds = 31'557'600'000;
    const std::optional<std::int64_t> value = whole_number(text);
    return value && *value >= 0 && *value <= longest_seconds;
}

PoolSettings pool_settings(const Environment& environment, const PoolLimits& limits) {
    PoolSettings settings;
    settings.warm_eni_target = number_setting(environment, "WARM_ENI_TARGET", 1);
    settings.warm_ip_target = number_setting(environment, "WARM_IP_TARGET", 0);
    settings.minimum_ip_target = number_setting(environment, "MINIMUM_IP_TARGET", 0);
    settings.warm_prefix_target = number_setting(environment, "WARM_PREFIX_TARGET", 0);
    settings.cooldown_seconds = number_setting(environment, "IP_COOLDOWN_PERIOD", default_cooldown_seconds);

    const std::int64_t max_eni = number_setting(environment, "MAX_ENI", 0);
    settings.max_eni = max_eni >= 1 && max_eni < limits.max_enis ? max_eni : limits.max_enis;

    const bool wants_prefixes = is_true_setting(setting(environment, "ENABLE_PREFIX_DELEGATION").value_or(""));
    settings.prefix_delegation = wants_prefixes && (limits.is_nitro || limits.is_bare_metal);
    const std::int64_t slots_per_eni = limits.ipv4_per_eni - 1;
    settings.max_prefixes_per_eni = settings.prefix_delegation ? slots_per_eni : 0;
    settings.max_ips_per_eni = settings.prefix_delegation ? addresses_per_prefix * slots_per_eni : slots_per_eni;
    return settings;
}

CniSettings cni_settings(const Environment& environment) {
    CniSettings settings;
    settings.warm_eni_target = capped(number_setting(environment, "WARM_ENI_TARGET", 1));
    settings.warm_ip_target = capped(number_setting(environment, "WARM_IP_TARGET", 0));
    settings.minimum_ip_target = capped(number_setting(environment, "MINIMUM_IP_TARGET", 0));
    const std::int64_t max_eni = number_setting(environment, "MAX_ENI", 0);
    settings.max_eni = max_eni >= 1 ? capped(max_eni) : -1;
    const std::string_view cooldown = setting(environment, "IP_COOLDOWN_PERIOD").value_or("30");
    const std::int64_t cooldown_seconds =
        is_valid_cooldown(cooldown) ? *whole_number(cooldown) : default_cooldown_seconds;
    settings.cooldown = sim::Duration::seconds(cooldown_seconds);
    settings.warm_prefix_target = capped(number_setting(environment, "WARM_PREFIX_TARGET", 0));

    const auto is_on = [&](std::string_view name, bool otherwise = false) {
        return switch_setting(environment, name, otherwise);
    };
    settings.prefix_delegation = is_on("ENABLE_PREFIX_DELEGATION");
    settings.subnet_discovery = is_on("ENABLE_SUBNET_DISCOVERY", true);
    settings.custom_networking = is_on("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG");
    settings.pod_enis = is_on("ENABLE_POD_ENI");
    settings.ipv6 = is_on("ENABLE_IPv6");
    settings.multi_nic = is_on("ENABLE_MULTI_NIC");
    settings.manages_enis_while_cordoned = is_on("AWS_MANAGE_ENIS_NON_SCHEDULABLE");
    settings.provisions_nothing = is_on("DISABLE_NETWORK_RESOURCE_PROVISIONING") || is_on("ENABLE_IMDS_ONLY_MODE");
    // IPAM-130: who may not make ENIs sweeps none either.
    settings.sweeps_leaked_enis = !is_on("DISABLE_LEAKED_ENI_CLEANUP") && !settings.provisions_nothing;
    settings.external_snat = is_on("AWS_VPC_K8S_CNI_EXTERNALSNAT");
    settings.is_strict_with_pod_groups =
        setting(environment, "POD_SECURITY_GROUP_ENFORCING_MODE").value_or("strict") != "standard";
    settings.manages_untagged_enis = is_on("MANAGE_UNTAGGED_ENI", true);
    settings.knows_tags = !is_on("ENABLE_IMDS_ONLY_MODE");
    settings.asks_policy_agent = !setting(environment, "NETWORK_POLICY_ENFORCING_MODE").value_or("").empty();
    return settings;
}

bool has_prefix_target(const CniSettings& settings) {
    return settings.warm_ip_target > 0 || settings.warm_prefix_target > 0 || settings.minimum_ip_target > 0;
}

std::string eni_config_of(const Environment& environment, const std::map<std::string, std::string, std::less<>>& labels,
                          const std::map<std::string, std::string, std::less<>>& annotations) {
    constexpr std::string_view external = "vpc.amazonaws.com/externalEniConfig";
    constexpr std::string_view key_otherwise = "k8s.amazonaws.com/eniConfig";
    if (const auto at = labels.find(external); at != labels.end()) return at->second;
    const auto annotation = annotations.find(setting(environment, "ENI_CONFIG_ANNOTATION_DEF").value_or(key_otherwise));
    if (annotation != annotations.end()) return annotation->second;
    const auto label = labels.find(setting(environment, "ENI_CONFIG_LABEL_DEF").value_or(key_otherwise));
    return label != labels.end() ? label->second : "default";
}

}  // namespace eks
