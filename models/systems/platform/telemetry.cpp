// Agents of telemetry in a run (FR-25 to FR-27): which of their pods are up, what these scrape, and what becomes of it.
// Scrapes are no events. Whenever a pod comes or goes, all rates are worked out anew, and hold until the next time.
//
// Left out: that pods are old and new while a template changes, of which the annotations and the volumes of the newest
// count for all; the memory that an agent takes for what it scrapes (its usage is what the scenario says), and the
// first interval of a new target, which is scraped on average half of it later.
#include "models/systems/handlers.hpp"
#include "models/systems/platform/telemetry_losses.hpp"
#include "models/systems/platform/telemetry_shares.hpp"
#include "models/systems/platform/time_spans.hpp"
#include "models/systems/platform/write_ahead_log.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <utility>

namespace eks {

namespace {

constexpr std::int64_t micro_in_milli = 1000;
// How often the backlog is told while it changes.
constexpr sim::Duration look_period = sim::Duration::minutes(1);
// How long an agent goes on sending once it is told to stop, if its pod is given so long: what Prometheus'
// --storage.remote.flush-deadline is without being said.
constexpr sim::Duration flush_deadline = sim::Duration::minutes(1);

bool takes_samples(const World& world) {
    return std::ranges::none_of(world.faults,
                                [](const ActiveFault& f) { return f.kind == FaultKind::telemetry_outage; });
}

void note_end(Turn& turn, const AgentPod& row, SampleEnd end, std::int64_t samples_micro) {
    if (samples_micro >= micro_in_milli) turn.note(SamplesEndFact{row.agent, end, samples_micro / micro_in_milli});
}

// No log has anything of before this.
sim::Time horizon_of_all(const Spec& spec, sim::Time now) {
    sim::Duration longest;
    for (const TelemetryAgent& agent : spec.telemetry.agents) longest = std::max(longest, agent.keeps);
    return now - longest;
}

void miss(const Spec& spec, sim::Time now, AgentPod& row, TimeSpan time) {
    add(row.missing, time);
    while (row.missing.size() > 1 && row.missing[1].begins < horizon_of_all(spec, now))
        row.missing.erase(row.missing.begin());
}

void lose(const Spec& spec, Turn& turn, OtherLogs& others, AgentPod& row, SampleEnd end, const LogSpans& gone) {
    if (gone.empty()) return;
    note_end(turn, row, end, others.lost_for_all(row, gone));
    for (const LogSpan& span : gone) miss(spec, turn.now(), row, {span.begins, span.ends});
}

// Brings what is in the log up to this instant.
void settle(const Spec& spec, Turn& turn, OtherLogs& others, AgentPod& row) {
    const sim::Time since = std::exchange(row.since, turn.now());
    if (row.is_up && since < turn.now()) {
        wal::add(row.log, since, turn.now(), row.in_milli);
        wal::take_oldest(row.log, wal::micro_of(row.out_milli, (turn.now() - since).us()));
    }
    lose(spec, turn, others, row, SampleEnd::wal_too_old,
         wal::drop_older_than(row.log, turn.now() - agent_of(spec, row).keeps));
    if (const std::int64_t beyond = wal::total(row.log) - wal::most_micro; beyond > 0)
        note_end(turn, row, SampleEnd::wal_too_old, wal::take_oldest(row.log, beyond));
}

// Told to stop, it sends what it can, if anybody takes it, and closes its log, which is whole then.
void stop(const Spec& spec, const World& world, Turn& turn, AgentPod& row, const Pod& pod) {
    if (!takes_samples(world)) return;
    const sim::Duration time = std::min(spec[pod.pod_template].termination_grace, flush_deadline);
    const std::int64_t sent =
        wal::take_oldest(row.log, wal::micro_of(agent_of(spec, row).sends_milli_per_second, time.us()));
    note_end(turn, row, SampleEnd::sent, sent);
    note_end(turn, row, SampleEnd::rejected, wal::share_of(sent, row.rejected_ppm, wal::whole_ppm));
}

// Its sidecars are told to stop too when a pod has done its work.
bool is_told_to_stop(const Pod& pod) {
    const bool was_killed = pod.is_evicted || pod.forced_end != ForcedEnd::none;
    return !was_killed && (pod.stage == PodStage::stopping || pod.finished != sim::Time::origin());
}

void go_down(const Spec& spec, const World& world, Turn& turn, OtherLogs& others, AgentPod& row) {
    const Pod* pod = world.pods.find(row.pod);
    row.is_up = false;
    miss(spec, turn.now(), row, {turn.now(), sim::Time::never()});
    row.in_milli = row.out_milli = 0;
    if (pod != nullptr && is_told_to_stop(*pod)) return stop(spec, world, turn, row, *pod);
    if (!wal::outlives(row.volume, wal::End::container))
        return lose(spec, turn, others, row, SampleEnd::wal_gone, std::exchange(row.log, {}));
    // A log that was left open is cut to its last good segment.
    const std::int64_t cut = wal::share_of(wal::total(row.log), agent_of(spec, row).cut_ppm, wal::whole_ppm);
    lose(spec, turn, others, row, SampleEnd::wal_cut, wal::cut_newest(row.log, cut));
}

// Of a log whose agent does not run: whether there is still a pod that will open it again.
void lose_with_pod(const Spec& spec, const World& world, Turn& turn, OtherLogs& others, AgentPod& row) {
    const Pod* pod = world.pods.find(row.pod);
    if (pod != nullptr && is_alive(*pod)) return;
    row.down_until = sim::Time::origin();  // it starts with the pod
    if (pod != nullptr && !pod->terminating && pod->finished == sim::Time::origin()) return;
    const Node* node = world.nodes.find(row.node);
    const bool node_is_gone = node == nullptr || !node->has_instance();
    if (!wal::outlives(row.volume, node_is_gone ? wal::End::node : wal::End::pod))
        lose(spec, turn, others, row, SampleEnd::wal_gone, std::exchange(row.log, {}));
    row.pod = PodId::none();
}

bool has_agent(const Spec& spec, const TelemetryAgent& agent, const Pod& pod) {
    if (agent.scope != ScrapeScope::own_pod) return true;
    const PodTemplate& t = spec[pod.pod_template];
    const auto is_in = [&](const std::vector<ContainerSpec>& containers) {
        return std::ranges::find(containers, agent.container, &ContainerSpec::name) != containers.end();
    };
    return is_in(t.containers) || is_in(t.init_containers);
}

bool runs(const World& world, const AgentPod& row, sim::Time now) {
    const Pod* pod = world.pods.find(row.pod);
    return pod != nullptr && is_alive(*pod) && now >= row.down_until;
}

void come_up(const Spec& spec, World& world, Turn& turn, AgentPod& row) {
    if (row.is_up || !runs(world, row, turn.now())) return;
    const bool starts_again = row.down_until != sim::Time::origin();
    if (starts_again && !world.nodes[row.node].health.acts()) return plan_restart(spec, world, turn.now(), row);
    if (starts_again) turn.note(ContainerRestartedFact{world.pods[row.pod].workload});
    row.up_since = turn.now();
    const TelemetryAgent& agent = agent_of(spec, row);
    if (agent.scope == ScrapeScope::own_pod && is_struck_by_crash(spec, world, world.pods[row.pod], agent.container))
        return sidecar_ends(spec, world, turn.now(), row);
    row.is_up = true;
    row.down_until = sim::Time::origin();
    row.since = turn.now();
    row.missing.back().ends = turn.now();
    if (row.missing.back().begins >= turn.now()) row.missing.pop_back();
}

// A row for each pod of an agent, once its containers have run.
void find_agents(const Spec& spec, World& world, Turn& turn) {
    std::vector<AgentPod>& rows = world.telemetry.pods;
    std::vector<bool> has_row;
    for (std::uint32_t a = 0; a < spec.telemetry.agents.size(); ++a) {
        const TelemetryAgent& agent = spec.telemetry.agents[a];
        has_row.assign(world.pods.capacity_slots(), false);
        for (const AgentPod& row : rows) {
            if (row.agent == a && row.pod.valid()) has_row[row.pod.slot] = true;
        }
        for_each_pod(world, agent.pods, [&](PodId id, const Pod& pod) {
            if (has_row[id.slot] || !is_alive(pod) || !has_agent(spec, agent, pod)) return;
            AgentPod& row = rows.emplace_back();
            row.agent = a;
            row.pod = id;
            row.node = pod.node;
            row.replica = pod.replica;
            row.volume = agent.volume;
        });
    }
    for (AgentPod& row : rows) come_up(spec, world, turn, row);
}

// Whether the agent of a row finds a log that another has left.
bool finds(const Spec& spec, const AgentPod& row, const AgentPod& left) {
    if (row.agent != left.agent || !row.is_up) return false;
    switch (left.volume) {
        case WalVolume::container:
        case WalVolume::empty_dir: return false;
        case WalVolume::host_path: return row.node == left.node;
        case WalVolume::persistent:
            return spec[agent_of(spec, row).pods].kind != WorkloadKind::stateful_set || row.replica == left.replica;
    }
    return false;
}

// Logs that wait on a volume go to the pod that has it now.
void open_logs(const Spec& spec, World& world) {
    std::vector<AgentPod>& rows = world.telemetry.pods;
    for (AgentPod& left : rows) {
        if (left.pod.valid() || left.log.empty()) continue;
        const auto opens = std::ranges::find_if(rows, [&](const AgentPod& row) { return finds(spec, row, left); });
        if (opens == rows.end()) continue;
        wal::absorb(opens->log, std::exchange(left.log, {}));
        opens->missing = intersection(opens->missing, left.missing);
    }
    std::erase_if(rows, [](const AgentPod& row) { return !row.pod.valid() && row.log.empty(); });
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

// How fast each sends, and when that, or what its log holds, changes by itself.
sim::Time send(const Spec& spec, World& world, sim::Time now, std::vector<AgentLevels>& levels) {
    const bool backend_is_up = takes_samples(world);
    sim::Time next = sim::Time::never();
    for (AgentPod& row : world.telemetry.pods) {
        const TelemetryAgent& agent = agent_of(spec, row);
        AgentLevels& level = levels[row.agent];
        const std::int64_t unsent = wal::total(row.log);
        level.unsent_milli += unsent / micro_in_milli;
        if (row.is_up) {
            row.out_milli =
                wal::out_milli(unsent, row.in_milli, agent.batch.us(), agent.sends_milli_per_second, backend_is_up);
            level.in_milli += row.in_milli;
            level.sent_milli += row.out_milli;
            level.rejected_milli += wal::share_of(row.out_milli, row.rejected_ppm, wal::whole_ppm);
        } else if (row.down_until > now) {
            next = std::min(next, row.down_until);
        }
        if (row.out_milli != row.in_milli) {
            next = std::min(next, now + look_period);
            if (const auto us = wal::us_until_usual(unsent, {row.in_milli, row.out_milli}, agent.batch.us());
                us && backend_is_up)
                next = std::min(next, now + sim::Duration::microseconds(*us));
        } else if (row.out_milli == 0 && !row.log.empty()) {
            next = std::min(next, std::max(row.log.front().begins + agent.keeps, now) + look_period);
        }
    }
    return next;
}

}  // namespace

void telemetry_changes(const Spec& spec, World& world, Turn& turn) {
    if (spec.telemetry.agents.empty() || world.telemetry.is_due) return;
    world.telemetry.is_due = true;
    turn.at(turn.now(), TelemetryLook{});
}

void on(const Spec& spec, World& world, Turn& turn, const TelemetryLook&) {
    TelemetryState& state = world.telemetry;
    if (!state.is_due && turn.now() != state.looks_at) return;
    state.is_due = false;
    state.looks_at = sim::Time::never();
    state.told.resize(spec.telemetry.agents.size());
    OtherLogs others(spec, world);
    for (AgentPod& row : state.pods) settle(spec, turn, others, row);
    for (AgentPod& row : state.pods) {
        if (row.is_up && !runs(world, row, turn.now())) go_down(spec, world, turn, others, row);
        if (!row.is_up) lose_with_pod(spec, world, turn, others, row);
    }
    find_agents(spec, world, turn);
    open_logs(spec, world);
    std::vector<AgentLevels> levels = share_out_targets(spec, world);
    const sim::Time next = send(spec, world, turn.now(), levels);
    tell(world, turn, levels);
    if (next == sim::Time::never()) return;
    state.looks_at = next;
    turn.at(next, TelemetryLook{});
}

}  // namespace eks
