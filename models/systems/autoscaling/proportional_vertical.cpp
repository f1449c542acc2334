// Cluster-proportional vertical autoscalers: each new size is written into the pod template of the target, which
// rolls all of its pods (CPVPA-1).
#include "models/systems/autoscaling/proportional_vertical.hpp"

#include "models/systems/signals.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace eks {

// All nodes count, cordoned ones and such as are not Ready too, with all that they have.
ClusterSize cluster_size(const Spec& spec, const World& world) {
    constexpr std::int64_t milli_per_core = 1000;
    ClusterSize size;
    std::int64_t milli = 0;
    for (const NodeId id : world.node_order) {
        ++size.nodes;
        milli += spec[world.nodes[id].shape].capacity.cpu_milli;
    }
    size.cores = (milli + milli_per_core - 1) / milli_per_core;
    return size;
}

namespace {

// The object's template as somebody wrote it, before any autoscaler of this kind.
TemplateIx unpatched_template(const Spec& spec, const World& world, WorkloadIx target) {
    const TemplateIx now = spec[target].pod_template;
    const std::size_t first = spec.templates.size() - world.sizing.templates.size();
    return now.value < first ? now : world.sizing.templates[now.value - first].of;
}

vpa::Amounts amounts_of(const Resources& resources) { return {resources.cpu_milli, resources.memory_bytes}; }

SizedTemplate wanted_template(const Spec& spec, const World& world, const ProportionalVertical& scaler,
                              const ClusterSize& size) {
    SizedTemplate wanted{unpatched_template(spec, world, scaler.target), {}, true};
    for (const ProportionalContainer& each : scaler.containers) {
        const ContainerSpec& written = spec[wanted.of].containers[each.container];
        ContainerSize sized{each.container, amounts_of(written.requests), amounts_of(written.limits)};
        const auto set = [&](const std::optional<ProportionalAmount>& law, std::int64_t& amount) {
            if (law) amount = proportional_amount(*law, size);
        };
        set(each.cpu_request, sized.requests.cpu_milli);
        set(each.memory_request, sized.requests.memory_bytes);
        set(each.cpu_limit, sized.limits.cpu_milli);
        set(each.memory_limit, sized.limits.memory_bytes);
        wanted.sizes.push_back(sized);
    }
    return wanted;
}

bool is_as_written(const Spec& spec, const SizedTemplate& wanted) {
    return std::ranges::all_of(wanted.sizes, [&](const ContainerSize& size) {
        const ContainerSpec& written = spec[wanted.of].containers[size.container];
        return size.requests == amounts_of(written.requests) && size.limits == amounts_of(written.limits);
    });
}

// What it would write into its target now, unless it has done so; it remembers what it has set last, and sets it again
// only when something else is wanted.
std::optional<PatchedWorkload> new_patch(const Spec& spec, World& world, std::size_t i, const ClusterSize& size) {
    const ProportionalVertical& scaler = spec.pod_scaling.proportional_vertical[i];
    const SizedTemplate wanted = wanted_template(spec, world, scaler, size);
    std::vector<ContainerSize>& last = world.pod_scaling.proportional_vertical[i];
    if (last == wanted.sizes) return std::nullopt;
    last = wanted.sizes;
    const TemplateIx before = spec[scaler.target].pod_template;
    const TemplateIx after =
        is_as_written(spec, wanted) ? wanted.of : find_or_add_templates(spec, world, {&wanted, 1}).front();
    return before == after ? std::nullopt : std::optional(PatchedWorkload{scaler.target, after});
}

// `before`: in force until the template was added, and held by the caller.
std::shared_ptr<const Spec> put(const Spec& before, World& world, const PatchedWorkload& patch) {
    const std::shared_ptr<const Spec> grown = world.sizing.spec;
    patch_workloads(grown != nullptr ? *grown : before, world, {&patch, 1});
    return world.sizing.spec;
}

}  // namespace

void size_proportionally(const Spec& spec, World& world, Turn& turn) {
    const std::vector<ProportionalVertical>& scalers = spec.pod_scaling.proportional_vertical;
    std::shared_ptr<const Spec> kept = world.sizing.spec;
    for (std::size_t i = 0; i < scalers.size(); ++i) {
        if (world[scalers[i].pods].ready == 0 || world[scalers[i].target].deleted) continue;
        const Spec& before = kept != nullptr ? *kept : spec;
        const auto patch = new_patch(before, world, i, cluster_size(before, world));
        if (!patch) continue;
        const std::shared_ptr<const Spec> after = put(before, world, *patch);
        object_changed(before, *after, world, turn, patch->workload);
        if (patch->workload == after->cni_workload) change_cni(before, *after, world, turn);
        pod_templates_change(*after, world);
        kept = world.sizing.spec;
    }
}

void settle_proportional_sizes(const Spec& spec, World& world, const ClusterSize& size) {
    std::shared_ptr<const Spec> kept;
    for (std::size_t i = 0; i < spec.pod_scaling.proportional_vertical.size(); ++i) {
        const ProportionalVertical& scaler = spec.pod_scaling.proportional_vertical[i];
        const bool runs = spec[scaler.pods].replicas > 0 && !world[scaler.pods].deleted;
        if (!runs || world[scaler.target].deleted) continue;
        const Spec& before = kept != nullptr ? *kept : spec;
        if (const auto patch = new_patch(before, world, i, size)) put(before, world, *patch);
        kept = world.sizing.spec;
    }
}

}  // namespace eks
