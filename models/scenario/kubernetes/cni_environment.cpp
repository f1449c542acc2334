#include "models/scenario/kubernetes/cni_environment.hpp"

#include "models/spec/pool_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace eks {
namespace {

constexpr std::array<std::string_view, 4> pool_numbers{"WARM_ENI_TARGET", "WARM_IP_TARGET", "MINIMUM_IP_TARGET",
                                                       "MAX_ENI"};

// A mode of the CNI that changes where addresses come from, and what it is called.
struct UnmodelledMode {
    std::string_view variable;
    std::string_view meaning;
};
constexpr std::array<UnmodelledMode, 7> unmodelled_modes{{
    {"ENABLE_PREFIX_DELEGATION", "prefix delegation"},
    {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "custom networking"},
    {"ENABLE_POD_ENI", "security groups for pods"},
    {"ENABLE_MULTI_NIC", "several network cards for a pod"},
    {"ENABLE_IPv6", "IPv6"},
    {"DISABLE_NETWORK_RESOURCE_PROVISIONING", "network interfaces that others provide"},
    {"ENABLE_IMDS_ONLY_MODE", "the mode without EC2 calls"},
}};

bool is_pool_number(std::string_view name) { return std::ranges::find(pool_numbers, name) != pool_numbers.end(); }

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

void read_variable(const Reader& variable, ScenarioBuilder& builder) {
    if (!variable.is_map()) return;
    const auto name = variable.member("name");
    const auto value = variable.member("value");
    if (!name || !name->is_text() || !value || !value->is_text()) return;
    const std::string& name_text = name->value().text;
    const std::string& text = value->value().text;
    const auto* const mode = std::ranges::find(unmodelled_modes, name_text, &UnmodelledMode::variable);
    const bool is_cooldown = name_text == "IP_COOLDOWN_PERIOD";
    const bool counts = is_pool_number(name_text) || is_cooldown || mode != unmodelled_modes.end();
    if (!counts) return;

    value->mark_used();
    builder.cni_environment.insert_or_assign(name_text, text);
    if (is_pool_number(name_text)) check_pool_number(*value, text);
    if (is_cooldown && !is_valid_cooldown(text)) {
        value->complain(Rule::bad_cni_setting,
                        fmt::format("{} is {}; the aws-node container refuses to start with it", value->title(),
                                    shown(value->value())),
                        "IP_COOLDOWN_PERIOD is a whole number of seconds, 0 or more");
    }
    if (mode != unmodelled_modes.end() && is_true_setting(text)) {
        value->complain(Rule::not_yet_modelled,
                        fmt::format("{} switches on {}, which is not yet modelled", name_text, mode->meaning),
                        "set it to \"false\", or leave it out");
    }
}

// A name is used if the variable says something else than what counts without it.
void mark_name_if_it_counts(const Reader& variable, const Environment& environment) {
    const auto name = variable.is_map() ? variable.member("name") : std::nullopt;
    if (!name || !name->is_text()) return;
    Environment without = environment;
    without.erase(name->value().text);
    if (cni_settings(without) != cni_settings(environment)) name->mark_used();
}

}  // namespace

void read_cni_environment(const Reader& daemon_set, ScenarioBuilder& builder) {
    builder.cni_environment.clear();
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
    builder.spec.cni = cni_settings(builder.cni_environment);
}

}  // namespace eks
