// The strategies that spread pods anew: RemoveDuplicates and RemovePodsViolatingTopologySpreadConstraint.
#include "models/systems/autoscaling/descheduler/strategies.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace eks::descheduler {

namespace {

using cluster_autoscaler::FilterCycle;
using cluster_autoscaler::Wanted;

// Nodes that a pod of the template may be on, whatever is on them now.
std::int64_t feasible_nodes(const Pass& pass, TemplateIx t) {
    return std::ranges::count_if(pass.nodes, [&](NodeId id) {
        const TemplateOnShape& fit = pass.spec.template_on_shape(t, pass.world.nodes[id].shape);
        return fit.affinity_matches && fit.taints_tolerated && !pass.world.nodes[id].cordoned;
    });
}

bool is_of_kind(const Spec& spec, const DeschedulerStep& step, WorkloadIx workload) {
    const WorkloadKind kind = spec[workload].kind;
    std::string owner = kind_name(kind);
    if (kind == WorkloadKind::deployment) owner = "ReplicaSet";
    if (kind == WorkloadKind::cron_job) owner = "Job";
    return std::ranges::find(step.excluded_owner_kinds, owner) != step.excluded_owner_kinds.end();
}

std::int64_t ceil_of(double value) {
    const auto whole = static_cast<std::int64_t>(value);
    return static_cast<double>(whole) < value ? whole + 1 : whole;
}

// One value of a constraint's topology key, with the pods that the constraint counts there.
struct Domain {
    std::string value;
    std::vector<PodId> pods;
};

// Balances the domains of one constraint, as topologyspreadconstraint.go's balanceDomains() does.
class SpreadBalance {
  public:
    SpreadBalance(Pass& pass, const Evictor& evictor, const DeschedulerStep& step, const SpreadRule& rule,
                  std::vector<Domain> domains)
        : pass_(pass), evictor_(evictor), step_(step), rule_(rule), domains_(std::move(domains)) {}

    std::vector<PodId> surplus() {
        std::ranges::stable_sort(domains_, {}, [](const Domain& domain) { return domain.pods.size(); });
        for (Domain& domain : domains_) sort_by_evictability(domain);
        double sum = 0;
        for (const Domain& domain : domains_) sum += static_cast<double>(domain.pods.size());
        const double ideal = sum / static_cast<double>(domains_.size());
        std::size_t low = 0;
        std::size_t high = domains_.size() - 1;
        while (low < high) {
            const double most = static_cast<double>(domains_[high].pods.size());
            const double least = static_cast<double>(domains_[low].pods.size());
            if (most < ideal) {
                --high;
                continue;
            }
            const double skew = most - least;
            if (skew <= static_cast<double>(rule_.max_skew)) {
                ++low;
                continue;
            }
            const std::int64_t moved = std::min({ceil_of(most - ideal), ceil_of(ideal - least),
                                                 ceil_of((skew - static_cast<double>(rule_.max_skew)) / 2)});
            if (moved <= 0) {
                ++low;
                continue;
            }
            for (std::int64_t i = 0; i < moved; ++i) {
                surplus_.push_back(domains_[high].pods.back());
                domains_[low].pods.push_back(domains_[high].pods.back());
                domains_[high].pods.pop_back();
            }
            const std::size_t lows = domains_[low].pods.size();
            if (static_cast<double>(lows) >= ideal) ++low;
        }
        return surplus_;
    }

  private:
    // Those that cannot be evicted stay in front; behind them the more important ones.
    void sort_by_evictability(Domain& domain) {
        std::ranges::stable_sort(domain.pods, {}, [&](PodId id) {
            return std::pair(evictor_.may_evict(step_, id),
                             -static_cast<std::int64_t>(pass_.spec[pass_.world.pods[id].pod_template].priority));
        });
    }

    Pass& pass_;
    const Evictor& evictor_;
    const DeschedulerStep& step_;
    const SpreadRule& rule_;
    std::vector<Domain> domains_;
    std::vector<PodId> surplus_;
};

std::vector<Domain> domains_of(Pass& pass, const SpreadRule& rule) {
    std::map<std::int32_t, Domain> domains;
    for (const NodeId node : pass.nodes) {
        const auto place = pass.snapshot.place_of(node);
        const std::int32_t domain = place ? pass.snapshot.domain_in(rule.sum, *place) : -1;
        if (domain < 0) continue;
        Domain& into = domains[domain];
        for (const PodId id : pods_on(pass.world, node)) {
            const Pod& pod = pass.world.pods[id];
            const auto& sums = pass.spec.relations->of_template[pod.pod_template.value].adds_to;
            if (!pod.terminating && std::ranges::find(sums, rule.sum) != sums.end()) into.pods.push_back(id);
        }
    }
    std::vector<Domain> all;
    for (auto& [value, domain] : domains) all.push_back(std::move(domain));
    return all;
}

}  // namespace

// DESCH-4: pods of one owner with the same images; on each node at most their number over that of feasible nodes,
// rounded up.
void remove_duplicates(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    using Owner = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
    std::map<Owner, std::map<std::uint32_t, std::vector<PodId>>> owners;
    for (std::uint32_t place = 0; place < pass.nodes.size(); ++place) {
        for (const PodId id : pods_on(pass.world, pass.nodes[place])) {
            const Pod& pod = pass.world.pods[id];
            if (!evictor.may_evict(step, id) || is_of_kind(pass.spec, step, pod.workload)) continue;
            owners[{pod.workload.value, as_written(pass.world, pod.pod_template).value,
                    pod.job.valid() ? pod.job.slot + 1 : 0}][place]
                .push_back(id);
        }
    }
    for (const auto& [owner, on_nodes] : owners) {
        std::int64_t pods = 0;
        for (const auto& [place, here] : on_nodes) pods += static_cast<std::int64_t>(here.size());
        const std::int64_t nodes = feasible_nodes(pass, TemplateIx{std::get<1>(owner)});
        if (nodes < 2) continue;
        const std::int64_t most = (pods + nodes - 1) / nodes;
        for (const auto& [place, here] : on_nodes) {
            // Of those over the bound, the last ones go.
            for (std::size_t i = static_cast<std::size_t>(most); i < here.size(); ++i) evictor.evict(step, here[i]);
        }
    }
}

void remove_pods_against_spread(Pass& pass, Evictor& evictor, const DeschedulerStep& step) {
    std::vector<SumIx> done;
    for (std::size_t i = 0; i < pass.spec.workloads.size(); ++i) {
        const PodRelations& relations = pass.spec.relations->of_template[pass.spec.workloads[i].pod_template.value];
        std::vector<SpreadRule> rules = relations.required_spread;
        // Of the defaults nobody has written down nothing is known here.
        if (step.heeds_preferred && !pass.spec.template_of(WorkloadIx::of(i)).constraints.spread.empty())
            rules.insert(rules.end(), relations.preferred_spread.begin(), relations.preferred_spread.end());
        for (const SpreadRule& rule : rules) {
            if (std::ranges::find(done, rule.sum) != done.end()) continue;
            done.push_back(rule.sum);
            std::vector<Domain> domains = domains_of(pass, rule);
            if (domains.size() < 2) continue;
            for (const PodId id : SpreadBalance(pass, evictor, step, rule, std::move(domains)).surplus()) {
                if (evictor.may_evict(step, id) && evictor.fits_elsewhere(id)) evictor.evict(step, id);
            }
        }
    }
}

}  // namespace eks::descheduler
