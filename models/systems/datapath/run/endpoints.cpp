// Endpoints that come to Services and go, as kernels have them: how long one is known that answers no more, and when
// its address may be somebody else's (DPC-53, DPS-17).
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

bool has_nodes(const DataPathState& state, std::uint32_t group) {
    return std::ranges::any_of(state.nodes, [&](const NodeDataPath& row) {
        return row.node.valid() && row.group == group && row.services != ServicePath::none;
    });
}

// How long an address that a pod has left is nobody's (DPS-17): the VPC CNI's cool-down.
sim::Duration rest_of_addresses(const Spec& spec) {
    if (spec.cni_kind == CniKind::vpc_cni) return spec.cni.cooldown;
    return of_seconds(spec.data_paths.coefficients[Coefficient::address_rest]);
}

// Ends that no kernel has as endpoints any more are of no interest.
void forget_ends(DataPathState& state, std::uint32_t service) {
    EndpointCounts& counts = state.services[service];
    if (counts.ends.empty()) return;
    std::uint32_t oldest = counts.removed;
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        const RuleGroup& group = state.groups[g];
        if (group.is_of_balancers || has_nodes(state, g)) oldest = std::min(oldest, group.kernel[service].removed);
    }
    std::erase_if(counts.ends, [&](const EndedEndpoint& end) { return end.number <= oldest; });
}

// The next address that may be given out again while some kernel has it as an endpoint.
sim::Time next_rested(const Spec& spec, const DataPathState& state, sim::Time now) {
    sim::Time next = sim::Time::never();
    for (const EndpointCounts& counts : state.services) {
        for (const EndedEndpoint& end : counts.ends) {
            if (end.at + rest_of_addresses(spec) <= now) continue;
            next = std::min(next, end.at + rest_of_addresses(spec));
            break;
        }
    }
    return next;
}

void judge_anew(const Spec& spec, World& world, std::uint32_t service) {
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        if (spec.traffic.classes[k].service == static_cast<std::int32_t>(service))
            world.data_path.classes[k].is_judged = false;
    }
}

double wrong_pod_share(const Spec& spec, const World& world, const RuleGroup& group, std::uint32_t service,
                       sim::Time now) {
    const EndpointCounts& counts = world.data_path.services[service];
    const KernelVersion& kernel = group.kernel[service];
    if (kernel.endpoints() == 0) return 0;
    const auto may_be_anothers = [&](const EndedEndpoint& end) {
        return end.number > kernel.removed && end.at + rest_of_addresses(spec) <= now;
    };
    const auto strangers = static_cast<double>(std::ranges::count_if(counts.ends, may_be_anothers));
    return std::min(1.0, strangers / kernel.endpoints());
}

}  // namespace eks::datapath

namespace eks {

void endpoint_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, EndpointChange change,
                      NodeId on) {
    if (!world.data_path.is_open || spec.services_of.empty()) return;
    for (const std::uint32_t service : spec.services_of[workload.value]) {
        EndpointCounts& counts = world.data_path.services[service];
        AnsweringEndpoint ended;
        switch (change) {
            case EndpointChange::added: ++counts.added; break;
            case EndpointChange::removed_answering: counts.answering.push_back({++counts.removed}); break;
            case EndpointChange::removed_dead:
            case EndpointChange::removed_missed: ended.number = ++counts.removed; break;
            // Those that go on answering are taken to end in the order in which they were removed.
            case EndpointChange::ended:
                if (counts.answering.empty()) break;
                ended = counts.answering.front();
                counts.answering.erase(counts.answering.begin());
                break;
        }
        if (ended.number == 0) continue;
        counts.ends.push_back({ended.number, turn.now()});
        datapath::forget_ends(world.data_path, service);
        if (!counts.ends.empty()) data_path_steps_at(world, turn, turn.now() + datapath::rest_of_addresses(spec));
        const bool is_missed = change == EndpointChange::removed_missed;
        datapath::endpoint_is_gone(spec, world, turn.now(), service, ended, is_missed ? on : NodeId::none());
        datapath::judge_anew(spec, world, service);
        if (spec.services[service].to == spec.dns.servers) dns_changes(spec, world, turn);
        requests_change(world, turn);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const EndpointEnds& event) {
    endpoint_changes(spec, world, turn, event.workload, EndpointChange::ended);
}

}  // namespace eks
