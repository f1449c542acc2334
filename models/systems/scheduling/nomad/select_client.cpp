#include "models/systems/scheduling/nomad/select_client.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/scheduling/node_look.hpp"
#include "models/systems/scheduling/nomad/candidates.hpp"
#include "models/systems/scheduling/nomad/scores.hpp"
#include "models/systems/scheduling/relations.hpp"
#include "models/systems/scheduling/volume_filter.hpp"
#include "models/world/pod_sums.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace eks::nomad {

namespace {

constexpr std::int64_t milli_per_vcpu = 1000;

// Sums are converted, not single requests: what is lost in rounding is below one MHz and one MB a node.
Amounts amounts(const Nomad& nomad, const Resources& resources) {
    return {resources.cpu_milli * nomad.mhz_per_vcpu / milli_per_vcpu,
            (resources.memory_bytes + mebibyte - 1) / mebibyte, 0};
}

Amounts room_of(const Nomad& nomad, const Resources& resources) {
    return {resources.cpu_milli * nomad.mhz_per_vcpu / milli_per_vcpu, resources.memory_bytes / mebibyte, 0};
}

// The values of a spread's attribute: the fewest and the most allocations that one has, of those that have any.
struct Domains {
    DomainSum sum;
    std::int64_t fewest = 0;
    std::int64_t most = 0;
};

Domains domains_of(const World& world, SumIx ix) {
    Domains domains{DomainSum(world, ix)};
    for (const std::int32_t pods : domains.sum.sum().pods) {
        if (pods <= 0) continue;
        domains.fewest = domains.fewest == 0 ? pods : std::min<std::int64_t>(domains.fewest, pods);
        domains.most = std::max<std::int64_t>(domains.most, pods);
    }
    return domains;
}

// What NOM-7 makes of one pod's template, for one placement.
class Group {
  public:
    Group(const Spec& spec, const World& world, PodId id)
        : spec_(spec),
          world_(world),
          pod_(world.pods[id]),
          template_(spec[pod_.pod_template]),
          volumes_(spec, world, id) {
        const PodRelationsTable& table = *spec.relations.table;
        const PodRelations& relations = table.of_template[pod_.pod_template.value];
        const auto is_hostname = [&](SumIx sum) { return table.keys[table.sums[sum].key].is_hostname; };
        for (const SumIx sum : relations.anti_affinity) {
            if (counts_itself(sum)) distinct_.emplace_back(world, sum);
        }
        // kube-scheduler's default spread is no wish of the job's.
        if (!template_.constraints.spread.empty()) {
            for (const SpreadRule& rule : relations.required_spread) {
                if (rule.max_skew == 1 && is_hostname(rule.sum))
                    distinct_.emplace_back(world, rule.sum);
                else
                    spreads_.push_back(domains_of(world, rule.sum));
            }
            for (const SpreadRule& rule : relations.preferred_spread) spreads_.push_back(domains_of(world, rule.sum));
        }
        for (const PreferredNodeTerm& term : template_.preferred_node_terms) affinity_weights_ += term.weight;
        const Workload& workload = spec[pod_.workload];
        is_batch_ = workload.kind == WorkloadKind::job || workload.kind == WorkloadKind::cron_job;
        count_ = is_batch_ ? workload.job.parallelism : world[pod_.workload].desired;
    }

    std::int64_t wanted(std::size_t clients) const {
        return candidates_wanted(is_batch_ ? JobType::batch : JobType::service, static_cast<std::int64_t>(clients),
                                 affinity_weights_ > 0 || !spreads_.empty(), count_);
    }

    Filter refusal(NodeId id) const {
        const Node& node = world_.nodes[id];
        const TemplateOnShape& fit = spec_.template_on_shape(pod_.pod_template, node.shape);
        if (node.cordoned) return Filter::node_unschedulable;
        if (node.state != NodeState::ready) return Filter::taint_toleration;
        if (!fit.taints_tolerated || !fit.affinity_matches) return Filter::node_affinity;
        for (const DomainSum& sum : distinct_) {
            const std::int32_t domain = sum.domain(id.slot, node.shape.value);
            if (domain >= 0 && sum.pods(domain) > 0) return Filter::inter_pod_affinity;
        }
        if (port_is_taken_on(node)) return Filter::node_ports;
        const Resources& room = spec_[node.shape].allocatable;
        if (exhausted(room_of(spec_.nomad, room), amounts(spec_.nomad, node.requested + template_.requests)) !=
                Exhausted::nothing ||
            !fits(template_.requests, room - node.requested))
            return Filter::node_resources_fit;
        if (volumes_.is_needed() && volumes_.refusal(node).filter != Filter::none) return Filter::volumes;
        return Filter::none;
    }

    double score(NodeId id) const {
        const Node& node = world_.nodes[id];
        const Algorithm algorithm = spec_.nomad.spreads ? Algorithm::spread : Algorithm::binpack;
        const std::int64_t matching = spec_.template_on_shape(pod_.pod_template, node.shape).preferred_weight;
        const std::array<Affinity, 2> affinities{{{matching, true}, {affinity_weights_ - matching, false}}};
        return mean_of(std::array<Part, 4>{
            fit_score(algorithm, room_of(spec_.nomad, spec_[node.shape].allocatable),
                      amounts(spec_.nomad, node.requested + template_.requests)),
            anti_affinity(collisions(node), count_),
            affinity(affinities),
            spread_on(id),
        });
    }

  private:
    bool counts_itself(SumIx sum) const {
        const std::vector<SumIx>& own = spec_.relations->of_template[pod_.pod_template.value].adds_to;
        return std::ranges::find(own, sum) != own.end();
    }

    bool port_is_taken_on(const Node& node) const {
        if (template_.constraints.host_ports.empty()) return false;
        for (PodId id = node.first_pod; id.valid(); id = world_.pods[id].next_on_node) {
            const Pod& other = world_.pods[id];
            if (other.holds_resources && want_the_same_port(template_, spec_[other.pod_template])) return true;
        }
        return false;
    }

    std::int64_t collisions(const Node& node) const {
        std::int64_t count = 0;
        for (PodId id = node.first_pod; id.valid(); id = world_.pods[id].next_on_node) {
            const Pod& other = world_.pods[id];
            if (other.holds_resources && other.workload == pod_.workload && other.job == pod_.job) ++count;
        }
        return count;
    }

    Part spread_on(NodeId id) const {
        double score = 0;
        for (const Domains& each : spreads_) {
            const std::int32_t domain = each.sum.domain(id.slot, world_.nodes[id].shape.value);
            score += domain < 0 ? -1 : even_spread(each.sum.pods(domain), each.fewest, each.most);
        }
        if (score == 0) return std::nullopt;
        return score;
    }

    const Spec& spec_;
    const World& world_;
    const Pod& pod_;
    const PodTemplate& template_;
    VolumeFilter volumes_;
    std::vector<DomainSum> distinct_;  // distinct_hosts, distinct_property
    std::vector<Domains> spreads_;
    std::int64_t affinity_weights_ = 0;
    std::int64_t count_ = 0;
    bool is_batch_ = false;
};

// The draws are those of the first pod that it places, so that what else goes on changes none of them.
void go_on_with_evaluation(const Spec& spec, World& world, sim::RunKey key, const Pod& pod) {
    NomadEvaluation& evaluation = world.nomad.evaluation;
    if (evaluation.workload == pod.workload && evaluation.job == pod.job &&
        evaluation.order.size() == world.node_order.size())
        return;
    ++world.nomad.evaluations;
    constexpr int ordinal_bits = 32;
    const std::uint64_t which = std::uint64_t{pod.ordinal} << ordinal_bits | pod.attempts;
    const auto draw = [&](std::size_t i, std::size_t bound) {
        return sim::draw_below(
            key, {stream::nomad_shuffle, spec[pod.workload].stable_key, which, static_cast<std::uint32_t>(i)}, bound);
    };
    evaluation = {pod.workload, pod.job, shuffled(world.node_order.size(), draw), 0};
}

}  // namespace

NodeChoice select_client(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    NodeChoice choice;
    if (world.node_order.empty()) return choice;
    remember(spec, world);
    const Pod& pod = world.pods[id];
    const Group group(spec, world, id);
    choice.reason = WaitCause::blocked_evaluation;
    const auto can_take = [&](NodeId node) {
        const Filter refusal = group.refusal(node);
        if (refusal != Filter::none) choice.rejectors |= bit(refusal);
        return refusal == Filter::none;
    };
    // A system job has one allocation a node, which goes there or nowhere.
    if (pod.pinned.valid()) {
        if (std::ranges::find(world.node_order, pod.pinned) == world.node_order.end())
            choice.rejectors |= bit(Filter::node_name);
        else if (can_take(pod.pinned))
            choice.node = pod.pinned;
        return choice;
    }
    go_on_with_evaluation(spec, world, key, pod);
    NomadEvaluation& evaluation = world.nomad.evaluation;
    const std::size_t clients = evaluation.order.size();
    std::size_t seen = 0;
    const auto next = [&]() -> std::optional<Option> {
        while (seen < clients) {
            const std::uint32_t place = evaluation.order[evaluation.next];
            evaluation.next = static_cast<std::uint32_t>((evaluation.next + 1) % clients);
            ++seen;
            const NodeId node = world.node_order[place];
            if (can_take(node)) return Option{place, group.score(node)};
        }
        return std::nullopt;
    };
    if (const auto best = choose(group.wanted(clients), next)) choice.node = world.node_order[best->client];
    return choice;
}

// A controller of Kubernetes makes its pods a few at a time, where Nomad places all that a job lacks at once. Those of
// a Job are not waited for.
void end_evaluation(World& world) {
    const NomadEvaluation& evaluation = world.nomad.evaluation;
    if (!evaluation.workload.valid()) return;
    const WorkloadState& job = world[evaluation.workload];
    if (evaluation.job.valid() || job.active >= job.desired) world.nomad.evaluation = {};
}

bool unblocks(const Spec& spec, const World& world, const Pod& pod, ClusterChange change, NodeId node) {
    if (change == ClusterChange::pod_bound) return false;
    if (!world.nodes.contains(node)) return true;
    const TemplateOnShape& fit = spec.template_on_shape(pod.pod_template, world.nodes[node].shape);
    return fit.affinity_matches && fit.taints_tolerated && fit.fits_empty_node &&
           (!pod.pinned.valid() || pod.pinned == node);
}

// Nomad has one blocked evaluation for all allocations of a job that have no place.
void count_blocked(World& world, Turn& turn, WorkloadIx workload, std::int32_t change) {
    if (world.nomad.blocked.empty()) return;
    std::int32_t& blocked = world.nomad.blocked[workload.value];
    const bool was_blocked = blocked > 0;
    blocked += change;
    if (was_blocked != (blocked > 0)) turn.note(BlockedEvaluationFact{workload, blocked > 0 ? 1 : -1});
}

}  // namespace eks::nomad
