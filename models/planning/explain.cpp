#include "models/planning/explain.hpp"

#include "models/spec/fault_texts.hpp"
#include "models/world/active_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace eks {

namespace {

// What happens before the first event, such as the opening, comes from no event.
constexpr std::uint64_t no_event = ~std::uint64_t{0};

// What a trace keeps of every event: enough to walk back. Sequences are given in order, so this is an array of them.
struct EventOrigin {
    std::uint64_t parent = no_event;
    sim::Time at;
    const char* kind = nullptr;  // null: scheduled and not yet handled
};

struct PodRecord {
    PodId id;
    std::uint32_t replica = 0;
    NodeId node;
    sim::Time created;
    sim::Time bound;
    sim::Time since;
    std::optional<sim::Time> started;
    std::vector<WaitStretch> waits;
    std::vector<RefusedAddress> refusals;
    std::vector<ContestedAddress> contests;
    std::optional<sim::Time> gone;
    std::uint64_t last_event = no_event;
    bool waiting = true;
};

// Follows the pods of one workload and remembers where every event came from.
class WorkloadTracer {
  public:
    explicit WorkloadTracer(WorkloadIx workload) : workload_(workload) {}

    void begin(std::uint64_t sequence, sim::Time time, const Event& event) {
        now_ = time;
        current_ = sequence;
        origin(sequence).at = time;
        origin(sequence).kind = kind_of(event);
    }
    void scheduled(std::uint64_t child) { origin(child).parent = current_; }

    void fact(const Fact& fact) {
        std::visit([this](const auto& f) { saw(f); }, fact);
    }

    const std::vector<PodRecord>& pods() const { return pods_; }
    const std::vector<std::pair<sim::Time, PodRefusedFact>>& refused() const { return refused_; }
    // What the node is or was: it may have gone since.
    const Node& node(NodeId id) const { return nodes_.at(id); }
    bool was_struck(NodeId id, std::uint32_t fault) const {
        return std::ranges::find(struck_, std::pair(id, fault)) != struck_.end();
    }
    // While the pod was bound to it.
    // `node` is the one that the pod has now: nobody saw it bound if it stood there as the run began.
    std::vector<NodeTurning> turnings_of(const PodRecord& pod, NodeId node) const {
        std::vector<NodeTurning> found;
        const auto of_node = turnings_.find(pod.node.valid() ? pod.node : node);
        if (of_node == turnings_.end()) return found;
        for (const NodeTurning& turning : of_node->second) {
            if (turning.at >= pod.bound && (!pod.gone || turning.at <= *pod.gone)) found.push_back(turning);
        }
        return found;
    }
    const EventOrigin& origin_of(std::uint64_t sequence) const { return origins_[sequence]; }

  private:
    EventOrigin& origin(std::uint64_t sequence) {
        if (origins_.size() <= sequence) origins_.resize(std::max<std::size_t>(sequence + 1, 2 * origins_.size()));
        return origins_[sequence];
    }
    PodRecord* record(PodId id) {
        const auto at = std::find_if(pods_.rbegin(), pods_.rend(), [id](const PodRecord& r) { return r.id == id; });
        return at == pods_.rend() ? nullptr : &*at;
    }
    PodRecord* of_workload(WorkloadIx workload, PodId id) { return workload == workload_ ? record(id) : nullptr; }
    void stretch(PodRecord& pod, WaitCause cause) {
        if (now_ > pod.since && cause != WaitCause::none) pod.waits.push_back({pod.since, now_, cause, false});
        pod.since = now_;
        pod.last_event = current_;
    }

    template <class F>
    void saw(const F&) {}
    void saw(const PodCreatedFact& f) {
        if (f.workload != workload_) return;
        PodRecord pod;
        pod.id = f.pod;
        pod.created = pod.since = now_;
        pod.replica = f.replica;
        pod.waiting = f.cause != WaitCause::none;
        if (!pod.waiting) pod.started = now_;
        pod.last_event = current_;
        pods_.push_back(std::move(pod));
    }
    void saw(const PodRefusedFact& f) {
        if (f.workload == workload_) refused_.emplace_back(now_, f);
    }
    void saw(const NodeStruckFact& f) { struck_.emplace_back(f.node, f.occurrence); }
    void saw(const PodRemovedFact& f) {
        if (PodRecord* pod = of_workload(f.workload, f.pod)) pod->gone = now_;
    }
    void saw(const NodeFact& f) {
        if (!f.joined && f.to != f.from && f.from != NodeState::launching) turnings_[f.node].push_back({now_, f.to});
        if (!f.joined) return;
        Node& node = nodes_[f.node];
        node.shape = f.shape;
        node.ordinal = nodes_of_group_[f.group]++;
    }
    void saw(const PodWaitsFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        stretch(*pod, f.from);
        pod->waiting = true;
    }
    void saw(const PodStartedFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        stretch(*pod, f.from);
        pod->started = now_;
        pod->waiting = false;
    }
    void saw(const PodGaveUpFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        stretch(*pod, f.from);
        pod->waiting = false;
    }
    void saw(const PodAddressFact& f) {
        if (f.to == AddressState::undisputed) return;
        if (PodRecord* pod = of_workload(f.workload, f.pod)) pod->contests.push_back({now_, f.to});
    }
    void saw(const PodScheduledFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        pod->node = f.node;
        pod->bound = now_;
    }
    void saw(const AddFailedFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        pod->refusals.push_back({now_, {}, f.cause, f.assigned, f.addresses, f.usable_at, f.awaits});
    }

    WorkloadIx workload_;
    sim::Time now_;
    std::uint64_t current_ = no_event;
    std::vector<EventOrigin> origins_;
    std::vector<PodRecord> pods_;
    std::vector<std::pair<sim::Time, PodRefusedFact>> refused_;
    std::map<NodeId, Node> nodes_;  // all that were ever launched; their shapes and ordinals alone
    std::map<NodeGroupIx, std::uint32_t> nodes_of_group_;
    std::map<NodeId, std::vector<NodeTurning>> turnings_;
    std::vector<std::pair<NodeId, std::uint32_t>> struck_;  // by which fault
};

std::string node_name(const Spec& spec, const Node& node) {
    return fmt::format("{}-{}", spec[spec[node.shape].group].name, node.ordinal);
}

sim::Duration waited(const PodRecord& pod, sim::Time now) {
    return (pod.waiting ? now : pod.started.value_or(pod.since)) - pod.created;
}

// Of three rounds of the same two steps at the end, such as a kubelet's retries, the one in the middle goes.
void leave_out_middle_round(std::vector<TraceStep>& steps) {
    const std::size_t n = steps.size();
    if (n < 6) return;
    for (std::size_t back = 1; back <= 4; ++back) {
        if (steps[n - back].what != steps[n - back - 2].what) return;
    }
    steps[n - 2].rounds += steps[n - 4].rounds + 1;
    steps.erase(steps.end() - 4, steps.end() - 2);
}

// Faults that take some of the nodes in their scope only.
bool strikes_single_nodes(FaultKind kind) {
    return kind == FaultKind::node_down || kind == FaultKind::zone_outage || kind == FaultKind::runtime_freeze ||
           kind == FaultKind::kubelet_restart;
}

// The faults of nodes that struck this one, and the others in whose scope it is for as long as they and the pod's
// waiting overlap.
std::vector<FaultStretch> faults_during(const Spec& spec, const std::vector<WaitStretch>& waits, NodeId id,
                                        const WorkloadTracer& tracer) {
    std::vector<FaultStretch> found;
    const Node& node = tracer.node(id);
    for (const TimelineAction& begins : spec.timeline) {
        if (begins.kind != TimelineKind::fault_begins || !strikes(spec, begins.fault, node)) continue;
        const bool is_of_nodes = strikes_single_nodes(begins.fault.kind);
        if (is_of_nodes ? !tracer.was_struck(id, begins.fault.occurrence) : waits.empty()) continue;
        FaultStretch fault{sim::Time::at(begins.at), sim::Time::never(), begins.fault.kind};
        for (const TimelineAction& ends : spec.timeline) {
            if (ends.kind == TimelineKind::fault_ends && ends.fault.occurrence == begins.fault.occurrence)
                fault.until = sim::Time::at(ends.at);
        }
        if (is_of_nodes || (fault.from < waits.back().until && fault.until > waits.front().from))
            found.push_back(fault);
    }
    return found;
}

std::optional<WorkloadIx> find_workload(const Spec& spec, std::string_view name) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (fmt::format("{}/{}", spec.workloads[i].namespace_name, spec.workloads[i].name) == name)
            return WorkloadIx::of(i);
    }
    return std::nullopt;
}

// Refusals of the workload's pods up to this instant.
std::vector<RefusedCreation> refused_until(const Spec& spec, const WorkloadTracer& tracer, sim::Time until) {
    std::vector<RefusedCreation> found;
    for (const auto& [at, fact] : tracer.refused()) {
        if (at > until) break;
        const ResourceQuota& quota = spec.quotas[fact.quota];
        const QuotaBound& bound = quota.bounds[fact.bound];
        found.push_back({at, fmt::format("ResourceQuota/{}/{}", quota.namespace_name, quota.name), bound.name,
                         fact.used, bound.limit, fact.asked, fact.is_unstated});
    }
    return found;
}

std::string line_of(const RefusedCreation& refused) {
    if (refused.is_unstated)
        return fmt::format("{} bounds {}, which a container of the pod does not state", refused.quota, refused.bound);
    // Requests and limits of processor time are counted in thousandths.
    const bool is_of_cpu = refused.bound.ends_with("cpu");
    const bool is_of_bytes = refused.bound.ends_with("memory") || refused.bound.ends_with("ephemeral-storage");
    const std::string_view unit = is_of_cpu ? "m" : is_of_bytes ? " bytes" : "";
    return fmt::format("{} had {}{} of {}{} of {} in use, and the pod asks for {}{}", refused.quota, refused.used, unit,
                       refused.limit, unit, refused.bound, refused.asked, unit);
}

bool is_without_node(const World& world, PodId id) {
    const Pod* pod = world.pods.find(id);
    return pod != nullptr && pod->stage == PodStage::queued && !pod->node.valid();
}

struct Target {
    WorkloadIx workload;
    std::optional<std::uint32_t> replica;
};

std::optional<Target> parse_target(const Spec& spec, std::string_view pod) {
    if (const auto whole = find_workload(spec, pod)) return Target{*whole, std::nullopt};
    const std::size_t dash = pod.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto workload = find_workload(spec, pod.substr(0, dash));
    std::uint32_t replica = 0;
    const char* end = pod.data() + pod.size();
    const auto read = std::from_chars(pod.data() + dash + 1, end, replica);
    if (!workload || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return Target{*workload, replica};
}

}  // namespace

sim::Result<PodStory, std::string> explain_pod(const Scenario& scenario, const StartOptions& options,
                                               std::string_view name, sim::Duration at, bool with_nodes) {
    const Spec& spec = *scenario.spec;
    const auto target = parse_target(spec, name);
    if (!target) {
        std::string known;
        for (const Workload& w : spec.workloads)
            known += fmt::format("{}{}/{}", known.empty() ? "" : ", ", w.namespace_name, w.name);
        return sim::failure(fmt::format(
            "no workload is called {}; write NAMESPACE/WORKLOAD, or NAMESPACE/WORKLOAD-N for its N-th pod, of: {}",
            name, known));
    }
    // The opening is part of the story, so the run is traced from its very first event.
    WorkloadTracer tracer(target->workload);
    Run run = start_traced(scenario, options, tracer);
    run.until_traced(at, tracer);

    const auto& pods = tracer.pods();
    const PodRecord* chosen = nullptr;
    for (const PodRecord& pod : pods) {
        if (target->replica) {
            // The last of them: a StatefulSet's pods follow each other under one name.
            if (pod.replica == *target->replica) chosen = &pod;
            continue;
        }
        if (chosen == nullptr ||
            std::pair(pod.waiting, waited(pod, run.now())) > std::pair(chosen->waiting, waited(*chosen, run.now())))
            chosen = &pod;
    }
    if (chosen == nullptr) {
        const auto refused = refused_until(spec, tracer, run.now());
        return sim::failure(fmt::format(
            "{} had no such pod up to {}; it made {} pods by then{}", name, sim::to_text(at), pods.size(),
            refused.empty() ? std::string{}
                            : fmt::format(", and {} were refused, the last one at {}: {}", refused.size(),
                                          sim::to_text(refused.back().at.since_origin()), line_of(refused.back()))));
    }

    const Workload& w = spec[target->workload];
    PodStory story;
    story.pod = fmt::format("{}/{}-{}", w.namespace_name, w.name, chosen->replica);
    story.created = chosen->created;
    story.started = chosen->started;
    story.refused_creations = refused_until(spec, tracer, chosen->created);
    story.waits = chosen->waits;
    if (chosen->waiting) {
        if (const Pod* pod = run.world().pods.find(chosen->id))
            story.waits.push_back({chosen->since, run.now(), pod->cause, true});
    }
    if (with_nodes && !spec.kubernetes.is_2018() && run.world().pods.find(chosen->id) != nullptr) {
        story.nodes = scheduling_table(run.spec(), run.world(), chosen->id);
        story.nodes_at = run.now();
    }
    if (with_nodes && is_without_node(run.world(), chosen->id)) {
        const sim::DrawSource key(run.simulation().key());
        const AutoscalerMoment moment{run.spec(), run.world(), key, run.now()};
        for (const auto& says : {cluster_autoscaler_on_pod(moment, chosen->id), karpenter_on_pod(moment, chosen->id)}) {
            if (says) story.autoscalers.push_back(*says);
        }
        story.nodes_at = run.now();
    }
    NodeId node = chosen->node;
    if (const Pod* pod = run.world().pods.find(chosen->id)) node = pod->node;
    if (node.valid()) {
        story.node = node_name(spec, tracer.node(node));
        story.faults = faults_during(spec, story.waits, node, tracer);
        story.node_turnings = tracer.turnings_of(*chosen, node);
    }
    story.refusals = chosen->refusals;
    story.contests = chosen->contests;
    for (RefusedAddress& refusal : story.refusals) refusal.node = story.node;

    for (std::uint64_t sequence = chosen->last_event; sequence != no_event;) {
        const EventOrigin& origin = tracer.origin_of(sequence);
        if (origin.kind == nullptr) break;
        sequence = origin.parent;
        // A loop that sets itself off is told of once.
        if (!story.back_to_the_start.empty() && story.back_to_the_start.back().what == origin.kind) continue;
        story.back_to_the_start.push_back({origin.at, origin.kind});
        leave_out_middle_round(story.back_to_the_start);
    }
    return story;
}

namespace {

std::string line_of(sim::Time from, sim::Time until, std::string_view what) {
    return fmt::format("  {:>12} to {:>12}  {:9.3f} s  {}", story_time(from), story_time(until),
                       (until - from).in_seconds(), what);
}

std::string named(WaitCause cause, bool still_waits) {
    const WaitCauseText& text = text_of(cause);
    return fmt::format("{}{}: {}", text.name, still_waits ? " (still)" : "", text.meaning);
}

// Where a stretch begins that says the same few things over and over, its end; else the next stretch.
std::size_t end_of_repetition(const std::vector<WaitStretch>& waits, std::size_t from) {
    constexpr std::size_t causes_of_one_kind = 3;
    constexpr std::size_t worth_folding = 6;
    std::vector<WaitCause> causes;
    std::size_t end = from;
    for (; end < waits.size(); ++end) {
        if (std::ranges::find(causes, waits[end].cause) != causes.end()) continue;
        if (causes.size() == causes_of_one_kind) break;
        causes.push_back(waits[end].cause);
    }
    const auto comes_once = [&](WaitCause cause) {
        const auto first = waits.begin() + static_cast<std::ptrdiff_t>(from);
        return std::ranges::count(first, waits.begin() + static_cast<std::ptrdiff_t>(end), cause,
                                  &WaitStretch::cause) == 1;
    };
    // What comes up once, at the beginning or at the end, belongs to something else.
    if (comes_once(waits[from].cause)) return from + 1;
    while (comes_once(waits[end - 1].cause)) --end;
    return end - from >= worth_folding ? end : from + 1;
}

void tell_waits(const std::vector<WaitStretch>& waits, std::vector<std::string>& lines) {
    for (std::size_t from = 0; from < waits.size();) {
        const std::size_t end = end_of_repetition(waits, from);
        if (end == from + 1) {
            lines.push_back(
                line_of(waits[from].from, waits[from].until, named(waits[from].cause, waits[from].still_waits)));
            from = end;
            continue;
        }
        lines.push_back(line_of(waits[from].from, waits[end - 1].until, fmt::format("in {} turns:", end - from)));
        std::vector<WaitCause> told;
        for (std::size_t i = from; i < end; ++i) {
            if (std::ranges::find(told, waits[i].cause) != told.end()) continue;
            told.push_back(waits[i].cause);
            sim::Duration sum;
            bool still_waits = false;
            for (std::size_t j = from; j < end; ++j) {
                if (waits[j].cause != waits[i].cause) continue;
                sum = sum + (waits[j].until - waits[j].from);
                still_waits = still_waits || waits[j].still_waits;
            }
            lines.push_back(
                fmt::format("  {:>28}  {:9.3f} s  {}", "", sum.in_seconds(), named(waits[i].cause, still_waits)));
        }
        from = end;
    }
}

void tell_refusals(const std::vector<RefusedAddress>& refusals, std::vector<std::string>& lines) {
    for (std::size_t first = 0; first < refusals.size();) {
        const RefusedAddress& refusal = refusals[first];
        std::size_t end = first + 1;
        while (end < refusals.size() && refusals[end].cause == refusal.cause &&
               refusals[end].assigned == refusal.assigned && refusals[end].addresses == refusal.addresses &&
               refusals[end].awaits == refusal.awaits)
            ++end;
        const RefusedAddress& last = refusals[end - 1];
        const std::string when = end == first + 1 ? fmt::format("At {}", story_time(refusal.at))
                                                  : fmt::format("{} times from {} to {}", end - first,
                                                                story_time(refusal.at), story_time(last.at));
        first = end;
        if (refusal.cause == WaitCause::cni_not_ready) {
            lines.push_back(fmt::format("  {} the CNI's daemon on {} did not answer.", when, refusal.node));
            continue;
        }
        if (refusal.cause == WaitCause::branch_eni || refusal.cause == WaitCause::branch_eni_cooling) {
            lines.push_back(
                fmt::format("  {} the CNI found no branch ENI for the pod on {}: {} of the {} that the node may have "
                            "were in use or "
                            "waited to be deleted.",
                            when, refusal.node, refusal.assigned, refusal.addresses));
            continue;
        }
        lines.push_back(fmt::format(
            "  {} the CNI refused an address on {}: {} of {} addresses assigned, {} cooling{}.", when, refusal.node,
            refusal.assigned, refusal.addresses, refusal.addresses - refusal.assigned,
            last.usable_at == sim::Time::never() ? std::string(", none will be free by itself")
                                                 : fmt::format(", the first free at {}", story_time(last.usable_at))));
        if (last.awaits != AddressWait::nothing)
            lines.push_back(fmt::format("    No more came: {}.", text_of(last.awaits)));
    }
}

// DPC-57
std::string_view meaning_of(AddressState state) {
    switch (state) {
        case AddressState::undisputed: break;
        case AddressState::shared:
            return "its address is an earlier pod's too: connections come here, where the route was written last";
        case AddressState::overwritten:
            return "a later pod has got its address too: new connections go there and fail here";
        case AddressState::taken_away:
            return "its address is on no ENI of the node any more: nothing from off the node arrives";
    }
    return "";
}

std::string_view meaning_of(NodeState state) {
    switch (state) {
        case NodeState::launching: break;
        case NodeState::registered: return "was NotReady: its kubelet said so";
        case NodeState::ready: return "was Ready again";
        case NodeState::unreachable: return "was NotReady: its kubelet had said nothing for too long (NODE-2)";
        case NodeState::lost: return "was terminated";
        case NodeState::deleted: return "had no Node object any more (NODE-6)";
    }
    return "";
}

}  // namespace

std::vector<std::string> to_lines(const PodStory& story) {
    std::vector<std::string> lines;
    lines.push_back(
        fmt::format("Pod {}, created at {}{}.", story.pod, story_time(story.created),
                    story.node.empty() ? std::string(", bound to no node") : fmt::format(", on node {}", story.node)));
    if (!story.refused_creations.empty()) {
        const RefusedCreation& last = story.refused_creations.back();
        lines.push_back(
            fmt::format("  Before it, {} pods of its workload were refused from {} to {}. The last time {}.",
                        story.refused_creations.size(), story_time(story.refused_creations.front().at),
                        story_time(last.at), line_of(last)));
    }
    tell_waits(story.waits, lines);
    for (const FaultStretch& fault : story.faults) {
        const std::string span = fault.until == sim::Time::never()
                                     ? fmt::format("from {} on", story_time(fault.from))
                                     : fmt::format("from {} to {}", story_time(fault.from), story_time(fault.until));
        lines.push_back(
            fmt::format("  The fault {} struck {}: {}.", name_of(fault.kind), span, meaning_of(fault.kind)));
    }
    for (const NodeTurning& turning : story.node_turnings)
        lines.push_back(
            fmt::format("  From {} its node {} {}.", story_time(turning.at), story.node, meaning_of(turning.to)));
    tell_refusals(story.refusals, lines);
    if (story.started && *story.started == story.created)
        lines.emplace_back("  It stood ready on its node when the run began.");
    else if (story.started)
        lines.push_back(fmt::format("  Started at {}, {:.3f} s after its creation.", story_time(*story.started),
                                    (*story.started - story.created).in_seconds()));
    for (const ContestedAddress& contest : story.contests)
        lines.push_back(fmt::format("  Two CNIs run on the node. From {} on {}.", story_time(contest.since),
                                    meaning_of(contest.state)));
    if (!story.back_to_the_start.empty()) {
        std::string chain;
        for (const TraceStep& step : story.back_to_the_start)
            chain += fmt::format("{}{}{} at {}", chain.empty() ? "" : ", from ",
                                 step.rounds == 0 ? "" : fmt::format("{} more rounds of these, from ", step.rounds),
                                 step.what, story_time(step.at));
        lines.push_back("  Its last change came from " + chain + ".");
    }
    if (story.nodes) {
        constexpr std::size_t nodes_max = 40;
        lines.push_back(
            fmt::format("  Nodes for it at {}, by weighted score (* the best):", story_time(story.nodes_at)));
        for (const std::string& line : to_lines(*story.nodes, nodes_max)) lines.push_back("  " + line);
    }
    if (!story.autoscalers.empty())
        lines.push_back(fmt::format("  What would add a node for it at {}:", story_time(story.nodes_at)));
    for (const AutoscalerStory& autoscaler : story.autoscalers) {
        for (const std::string& line : to_lines(autoscaler)) lines.push_back("  " + line);
    }
    return lines;
}

}  // namespace eks
