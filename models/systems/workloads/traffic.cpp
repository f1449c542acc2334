// Requests and messages as rates: who gets how many, what they cost the pods that answer, how long they take and how
// many fail. A steady state, worked out anew when a rate changes, or the number of pods that answer does.
//
// Ready pods of all workloads behind a name share its requests evenly. A pod is a queue in closed form (M/M/c); what is
// beyond its capacity fails, and is sent again as often as its class says. Pods that are not ready get nothing and are
// taken to use nothing.
#include "models/systems/handlers.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/traffic_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks {

namespace {

constexpr double parts_per_million = 1e6;
constexpr double micro = 1e6;
constexpr double milli = 1e3;

// Retries feed back on the load that makes requests fail, and calls may go in circles: so many rounds settle both.
constexpr int rounds_of_retries = 32;
constexpr int rounds_of_circles = 64;
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

class TrafficLoad {
  public:
    TrafficLoad(const Spec& spec, const World& world) : spec_(spec.traffic), world_(world), now_(world.traffic) {
        for (TrafficServerState& server : now_.servers) server.answered_share = 1;
        server_of_.assign(spec.workloads.size(), -1);
        for (std::size_t i = 0; i < spec_.servers.size(); ++i)
            server_of_[spec_.servers[i].workload.value] = static_cast<std::int32_t>(i);
        for (std::size_t i = 0; i < now_.servers.size(); ++i)
            now_.servers[i].pods = world.workloads[spec_.servers[i].workload.value].ready;
    }

    TrafficState look() {
        const int rounds = spec_.has_circles ? rounds_of_circles : 1;
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t i = 0; i < spec_.servers.size(); ++i) serve(i);
        }
        for (std::size_t k = 0; k < spec_.classes.size(); ++k) now_.classes[k].failing_share = failing_share_of(k);
        return now_;
    }

  private:
    std::int32_t pods_behind(const TrafficClass& traffic) const {
        std::int32_t pods = 0;
        for (const WorkloadIx to : traffic.to) pods += world_.workloads[to.value].ready;
        return pods;
    }

    // Requests a second of a class, without those sent again. Callers have been looked at before.
    double wanted_of(std::size_t k) const {
        const TrafficClass& traffic = spec_.classes[k];
        if (!traffic.from.valid()) return point_of(traffic.rate, now_.classes[k].point).per_second;
        return traffic.per_request * answered_by(traffic.from);
    }

    double answered_by(WorkloadIx workload) const {
        const std::int32_t at = server_of_[workload.value];
        return at < 0 ? 0
                      : now_.servers[static_cast<std::size_t>(at)].per_second *
                            now_.servers[static_cast<std::size_t>(at)].answered_share;
    }

    bool goes_to(std::size_t k, WorkloadIx workload) const {
        return std::ranges::find(spec_.classes[k].to, workload) != spec_.classes[k].to.end();
    }

    // Of a class, what this server's pods get. Some pod is ready.
    double share_to(std::size_t k, WorkloadIx workload) const {
        return static_cast<double>(world_.workloads[workload.value].ready) /
               static_cast<double>(pods_behind(spec_.classes[k]));
    }

    void serve(std::size_t i) {
        const TrafficServer& server = spec_.servers[i];
        TrafficServerState& state = now_.servers[i];
        std::vector<std::size_t> classes;
        for (std::size_t k = 0; k < spec_.classes.size(); ++k) {
            if (!goes_to(k, server.workload)) continue;
            now_.classes[k].wanted = wanted_of(k);
            if (state.pods > 0) classes.push_back(k);
        }
        const auto pods = static_cast<double>(state.pods);
        double failing = 0;
        double cpu_seconds = 0;  // asked of one pod in a second
        for (int round = 0; round < rounds_of_retries; ++round) {
            state.per_second = 0;
            cpu_seconds = 0;
            for (const std::size_t k : classes) {
                const RequestCost& cost = spec_.classes[k].request;
                const double rate =
                    with_retries(now_.classes[k].wanted * share_to(k, server.workload), failing, cost.retries);
                state.per_second += rate;
                cpu_seconds += rate * cost.cpu.in_seconds() / pods;
            }
            const double now_failing = cpu_seconds > server.cores ? 1 - server.cores / cpu_seconds : 0;
            if (now_failing == failing) break;
            failing = now_failing;
        }
        state.answered_share = 1 - failing;
        settle_pod(server, state, classes, cpu_seconds);
        add_messages(i);
    }

    // What one pod uses, and how long its requests take on average.
    void settle_pod(const TrafficServer& server, TrafficServerState& state, const std::vector<std::size_t>& classes,
                    double cpu_seconds) {
        state.cores = static_cast<double>(server.idle_cpu) / milli;
        state.memory = server.idle_memory;
        state.seconds = 0;
        if (classes.empty() || state.pods == 0 || state.per_second == 0) return;
        state.cores = std::min(state.cores + cpu_seconds, std::max(server.cores, state.cores));
        const double of_pod = state.per_second / static_cast<double>(state.pods);
        const double cpu_of_request = cpu_seconds / of_pod;
        if (cpu_of_request == 0) return;
        // At its limit the queue is as long as clients bear to wait; that they give up is what makes requests fail.
        const double most = PodServer{server.cores}.capacity(cpu_of_request);
        const double below = std::min(of_pod, most * busiest);
        state.seconds = PodServer{server.cores}.time_in_pod(below, cpu_of_request);
        double memory = 0;
        for (const std::size_t k : classes) {
            const double rate = now_.classes[k].wanted * share_to(k, server.workload) / static_cast<double>(state.pods);
            memory += rate * state.seconds * static_cast<double>(spec_.classes[k].request.memory);
        }
        state.memory += static_cast<Bytes>(memory);
    }

    // The workers of queues, over whatever else they do.
    void add_messages(std::size_t i) {
        const TrafficServer& server = spec_.servers[i];
        TrafficServerState& state = now_.servers[i];
        for (std::size_t q = 0; q < spec_.queues.size(); ++q) {
            const MessageQueue& queue = spec_.queues[q];
            if (queue.workers != server.workload) continue;
            MessageQueueState& row = now_.queues[q];
            row.comes = point_of(queue.rate, row.point).per_second;
            const double most = static_cast<double>(state.pods) * static_cast<double>(queue.at_once) /
                                std::max(queue.work.in_seconds(), 1 / micro);
            row.goes = row.length > 0 ? most : std::min(row.comes, most);
            if (state.pods == 0) continue;
            const double of_pod = row.goes / static_cast<double>(state.pods);
            state.per_second += row.goes;
            state.cores =
                std::min(state.cores + of_pod * queue.message.cpu.in_seconds(), std::max(server.cores, state.cores));
            state.memory +=
                static_cast<Bytes>(of_pod * queue.work.in_seconds() * static_cast<double>(queue.message.memory));
        }
    }

    double failing_share_of(std::size_t k) const {
        const TrafficClass& traffic = spec_.classes[k];
        if (pods_behind(traffic) == 0) return 1;
        double failing = 0;
        for (const WorkloadIx to : traffic.to) {
            const std::int32_t at = server_of_[to.value];
            const double one = 1 - now_.servers[static_cast<std::size_t>(at)].answered_share;
            double all = one;
            for (std::int32_t i = 0; i < traffic.request.retries; ++i) all *= one;
            failing += share_to(k, to) * all;
        }
        return failing;
    }

    // A queue at its capacity would be endless.
    static constexpr double busiest = 0.99;

    const Traffic& spec_;
    const World& world_;
    TrafficState now_;
    std::vector<std::int32_t> server_of_;  // by WorkloadIx; -1: gets no traffic
};

// --- what is told

std::int64_t rounded(double value) { return static_cast<std::int64_t>(std::floor(value + 0.5)); }

// The requests of all classes to a workload, and those of them that fail for good.
struct Failing {
    double wanted = 0;
    double failing = 0;
    std::int64_t ppm() const { return wanted > 0 ? rounded(failing / wanted * parts_per_million) : 0; }
};

Failing failing_of(const Traffic& traffic, const TrafficState& state, WorkloadIx workload) {
    Failing sum;
    for (std::size_t k = 0; k < traffic.classes.size(); ++k) {
        if (std::ranges::find(traffic.classes[k].to, workload) == traffic.classes[k].to.end()) continue;
        sum.wanted += state.classes[k].wanted;
        sum.failing += state.classes[k].wanted * state.classes[k].failing_share;
    }
    return sum;
}

TrafficFact told(const Traffic& traffic, const TrafficState& state, std::size_t i) {
    const TrafficServerState& server = state.servers[i];
    const WorkloadIx workload = traffic.servers[i].workload;
    return {workload, rounded(server.per_second), rounded(server.seconds * micro),
            failing_of(traffic, state, workload).ppm()};
}

void tell(const Spec& spec, Turn& turn, const TrafficState& before, const TrafficState& after) {
    for (std::size_t i = 0; i < spec.traffic.servers.size(); ++i) {
        const TrafficFact was = told(spec.traffic, before, i);
        const TrafficFact is = told(spec.traffic, after, i);
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
    if (spec.traffic.servers.empty() && spec.traffic.queues.empty()) return;
    world.traffic.is_look_due = true;
    turn.at(turn.now(), TrafficLook{++world.traffic.looks});
}

void traffic_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload) {
    const auto is_it = [&](const TrafficServer& server) { return server.workload == workload; };
    if (world.traffic.is_look_due || std::ranges::none_of(spec.traffic.servers, is_it)) return;
    world.traffic.is_look_due = true;
    turn.at(turn.now(), TrafficLook{++world.traffic.looks});
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
    world.traffic = TrafficLoad(spec, world).look();
    tell(spec, turn, before, world.traffic);
    for (std::size_t i = 0; i < spec.traffic.servers.size(); ++i) {
        if (world.traffic.servers[i].memory != before.servers[i].memory)
            memory_use_changes(spec, world, turn, spec.traffic.servers[i].workload);
    }
    next = std::min(next, next_look_at(world.traffic, now));
    if (next != sim::Time::never()) turn.at(next, TrafficLook{++world.traffic.looks});
}

}  // namespace eks
