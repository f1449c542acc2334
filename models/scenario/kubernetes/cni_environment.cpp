#include "models/scenario/kubernetes/cni_environment.hpp"

#include "models/scenario/cidr.hpp"
#include "models/spec/pool_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace eks {
namespace {

constexpr std::array<std::string_view, 5> pool_numbers{"WARM_ENI_TARGET", "WARM_IP_TARGET", "MINIMUM_IP_TARGET",
                                                       "WARM_PREFIX_TARGET", "MAX_ENI"};
constexpr std::array<std::string_view, 13> switches{"ENABLE_PREFIX_DELEGATION",
                                                    "ENABLE_SUBNET_DISCOVERY",
                                                    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG",
                                                    "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
                                                    "DISABLE_LEAKED_ENI_CLEANUP",
                                                    "DISABLE_NETWORK_RESOURCE_PROVISIONING",
                                                    "ENABLE_IMDS_ONLY_MODE",
                                                    "AWS_VPC_K8S_CNI_EXTERNALSNAT",
                                                    "ENABLE_POD_ENI",
                                                    "ENABLE_MULTI_NIC",
                                                    "ENABLE_IPv4",
                                                    "ENABLE_IPv6",
                                                    "MANAGE_UNTAGGED_ENI"};
// By which label or annotation a node finds its ENIConfig (IPAM-145); they count under custom networking alone.
constexpr std::array<std::string_view, 2> eni_config_keys{"ENI_CONFIG_LABEL_DEF", "ENI_CONFIG_ANNOTATION_DEF"};

constexpr std::string_view enforcing_mode = "POD_SECURITY_GROUP_ENFORCING_MODE";
constexpr std::string_view policy_mode = "NETWORK_POLICY_ENFORCING_MODE";
constexpr std::string_view snat_exclusions = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS";

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool reads_as_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void check_pool_number(const Reader& value, std::string_view text) {
    if (reads_as_number(text) && !text.starts_with('-')) return;
    value.warn(Rule::bad_cni_setting,
               fmt::format("{} is {}, which the CNI does not read as a number: its default counts", value.title(),
                           shown(value.value())),
               "write a whole number that is not negative");
}

void check_switch(const Reader& value, const std::string& text) {
    if (is_true_setting(text) || is_false_setting(text)) return;
    value.warn(Rule::bad_cni_setting,
               fmt::format("{} is {}, which the CNI reads as neither true nor false: its default counts", value.title(),
                           shown(value.value())),
               "write \"true\" or \"false\"");
}

// IPAM-165: ranges with commas between them. The daemon passes over what is none.
std::vector<SnatExclusion> read_exclusions(const Reader& value, const std::string& text) {
    std::vector<SnatExclusion> found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        std::string_view range = std::string_view(text).substr(at, end - at);
        while (range.starts_with(' ')) range.remove_prefix(1);
        while (range.ends_with(' ')) range.remove_suffix(1);
        if (const auto cidr = parse_cidr(range)) {
            found.push_back({cidr->first, cidr->prefix_length});
        } else if (!range.empty()) {
            value.warn(
                Rule::bad_cni_setting,
                fmt::format("{}: \"{}\" is no range of addresses, and the CNI passes over it", value.title(), range),
                "write ranges as 10.1.0.0/16, with commas between them");
        }
        at = end + 1;
    }
    return found;
}

void read_variable(const Reader& variable, ScenarioBuilder& builder) {
    if (!variable.is_map()) return;
    const auto name = variable.member("name");
    const auto value = variable.member("value");
    if (!name || !name->is_text() || !value || !value->is_text()) return;
    const std::string& name_text = name->value().text;
    const std::string& text = value->value().text;
    const bool is_cooldown = name_text == "IP_COOLDOWN_PERIOD";
    const bool counts = is_one_of(pool_numbers, name_text) || is_one_of(switches, name_text) ||
                        is_one_of(eni_config_keys, name_text) || is_cooldown || name_text == enforcing_mode ||
                        name_text == policy_mode || name_text == snat_exclusions;
    if (!counts) return;

    builder.cni_environment.insert_or_assign(name_text, text);
    if (is_one_of(eni_config_keys, name_text)) return;
    value->mark_used();
    if (is_one_of(switches, name_text)) check_switch(*value, text);
    if (is_one_of(pool_numbers, name_text)) check_pool_number(*value, text);
    if (is_cooldown && !is_valid_cooldown(text)) {
        value->complain(Rule::bad_cni_setting,
                        fmt::format("{} is {}; the aws-node container refuses to start with it", value->title(),
                                    shown(value->value())),
                        "IP_COOLDOWN_PERIOD is a whole number of seconds, 0 or more");
    }
    if (name_text == snat_exclusions) builder.spec.cni.excluded_from_snat = read_exclusions(*value, text);
    if (name_text == enforcing_mode && text != "strict" && text != "standard") {
        value->warn(
            Rule::bad_cni_setting,
            fmt::format("{} is {}, which the CNI does not know: strict counts", value->title(), shown(value->value())),
            "write \"strict\" or \"standard\"");
    }
}

// A name is used if the variable says something else than what counts without it.
void mark_name_if_it_counts(const Reader& variable, const Environment& environment) {
    const auto name = variable.is_map() ? variable.member("name") : std::nullopt;
    if (!name || !name->is_text()) return;
    const CniSettings settings = cni_settings(environment);
    if (is_one_of(eni_config_keys, name->value().text) && settings.custom_networking) {
        variable.mark_used();
        return;
    }
    Environment without = environment;
    without.erase(name->value().text);
    if (cni_settings(without) != settings || name->value().text == snat_exclusions) name->mark_used();
}

// IPAM-115
void check_prefix_target(const Reader& daemon_set, const CniSettings& settings) {
    if (!settings.prefix_delegation || has_prefix_target(settings)) return;
    daemon_set.complain(Rule::bad_cni_setting,
                        fmt::format("{} switches on ENABLE_PREFIX_DELEGATION without a target; the aws-node container "
                                    "ends at once (IPAM-115)",
                                    daemon_set.title()),
                        "set WARM_PREFIX_TARGET, WARM_IP_TARGET or MINIMUM_IP_TARGET above 0");
}

// IPAM-135
void check_families(const Reader& daemon_set, const Environment& environment) {
    const auto is_on = [&](std::string_view name, bool otherwise) {
        const auto at = environment.find(name);
        return at == environment.end() ? otherwise
                                       : is_true_setting(at->second) || (otherwise && !is_false_setting(at->second));
    };
    if (is_on("ENABLE_IPv4", true) != is_on("ENABLE_IPv6", false)) return;
    daemon_set.complain(Rule::bad_cni_setting,
                        fmt::format("{}: ENABLE_IPv4 and ENABLE_IPv6 are both {}; the aws-node container ends at once "
                                    "(IPAM-135)",
                                    daemon_set.title(), is_on("ENABLE_IPv6", false) ? "on" : "off"),
                        "switch on exactly one of them");
}

}  // namespace

void read_cni_environment(const Reader& daemon_set, ScenarioBuilder& builder) {
    builder.cni_environment.clear();
    builder.spec.cni.excluded_from_snat.clear();
    builder.aws_node = daemon_set;
    Reader at = daemon_set;
    for (const std::string_view key : {"spec", "template", "spec"}) {
        const auto below = at.is_map() ? at.member(key) : std::nullopt;
        if (!below) return;
        at = *below;
    }
    const auto containers = at.is_map() ? at.member("containers") : std::nullopt;
    if (!containers || !containers->is_list()) return;
    for (const Reader& container : containers->items()) {
        const auto name = container.is_map() ? container.member("name") : std::nullopt;
        if (!name || !name->is_text() || name->value().text != "aws-node") continue;
        const auto environment = container.member("env");
        if (!environment || !environment->expect_list()) continue;
        for (const Reader& variable : environment->items()) read_variable(variable, builder);
        for (const Reader& variable : environment->items()) mark_name_if_it_counts(variable, builder.cni_environment);
    }
    std::vector<SnatExclusion> excluded = std::move(builder.spec.cni.excluded_from_snat);
    builder.spec.cni = cni_settings(builder.cni_environment);
    builder.spec.cni.excluded_from_snat = std::move(excluded);
    check_families(daemon_set, builder.cni_environment);
    check_prefix_target(daemon_set, builder.spec.cni);
}

}  // namespace eks
