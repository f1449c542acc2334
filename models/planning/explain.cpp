#include "models/planning/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace eks {

namespace {

// What a trace keeps of every event: enough to walk back. Sequences are given in order, so this is an array of them.
struct EventOrigin {
    std::uint64_t parent = 0;
    sim::Time at;
    const char* kind = nullptr;  // null: scheduled and not yet handled
};

struct PodRecord {
    PodId id;
    std::uint32_t replica = 0;
    NodeId node;
    sim::Time created;
    sim::Time since;
    std::optional<sim::Time> started;
    std::vector<WaitStretch> waits;
    std::vector<RefusedAddress> refusals;
    std::uint64_t last_event = 0;
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
        if (now_ > pod.since) pod.waits.push_back({pod.since, now_, cause, false});
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
        pod.last_event = current_;
        pods_.push_back(std::move(pod));
    }
    void saw(const PodWaitsFact& f) {
        if (PodRecord* pod = of_workload(f.workload, f.pod)) stretch(*pod, f.from);
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
    void saw(const PodScheduledFact& f) {
        if (PodRecord* pod = of_workload(f.workload, f.pod)) pod->node = f.node;
    }
    void saw(const AddFailedFact& f) {
        PodRecord* pod = of_workload(f.workload, f.pod);
        if (pod == nullptr) return;
        pod->refusals.push_back({now_, {}, f.cause, f.assigned, f.addresses, f.usable_at});
    }

    WorkloadIx workload_;
    sim::Time now_;
    std::uint64_t current_ = 0;
    std::vector<EventOrigin> origins_;
    std::vector<PodRecord> pods_;
};

std::string node_name(const Spec& spec, const World& world, NodeId id) {
    const Node* node = world.nodes.find(id);
    if (node == nullptr) return "a node that is gone";
    return fmt::format("{}-{}", spec[spec[node->shape].group].name, node->ordinal);
}

sim::Duration waited(const PodRecord& pod, sim::Time now) {
    return (pod.waiting ? now : pod.started.value_or(pod.since)) - pod.created;
}

std::optional<WorkloadIx> find_workload(const Spec& spec, std::string_view name) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (fmt::format("{}/{}", spec.workloads[i].namespace_name, spec.workloads[i].name) == name)
            return WorkloadIx::of(i);
    }
    return std::nullopt;
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
                                               std::string_view name, sim::Duration at) {
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
    if (chosen == nullptr)
        return sim::failure(
            fmt::format("{} had no such pod up to {}; it made {} pods by then", name, sim::to_text(at), pods.size()));

    const Workload& w = spec[target->workload];
    PodStory story;
    story.pod = fmt::format("{}/{}-{}", w.namespace_name, w.name, chosen->replica);
    story.created = chosen->created;
    story.started = chosen->started;
    story.waits = chosen->waits;
    if (chosen->waiting) {
        if (const Pod* pod = run.world().pods.find(chosen->id))
            story.waits.push_back({chosen->since, run.now(), pod->cause, true});
    }
    NodeId node = chosen->node;
    if (const Pod* pod = run.world().pods.find(chosen->id)) node = pod->node;
    if (node.valid()) story.node = node_name(spec, run.world(), node);
    story.refusals = chosen->refusals;
    for (RefusedAddress& refusal : story.refusals) refusal.node = story.node;

    std::uint64_t sequence = chosen->last_event;
    constexpr std::size_t longest_chain = 64;
    while (story.back_to_the_start.size() < longest_chain) {
        const EventOrigin& origin = tracer.origin_of(sequence);
        if (origin.kind == nullptr) break;
        // A loop that set itself off again would go back to the beginning of time.
        if (!story.back_to_the_start.empty() && story.back_to_the_start.back().what == origin.kind) break;
        story.back_to_the_start.push_back({origin.at, origin.kind});
        if (origin.parent >= sequence) break;
        sequence = origin.parent;
    }
    return story;
}

std::vector<std::string> to_lines(const PodStory& story) {
    std::vector<std::string> lines;
    const auto at = [](sim::Time t) { return fmt::format("{:.3f} s", t.since_origin().in_seconds()); };
    lines.push_back(
        fmt::format("Pod {}, created at {}{}.", story.pod, at(story.created),
                    story.node.empty() ? std::string(", bound to no node") : fmt::format(", on node {}", story.node)));
    for (const WaitStretch& wait : story.waits) {
        const WaitCauseText& text = text_of(wait.cause);
        lines.push_back(fmt::format("  {:>12} to {:>12}  {:9.3f} s  {}{}: {}", at(wait.from), at(wait.until),
                                    (wait.until - wait.from).in_seconds(), text.name,
                                    wait.still_waits ? " (still)" : "", text.meaning));
    }
    for (const RefusedAddress& refusal : story.refusals) {
        if (refusal.cause == WaitCause::cni_not_ready) {
            lines.push_back(
                fmt::format("  At {} the CNI's daemon on {} did not answer.", at(refusal.at), refusal.node));
            continue;
        }
        if (refusal.cause == WaitCause::branch_eni || refusal.cause == WaitCause::branch_eni_cooling) {
            lines.push_back(
                fmt::format("  At {} the CNI found no branch ENI for the pod on {}: {} of the {} that the node may "
                            "have were in use or "
                            "waited to be deleted.",
                            at(refusal.at), refusal.node, refusal.assigned, refusal.addresses));
            continue;
        }
        lines.push_back(fmt::format(
            "  At {} the CNI refused an address on {}: {} of {} addresses assigned, {} cooling{}.", at(refusal.at),
            refusal.node, refusal.assigned, refusal.addresses, refusal.addresses - refusal.assigned,
            refusal.usable_at == sim::Time::never() ? std::string(", none will be free by itself")
                                                    : fmt::format(", the first free at {}", at(refusal.usable_at))));
    }
    if (story.started)
        lines.push_back(fmt::format("  Started at {}, {:.3f} s after its creation.", at(*story.started),
                                    (*story.started - story.created).in_seconds()));
    if (!story.back_to_the_start.empty()) {
        std::string chain;
        for (const TraceStep& step : story.back_to_the_start)
            chain += fmt::format("{}{} at {}", chain.empty() ? "" : ", from ", step.what, at(step.at));
        lines.push_back("  Its last change came from " + chain + ".");
    }
    return lines;
}

}  // namespace eks
