// Agents of telemetry in a run (FR-25 to FR-27): which of their pods are up, what these scrape, and what becomes of it.
// Scrapes are no events. Whenever a pod comes or goes, all rates are worked out anew, and hold until the next time.
//
// Left out: the memory that an agent takes for what it scrapes (its usage is what the scenario says), and the first
// interval of a new target, which is scraped on average half of it later.
#include "models/systems/handlers.hpp"
#include "models/systems/platform/telemetry_shares.hpp"
#include "models/systems/platform/write_ahead_log.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int64_t micro_in_milli = 1000;
// How often the backlog is told while it changes.
constexpr sim::Duration look_period = sim::Duration::minutes(1);

bool takes_samples(const World& world) {
    return std::ranges::none_of(world.faults,
                                [](const ActiveFault& f) { return f.kind == FaultKind::telemetry_outage; });
}

const TelemetryAgent& agent_of(const Spec& spec, const AgentPod& row) { return spec.telemetry.agents[row.agent]; }

void note_end(Turn& turn, const AgentPod& row, SampleEnd end, std::int64_t samples_micro) {
    if (samples_micro >= micro_in_milli) turn.note(SamplesEndFact{row.agent, end, samples_micro / micro_in_milli});
}

void lose(Turn& turn, AgentPod& row, SampleEnd end, std::int64_t samples_micro) {
    note_end(turn, row, end, samples_micro);
    row.unsent_micro -= samples_micro;
}

// Brings what is in the log up to this instant.
void settle(const Spec& spec, Turn& turn, AgentPod& row) {
    const std::int64_t lasted = (turn.now() - row.since).us();
    row.since = turn.now();
    if (!row.is_up || lasted == 0) return;
    const wal::Fill fill =
        wal::fill_after(row.unsent_micro, {row.in_milli, row.out_milli}, agent_of(spec, row).keeps.us(), lasted);
    row.unsent_micro = fill.unsent_micro;
    note_end(turn, row, SampleEnd::wal_too_old, fill.too_old_micro);
}

bool runs(const Spec& spec, const World& world, const TelemetryAgent& agent, const AgentPod& row, sim::Time now) {
    const Pod* pod = world.pods.find(row.pod);
    if (pod == nullptr || !containers_run(*pod) || pod->is_out_of_memory) return false;
    if (agent.scope != ScrapeScope::own_pod) return true;
    return now >= row.down_until && !is_struck_by_crash(spec, world, *pod, agent.container);
}

// Told to stop, it sends what it has, if anybody takes it.
void flush(Turn& turn, AgentPod& row) {
    note_end(turn, row, SampleEnd::sent, row.unsent_micro);
    note_end(turn, row, SampleEnd::rejected, wal::cut_micro(row.unsent_micro, row.rejected_ppm));
    row.unsent_micro = 0;
}

void go_down(const Spec& spec, const World& world, Turn& turn, AgentPod& row) {
    const TelemetryAgent& agent = agent_of(spec, row);
    const Pod* pod = world.pods.find(row.pod);
    row.is_up = false;
    row.in_milli = row.out_milli = 0;
    const bool is_told_to_stop = pod != nullptr && pod->stage == PodStage::stopping && !pod->is_evicted;
    if (is_told_to_stop) {
        if (takes_samples(world)) flush(turn, row);
        return;  // the log is closed, and whole
    }
    if (!wal::outlives(agent.volume, wal::End::container))
        return lose(turn, row, SampleEnd::wal_gone, row.unsent_micro);
    lose(turn, row, SampleEnd::wal_cut, wal::cut_micro(row.unsent_micro, agent.cut_ppm));
}

// Of a log whose pod does not run: whether there is still a pod that will open it again.
void lose_with_pod(const Spec& spec, const World& world, Turn& turn, AgentPod& row) {
    const Pod* pod = world.pods.find(row.pod);
    if (pod != nullptr && !pod->terminating && pod->stage != PodStage::finished) return;
    const Node* node = world.nodes.find(row.node);
    const bool node_is_gone = node == nullptr || !node->has_instance();
    row.pod = PodId::none();
    if (!wal::outlives(agent_of(spec, row).volume, node_is_gone ? wal::End::node : wal::End::pod))
        lose(turn, row, SampleEnd::wal_gone, row.unsent_micro);
}

bool opens(const Spec& spec, const AgentPod& row, std::uint32_t agent, PodId id, const Pod& pod) {
    if (row.agent != agent) return false;
    if (row.pod.valid()) return row.pod == id;
    switch (agent_of(spec, row).volume) {
        case WalVolume::container:
        case WalVolume::empty_dir: return false;
        case WalVolume::host_path: return row.node == pod.node;
        case WalVolume::persistent:
            return spec[pod.workload].kind != WorkloadKind::stateful_set || row.replica == pod.replica;
    }
    return false;
}

void find_agents(const Spec& spec, World& world, sim::Time now) {
    std::vector<AgentPod>& rows = world.telemetry.pods;
    for (std::uint32_t a = 0; a < spec.telemetry.agents.size(); ++a) {
        for_each_pod(world, spec.telemetry.agents[a].pods, [&](PodId id, const Pod& pod) {
            if (!containers_run(pod) || pod.is_out_of_memory) return;
            auto row = std::ranges::find_if(rows, [&](const AgentPod& r) { return r.agent == a && r.pod == id; });
            if (row == rows.end())
                row = std::ranges::find_if(rows, [&](const AgentPod& r) { return opens(spec, r, a, id, pod); });
            if (row == rows.end()) {
                rows.emplace_back();
                row = std::prev(rows.end());
                row->agent = a;
            }
            row->pod = id;
            row->node = pod.node;
            row->replica = pod.replica;
            if (row->is_up || !runs(spec, world, spec.telemetry.agents[a], *row, now)) return;
            row->is_up = true;
            row->since = now;
        });
    }
}

void tell(World& world, Turn& turn, const std::vector<AgentLevels>& levels) {
    for (std::uint32_t a = 0; a < levels.size(); ++a) {
        AgentLevels& was = world.telemetry.told[a];
        const AgentLevels& is = levels[a];
        const AgentLevels change{is.in_milli - was.in_milli,
                                 is.sent_milli - was.sent_milli,
                                 is.rejected_milli - was.rejected_milli,
                                 is.missed_milli - was.missed_milli,
                                 is.unsent_milli - was.unsent_milli,
                                 is.unobserved - was.unobserved};
        if (change == AgentLevels{}) continue;
        turn.note(TelemetryFact{a, change});
        was = is;
    }
}

// How fast each sends, and when that changes by itself.
sim::Time send(const Spec& spec, World& world, sim::Time now, std::vector<AgentLevels>& levels) {
    constexpr std::int64_t ppm = 1'000'000;
    const bool backend_is_up = takes_samples(world);
    sim::Time next = sim::Time::never();
    for (AgentPod& row : world.telemetry.pods) {
        const TelemetryAgent& agent = agent_of(spec, row);
        AgentLevels& level = levels[row.agent];
        level.unsent_milli += row.unsent_micro / micro_in_milli;
        if (!row.is_up) {
            if (row.down_until > now) next = std::min(next, row.down_until);
            continue;
        }
        row.out_milli = wal::out_milli(row.unsent_micro, row.in_milli, agent.batch.us(), agent.sends_milli_per_second,
                                       backend_is_up);
        level.in_milli += row.in_milli;
        level.sent_milli += row.out_milli;
        level.rejected_milli += row.out_milli * row.rejected_ppm / ppm;
        if (row.out_milli == row.in_milli) continue;
        next = std::min(next, now + look_period);
        if (const auto us = wal::us_until_usual(row.unsent_micro, {row.in_milli, row.out_milli}, agent.batch.us());
            us && backend_is_up)
            next = std::min(next, now + sim::Duration::microseconds(*us));
    }
    return next;
}

}  // namespace

void telemetry_changes(const Spec& spec, World& world, Turn& turn) {
    if (spec.telemetry.agents.empty() || world.telemetry.is_due) return;
    world.telemetry.is_due = true;
    turn.at(turn.now(), TelemetryLook{});
}

void sidecar_crashes(const Spec& spec, World& world, Turn& turn, PodId pod) {
    for (AgentPod& row : world.telemetry.pods) {
        if (row.pod != pod || agent_of(spec, row).scope != ScrapeScope::own_pod) continue;
        // Seen by the next relist (KUBELET-12); a first restart waits for nothing (KUBELET-37).
        constexpr sim::Duration relist = sim::Duration::seconds(1);
        const sim::Time seen = sim::next_tick_after(turn.now(), world.nodes[row.node].kubelet_phase, relist);
        row.down_until = seen + spec.latencies.container_start;
        turn.note(ContainerRestartedFact{world.pods[pod].workload});
    }
    telemetry_changes(spec, world, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const TelemetryLook&) {
    TelemetryState& state = world.telemetry;
    if (!state.is_due && turn.now() != state.looks_at) return;
    state.is_due = false;
    state.looks_at = sim::Time::never();
    state.told.resize(spec.telemetry.agents.size());
    for (AgentPod& row : state.pods) {
        settle(spec, turn, row);
        if (row.is_up && !runs(spec, world, agent_of(spec, row), row, turn.now())) go_down(spec, world, turn, row);
        if (!row.is_up) lose_with_pod(spec, world, turn, row);
    }
    std::erase_if(state.pods, [](const AgentPod& row) { return !row.pod.valid() && row.unsent_micro == 0; });
    find_agents(spec, world, turn.now());
    std::vector<AgentLevels> levels = share_out_targets(spec, world);
    const sim::Time next = send(spec, world, turn.now(), levels);
    tell(world, turn, levels);
    if (next == sim::Time::never()) return;
    state.looks_at = next;
    turn.at(next, TelemetryLook{});
}

}  // namespace eks
