#include "models/scenario/kubernetes/containers.hpp"

#include "models/scenario/kubernetes/probes.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace eks {
namespace {

constexpr std::int64_t int32_max = std::numeric_limits<std::int32_t>::max();

// KUBELET-39
constexpr std::int64_t default_probe_period_seconds = 10;
constexpr std::int64_t default_success_threshold = 1;

enum class ContainerRole : std::uint8_t { init, app };

QuantityUnit unit_of(ResourceKind kind) {
    return kind == ResourceKind::cpu ? QuantityUnit::milli : QuantityUnit::whole;
}

bool is_counted_in_bytes(ResourceKind kind) {
    return kind == ResourceKind::memory || kind == ResourceKind::ephemeral_storage;
}

// "400m" of memory is 0.4 bytes: allowed, and never meant.
void warn_of_thousandths_of_a_byte(const Reader& amount, ResourceKind kind) {
    if (!is_counted_in_bytes(kind) || !amount.is_text() || !amount.value().text.ends_with('m')) return;
    const std::string digits = amount.value().text.substr(0, amount.value().text.size() - 1);
    amount.warn(Rule::bad_quantity,
                fmt::format("{} is {}, which means thousandths of a byte", amount.title(), shown(amount.value())),
                fmt::format("did you mean \"{}Mi\"?", digits));
}

// Requests or limits as stated; `stated` gets the readers of those that are there.
using StatedAmounts = std::map<ResourceKind, Reader>;

Resources read_amounts(const std::optional<Reader>& amounts, ScenarioBuilder& builder, StatedAmounts& stated) {
    Resources read;
    if (!amounts || !amounts->expect_map()) return read;
    for (const auto& [name, amount] : amounts->members()) builder.extended_resource_named(amount, name);
    for (const ResourceKind kind : all_resource_kinds) {
        const auto amount = amounts->member(builder.spec.name_of(kind));
        if (!amount) continue;
        const auto value = amount->quantity(unit_of(kind));
        if (!value) continue;
        warn_of_thousandths_of_a_byte(*amount, kind);
        read.of(kind) = *value;
        stated.insert_or_assign(kind, *amount);
    }
    return read;
}

// The API server takes no other amounts of extended resources than those that cannot be overcommitted.
void check_extended(const Reader& container, ResourceKind kind, const StatedAmounts& requests,
                    const StatedAmounts& limits, const ScenarioBuilder& builder, const ContainerSpec& spec) {
    const auto request = requests.find(kind);
    if (!is_extended(kind) || request == requests.end()) return;
    if (limits.contains(kind) && spec.requests.of(kind) == spec.limits.of(kind)) return;
    request->second.complain(
        Rule::contradictory_fields,
        fmt::format("{}: container \"{}\" requests {} and {}", container.title(), spec.name, builder.spec.name_of(kind),
                    limits.contains(kind) ? "has another limit" : "has no limit"),
        "of an extended resource the limit must be the request");
}

void read_resources(const Reader& container, std::string_view namespace_name, const Admission& admission,
                    ScenarioBuilder& builder, ContainerSpec& spec) {
    const auto resources = container.member("resources");
    const bool is_readable = resources && resources->expect_map();
    StatedAmounts stated_requests;
    StatedAmounts stated_limits;
    spec.limits = read_amounts(is_readable ? resources->member("limits") : std::nullopt, builder, stated_limits);
    spec.requests = read_amounts(is_readable ? resources->member("requests") : std::nullopt, builder, stated_requests);

    for (const ResourceKind kind : all_resource_kinds) {
        check_extended(container, kind, stated_requests, stated_limits, builder, spec);
        bool has_request = stated_requests.contains(kind);
        bool has_limit = stated_limits.contains(kind);
        // A limit stands in for a missing request before a LimitRange is looked at.
        if (!has_request && has_limit) {
            spec.requests.of(kind) = spec.limits.of(kind);
            has_request = true;
        }
        if (!has_limit) {
            if (const auto limit = admission.default_limit(namespace_name, kind)) {
                spec.limits.of(kind) = *limit;
                has_limit = true;
            }
        }
        if (!has_request) {
            if (const auto request = admission.default_request(namespace_name, kind)) {
                spec.requests.of(kind) = *request;
                has_request = true;
            }
        }
        if (kind == ResourceKind::cpu) spec.states_cpu_request = has_request;
        if (kind == ResourceKind::memory) spec.states_memory_request = has_request;
        if (has_limit && !is_extended(kind) && spec.requests.of(kind) > spec.limits.of(kind)) {
            const auto request = stated_requests.find(kind);
            const Reader& at = request != stated_requests.end() ? request->second : container;
            const auto limit = stated_limits.find(kind);
            at.complain(
                Rule::requests_over_limits,
                fmt::format("{}: the {} request of container \"{}\" is above its limit{}", at.title(),
                            resource_name(kind), spec.name,
                            limit != stated_limits.end() ? " of " + shown(limit->second.value()) : std::string{}),
                limit != stated_limits.end() ? "raise the limit or lower the request"
                                             : "the limit comes from a LimitRange of the namespace");
        }
    }
}

void read_readiness(const Reader& container, ContainerSpec& spec) {
    const auto probe = container.member("readinessProbe");
    if (!probe || !probe->expect_map()) return;
    spec.has_readiness_probe = true;
    const std::int64_t delay = probe->integer("initialDelaySeconds", 0, int32_max).value_or(0);
    std::int64_t period = probe->integer("periodSeconds", 0, int32_max).value_or(default_probe_period_seconds);
    std::int64_t successes = probe->integer("successThreshold", 0, int32_max).value_or(default_success_threshold);
    if (period == 0) period = default_probe_period_seconds;  // the API server takes 0 as "not set"
    if (successes == 0) successes = default_success_threshold;
    spec.readiness_initial_delay = sim::Duration::seconds(delay);
    spec.readiness_period = sim::Duration::seconds(period);
    spec.readiness_success_threshold = static_cast<std::int32_t>(successes);
}

void read_image(const Reader& container, ScenarioBuilder& builder, ContainerSpec& spec) {
    const auto image = container.required("image");
    const auto name = image ? image->text() : std::nullopt;
    if (name) {
        const bool has_blank = std::ranges::any_of(*name, [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
        if (name->empty() || has_blank || name->ends_with(':')) {
            image->complain(
                Rule::bad_image,
                fmt::format("{} is {}, which is not the name of an image", image->title(), shown(image->value())),
                "an image is written as registry/repository:tag");
        } else {
            spec.image = builder.image(*name);
        }
        spec.pull_policy = is_latest_image(*name) ? PullPolicy::always : PullPolicy::if_not_present;
    }
    if (const auto policy = container.member("imagePullPolicy")) {
        if (policy->is_text() && policy->value().text.empty()) return;
        if (const auto choice = policy->one_of({"IfNotPresent", "Always", "Never"})) {
            spec.pull_policy = static_cast<PullPolicy>(*choice);
        }
    }
}

bool is_name_of_container(std::string_view name) {
    constexpr std::size_t longest = 63;
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= longest && std::ranges::all_of(name, fits) && name.front() != '-' &&
           name.back() != '-';
}

void read_container_name(const Reader& container, std::map<std::string, Place, std::less<>>& names,
                         ContainerSpec& spec) {
    const auto name = container.required("name");
    const auto text = name ? name->text() : std::nullopt;
    if (!text) return;
    spec.name = *text;
    if (!is_name_of_container(*text)) {
        name->complain(
            Rule::bad_name,
            fmt::format("{} is {}, which is not a name for a container", name->title(), shown(name->value())),
            "use up to 63 lower-case letters, digits and hyphens");
    }
    const auto [first, is_new] = names.try_emplace(*text, name->place().value_or(Place{}));
    if (is_new) return;
    name->complain(Rule::duplicate_name,
                   fmt::format("{}: the pod has two containers named \"{}\"", name->title(), *text),
                   first->second.file.empty() ? std::string{} : "the first one is at " + to_text(first->second));
}

ContainerSpec read_container(const Reader& container, ContainerRole role, std::string_view namespace_name,
                             const Admission& admission, ScenarioBuilder& builder,
                             std::map<std::string, Place, std::less<>>& names) {
    ContainerSpec spec;
    if (!container.expect_map()) return spec;
    read_container_name(container, names, spec);
    read_image(container, builder, spec);
    read_resources(container, namespace_name, admission, builder, spec);
    // Sidecars came with 1.29; before, the field did not exist and was dropped.
    if (role == ContainerRole::init && !builder.spec.kubernetes.is_2018()) {
        if (const auto policy = container.member("restartPolicy"))
            spec.is_sidecar = policy->one_of({"Always"}).has_value();
    }
    if (role == ContainerRole::app || spec.is_sidecar) {
        read_readiness(container, spec);
        read_probes(container, spec);
        read_pre_stop(container, spec);
    }
    return spec;
}

// The items of a list of containers, or none if there are more than anybody means.
std::vector<Reader> containers_of(const Reader& list) {
    std::vector<Reader> containers = list.items();
    if (containers.size() <= limits::containers_per_pod) return containers;
    list.complain(Rule::beyond_reason, fmt::format("{} has {} containers; more than {} are refused", list.title(),
                                                   containers.size(), limits::containers_per_pod));
    return {};
}

}  // namespace

bool is_latest_image(std::string_view image) {
    if (image.find('@') != std::string_view::npos) return false;
    const std::size_t slash = image.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
    const std::size_t colon = last.find(':');
    return colon == std::string_view::npos || last.substr(colon + 1) == "latest";
}

void read_containers(const Reader& pod_spec, std::string_view namespace_name, const Admission& admission,
                     ScenarioBuilder& builder, PodTemplate& pod) {
    std::map<std::string, Place, std::less<>> names;
    if (const auto init_containers = pod_spec.member("initContainers")) {
        for (const Reader& container : containers_of(*init_containers)) {
            pod.init_containers.push_back(
                read_container(container, ContainerRole::init, namespace_name, admission, builder, names));
        }
    }
    const auto containers = pod_spec.required("containers");
    if (!containers || !containers->expect_list()) return;
    if (containers->value().items.empty()) {
        containers->complain(Rule::missing_field, fmt::format("{} is empty", containers->title()),
                             "a pod has at least one container");
    }
    for (const Reader& container : containers_of(*containers)) {
        pod.containers.push_back(
            read_container(container, ContainerRole::app, namespace_name, admission, builder, names));
    }
}

}  // namespace eks
