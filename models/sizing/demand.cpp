#include "models/sizing/demand.hpp"

#include "models/sizing/job_peak.hpp"
#include "models/sizing/peak_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace eks::sizing {

namespace {

std::string title_of(const Workload& w) { return fmt::format("{}/{}/{}", kind_name(w.kind), w.namespace_name, w.name); }

struct Peak {
    std::int64_t pods = 0;
    std::string why;
};

void raise(Peak& peak, std::int64_t pods, std::string why) {
    if (pods <= peak.pods) return;
    peak.pods = pods;
    peak.why = std::move(why);
}

Peak peak_of_replicas(const Spec& spec, WorkloadIx ix) {
    Peak peak{spec[ix].replicas, "replicas"};
    for (const TimelineAction& action : spec.timeline) {
        if (action.kind == TimelineKind::scale && action.workload == ix)
            raise(peak, action.replicas, "the most that the timeline scales it to");
    }
    for (const Revision& revision : spec.revisions)
        raise(peak, (*revision.spec)[ix].replicas, "the most that the timeline gives it");
    for (const HorizontalScaler& scaler : spec.pod_scaling.horizontal) {
        if (scaler.target == ix && scaler.scaled_object < 0)
            raise(peak, scaler.autoscaler.most, fmt::format("maxReplicas of HorizontalPodAutoscaler {}", scaler.name));
    }
    for (const Scaled& object : spec.pod_scaling.objects) {
        if (object.target == ix && !object.makes_jobs)
            raise(peak, object.object.most, fmt::format("maxReplicaCount of ScaledObject {}", object.name));
    }
    return peak;
}

Peak peak_of_jobs(const Spec& spec, WorkloadIx ix, sim::Duration run_length, const DemandFactors& factors) {
    const Workload& w = spec[ix];
    const std::int64_t pods_of_job = w.job.suspended       ? 0
                                     : w.job.is_work_queue ? w.job.parallelism
                                                           : std::min(w.job.parallelism, w.job.completions);
    if (w.kind == WorkloadKind::job) return {pods_of_job, "parallelism"};
    if (w.kind == WorkloadKind::cron_job) {
        const sim::Duration length = holds_place_for(spec.template_of(ix), factors.run_time);
        const std::int64_t jobs = peak_jobs(w.cron, spec, run_length, length);
        return {jobs * pods_of_job,
                fmt::format("peak of its schedule: {} {} at a time, {} each", jobs, jobs == 1 ? "Job" : "Jobs",
                            sim::to_text(sim::Duration::seconds(length.us() / 1'000'000)))};
    }
    for (const Scaled& object : spec.pod_scaling.objects) {
        constexpr std::int64_t most_default = 100;  // KEDA-20: maxReplicaCount
        if (object.target == ix && object.makes_jobs)
            return {object.job.most.value_or(most_default) * pods_of_job,
                    fmt::format("maxReplicaCount of ScaledJob {}", object.name)};
    }
    return {};
}

// The stretch of the run in which a bare pod holds its place.
struct Stay {
    sim::Duration from;
    sim::Duration until;
};

std::vector<Stay> stays_of_pods(const Spec& spec, const DemandFactors& factors) {
    std::vector<Stay> stays(spec.workloads.size(), Stay{{}, sim::Duration::max()});
    for (const TimelineAction& action : spec.timeline) {
        if (action.kind == TimelineKind::create) stays[action.workload.value].from = action.at;
        if (action.kind == TimelineKind::remove && action.workload.valid())
            stays[action.workload.value].until = action.at;
    }
    for (std::uint32_t w = 0; w < stays.size(); ++w) {
        const PodTemplate& pod = spec.template_of(WorkloadIx{w});
        if (pod.runs_to_completion)
            stays[w].until = std::min(stays[w].until, stays[w].from + holds_place_for(pod, factors.run_time));
    }
    return stays;
}

std::int64_t most_at_once(const std::vector<Stay>& stays) {
    std::vector<std::pair<sim::Duration, int>> changes;
    for (const Stay& stay : stays) {
        if (stay.until <= stay.from) continue;
        changes.emplace_back(stay.from, 1);
        changes.emplace_back(stay.until, -1);
    }
    std::sort(changes.begin(), changes.end());  // who goes makes room for who comes at the same instant
    std::int64_t now = 0;
    std::int64_t most = 0;
    for (const auto& [at, change] : changes) most = std::max(most, now += change);
    return most;
}

Resources largest_requests(const Spec& spec, WorkloadIx ix) {
    Resources most = spec.template_of(ix).requests;
    for (const Revision& revision : spec.revisions) most = larger_of(most, revision.spec->template_of(ix).requests);
    return most;
}

// What keeps pods of one template off each other's nodes (SCHED-44 ports, SCHED-45 anti-affinity).
std::int64_t most_per_node(const Spec& spec, TemplateIx t) {
    const PodTemplate& pod = spec[t];
    if (!pod.constraints.host_ports.empty()) return 1;
    const PodRelations& relations = spec.relations->of_template[t.value];
    for (const SumIx s : relations.anti_affinity) {
        const PodSum& sum = spec.relations->sums[s];
        const bool is_about_itself = std::find(sum.members.begin(), sum.members.end(), t) != sum.members.end();
        if (spec.relations->keys[sum.key].is_hostname && is_about_itself) return 1;
    }
    return std::numeric_limits<std::int64_t>::max();
}

bool names_a_node_group(const PodTemplate& pod) {
    const auto names = [](const std::string& key) {
        return key == "eks.amazonaws.com/nodegroup" || key == "alpha.eksctl.io/nodegroup-name";
    };
    for (const Label& label : pod.node_selector)
        if (names(label.key)) return true;
    for (const NodeSelectorTerm& term : pod.required_node_terms) {
        for (const SelectorRequirement& requirement : term.all)
            if (names(requirement.key)) return true;
    }
    return false;
}

void note(std::vector<NotRegarded>& list, std::string what, std::string why) {
    for (NotRegarded& one : list) {
        if (one.what != what) continue;
        ++one.count;
        return;
    }
    list.push_back({std::move(what), std::move(why), 1});
}

void note_what_is_left_out(const Spec& spec, const DemandedWorkload& one, std::vector<NotRegarded>& list) {
    const TemplateIx t = spec[one.workload].pod_template;
    const PodTemplate& pod = spec[t];
    const PodRelations& relations = spec.relations->of_template[t.value];
    if (!relations.required_spread.empty())
        note(list, "required topology spread", "how evenly pods stand over zones and nodes is the scheduler's doing");
    if (!relations.affinity.empty())
        note(list, "required affinity to other pods", "which pods have to share a node or zone is not packed");
    const bool has_others = std::any_of(relations.anti_affinity.begin(), relations.anti_affinity.end(), [&](SumIx s) {
        const PodSum& sum = spec.relations->sums[s];
        return !spec.relations->keys[sum.key].is_hostname ||
               std::any_of(sum.members.begin(), sum.members.end(), [&](TemplateIx m) { return m != t; });
    });
    if (has_others)
        note(list, "anti-affinity to other workloads, or by zone", "only pods of one workload are kept apart, by node");
    if (!pod.constraints.host_ports.empty())
        note(list, "host ports that several workloads share", "only pods of one workload are kept apart, by node");
    if (one.attachments > 0)
        note(list, "the zone of a volume", "a pod with an EBS volume can only be where the volume is");
    if (names_a_node_group(pod))
        note(list, "selectors by node group name", "a fleet of several groups gives the name to one of them alone");
    if (one.network_bytes_per_second > 0) note(list, "network bandwidth", "it binds in the density table alone");
    if (!one.takes_address) note(list, "pods of the host's network", "they are packed as if they took an address");
    if (one.each.pod_enis > 0)
        note(list, "branch interfaces of several workloads on a node", "they bind in the density table alone");
}

void note_what_concerns_all(const Spec& spec, std::vector<NotRegarded>& list) {
    const bool rolls = std::any_of(spec.workloads.begin(), spec.workloads.end(), [](const Workload& w) {
        return w.kind == WorkloadKind::deployment && !w.rollout.recreates && !w.is_addon;
    });
    if (rolls) list.push_back({"the surge of rolling updates", "ask for headroom if updates need room", 1});
    list.push_back({"addresses that cool down after a pod", "a packing has no time in it; the simulation has", 1});
    if (!spec.pod_scaling.vertical.empty())
        list.push_back({"VerticalPodAutoscalers", "pods count with the requests that they are written with", 1});
    if (spec.cluster_autoscaler.pods.valid() || spec.karpenter.is_there())
        list.push_back({"node autoscaling", "the fleet holds the peak by itself, and stays as large as it is", 1});
    if (!spec.quotas.empty()) list.push_back({"ResourceQuotas", "pods that a quota refuses are sized for", 1});
}

DemandedWorkload described(const Spec& spec, WorkloadIx ix) {
    const PodTemplate& pod = spec.template_of(ix);
    DemandedWorkload one;
    one.title = title_of(spec[ix]);
    one.workload = ix;
    one.each = largest_requests(spec, ix);
    one.takes_address = !pod.host_network;
    one.attachments = pod.attachments;
    one.most_per_node = most_per_node(spec, spec[ix].pod_template);
    one.is_of_jobs = has_jobs(spec[ix].kind);
    return one;
}

std::int64_t times(std::int64_t pods, double factor) {
    return factor == 1.0 ? pods : static_cast<std::int64_t>(std::ceil(static_cast<double>(pods) * factor - 1e-9));
}

// Bare pods, those that look the same together. Keyed by class and attachments; in order of the first of each.
void add_bare_pods(const Spec& spec, const DemandFactors& factors, Demand& demand) {
    const std::vector<Stay> stays = stays_of_pods(spec, factors);
    std::map<std::pair<std::uint32_t, std::int32_t>, std::vector<std::uint32_t>> alike;
    std::vector<std::pair<std::uint32_t, std::int32_t>> order;
    for (std::uint32_t w = 0; w < spec.workloads.size(); ++w) {
        if (spec.workloads[w].kind != WorkloadKind::pod) continue;
        const TemplateIx t = spec.workloads[w].pod_template;
        const auto key = std::make_pair(spec.scheduling_classes[t.value], spec[t].attachments);
        if (alike[key].empty()) order.push_back(key);
        alike[key].push_back(w);
    }
    for (const auto& key : order) {
        const std::vector<std::uint32_t>& pods = alike[key];
        DemandedWorkload one = described(spec, WorkloadIx{pods.front()});
        std::vector<Stay> of_these;
        for (const std::uint32_t w : pods) of_these.push_back(stays[w]);
        const std::int64_t most = most_at_once(of_these);
        one.replicas = times(most, factors.replicas);
        one.why = pods.size() == 1
                      ? "a pod of its own"
                      : fmt::format("{} of {} pods that look the same are there at once", most, pods.size());
        if (pods.size() > 1) one.title += fmt::format(" and {} like it", pods.size() - 1);
        for (std::size_t i = 1; i < pods.size(); ++i) one.likewise.push_back(WorkloadIx{pods[i]});
        if (one.replicas > 0) demand.workloads.push_back(std::move(one));
    }
}

void list_assumptions(const Demand& demand, Demand& into) {
    bool has_crons = false;
    for (const DemandedWorkload& one : demand.workloads) {
        if (one.why == "replicas" || one.why == "parallelism" || one.why == "a pod of its own") continue;
        into.assumptions.push_back({fmt::format("pods of {}", one.title), std::to_string(one.replicas), one.why});
        has_crons = has_crons || one.why.starts_with("peak of its schedule");
    }
    if (has_crons)
        into.assumptions.push_back({"place held by the pod of a Job beside its run time (99th percentile)",
                                    sim::to_text(held_beside_run_time), "a guess"});
    into.assumptions.push_back({"peaks of workloads", "all at once", "the packing has no time in it"});
}

}  // namespace

Demand demand_of(const Spec& spec, sim::Duration run_length, const DemandFactors& factors) {
    Demand demand;
    std::vector<std::int64_t> replicas(spec.workloads.size(), 0);
    for (std::uint32_t w = 0; w < spec.workloads.size(); ++w) {
        const WorkloadIx ix{w};
        const WorkloadKind kind = spec[ix].kind;
        if (kind == WorkloadKind::daemon_set || kind == WorkloadKind::pod) continue;
        const Peak peak = has_jobs(kind) ? peak_of_jobs(spec, ix, run_length, factors) : peak_of_replicas(spec, ix);
        if (peak.pods <= 0) continue;
        DemandedWorkload one = described(spec, ix);
        one.replicas = times(peak.pods, factors.replicas);
        one.why = peak.why;
        replicas[w] = one.replicas;
        demand.workloads.push_back(std::move(one));
    }
    add_bare_pods(spec, factors, demand);
    const std::vector<std::int64_t> network = peak_network_of_pods(spec, replicas);
    for (DemandedWorkload& one : demand.workloads) {
        one.network_bytes_per_second = network[one.workload.value];
        note_what_is_left_out(spec, one, demand.not_regarded);
    }
    note_what_concerns_all(spec, demand.not_regarded);
    list_assumptions(demand, demand);
    return demand;
}

}  // namespace eks::sizing
