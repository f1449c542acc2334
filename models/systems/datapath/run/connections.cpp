// The connections of all classes, worked out anew when something has changed. A change costs as much as there is on the
// nodes and in the classes that it touches (DPC-60 to DPC-62); nothing is done for a packet or a request.
#include "models/systems/datapath/fill.hpp"
#include "models/systems/datapath/fixed_point.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks::datapath {

namespace {

// While a table fills, or empties, it is looked at now and then, so that somebody can see it: a dozen times in the hold
// of its entries, rounded to 10 s, 20 s, 40 s, ... so that many tables are looked at together.
sim::Duration pause_of(const NodeDataPath& row) {
    constexpr double looks_in_a_hold = 12;
    constexpr double least_seconds = 10;
    constexpr double most_seconds = 1e5;
    double hold = most_seconds * looks_in_a_hold;
    for (const TableFill& table : row.tables)
        if (table.limit > 0) hold = std::min(hold, table.hold_seconds);
    double seconds = least_seconds;
    while (2 * seconds <= hold / looks_in_a_hold) seconds *= 2;
    return sim::Duration::microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

class Look {
  public:
    Look(const Spec& spec, World& world, Turn& turn)
        : spec_(spec), world_(world), turn_(turn), state_(world.data_path), now_(turn.now()) {}

    ConnectionsChange look() {
        hear_of_gone_nodes();
        hear_of_applications();
        for (std::size_t k = 0; k < state_.classes.size(); ++k) {
            if (!class_view(spec_, k).is_seen(spec_)) continue;
            if (!state_.classes[k].is_due && !is_about_jobs(class_view(spec_, k))) continue;
            const double between_zones = state_.classes[k].between_zones;
            place_class(spec_, world_, turn_, k);
            // Bytes between zones are on the bill.
            change_.is_for_requests = change_.is_for_requests || state_.classes[k].between_zones != between_zones;
        }
        fill_in_work();
        for (std::size_t k = 0; k < state_.classes.size(); ++k) count_attempts(k);
        load_nodes();
        for (std::size_t k = 0; k < state_.classes.size(); ++k) judge(k);
        return change_;
    }

  private:
    // Their pods come to their end in many ways.
    bool is_about_jobs(const ClassView& view) const {
        const auto ends = [&](WorkloadIx workload) {
            return workload.valid() && spec_.template_of(workload).runs_to_completion;
        };
        return view.use != nullptr ? ends(view.use->workload)
                                   : ends(view.traffic->from) || std::ranges::any_of(view.traffic->to, ends);
    }

    void hear_of_gone_nodes() {
        for (NodeDataPath& row : state_.nodes) {
            if (row.node.valid() && !world_.nodes.contains(row.node)) retire_row(world_, turn_, row);
        }
    }

    // What the pods of a workload use of their nodes has changed.
    void hear_of_applications() {
        const auto& servers = world_.traffic.servers;
        state_.server_cores.resize(servers.size());
        state_.server_pods.resize(servers.size());
        for (std::size_t i = 0; i < servers.size(); ++i) {
            if (servers[i].cores == state_.server_cores[i] && servers[i].pods == state_.server_pods[i]) continue;
            // Where pods have gone nobody says: all nodes that had some are asked.
            if (servers[i].pods != state_.server_pods[i]) {
                for (NodeDataPath& row : state_.nodes) row.is_due = row.is_due || row.application_cores > 0;
            }
            state_.server_cores[i] = servers[i].cores;
            state_.server_pods[i] = servers[i].pods;
            for_each_pod(world_, spec_.traffic.servers[i].workload, [&](PodId, const Pod& pod) {
                if (pod.node.valid() && has_row(world_, pod.node)) state_.nodes[pod.node.slot].is_due = true;
            });
        }
    }

    void fill_in_work() {
        for (RuleGroup& group : state_.groups) {
            if (!group.work.empty() || group.is_of_balancers) continue;
            group.work.resize(state_.classes.size());
            for (std::size_t k = 0; k < state_.classes.size(); ++k) {
                if (class_view(spec_, k).is_seen(spec_)) group.work[k] = work_of(spec_, world_, turn_.key(), group, k);
            }
        }
    }

    // DPC-4: callers without an open connection try one for each request, and each that fails as often as it is sent
    // again.
    double attempts_of(std::size_t k, const ClassView& view) const {
        const ClassDataPath& one = state_.classes[k];
        if (view.use != nullptr) {
            double pods = 0;
            for_each_pod(world_, view.use->workload,
                         [&](PodId, const Pod& pod) { pods += containers_run(pod) ? 1 : 0; });
            return pods * view.use->connections_milli_per_second / 1e3;
        }
        double tries = 1;
        double power = 1;
        for (std::int32_t i = 0; i < view.traffic->request.retries; ++i) {
            power *= one.requests_failing;
            tries += power;
        }
        return world_.traffic.classes[k].wanted * tries * std::max(0.0, 1 - pooled_at(one, now_) - one.stale_share);
    }

    void count_attempts(std::size_t k) {
        const ClassView view = class_view(spec_, k);
        ClassDataPath& one = state_.classes[k];
        if (!view.is_seen(spec_)) return;
        if (!one.is_judged && one.pooled.as_of == sim::Time::origin() && one.pooled.seconds == 0)
            settle_pool(spec_, world_, now_, k);
        const ConnectionsFact was = told(one, static_cast<std::uint32_t>(k));
        if (!one.stale.empty() || one.stale_share > 0) {
            look_at_stale(spec_, world_, now_, k);
            one.is_judged = false;
        }
        const double attempts = attempts_of(k, view);
        if (attempts == one.attempts) return tell(turn_, was, told(one, static_cast<std::uint32_t>(k)));
        if (view.balancer(spec_) != nullptr) change_.is_for_requests = true;  // they are on the bill
        one.attempts = attempts;
        tell(turn_, was, told(one, static_cast<std::uint32_t>(k)));
        for (const std::uint32_t slot : one.nodes) state_.nodes[slot].is_due = true;
    }

    void load_nodes() {
        for (NodeDataPath& row : state_.nodes) {
            if (!row.node.valid() || !world_.nodes.contains(row.node)) continue;
            if (row.is_due || next_change(row) <= now_) {
                const NodeNetworkFact was = told(row);
                load_node(spec_, world_, now_, row);
                row.told_without_rules = row.services != ServicePath::rules;
                tell(turn_, was, told(row));
                for (const ClassShare& share : row.shares) state_.classes[share.of_class].is_judged = false;
                row.was_moving = is_moving(row, now_);
            } else if (row.was_moving && since_start(now_) % pause_of(row).us() == 0) {
                const NodeNetworkFact was = told(row);
                count_entries(row, now_);
                tell(turn_, was, told(row));
                row.was_moving = is_moving(row, now_);
            }
            change_.next = std::min(change_.next, next_change(row));
            if (row.was_moving) change_.next = std::min(change_.next, next_look_at(row));
        }
    }

    // All tables that fill as fast are looked at together, at whole multiples of their pause.
    static std::int64_t since_start(sim::Time at) { return (at - sim::Time::origin()).us(); }
    sim::Time next_look_at(const NodeDataPath& row) const {
        const std::int64_t pause = pause_of(row).us();
        return sim::Time::origin() + sim::Duration::microseconds((since_start(now_) / pause + 1) * pause);
    }

    void judge(std::size_t k) {
        const ClassView view = class_view(spec_, k);
        ClassDataPath& one = state_.classes[k];
        if (!view.is_seen(spec_)) return;
        constexpr double least_change = 1e-6;
        const bool was_judged_now = one.pooled.as_of == now_ && now_ != sim::Time::origin();
        if (!one.is_judged) {
            const ConnectionsFact was = told(one, static_cast<std::uint32_t>(k));
            const double reaching = one.reaching;
            judge_class(spec_, world_, now_, k);
            // What does not get so far is no load for the nodes behind.
            if (std::abs(one.reaching - reaching) > least_change) {
                for (const std::uint32_t slot : one.nodes) state_.nodes[slot].is_due = true;
                change_.is_for_requests = true;
            } else {
                one.reaching = reaching;
            }
            settle_pool(spec_, world_, now_, k);
            tell(turn_, was, told(one, static_cast<std::uint32_t>(k)));
        }
        const double pooled = pooled_at(one, now_);
        double failing = one.stale_share + std::max(0.0, 1 - pooled - one.stale_share) * one.failing_share();
        // DPC-64: what fails is sent again, and what is sent again makes more fail. From the second look of an instant
        // on, half of the way.
        if (was_judged_now) failing = one.requests_failing + fixed_point_damping * (failing - one.requests_failing);
        if (std::abs(failing - one.requests_failing) > least_change) {
            one.requests_failing = failing;
            change_.is_for_requests = true;
        }
        change_.next = std::min(change_.next, next_of_stale(spec_, world_, now_, k));
        // While connections come back, or are lost, it is looked at now and then.
        constexpr double close_enough = 1e-3;
        if (one.pooled.seconds > 0 && std::abs(pooled - one.pooled.to) > close_enough * (1 - one.pooled.to)) {
            const auto us = static_cast<std::int64_t>(std::ceil(one.pooled.seconds / 8 * 1e6));
            change_.next = std::min(change_.next, now_ + sim::Duration::microseconds(std::max<std::int64_t>(us, 1)));
        }
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
    DataPathState& state_;
    sim::Time now_;
    ConnectionsChange change_{false, sim::Time::never()};
};

}  // namespace

}  // namespace eks::datapath

namespace eks {

ConnectionsChange connections_change(const Spec& spec, World& world, Turn& turn) {
    if (!world.data_path.is_open) return {false, sim::Time::never()};
    return datapath::Look(spec, world, turn).look();
}

void pods_of_connections_change(const Spec& spec, World& world, WorkloadIx workload) {
    DataPathState& state = world.data_path;
    for (std::size_t k = 0; k < state.classes.size(); ++k) {
        const datapath::ClassView view = datapath::class_view(spec, k);
        if (!view.is_seen(spec)) continue;
        const bool asks = view.use != nullptr ? view.use->workload == workload : view.traffic->from == workload;
        const bool answers =
            view.traffic != nullptr && std::ranges::find(view.traffic->to, workload) != view.traffic->to.end();
        if (asks || answers) state.classes[k].is_due = true;
    }
}

void nodes_of_connections_change(const Spec& spec, World& world, Turn& turn) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    for (std::size_t k = 0; k < state.classes.size(); ++k) {
        if (datapath::class_view(spec, k).comes_by_node_ports(spec)) state.classes[k].is_due = true;
    }
    requests_change(world, turn);
}

void addresses_of_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        const std::vector<WorkloadIx>& to = spec.traffic.classes[k].to;
        if (std::ranges::find(to, workload) != to.end()) state.classes[k].is_judged = false;
    }
    requests_change(world, turn);
}

void lookups_fare_otherwise(const Spec& spec, World& world, Turn& turn) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    for (std::size_t k = 0; k < state.classes.size(); ++k) {
        const datapath::ClassView view = datapath::class_view(spec, k);
        if (view.is_seen(spec) && !view.is_from_outside()) state.classes[k].is_judged = false;
    }
    requests_change(world, turn);
}

void outside_ports_fare_otherwise(const Spec& spec, World& world, Turn& turn) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    for (std::size_t k = spec.traffic.classes.size(); k < state.classes.size(); ++k) state.classes[k].is_judged = false;
    requests_change(world, turn);
}

}  // namespace eks
