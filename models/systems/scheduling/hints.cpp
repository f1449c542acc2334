#include "models/systems/scheduling/hints.hpp"

#include "models/spec/tolerations.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/systems/scheduling/node_look.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::uint32_t resources = bit(Filter::node_resources_fit) | bit(Filter::too_many_pods);

class Hints {
  public:
    Hints(const Spec& spec, const Pod& pod)
        : spec_(spec), pod_(pod), relations_(spec.relations->of_template[pod.pod_template.value]) {}

    bool refused_by(std::uint32_t filters) const { return (pod_.rejectors & filters) != 0; }
    bool refused_by(Filter filter) const { return refused_by(bit(filter)); }

    bool after_pod_gone(TemplateIx gone) const {
        if (refused_by(resources) || refused_by(Filter::volumes)) return true;
        if (refused_by(Filter::node_ports) &&
            (!gone.valid() || want_the_same_port(spec_[pod_.pod_template], spec_[gone])))
            return true;
        if (refused_by(Filter::inter_pod_affinity) &&
            (counts_in(gone, relations_.anti_affinity) || counts_in(gone, relations_.anti_affinity_of_others)))
            return true;
        return refused_by(Filter::pod_topology_spread) && counts_in_spread(gone);
    }
    bool after_pod_bound(TemplateIx bound) const {
        return (refused_by(Filter::inter_pod_affinity) && counts_in(bound, relations_.affinity)) ||
               (refused_by(Filter::pod_topology_spread) && counts_in_spread(bound));
    }

  private:
    bool adds_to(TemplateIx other, SumIx sum) const {
        if (!other.valid()) return true;
        const std::vector<SumIx>& theirs = spec_.relations->of_template[other.value].adds_to;
        return std::ranges::find(theirs, sum) != theirs.end();
    }
    bool counts_in(TemplateIx other, const std::vector<SumIx>& sums) const {
        return std::ranges::any_of(sums, [&](SumIx sum) { return adds_to(other, sum); });
    }
    bool counts_in_spread(TemplateIx other) const {
        return std::ranges::any_of(relations_.required_spread,
                                   [&](const SpreadRule& rule) { return adds_to(other, rule.sum); });
    }

    const Spec& spec_;
    const Pod& pod_;
    const PodRelations& relations_;
};

}  // namespace

bool may_fit_after(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node,
                   TemplateIx of) {
    const Hints hints(spec, pod);
    if (change == ClusterChange::pod_gone) return hints.after_pod_gone(of);
    if (change == ClusterChange::pod_bound) return hints.after_pod_bound(of);
    const TemplateOnShape& fit = spec.template_on_shape(pod.pod_template, world.nodes[node].shape);
    if (change == ClusterChange::resources_added) return hints.refused_by(resources) && fit.fits_empty_node;
    const PodTemplate& t = spec[pod.pod_template];
    const bool minds_not_ready =
        t.tolerated_condition_taints != all_condition_taints || !tolerates_start_of(t, spec[world.nodes[node].shape]) ||
        ((spec.cni_kind != CniKind::vpc_cni || spec.cilium.agent_workload.valid()) && !tolerates_cilium_taint(t));
    const bool refused_for_taints = hints.refused_by(Filter::taint_toleration);
    const bool is_borne = bears_state(spec, t, world.nodes[node]) && fit.taints_tolerated;
    // The node had such a taint until now: news for whoever minded it and minds no other.
    if (change == ClusterChange::taint_lifted) return refused_for_taints && minds_not_ready && is_borne;
    return (hints.refused_by(resources) && fit.fits_empty_node) || (refused_for_taints && is_borne) ||
           (hints.refused_by(Filter::node_affinity) && fit.affinity_matches) ||
           (hints.refused_by(Filter::node_name) && pod.pinned == node) ||
           hints.refused_by(bit(Filter::node_unschedulable) | bit(Filter::node_ports) | bit(Filter::volumes) |
                            bit(Filter::pod_topology_spread) | bit(Filter::inter_pod_affinity));
}

}  // namespace eks
