// A queue with c servers, exponential times between arrivals and exponential service (M/M/c): the smallest complete
// model on the engine, used by a test against theory and by the benchmarks. Read it to see what a model of your own
// needs.
//
//   Simulation<mmc::Model> run = mmc::start({.servers = 2, ...}, {.seed = 7});
//   run.run_until(Time::origin() + 24_h);
//   run.metrics().mean_wait_us();
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/fingerprint.hpp"
#include "libsim/id.hpp"
#include "libsim/simulation.hpp"
#include "libsim/table.hpp"

#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace mmc {

using CustomerId = sim::Id<struct CustomerTag>;

// Constant in a run.
struct Spec {
    std::uint32_t servers = 1;
    sim::Distribution between_arrivals;
    sim::Distribution service;
    std::uint64_t customers = 0;  // after so many nobody arrives any more
    std::uint64_t warm_up = 0;    // so many first customers are not measured
};

// One who waits. Those in service need no row: their departure is all that is left of them.
struct Customer {
    std::uint64_t ordinal = 0;
    sim::Time arrived;
    CustomerId behind;

    bool operator==(const Customer&) const = default;
};
inline void hash_into(sim::Fingerprint& print, const Customer& c) {
    sim::hash_all(print, c.ordinal, c.arrived, c.behind);
}

struct World {
    sim::Table<CustomerId, Customer> waiting;
    CustomerId first;
    CustomerId last;
    std::uint32_t busy_servers = 0;
    std::uint64_t arrived = 0;

    bool operator==(const World&) const = default;
};
inline void hash_into(sim::Fingerprint& print, const World& w) {
    sim::hash_all(print, w.waiting, w.first, w.last, w.busy_servers, w.arrived);
}

struct Arrival {
    static constexpr sim::Rank rank{2};
    bool operator==(const Arrival&) const = default;
};
struct Departure {
    static constexpr sim::Rank rank{1};  // whoever leaves makes room for whoever comes at the same instant
    bool operator==(const Departure&) const = default;
};
inline void hash_into(sim::Fingerprint&, const Arrival&) {}
inline void hash_into(sim::Fingerprint&, const Departure&) {}
using Event = std::variant<Arrival, Departure>;

struct ServiceBegan {
    std::uint64_t ordinal = 0;
    sim::Duration waited;
};
using Fact = ServiceBegan;

struct Metrics {
    std::uint64_t served = 0;
    std::int64_t waited_us = 0;

    [[nodiscard]] double mean_wait_us() const {
        return served == 0 ? 0.0 : static_cast<double>(waited_us) / static_cast<double>(served);
    }
    bool operator==(const Metrics&) const = default;
};
inline void hash_into(sim::Fingerprint& print, const Metrics& m) { sim::hash_all(print, m.served, m.waited_us); }

struct Model {
    using Spec = mmc::Spec;
    using World = mmc::World;
    using Event = mmc::Event;
    using Fact = mmc::Fact;
    using Metrics = mmc::Metrics;
    using Turn = sim::Turn<Event, Fact>;

    static std::vector<sim::LaneDefinition> lanes(const Spec&) { return {}; }

    static void handle(const Spec& spec, World& world, Turn& turn, const Event& event) {
        if (std::holds_alternative<Arrival>(event)) {
            on_arrival(spec, world, turn);
        } else {
            on_departure(spec, world, turn);
        }
    }

    static void observe(const Spec& spec, const World&, Metrics& metrics, sim::Time, const Fact& began) {
        if (began.ordinal < spec.warm_up) return;
        ++metrics.served;
        metrics.waited_us += began.waited.us();
    }

    static void schedule_arrival(const Spec& spec, World& world, Turn& turn) {
        if (world.arrived == spec.customers) return;
        const double unit = sim::draw_unit(turn.key(), {arrivals_stream, 0, world.arrived, 0});
        turn.after(spec.between_arrivals.sample(unit), Arrival{});
    }

  private:
    static constexpr std::uint32_t arrivals_stream = 1;
    static constexpr std::uint32_t service_stream = 2;

    static void on_arrival(const Spec& spec, World& world, Turn& turn) {
        const std::uint64_t ordinal = world.arrived++;
        if (world.busy_servers < spec.servers) {
            ++world.busy_servers;
            begin_service(spec, turn, ordinal, sim::Duration::zero());
        } else {
            const CustomerId newcomer = world.waiting.insert({ordinal, turn.now(), {}});
            if (world.last.valid()) {
                world.waiting[world.last].behind = newcomer;
            } else {
                world.first = newcomer;
            }
            world.last = newcomer;
        }
        schedule_arrival(spec, world, turn);
    }

    static void on_departure(const Spec& spec, World& world, Turn& turn) {
        if (!world.first.valid()) {
            --world.busy_servers;
            return;
        }
        const CustomerId id = world.first;
        const Customer next = world.waiting[id];
        world.waiting.erase(id);
        world.first = next.behind;
        if (!next.behind.valid()) world.last = {};
        begin_service(spec, turn, next.ordinal, turn.now() - next.arrived);
    }

    static void begin_service(const Spec& spec, Turn& turn, std::uint64_t ordinal, sim::Duration waited) {
        turn.note({ordinal, waited});
        turn.after(spec.service.sample(sim::draw_unit(turn.key(), {service_stream, 0, ordinal, 0})), Departure{});
    }
};

// A run with nobody there and the first arrival planned.
inline sim::Simulation<Model> start(Spec spec, sim::RunKey key) {
    sim::Simulation<Model> run(std::make_shared<const Spec>(std::move(spec)), key);
    run.apply(&Model::schedule_arrival);
    return run;
}

}  // namespace mmc
