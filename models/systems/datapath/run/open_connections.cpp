// Open connections of callers, as one share of them (DPC-55, DPS-12): which part has one, what ends of them when an
// endpoint, a machine or a data path goes, and which lead to nobody any more (DPS-16).
#include "libsim/portable_math.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/datapath/stale_flow.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace eks::datapath {

namespace {

// How long Linux sends an unanswered segment again before it gives the connection up: tcp_retries2 is 15, which is
// 924.6 s (kernel.org, Documentation/networking/ip-sysctl.rst).
constexpr double linux_gives_up_seconds = 924.6;
// Looks in the time in which connections come of age.
constexpr double looks_in_a_hold = 8;

void take_from_pool(ClassDataPath& one, sim::Time now, double left) {
    one.pooled.share = pooled_at(one, now) * left;
    one.pooled.as_of = now;
    one.is_judged = false;
}

bool keeps_connections(const ClassDataPath& one) { return one.pooled.seconds > 0; }

// Load balancers tell their clients; callers in the cluster find out by themselves.
bool has_callers_inside(const ClassView& view) {
    return view.traffic != nullptr && !view.is_from_outside() && !view.is_sent_round();
}

// --- stale ones

KeptFlow kept_flow(const ConnectionUse& use) {
    return {use.protocol, use.hold.in_seconds() / std::max(1.0, use.requests), answer_patience_seconds(use)};
}

// Whether those of callers on nodes of the group still go to the endpoint.
bool goes_on(const Spec& spec, const ClassView& view, const RuleGroup& group, const StaleFlows& flows, sim::Time now) {
    const KeptFlow kept = kept_flow(view.traffic->connections);
    if (kept.protocol == Protocol::udp && !view.is_to_service())
        return true;  // nobody translates, and nobody cleans up
    const auto is_forgotten = [&] {
        return view.is_to_service() && flows.removal != 0 &&
               group.kernel[static_cast<std::size_t>(view.traffic->service)].removed >= flows.removal;
    };
    const double sync = is_forgotten() ? 0 : std::numeric_limits<double>::infinity();
    const auto ends = stale_seconds(group.path, kept, sync, spec.data_paths.coefficients);
    return !ends || (now - flows.since).in_seconds() < *ends;
}

// When the containers of those that call now were started, in order, by the group of their node.
using CallerStarts = std::map<std::uint32_t, std::vector<sim::Time>>;

CallerStarts caller_starts(const World& world, const ClassView& view) {
    CallerStarts starts;
    for_each_pod(world, view.traffic->from, [&](PodId, const Pod& pod) {
        if (!is_asking(pod) || !pod.node.valid() || !has_row(world, pod.node)) return;
        starts[world.data_path.nodes[pod.node.slot].group].push_back(pod.started);
    });
    for (auto& [group, started] : starts) std::ranges::sort(started);
    return starts;
}

// Of the callers of now. Those that have come since have no such connection, and those that went took theirs along: of
// the ones that stayed as many have one as there were among all. MODEL: those that end are no others.
double share_that_goes_on(const Spec& spec, const World& world, const ClassView& view, const CallerStarts& callers,
                          const StaleFlows& flows, sim::Time now) {
    double all = 0;
    double going_on = 0;
    for (const auto& [group, started] : callers) {
        all += static_cast<double>(started.size());
        if (!goes_on(spec, view, world.data_path.groups[group], flows, now)) continue;
        going_on += static_cast<double>(std::ranges::upper_bound(started, flows.since) - started.begin());
    }
    return all > 0 ? going_on / all : 0;
}

// --- targets of load balancers

bool drains(const LoadBalancer& balancer) {
    return balancer.target == BalancerTarget::ip && !balancer.is_cilium_ingress && balancer.ends_connections;
}

// When a load balancer ends what is open to a target; never: it does not.
sim::Time drained_at(const Spec& spec, const ClassView& view, const AnsweringEndpoint& endpoint) {
    const LoadBalancer* balancer = view.balancer(spec);
    if (balancer == nullptr || !drains(*balancer) || endpoint.left_targets == sim::Time::never())
        return sim::Time::never();
    return endpoint.left_targets + balancer->deregistration_delay;
}

// What falls due in an instant ends when that is over: others may still come to be due in it.
constexpr sim::Duration drain_step = sim::Duration::microseconds(1);

// Endpoints of the class's Service that it may have open connections to.
double endpoints_with_connections(const Spec& spec, const World& world, std::size_t k) {
    const ClassView view = class_view(spec, k);
    const EndpointCounts& counts = world.data_path.services[static_cast<std::size_t>(view.traffic->service)];
    double endpoints = static_cast<double>(counts.added - counts.removed);
    for (const AnsweringEndpoint& endpoint : counts.answering)
        endpoints += drained_at(spec, view, endpoint) > world.data_path.classes[k].drained ? 1 : 0;
    return endpoints;
}

bool is_to(const Spec& spec, std::size_t k, std::uint32_t service) {
    return spec.traffic.classes[k].service == static_cast<std::int32_t>(service);
}

}  // namespace

double answer_patience_seconds(const ConnectionUse& use) {
    return use.answer_timeout_seconds.value_or(linux_gives_up_seconds);
}

double pooled_at(const ClassDataPath& one, sim::Time now) {
    const PooledShare& pooled = one.pooled;
    if (pooled.seconds <= 0) return pooled.to;
    const double passed = (now - pooled.as_of).in_seconds() / pooled.seconds;
    return pooled.to + (pooled.share - pooled.to) * sim::math::exp(-passed);
}

// `more` requests a connection beyond the first.
void settle_pool(const Spec& spec, World& world, sim::Time now, std::size_t k) {
    const ClassView view = class_view(spec, k);
    ClassDataPath& one = world.data_path.classes[k];
    const double more = view.traffic != nullptr ? view.traffic->connections.requests - 1 : 0;
    const double works = 1 - one.failing_share();
    const bool is_new = one.pooled.as_of == sim::Time::origin() && one.pooled.seconds == 0;
    const double share = pooled_at(one, now);
    one.pooled.to = more * works / (1 + more * works) * (1 - one.stale_share);
    one.pooled.seconds = more > 0 ? hold_seconds(spec, k) / (1 + more * works) : 0;
    one.pooled.share = is_new ? one.pooled.to : share;
    one.pooled.as_of = now;
}

// Of the callers on the node, those whose connections end now connect again.
void reset_connections(const Spec& spec, World& world, Turn& turn, const NodeDataPath& row, double share) {
    for (const ClassShare& here : row.shares) {
        ClassDataPath& one = world.data_path.classes[here.of_class];
        const double is_here = std::min(
            1.0, here.roles[ix(NodeRole::client)] + here.roles[ix(NodeRole::both)] + here.roles[ix(NodeRole::entry)]);
        const double open = (one.attempts * (1 - one.failing_share())) * hold_seconds(spec, here.of_class);
        const double lost = is_here * share;
        if (lost <= 0) continue;
        PooledShare& pooled = one.pooled;
        const double pooled_now = pooled_at(one, turn.now());
        if (pooled.reset_at != turn.now()) pooled.reset = 0;
        const double left = 1 - pooled.reset;
        pooled.share = left > 0 ? pooled_now * std::max(0.0, 1 - lost / left) : 0;
        pooled.reset += lost;
        pooled.reset_at = pooled.as_of = turn.now();
        one.is_judged = false;
        const auto connections = static_cast<std::int64_t>(open * lost + 0.5);
        if (connections > 0) turn.note(ConnectionsResetFact{here.of_class, connections});
    }
}

// A pod that ends closes its TCP connections; UDP has nobody to close anything.
void endpoint_is_gone(const Spec& spec, World& world, sim::Time now, std::uint32_t service,
                      const AnsweringEndpoint& endpoint, NodeId machine) {
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        if (!is_to(spec, k, service)) continue;
        const ClassView view = class_view(spec, k);
        ClassDataPath& one = world.data_path.classes[k];
        if (machine.valid() && has_callers_inside(view)) {
            // What was open to it has led to nobody since its machine stopped. Of several endpoints there, the last
            // one that is missed counts.
            for (StaleFlows& flows : one.stale)
                if (flows.machine == machine) flows.removal = endpoint.number;
            continue;
        }
        if (!keeps_connections(one)) continue;
        if (endpoint.left_targets != sim::Time::never() && drained_at(spec, view, endpoint) <= one.drained) continue;
        const double lost = 1 / std::max(1.0, endpoints_with_connections(spec, world, k) + 1);
        if (has_callers_inside(view) && view.traffic->connections.protocol == Protocol::udp)
            one.stale.push_back({pooled_at(one, now) * lost, now, endpoint.number, NodeId::none()});
        take_from_pool(one, now, 1 - lost);
    }
}

void machine_is_gone(const Spec& spec, World& world, sim::Time now, const NodeDataPath& row) {
    for (const ClassShare& here : row.shares) {
        ClassDataPath& one = world.data_path.classes[here.of_class];
        const double lost = here.roles[ix(NodeRole::server)];
        if (!has_callers_inside(class_view(spec, here.of_class)) || !keeps_connections(one) || lost <= 0) continue;
        one.stale.push_back({pooled_at(one, now) * lost, now, 0, row.node});
        take_from_pool(one, now, 1 - lost);
    }
}

void look_at_stale(const Spec& spec, World& world, sim::Time now, std::size_t k) {
    const ClassView view = class_view(spec, k);
    ClassDataPath& one = world.data_path.classes[k];
    constexpr double hardly_any = 1e-6;  // of the callers
    one.stale_share = 0;
    if (one.stale.empty()) return;
    const CallerStarts callers = caller_starts(world, view);
    std::erase_if(one.stale, [&](const StaleFlows& flows) {
        const double age = (now - flows.since).in_seconds() / std::max(hold_seconds(spec, k), 1e-6);
        const double share =
            flows.share * sim::math::exp(-age) * share_that_goes_on(spec, world, view, callers, flows, now);
        one.stale_share += share;
        return share < hardly_any;
    });
}

sim::Time next_of_stale(const Spec& spec, const World& world, sim::Time now, std::size_t k) {
    const ClassDataPath& one = world.data_path.classes[k];
    if (one.stale.empty()) return sim::Time::never();
    const auto in_seconds = [](double seconds) {
        return sim::Duration::microseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1e6)));
    };
    sim::Time next = now + in_seconds(hold_seconds(spec, k) / looks_in_a_hold);
    const double patience = kept_flow(spec.traffic.classes[k].connections).patience_seconds.value();
    for (const StaleFlows& flows : one.stale) {
        const sim::Time given_up = flows.since + in_seconds(patience);
        if (given_up > now) next = std::min(next, given_up);
    }
    return next;
}

void leave_targets(const Spec& spec, DataPathState& state, std::uint32_t service, sim::Time now) {
    const auto has_it = [&](const LoadBalancer& balancer) {
        return drains(balancer) && std::ranges::find(balancer.services, service) != balancer.services.end();
    };
    if (std::ranges::none_of(spec.load_balancers, has_it)) return;
    const std::uint32_t removed = state.groups.front().kernel[service].removed;
    for (AnsweringEndpoint& endpoint : state.services[service].answering) {
        if (endpoint.number <= removed && endpoint.left_targets == sim::Time::never()) endpoint.left_targets = now;
    }
}

void drain_targets(const Spec& spec, World& world, sim::Time now) {
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        const ClassView view = class_view(spec, k);
        if (!view.is_seen(spec) || !view.is_to_service() || view.balancer(spec) == nullptr) continue;
        ClassDataPath& one = world.data_path.classes[k];
        double before = endpoints_with_connections(spec, world, k);
        double left = 1;
        for (const AnsweringEndpoint& endpoint :
             world.data_path.services[static_cast<std::size_t>(view.traffic->service)].answering) {
            const sim::Time ends = drained_at(spec, view, endpoint);
            if (ends <= one.drained || ends >= now) continue;
            left *= 1 - 1 / std::max(1.0, before);
            --before;
        }
        if (left == 1) continue;
        if (keeps_connections(one)) take_from_pool(one, now, left);
        one.drained = now - drain_step;
    }
}

sim::Time next_drained(const Spec& spec, const DataPathState& state) {
    sim::Time next = sim::Time::never();
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        const ClassView view = class_view(spec, k);
        if (!view.is_seen(spec) || !view.is_to_service() || view.balancer(spec) == nullptr) continue;
        for (const AnsweringEndpoint& endpoint :
             state.services[static_cast<std::size_t>(view.traffic->service)].answering) {
            const sim::Time ends = drained_at(spec, view, endpoint);
            if (ends != sim::Time::never() && ends > state.classes[k].drained) next = std::min(next, ends + drain_step);
        }
    }
    return next;
}

}  // namespace eks::datapath
