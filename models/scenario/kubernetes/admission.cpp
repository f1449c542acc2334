#include "models/scenario/kubernetes/admission.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

namespace eks {
namespace {

// PRIO-1
constexpr std::int64_t highest_user_priority = 1'000'000'000;
constexpr std::int64_t lowest_priority = -2'147'483'648;

std::optional<PodPriority> built_in_priority(std::string_view name) {
    if (name == "system-cluster-critical") return PodPriority{std::string(name), 2'000'000'000, true};
    if (name == "system-node-critical") return PodPriority{std::string(name), 2'000'001'000, true};
    return std::nullopt;
}

PodPriority read_priority(const std::string& name, const Reader& object) {
    PodPriority priority;
    priority.class_name = name;
    if (const auto value = object.required("value")) {
        if (const auto number = value->integer(lowest_priority, highest_user_priority)) {
            priority.value = static_cast<std::int32_t>(*number);
        }
    }
    if (const auto policy = object.member("preemptionPolicy")) {
        if (const auto choice = policy->one_of({"PreemptLowerPriority", "Never"})) priority.may_preempt = *choice == 0;
    }
    return priority;
}

QuantityUnit unit_of_resource(ResourceKind kind) {
    return kind == ResourceKind::cpu ? QuantityUnit::milli : QuantityUnit::whole;
}

// What of a LimitRange counts where one of its amounts does.
void mark_limits_used(const Reader& item, const Reader& object) {
    static_cast<void>(item.text("type"));
    if (const auto metadata = object.member("metadata")) static_cast<void>(metadata->text("namespace"));
}

// What a LimitRange is held against.
struct Asked {
    std::string who;
    Resources requests;
    Resources limits;
};

}  // namespace

void Admission::add_priority_class(const std::string& name, const Reader& object) {
    if (!has_priorities_) return;  // the whole object is ignored
    classes_.insert_or_assign(name, object);
    if (object.boolean("globalDefault").value_or(false)) {
        if (default_class_) {
            object.complain(
                Rule::contradictory_fields,
                fmt::format("{} and PriorityClass/{} are both the global default", object.title(), *default_class_),
                "at most one class has globalDefault: true");
        }
        default_class_ = name;
    }
}

void Admission::add_limit_range(const std::string& namespace_name, const Reader& object) {
    const auto spec = object.member("spec");
    if (!spec) return;
    for (const Reader& item : spec->items("limits")) {
        const auto type = item.member("type");
        if (!type || !type->is_text()) continue;
        if (type->value().text == "Container") container_limits_[namespace_name].push_back({item, object});
        if (type->value().text == "Pod") pod_limits_[namespace_name].push_back({item, object});
    }
}

PodPriority Admission::priority_of_class(const std::string& name) const {
    if (const auto read = read_classes_.find(name); read != read_classes_.end()) return read->second;
    const Reader& object = classes_.find(name)->second;
    if (const auto metadata = object.member("metadata")) static_cast<void>(metadata->text("name"));
    return read_classes_[name] = read_priority(name, object);
}

PodPriority Admission::priority_of(const std::optional<Reader>& class_name) const {
    if (!has_priorities_) return {};
    const bool is_empty = class_name && class_name->is_text() && class_name->value().text.empty();
    if (!class_name || is_empty) {
        return default_class_ ? priority_of_class(*default_class_) : PodPriority{};
    }
    const auto name = class_name->text();
    if (!name) return {};
    if (const auto built_in = built_in_priority(*name)) return *built_in;
    if (classes_.contains(*name)) return priority_of_class(*name);
    std::vector<std::string_view> known{"system-cluster-critical", "system-node-critical"};
    for (const auto& [known_name, object] : classes_) known.push_back(known_name);
    class_name->complain(
        Rule::unknown_priority_class,
        fmt::format("{}: there is no PriorityClass \"{}\", so no pod could be created", class_name->title(), *name),
        did_you_mean(*name, known));
    return {};
}

std::optional<std::int64_t> Admission::from_limit_range(std::string_view namespace_name, ResourceKind kind,
                                                        std::initializer_list<std::string_view> fields) const {
    const auto ranges = container_limits_.find(namespace_name);
    if (ranges == container_limits_.end()) return std::nullopt;
    for (const auto& [item, object] : ranges->second) {
        for (const std::string_view field : fields) {
            const auto values = item.member(field);
            const auto value = values ? values->member(resource_name(kind)) : std::nullopt;
            if (!value) continue;
            mark_limits_used(item, object);
            return value->quantity(unit_of_resource(kind));
        }
    }
    return std::nullopt;
}

void Admission::check_limit_ranges(const Reader& pod_spec, std::string_view namespace_name,
                                   const PodTemplate& pod) const {
    const auto check = [&](const LimitsByNamespace& ranges, const Asked& asked) {
        const auto here = ranges.find(namespace_name);
        if (here == ranges.end()) return;
        for (const auto& [item, object] : here->second) {
            for (const ResourceKind kind : all_resource_kinds) {
                const auto bound = [&](std::string_view field) -> std::optional<std::int64_t> {
                    const auto values = item.member(field);
                    const auto value = values && values->is_map() ? values->member(resource_name(kind)) : std::nullopt;
                    if (!value) return std::nullopt;
                    mark_limits_used(item, object);
                    return value->quantity(unit_of_resource(kind));
                };
                const auto refuse = [&](std::string_view why) {
                    pod_spec.complain(Rule::outside_limit_range,
                                      fmt::format("{}: {} of {} {}, so no pod could be created", pod_spec.title(),
                                                  asked.who, resource_name(kind), why),
                                      "change the amounts or the LimitRange of the namespace");
                };
                // No limit is more than any.
                if (const auto most = bound("max");
                    most && (asked.limits.of(kind) == 0 || asked.limits.of(kind) > *most))
                    refuse("has a limit above the max of a LimitRange, or none");
                if (const auto least = bound("min"); least && asked.requests.of(kind) < *least)
                    refuse("has a request below the min of a LimitRange");
            }
        }
    };
    for (const auto* containers : {&pod.init_containers, &pod.containers}) {
        for (const ContainerSpec& container : *containers)
            check(container_limits_,
                  {fmt::format("container \"{}\"", container.name), container.requests, container.limits});
    }
    Asked whole{"the pod", {}, {}};
    for (const ContainerSpec& container : pod.containers) {
        whole.requests += container.requests;
        whole.limits += container.limits;
    }
    check(pod_limits_, whole);
}

// The API server fills a LimitRange's own gaps first: a missing `default` is the maximum, a missing `defaultRequest` is
// the default limit, then the minimum.
std::optional<std::int64_t> Admission::default_limit(std::string_view namespace_name, ResourceKind kind) const {
    return from_limit_range(namespace_name, kind, {"default", "max"});
}

std::optional<std::int64_t> Admission::default_request(std::string_view namespace_name, ResourceKind kind) const {
    return from_limit_range(namespace_name, kind, {"defaultRequest", "default", "max", "min"});
}

}  // namespace eks
