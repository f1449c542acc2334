// Requests and messages as rates: who gets how many, what they cost the pods that answer, how long they take and how
// many fail. A steady state, worked out anew when a rate changes, or the number of pods that answer does.
//
// Ready pods of all workloads behind a name share its requests evenly. A pod is a queue in closed form (M/M/c); what is
// beyond its capacity fails, and is sent again as often as its class says. Pods that are not ready get nothing and are
// taken to use nothing.
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/balancer_units.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/traffic_arithmetic.hpp"
#include "models/world/balancers.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks {

namespace {

constexpr double parts_per_million = 1e6;
constexpr double micro = 1e6;
constexpr double milli = 1e3;

// Retries feed back on the load that makes requests fail: so many rounds settle that.
constexpr int rounds_of_retries = 32;
constexpr int rounds_of_connections = 8;  // DPC-64
// While a queue grows or shrinks it is looked at this often. What is seen of it in between is exact all the same.
constexpr sim::Duration queue_look = sim::Duration::seconds(10);

// --- rates

const RatePoint& point_of(const RateLaw& law, std::uint32_t point) { return law.points[point]; }

// Advances to the point that is in force now; answers when the next one is.
sim::Time advance(const RateLaw& law, std::uint32_t& point, sim::Time& round, sim::Time now) {
    while (true) {
        const bool is_last = point + 1 == law.points.size();
        if (is_last && law.period == sim::Duration::zero()) return sim::Time::never();
        const sim::Time next = is_last ? round + law.period : round + law.points[point + 1].at;
        if (next > now) return next;
        if (is_last) round = next;
        point = is_last ? 0 : point + 1;
    }
}

// --- the steady state

// What one pod of the template can use: the limits of its containers.
double cores_of_pod(const Spec& spec, const TrafficServer& server, TemplateIx pods) {
    std::int64_t limit = 0;
    for (const ContainerSpec& container : spec[pods].containers) {
        if (container.limits.cpu_milli == 0) return server.node_cores;
        limit += container.limits.cpu_milli;
    }
    return limit == 0 ? server.node_cores : static_cast<double>(limit) / milli;
}

class TrafficLoad {
  public:
    TrafficLoad(const Spec& spec, const World& world)
        : spec_(spec),
          traffic_(spec.traffic),
          world_(world),
          now_(world.traffic),
          classes_of_(traffic_.servers.size()) {
        server_of_.assign(spec.workloads.size(), -1);
        for (std::size_t i = 0; i < traffic_.servers.size(); ++i) {
            const WorkloadIx workload = traffic_.servers[i].workload;
            server_of_[workload.value] = static_cast<std::int32_t>(i);
            TrafficServerState& state = now_.servers[i];
            state.per_second = state.messages = 0;
            state.answered_share = 1;
            // Pods of Jobs come to their end in many ways: they are counted each time.
            state.is_due = state.is_due || spec_.template_of(workload).runs_to_completion;
            if (!state.is_due) continue;
            state.shown =
                spec_.template_of(workload).runs_to_completion ? working_pods_of(workload) : world_[workload].ready;
            state.pods = state.shown - silent_pods_of(workload);
        }
        for (std::size_t k = 0; k < traffic_.classes.size(); ++k) {
            for (const WorkloadIx to : traffic_.classes[k].to) classes_of_[server_at(to)].push_back(k);
            if (is_placed_anew(traffic_.classes[k]))
                now_.classes[k].across_zones = share_across_zones(traffic_.classes[k]);
        }
        for (TrafficServerState& state : now_.servers) state.is_due = false;
        for (std::size_t q = 0; q < traffic_.queues.size(); ++q) {
            now_.queues[q].comes = point_of(traffic_.queues[q].rate, now_.queues[q].point).per_second;
            now_.queues[q].goes = 0;
        }
    }

    TrafficState look() {
        for (std::size_t i = 0; i < traffic_.servers.size(); ++i) add_messages(i);
        const int rounds = traffic_.has_circles ? rounds_of_circles_max : 1;
        for (int round = 0; round < rounds; ++round) {
            double change = 0;
            for (std::size_t i = 0; i < traffic_.servers.size(); ++i) {
                const double before = now_.servers[i].per_second;
                serve(i);
                change = std::max(
                    change, std::abs(now_.servers[i].per_second - before) / std::max(now_.servers[i].per_second, 1.0));
            }
            if (change < settled) break;
        }
        for (std::size_t i = 0; i < traffic_.servers.size(); ++i) settle_pod(i);
        for (std::size_t k = 0; k < traffic_.classes.size(); ++k) now_.classes[k].failing_share = failing_share_of(k);
        now_.transfer = {};
        through_.assign(spec_.load_balancers.size(), {});
        for (std::size_t k = 0; k < traffic_.classes.size(); ++k) add_transfer(k);
        for (std::size_t i = 0; i < through_.size(); ++i)
            now_.transfer.balanced[static_cast<std::size_t>(spec_.load_balancers[i].kind)] +=
                billed_bytes(spec_.load_balancers[i].kind, through_[i]);
        return now_;
    }

  private:
    std::size_t server_at(WorkloadIx workload) const { return static_cast<std::size_t>(server_of_[workload.value]); }

    // Pods of its callers, or of those who answer, have come or gone; only bytes ask where they are.
    bool is_placed_anew(const TrafficClass& traffic) const {
        if (!traffic.from.valid() || (traffic.request.bytes_in == 0 && traffic.request.bytes_out == 0)) return false;
        const auto is_due = [&](WorkloadIx workload) { return now_.servers[server_at(workload)].is_due; };
        return is_due(traffic.from) || std::ranges::any_of(traffic.to, is_due);
    }

    // Pods whose machine has stopped and that nobody has missed yet: they get requests and answer none (NODE-2).
    std::int32_t silent_pods_of(WorkloadIx workload) const {
        std::int32_t silent = 0;
        const auto count = [&](PodId id) {
            for (; id.valid(); id = world_.pods[id].next_of_owner) silent += world_.pods[id].seems_ready ? 1 : 0;
        };
        count(world_[workload].first_pod);
        for (JobId job = world_[workload].first_job; job.valid(); job = world_.jobs[job].next_of_workload)
            count(world_.jobs[job].first_pod);
        return silent;
    }

    // Pods of Jobs have no readiness that anybody waits for: they work while they run.
    std::int32_t working_pods_of(WorkloadIx workload) const {
        std::int32_t working = 0;
        for (JobId job = world_[workload].first_job; job.valid(); job = world_.jobs[job].next_of_workload) {
            for (PodId id = world_.jobs[job].first_pod; id.valid(); id = world_.pods[id].next_of_owner)
                working += containers_run(world_.pods[id]) ? 1 : 0;
        }
        return working;
    }

    std::int32_t shown_behind(const TrafficClass& traffic) const {
        std::int32_t pods = 0;
        for (const WorkloadIx to : traffic.to) pods += now_.servers[server_at(to)].shown;
        return pods;
    }

    std::int32_t answering_behind(const TrafficClass& traffic) const {
        std::int32_t pods = 0;
        for (const WorkloadIx to : traffic.to) pods += now_.servers[server_at(to)].pods;
        return pods;
    }

    // Requests a second of a class, without those sent again. Callers have been looked at before, as far as they can
    // be.
    double wanted_of(std::size_t k) const {
        const TrafficClass& traffic = traffic_.classes[k];
        if (!is_reached(spec_, world_, traffic)) return 0;
        if (!traffic.from.valid()) return point_of(traffic.rate, now_.classes[k].point).per_second;
        const TrafficServerState& caller = now_.servers[server_at(traffic.from)];
        return traffic.per_request * caller.per_second * caller.answered_share;
    }

    // Data paths see its connections: what fails on the way is theirs to say, dead endpoints included.
    bool is_seen(std::size_t k) const { return traffic_.classes[k].connections.is_said; }
    double lost_on_the_way(std::size_t k) const {
        return k < world_.data_path.classes.size() ? world_.data_path.classes[k].requests_failing : 0;
    }

    // Of a class, what goes to a server's pods that answer. Some pod is shown as ready.
    double share_to(std::size_t k, std::size_t i) const {
        const TrafficClass& traffic = traffic_.classes[k];
        const auto pods = static_cast<double>(now_.servers[i].pods);
        return is_seen(k) ? pods / static_cast<double>(answering_behind(traffic)) * (1 - lost_on_the_way(k))
                          : pods / static_cast<double>(shown_behind(traffic));
    }

    void serve(std::size_t i) {
        TrafficServerState& state = now_.servers[i];
        for (const std::size_t k : classes_of_[i]) now_.classes[k].wanted = wanted_of(k);
        state.per_second = 0;
        state.cpu_seconds = 0;
        state.answered_share = 1;
        if (state.pods == 0) return;
        const auto pods = static_cast<double>(state.pods);
        const double cores = cores_of_one(i);
        double failing = 0;
        for (int round = 0; round < rounds_of_retries; ++round) {
            state.per_second = 0;
            state.cpu_seconds = 0;
            for (const std::size_t k : classes_of_[i]) {
                const RequestCost& cost = traffic_.classes[k].request;
                const double lost = is_seen(k) ? lost_on_the_way(k) : 0;
                const double failing_try = 1 - (1 - lost) * (1 - failing);
                const double rate = with_retries(now_.classes[k].wanted * share_to(k, i), failing_try, cost.retries);
                state.per_second += rate;
                state.cpu_seconds += rate * cost.cpu.in_seconds() / pods;
            }
            const double now_failing = state.cpu_seconds > cores ? 1 - cores / state.cpu_seconds : 0;
            if (now_failing == failing) break;
            failing = now_failing;
        }
        state.answered_share = 1 - failing;
    }

    // The mean of the pods that serve, where an autoscaler has given them limits of their own.
    double cores_of_one(std::size_t i) const {
        const TrafficServer& server = traffic_.servers[i];
        const TemplateIx written = spec_[server.workload].pod_template;
        const auto is_its = [&](const SizedTemplate& each) { return spec_[each.of].workload == server.workload; };
        if (std::ranges::none_of(world_.sizing.templates, is_its)) return cores_of_pod(spec_, server, written);
        double cores = 0;
        std::int32_t pods = 0;
        for_each_pod(world_, server.workload, [&](PodId, const Pod& pod) {
            if (!counts_as_ready(pod)) return;
            cores += cores_of_pod(spec_, server, pod.pod_template);
            ++pods;
        });
        return pods == 0 ? cores_of_pod(spec_, server, written) : cores / pods;
    }

    // What one pod uses, and how long its requests take on average.
    void settle_pod(std::size_t i) {
        const TrafficServer& server = traffic_.servers[i];
        TrafficServerState& state = now_.servers[i];
        const double cores = cores_of_one(i);
        const double idle = static_cast<double>(server.idle_cpu) / milli;
        state.cores = std::min(idle + state.cpu_seconds + state.message_cores, std::max(cores, idle));
        state.memory = server.idle_memory + state.message_memory;
        state.seconds = 0;
        if (state.pods == 0 || state.per_second == 0 || state.cpu_seconds == 0) return;
        const double of_pod = state.per_second / static_cast<double>(state.pods);
        const double cpu_of_request = state.cpu_seconds / of_pod;
        // At its limit the queue is as long as clients bear to wait; that they give up is what makes requests fail.
        const double in_pod = std::min(of_pod, PodServer{cores}.capacity(cpu_of_request) * busiest);
        state.seconds = PodServer{cores}.time_in_pod(in_pod, cpu_of_request);
        double memory = 0;  // Little's law: as many are under way as come in while one is
        double rates = 0;
        for (const std::size_t k : classes_of_[i]) {
            const double rate = now_.classes[k].wanted * share_to(k, i);
            rates += rate;
            memory += rate * static_cast<double>(traffic_.classes[k].request.memory);
        }
        if (rates > 0) state.memory += static_cast<Bytes>(memory / rates * in_pod * state.seconds);
    }

    // What the workers of queues do, beside what they are asked.
    void add_messages(std::size_t i) {
        TrafficServerState& state = now_.servers[i];
        state.message_cores = 0;
        state.message_memory = 0;
        for (std::size_t q = 0; q < traffic_.queues.size(); ++q) {
            const MessageQueue& queue = traffic_.queues[q];
            if (queue.workers != traffic_.servers[i].workload) continue;
            MessageQueueState& row = now_.queues[q];
            const double most = static_cast<double>(state.pods) * static_cast<double>(queue.at_once) /
                                std::max(queue.work.in_seconds(), 1 / micro);
            row.goes = row.length > 0 ? most : std::min(row.comes, most);
            if (state.pods == 0) continue;
            const double of_pod = row.goes / static_cast<double>(state.pods);
            state.messages += row.goes;
            state.message_cores += of_pod * queue.message.cpu.in_seconds();
            state.message_memory +=
                static_cast<Bytes>(of_pod * queue.work.in_seconds() * static_cast<double>(queue.message.memory));
        }
    }

    // When all has been tried. A try that goes to a pod which is silent fails too.
    double failing_share_of(std::size_t k) const {
        const TrafficClass& traffic = traffic_.classes[k];
        const std::int32_t shown = shown_behind(traffic);
        if (shown == 0) return 1;
        double failing = 0;
        for (const WorkloadIx to : traffic.to) {
            const TrafficServerState& state = now_.servers[server_at(to)];
            const double answered = static_cast<double>(state.pods) * state.answered_share;
            failing += (static_cast<double>(state.shown) - answered) / static_cast<double>(shown);
        }
        if (is_seen(k)) failing = lost_for_good(k);
        double all = failing;
        for (std::int32_t i = 0; i < traffic.request.retries; ++i) all *= failing;
        return all;
    }

    double lost_for_good(std::size_t k) const {
        const TrafficClass& traffic = traffic_.classes[k];
        const std::int32_t answering = answering_behind(traffic);
        double answered = 0;
        for (const WorkloadIx to : traffic.to) {
            const TrafficServerState& state = now_.servers[server_at(to)];
            answered += static_cast<double>(state.pods) * state.answered_share;
        }
        return answering == 0 ? 1 : 1 - (1 - lost_on_the_way(k)) * answered / static_cast<double>(answering);
    }

    // Bytes of a class, where somebody says how many a request has. Callers and those who answer are spread over zones
    // as they are, and each asks any of them: kube-proxy looks at no zone.
    void add_transfer(std::size_t k) {
        const TrafficClass& traffic = traffic_.classes[k];
        const RequestCost& request = traffic.request;
        const double rate = now_.classes[k].wanted * (1 - now_.classes[k].failing_share);
        const double bytes = rate * static_cast<double>(request.bytes_in + request.bytes_out);
        if (traffic.balancer >= 0) add_to_balancer(k, bytes);
        if (request.bytes_in == 0 && request.bytes_out == 0) return;
        const bool is_known = is_seen(k) && k < world_.data_path.classes.size();
        if (traffic.from.valid() && !(is_known && traffic.balancer >= 0)) {
            now_.transfer.cross_zone += bytes * now_.classes[k].across_zones;
            return;
        }
        if (!traffic.from.valid()) now_.transfer.internet += rate * static_cast<double>(request.bytes_out);
        // DPS-22: a connection that came in at another node goes on to the pod's, perhaps in another zone. From pods of
        // the cluster it may have come to that node from another zone before. MODEL: that is billed as between pods,
        // though AWS leaves what its Application Load Balancers send on within a VPC free.
        if (is_known) now_.transfer.cross_zone += bytes * world_.data_path.classes[k].between_zones;
    }

    // Connections are known where data paths see them.
    void add_to_balancer(std::size_t k, double bytes) {
        BalancerUse& use = through_[static_cast<std::size_t>(traffic_.classes[k].balancer)];
        use.bytes += bytes;
        if (!is_seen(k) || k >= world_.data_path.classes.size()) return;
        const double opened = world_.data_path.classes[k].attempts;
        use.opened += opened;
        use.open += opened * traffic_.classes[k].connections.hold.in_seconds();
    }

    double share_across_zones(const TrafficClass& traffic) const {
        const std::vector<double> from = zones_of({traffic.from});
        const std::vector<double> to = zones_of(traffic.to);
        double across = 0;
        for (std::size_t a = 0; a < from.size(); ++a) {
            for (std::size_t b = 0; b < to.size(); ++b) across += a == b ? 0.0 : from[a] * to[b];
        }
        return across;
    }

    // Which share of the pods of these workloads that run is in each zone; none where none runs.
    std::vector<double> zones_of(const std::vector<WorkloadIx>& workloads) const {
        std::vector<double> pods(spec_.zones.size(), 0.0);
        double all = 0;
        const auto count = [&](PodId id) {
            for (; id.valid(); id = world_.pods[id].next_of_owner) {
                const Pod& pod = world_.pods[id];
                const bool works = pod.stage == PodStage::ready || (pod.job.valid() && containers_run(pod));
                if (!works) continue;
                ++pods[spec_[world_.nodes[pod.node].shape].zone.value];
                ++all;
            }
        };
        for (const WorkloadIx workload : workloads) {
            count(world_[workload].first_pod);
            for (JobId job = world_[workload].first_job; job.valid(); job = world_.jobs[job].next_of_workload)
                count(world_.jobs[job].first_pod);
        }
        for (double& share : pods) share = all > 0 ? share / all : 0.0;
        return pods;
    }

    // A queue at its capacity would be endless.
    static constexpr double busiest = 0.99;
    // Circles of calls whose gain is below 1 settle; how fast depends on it.
    static constexpr int rounds_of_circles_max = 10'000;
    static constexpr double settled = 1e-12;

    const Spec& spec_;
    const Traffic& traffic_;
    const World& world_;
    TrafficState now_;
    std::vector<std::vector<std::size_t>> classes_of_;  // by server
    std::vector<std::int32_t> server_of_;               // by WorkloadIx; -1: gets no traffic
    std::vector<BalancerUse> through_;                  // by Spec::load_balancers
};

// --- what is told

std::int64_t rounded(double value) {
    constexpr double most = 1e15;  // beyond all that is meant, and within an integer
    return static_cast<std::int64_t>(std::floor(std::min(value, most) + 0.5));
}

// The requests of all classes to a workload, and those of them that fail for good.
struct Failing {
    double wanted = 0;
    double failing = 0;
    std::int64_t ppm() const { return wanted > 0 ? rounded(failing / wanted * parts_per_million) : 0; }
};

// By server.
std::vector<Failing> failing_of(const Spec& spec, const TrafficState& state) {
    std::vector<std::int32_t> server_of(spec.workloads.size(), -1);
    for (std::size_t i = 0; i < spec.traffic.servers.size(); ++i)
        server_of[spec.traffic.servers[i].workload.value] = static_cast<std::int32_t>(i);
    std::vector<Failing> sums(spec.traffic.servers.size());
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        for (const WorkloadIx to : spec.traffic.classes[k].to) {
            Failing& sum = sums[static_cast<std::size_t>(server_of[to.value])];
            sum.wanted += state.classes[k].wanted;
            sum.failing += state.classes[k].wanted * state.classes[k].failing_share;
        }
    }
    return sums;
}

TrafficFact told(const Traffic& traffic, const TrafficState& state, const std::vector<Failing>& failing,
                 std::size_t i) {
    const TrafficServerState& server = state.servers[i];
    return {traffic.servers[i].workload, rounded(server.per_second + server.messages), rounded(server.seconds * micro),
            failing[i].ppm()};
}

void tell_transfer(Turn& turn, const TransferState& before, const TransferState& after) {
    if (before == after) return;
    const auto change = [](double was, double is) { return rounded(is) - rounded(was); };
    TransferFact fact{change(before.cross_zone, after.cross_zone), change(before.internet, after.internet), {}};
    for (std::size_t kind = 0; kind < fact.balanced.size(); ++kind)
        fact.balanced[kind] = change(before.balanced[kind], after.balanced[kind]);
    turn.note(fact);
}

void tell(const Spec& spec, Turn& turn, const TrafficState& before, const TrafficState& after) {
    const std::vector<Failing> failed = failing_of(spec, before);
    const std::vector<Failing> fails = failing_of(spec, after);
    for (std::size_t i = 0; i < spec.traffic.servers.size(); ++i) {
        const TrafficFact was = told(spec.traffic, before, failed, i);
        const TrafficFact is = told(spec.traffic, after, fails, i);
        const TrafficFact change{is.workload, is.per_second - was.per_second, is.micros - was.micros,
                                 is.failing_ppm - was.failing_ppm};
        if (change.per_second != 0 || change.micros != 0 || change.failing_ppm != 0) turn.note(change);
        const auto used = [](const TrafficServerState& state) {
            return UsageFact{
                {}, rounded(state.cores * static_cast<double>(state.pods) * milli), state.memory * state.pods};
        };
        const UsageFact uses = used(after.servers[i]);
        const UsageFact used_before = used(before.servers[i]);
        if (uses.cpu_milli != used_before.cpu_milli || uses.memory_bytes != used_before.memory_bytes)
            turn.note(UsageFact{is.workload, uses.cpu_milli, uses.memory_bytes});
    }
    tell_transfer(turn, before.transfer, after.transfer);
    for (std::size_t q = 0; q < spec.traffic.queues.size(); ++q) {
        const auto change = rounded(after.queues[q].length) - rounded(before.queues[q].length);
        if (change != 0) turn.note(BacklogFact{static_cast<std::uint32_t>(q), change});
    }
}

// --- time

// What has gone by until now is settled before anything changes.
void settle(TrafficState& state, sim::Time now) {
    for (TrafficServerState& server : state.servers) {
        server.core_seconds = server.core_seconds_at(now);
        server.as_of = now;
    }
    for (MessageQueueState& queue : state.queues) {
        queue.length = queue.length_at(now);
        queue.as_of = now;
    }
}

// By class, of its requests.
std::vector<double> failing_on_the_way(const World& world) {
    std::vector<double> shares;
    for (const ClassDataPath& one : world.data_path.classes) shares.push_back(one.requests_failing);
    return shares;
}

// DPC-64: to 1 %.
bool agree(const std::vector<double>& a, const std::vector<double>& b) {
    constexpr double accuracy = 0.01;
    return std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) <= accuracy * std::max(x, y); });
}

// When a queue is empty, or is looked at again because it changes.
sim::Time next_look_at(const TrafficState& state, sim::Time now) {
    sim::Time next = sim::Time::never();
    for (const MessageQueueState& queue : state.queues) {
        const double growth = queue.comes - queue.goes;
        if (growth == 0 || (growth < 0 && queue.length == 0)) continue;
        next = std::min(next, now + queue_look);
        if (growth > 0) continue;
        const double left = std::ceil(queue.length / -growth * micro);
        if (left < static_cast<double>(queue_look.us()))
            next = std::min(
                next, now + sim::Duration::microseconds(std::max<std::int64_t>(static_cast<std::int64_t>(left), 1)));
    }
    return next;
}

template <class Row>
sim::Time advance_all(const std::vector<Row>& laws, auto& rows, sim::Time now, const auto& has_rate) {
    sim::Time next = sim::Time::never();
    for (std::size_t i = 0; i < laws.size(); ++i) {
        if (has_rate(laws[i])) next = std::min(next, advance(laws[i].rate, rows[i].point, rows[i].round, now));
    }
    return next;
}

}  // namespace

void open_traffic(const Spec& spec, World& world, Turn& turn) {
    if (spec.traffic.servers.empty() && spec.traffic.queues.empty() && !spec.data_paths.are_used) return;
    requests_change(world, turn);
}

void requests_change(World& world, Turn& turn) {
    if (world.traffic.is_look_due) return;
    world.traffic.is_look_due = true;
    turn.at(turn.now(), TrafficLook{++world.traffic.looks});
}

void traffic_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    const auto is_it = [&](const TrafficServer& server) { return server.workload == workload; };
    const auto server = std::ranges::find_if(spec.traffic.servers, is_it);
    if (server == spec.traffic.servers.end()) return;
    world.traffic.servers[static_cast<std::size_t>(server - spec.traffic.servers.begin())].is_due = true;
    pods_of_connections_change(spec, world, workload);
    requests_change(world, turn);
}

void on(const Spec& spec, World& world, Turn& turn, const TrafficLook& event) {
    if (event.serial != world.traffic.looks) return;
    const TrafficState before = world.traffic;
    const sim::Time now = turn.now();
    settle(world.traffic, now);
    world.traffic.is_look_due = false;
    sim::Time next = advance_all(spec.traffic.classes, world.traffic.classes, now,
                                 [](const TrafficClass& traffic) { return !traffic.from.valid(); });
    next =
        std::min(next, advance_all(spec.traffic.queues, world.traffic.queues, now, [](const auto&) { return true; }));
    // What fails on the way changes what is asked, and the other way round (DPC-64).
    ConnectionsChange connections{true, sim::Time::never()};
    std::vector<double> open_loop;
    std::vector<double> last;
    for (int round = 0; round < rounds_of_connections && connections.is_for_requests; ++round) {
        world.traffic = TrafficLoad(spec, world).look();
        last = failing_on_the_way(world);
        connections = connections_change(spec, world, turn);
        if (round == 0) open_loop = failing_on_the_way(world);
    }
    // What does not settle is what it would be without the loop.
    if (connections.is_for_requests && !agree(last, failing_on_the_way(world))) {
        for (std::size_t k = 0; k < open_loop.size(); ++k) world.data_path.classes[k].requests_failing = open_loop[k];
        world.traffic = TrafficLoad(spec, world).look();
    }
    tell(spec, turn, before, world.traffic);
    traffic_has_changed(spec, world, turn);
    for (std::size_t i = 0; i < spec.traffic.servers.size(); ++i) {
        const TrafficServerState& is = world.traffic.servers[i];
        const WorkloadIx workload = spec.traffic.servers[i].workload;
        if (is.memory != before.servers[i].memory)
            memory_use_changes(spec, world, turn, workload);
        else if (is.pods > before.servers[i].pods)
            memory_use_begins(spec, world, turn, workload);
    }
    next = std::min(
        {next, next_look_at(world.traffic, now), std::max(connections.next, now + sim::Duration::microseconds(1))});
    if (next != sim::Time::never()) turn.at(next, TrafficLook{++world.traffic.looks});
}

}  // namespace eks
