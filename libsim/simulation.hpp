// Simulation<Model> is a run as a value: the clock, the world, what is pending, and what was measured so far.
//
//   Simulation<Shop> run(spec, {.seed = 7}, opening_world(*spec), {});
//   run.apply([](const Spec&, World&, auto& turn) { turn.after(1_s, Arrival{}); });
//   run.run_until(Time::origin() + 2_h);
//   Simulation<Shop> fork = run;                  // a snapshot, and a second future
//   if (fork == run) ...                          // exact, to the last pending event
//
// A Model has no state. It names its types and says what an event does and what a fact adds to the metrics:
//
//   struct Shop {
//     using Spec = ...; using World = ...; using Event = ...; using Fact = ...; using Metrics = ...;
//     static std::vector<LaneDefinition> lanes(const Spec&);
//     static void handle(const Spec&, World&, Turn<Event, Fact>&, const Event&);
//     static void observe(const Spec&, const World&, Metrics&, Time, const Fact&);
//   };
//
// The Spec is shared by all copies and never changes. One run belongs to one thread at a time; copies are independent
// of each other. If a handler throws (a failed CHECK), the run stays where it broke and refuses to go on.
#pragma once

#include "libsim/check.hpp"
#include "libsim/event_queue.hpp"
#include "libsim/fingerprint.hpp"
#include "libsim/random.hpp"
#include "libsim/time.hpp"
#include "libsim/turn.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sim {

// Listens to a run for provenance: `begin` before an event is handled, then, once it is handled, `scheduled` for each
// event that was scheduled while it was, in order, and `fact` for each fact noted. This one hears nothing and costs
// nothing.
struct NoTracer {
    template <class Event>
    void begin(std::uint64_t /*sequence*/, Time /*time*/, const Event& /*event*/) {}
    void scheduled(std::uint64_t /*sequence*/) {}
    template <class Fact>
    void fact(const Fact& /*fact*/) {}
};

// Never asks a run to stop.
struct NoPoll {
    template <class Run>
    bool operator()(const Run& /*run*/) const {
        return true;
    }
};

template <class Model>
class Simulation {
  public:
    using Spec = typename Model::Spec;
    using World = typename Model::World;
    using Event = typename Model::Event;
    using Fact = typename Model::Fact;
    using Metrics = typename Model::Metrics;
    using TurnType = Turn<Event, Fact>;

    static constexpr std::uint64_t events_between_polls = 65'536;

    Simulation(std::shared_ptr<const Spec> spec, RunKey key, World world = {}, Metrics metrics = {},
               Time start = Time::origin())
        : spec_(std::move(spec)),
          key_(key),
          now_(start),
          world_(std::move(world)),
          queue_(Model::lanes(required(spec_))),
          metrics_(std::move(metrics)) {}

    // Handles every event before `end` and leaves the clock at `end`, so that consecutive calls meet without overlap or
    // gap.
    void run_until(Time end) {
        NoTracer tracer;
        run_until(end, tracer, NoPoll{});
    }
    template <class Tracer>
    void run_until(Time end, Tracer& tracer) {
        run_until(end, tracer, NoPoll{});
    }
    // Asks `poll(*this)` now and then whether to go on. False as answer ends the run after a whole event, with the
    // clock there; it can be continued. Returns whether `end` was reached.
    template <class Tracer, class Poll>
    bool run_until(Time end, Tracer& tracer, Poll&& poll) {
        CHECK(end >= now_, "a run was asked to go back in time");
        Guard guard(*this);
        const DrawSource source(key_);
        while (queue_.peek_time() < end) {
            handle_next(guard, source, tracer);
            if (events_handled_ % events_between_polls == 0) {
                if (!poll(std::as_const(*this))) {
                    guard.finish();
                    return false;
                }
            }
        }
        now_ = end;
        guard.finish();
        return true;
    }

    // Handles the next event alone, whenever it is due, and leaves the clock there. Answers with that event, or with
    // nothing where none is pending.
    std::optional<Event> step() {
        if (queue_.empty()) return std::nullopt;
        Guard guard(*this);
        NoTracer tracer;
        const Event handled = handle_next(guard, DrawSource(key_), tracer);
        guard.finish();
        return handled;
    }

    // Acts from outside at the present instant: `act(const Spec&, World&, Turn&)` may schedule, change the world and
    // note facts. This is how a run gets its first events and a fork gets its difference.
    template <class Act>
    void apply(Act&& act) {
        NoTracer tracer;
        apply(std::forward<Act>(act), tracer);
    }
    template <class Act, class Tracer>
    void apply(Act&& act, Tracer& tracer) {
        Guard guard(*this);
        const std::uint64_t first_child = queue_.next_sequence();
        const DrawSource source(key_);
        TurnType turn(queue_, facts_, now_, source);
        act(*spec_, world_, turn);
        hand_out(tracer, first_child);
        guard.finish();
    }

    // A copy that goes on under another Spec. Its World must still make sense there, which the caller knows.
    [[nodiscard]] Simulation with_spec(std::shared_ptr<const Spec> spec) const {
        Simulation other = *this;
        const std::vector<LaneDefinition> lanes = Model::lanes(required(spec));
        if (lanes != queue_.lanes()) other.queue_ = queue_.with_lanes(lanes);
        other.spec_ = std::move(spec);
        return other;
    }

    [[nodiscard]] Time now() const { return now_; }
    [[nodiscard]] RunKey key() const { return key_; }
    [[nodiscard]] const World& world() const { return world_; }
    [[nodiscard]] const Spec& spec() const { return *spec_; }
    [[nodiscard]] const std::shared_ptr<const Spec>& shared_spec() const { return spec_; }
    [[nodiscard]] const Metrics& metrics() const { return metrics_; }
    [[nodiscard]] const EventQueue<Event>& queue() const { return queue_; }
    [[nodiscard]] std::uint64_t events() const { return events_handled_; }  // handled so far
    // False once a handler has thrown: the world may be half changed.
    [[nodiscard]] bool usable() const { return usable_; }

    // The state is equal, and so is everything that will come under equal Specs. The Spec itself is not compared: it
    // may be large, and forks share it.
    friend bool operator==(const Simulation& a, const Simulation& b) {
        return a.key_ == b.key_ && a.now_ == b.now_ && a.events_handled_ == b.events_handled_ &&
               a.usable_ == b.usable_ && a.queue_ == b.queue_ && a.world_ == b.world_ && a.metrics_ == b.metrics_;
    }

    friend void hash_into(Fingerprint& print, const Simulation& run) {
        hash_all(print, run.key_.seed, run.key_.replication, run.now_, run.events_handled_, run.world_, run.queue_,
                 run.metrics_);
    }

  private:
    // While it lives, a failing CHECK knows what is being handled, and leaving without finish() marks the run as
    // broken.
    struct Guard {
        explicit Guard(Simulation& run) : run_(run), outer_(handling_now) {
            CHECK(run.usable_, "a run went on after a defect");
            handling.time_us = run.now_.us();
            handling.seed = run.key_.seed;
            handling.replication = run.key_.replication;
            if constexpr (requires(const Event& event) {
                              { kind_of(event) } -> std::convertible_to<const char*>;
                          }) {
                handling.kind_of = [](const void* event) -> const char* {
                    return kind_of(*static_cast<const Event*>(event));
                };
            }
            handling_now = &handling;
            run_.usable_ = false;
        }
        ~Guard() { handling_now = outer_; }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        void finish() { run_.usable_ = true; }

        Handling handling;

      private:
        Simulation& run_;
        const Handling* outer_;
    };

    static const Spec& required(const std::shared_ptr<const Spec>& spec) {
        CHECK(spec != nullptr, "a run was started without a Spec");
        return *spec;
    }

    template <class Tracer>
    Event handle_next(Guard& guard, const DrawSource& source, Tracer& tracer) {
        const Due<Event> due = queue_.pop();
        DCHECK(due.time >= now_, "an event came due in the past");
        now_ = due.time;
        guard.handling.time_us = now_.us();
        guard.handling.event = &due.event;
        tracer.begin(due.sequence, due.time, due.event);
        const std::uint64_t first_child = queue_.next_sequence();
        TurnType turn(queue_, facts_, now_, source);
        Model::handle(*spec_, world_, turn, due.event);
        hand_out(tracer, first_child);
        ++events_handled_;
        guard.handling.event = nullptr;
        return due.event;
    }

    template <class Tracer>
    void hand_out(Tracer& tracer, std::uint64_t first_child) {
        if constexpr (!std::same_as<Tracer, NoTracer>) {
            for (std::uint64_t child = first_child; child < queue_.next_sequence(); ++child) tracer.scheduled(child);
        }
        if (facts_.empty()) return;
        for (const Fact& fact : facts_) {
            tracer.fact(fact);
            Model::observe(*spec_, std::as_const(world_), metrics_, now_, fact);
        }
        facts_.clear();
    }

    std::shared_ptr<const Spec> spec_;
    RunKey key_;
    Time now_;
    World world_;
    EventQueue<Event> queue_;
    Metrics metrics_;
    std::uint64_t events_handled_ = 0;
    std::vector<Fact> facts_;  // empty between events
    bool usable_ = true;
};

template <class T>
[[nodiscard]] Fingerprint fingerprint(const T& state) {
    Fingerprint print;
    hash_into(print, state);
    return print;
}

}  // namespace sim
