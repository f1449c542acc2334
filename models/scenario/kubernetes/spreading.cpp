#include "models/scenario/kubernetes/spreading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace eks {
namespace {

// All lists of spread_with together; beyond it a scenario would need gigabytes for them.
constexpr std::size_t spread_entries_max = 16'000'000;

void mark_selector_used(const Reader& service) {
    if (const auto spec = service.member("spec")) {
        if (const auto selector = spec->member("selector")) selector->mark_used();
    }
    if (const auto metadata = service.member("metadata")) {
        if (const auto name = metadata->member("namespace")) name->mark_used();
    }
}

std::int32_t ports_of(const Reader& service) {
    const auto spec = service.member("spec");
    const JsonValue* ports = spec && spec->is_map() ? spec->value().find("ports") : nullptr;
    const bool is_list = ports != nullptr && ports->kind == JsonKind::list;
    return is_list ? std::max(1, static_cast<std::int32_t>(ports->items.size())) : 1;
}

struct SpreadingNamespace {
    std::vector<WorkloadIx> workloads;
    std::vector<const ServiceSelector*> services;
};

class Spreading {
  public:
    Spreading(ScenarioBuilder& builder, const std::vector<OwnedSelector>& owned) : builder_(builder) {
        for (const OwnedSelector& each : owned) owned_.emplace(each.workload.value, &each.selector);
    }

    void decide(WorkloadIx workload, const SpreadingNamespace& around) {
        // The selector of a Deployment's ReplicaSet holds a hash of the template, so no Service can widen or narrow it.
        const bool is_alone = builder_.spec[workload].kind == WorkloadKind::deployment && !selects_by_any();
        std::vector<const ServiceSelector*> selecting;
        if (!is_alone) {
            for (const ServiceSelector* service : around.services) {
                if (selects(service->selector, labels_of(workload))) selecting.push_back(service);
            }
        }
        std::vector<WorkloadIx> together = spread_with(workload, selecting, around);
        for (const ServiceSelector* service : selecting) {
            std::vector<const ServiceSelector*> others = selecting;
            std::erase(others, service);
            if (spread_with(workload, others, around) != together) mark_selector_used(service->object);
        }
        entries_ += together.size();
        if (entries_ > spread_entries_max) {
            if (!complained_ && !selecting.empty()) {
                complained_ = true;
                selecting.front()->object.complain(
                    Rule::beyond_reason,
                    fmt::format(
                        "{} selects so many workloads that the list of pods to spread together passes {} entries",
                        selecting.front()->object.title(), spread_entries_max),
                    "write many equal Pods as one Deployment or Job with replicas");
            }
            return;
        }
        builder_.spec.workloads[workload.value].spread_with = std::move(together);
    }

  private:
    // 1.10 counts pods that any of the selectors matches; today's scheduler those that all of them match
    // (SCHED-60).
    bool selects_by_any() const { return builder_.spec.kubernetes.is_2018(); }

    const std::vector<Label>& labels_of(WorkloadIx workload) const {
        return builder_.spec.template_of(workload).labels;
    }

    bool own_selector_selects(WorkloadIx workload, WorkloadIx other) const {
        if (builder_.spec[workload].kind == WorkloadKind::deployment) return workload == other;
        const auto own = owned_.find(workload.value);
        return own != owned_.end() && selects(*own->second, labels_of(other));
    }

    bool has_own_selector(WorkloadIx workload) const {
        return builder_.spec[workload].kind == WorkloadKind::deployment || owned_.contains(workload.value);
    }

    bool counts(WorkloadIx workload, WorkloadIx other, const std::vector<const ServiceSelector*>& services) const {
        const auto service_selects = [&](const ServiceSelector* service) {
            return selects(service->selector, labels_of(other));
        };
        if (selects_by_any())
            return own_selector_selects(workload, other) || std::ranges::any_of(services, service_selects);
        return (!has_own_selector(workload) || own_selector_selects(workload, other)) &&
               std::ranges::all_of(services, service_selects);
    }

    std::vector<WorkloadIx> spread_with(WorkloadIx workload, const std::vector<const ServiceSelector*>& services,
                                        const SpreadingNamespace& around) const {
        if (services.empty()) {
            if (!has_own_selector(workload)) return {};
            if (builder_.spec[workload].kind == WorkloadKind::deployment) return {workload};
        }
        std::vector<WorkloadIx> together;
        for (const WorkloadIx other : around.workloads) {
            if (counts(workload, other, services)) together.push_back(other);
        }
        return together;
    }

    ScenarioBuilder& builder_;
    std::map<std::uint32_t, const LabelSelector*> owned_;
    std::size_t entries_ = 0;
    bool complained_ = false;
};

}  // namespace

std::optional<LabelSelector> peek_service_selector(const Reader& service) {
    const auto spec = service.member("spec");
    const auto selector = spec && spec->is_map() ? spec->member("selector") : std::nullopt;
    if (!selector || !selector->expect_map() || selector->value().members.empty()) return std::nullopt;
    LabelSelector read;
    for (const JsonMember& member : selector->value().members) {
        if (member.value.kind == JsonKind::text) {
            read.all.push_back({member.key, SelectorOperator::in, {member.value.text}, false});
        } else {
            selector->complain(
                Rule::wrong_type,
                fmt::format("{} of {} is {}; labels are texts", member.key, selector->title(), shown(member.value)),
                "put the value in quotes");
        }
    }
    return read;
}

void find_endpoints(const std::vector<ServiceSelector>& services, ScenarioBuilder& builder) {
    Spec& spec = builder.spec;
    std::map<std::string_view, std::vector<WorkloadIx>> namespaces;
    for (std::uint32_t i = 0; i < spec.workloads.size(); ++i)
        namespaces[spec.workloads[i].namespace_name].push_back(WorkloadIx{i});
    spec.services.clear();
    builder.service_objects.clear();
    for (const ServiceSelector& service : services) {
        Service row{service.namespace_name, service.name, {}};
        for (const WorkloadIx workload : namespaces[service.namespace_name]) {
            if (selects(service.selector, spec.template_of(workload).labels)) row.to.push_back(workload);
        }
        if (!row.to.empty()) mark_selector_used(service.object);
        row.ports = ports_of(service.object);
        builder.service_objects.push_back(service.object);
        spec.services.push_back(std::move(row));
    }
}

void decide_spreading(const std::vector<ServiceSelector>& services, const std::vector<OwnedSelector>& owned,
                      ScenarioBuilder& builder) {
    std::map<std::string, SpreadingNamespace, std::less<>> namespaces;
    for (std::uint32_t i = 0; i < builder.spec.workloads.size(); ++i) {
        namespaces[builder.spec.workloads[i].namespace_name].workloads.push_back(WorkloadIx{i});
    }
    for (const ServiceSelector& service : services) {
        const auto found = namespaces.find(service.namespace_name);
        if (found != namespaces.end()) found->second.services.push_back(&service);
    }
    Spreading spreading(builder, owned);
    for (const auto& [name, around] : namespaces) {
        for (const WorkloadIx workload : around.workloads) spreading.decide(workload, around);
    }
}

}  // namespace eks
