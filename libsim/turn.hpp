// A Turn is all a handler may do beside changing the world: read the clock, schedule events, note facts.
//
//   void on(const Spec& spec, World& world, Turn& turn, const PodArrival& arrival) {
//     turn.note(PodCreated{arrival.pod});
//     turn.after(7_ms, Schedule{arrival.pod});
//     turn.after(spec.lanes.cooling, AddressCooled{...});
//   }
//
// Each kind of event E carries `static constexpr sim::Rank rank`; the model's Event is a std::variant of the kinds, or
// a type that converts from each kind and has a free function `sim::Rank rank_of(const Event&)`. A turn ends with the
// handler: nobody keeps one.
#pragma once

#include "libsim/check.hpp"
#include "libsim/event_queue.hpp"
#include "libsim/random.hpp"
#include "libsim/time.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

namespace sim {

template <class... Kinds>
[[nodiscard]] constexpr Rank rank_of(const std::variant<Kinds...>& event) {
    constexpr std::array<Rank, sizeof...(Kinds)> ranks{Kinds::rank...};
    return ranks[event.index()];
}

// One kind of a model's events, as opposed to the model's Event itself.
template <class E, class Event>
concept KindOf = !std::same_as<std::remove_cvref_t<E>, Event> && std::constructible_from<Event, E> && requires {
    { std::remove_cvref_t<E>::rank } -> std::convertible_to<Rank>;
};

template <class Event, class Fact>
class Turn {
  public:
    Turn(EventQueue<Event>& queue, std::vector<Fact>& facts, Time now, const DrawSource& key)
        : queue_(queue), facts_(facts), now_(now), key_(key) {}
    Turn(EventQueue<Event>& queue, std::vector<Fact>& facts, Time now, RunKey key)
        : Turn(queue, facts, now, DrawSource(key)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    [[nodiscard]] Time now() const { return now_; }
    // For draws; see random.hpp.
    [[nodiscard]] const DrawSource& key() const { return key_; }

    // At an instant that is not in the past. An event due now is handled after this one, in the order of rank and
    // sequence.
    void at(Time time, const Event& event) { schedule(time, rank_of(event), event); }
    template <KindOf<Event> E>
    void at(Time time, const E& event) {
        schedule(time, E::rank, Event(event));
    }

    void after(Duration delay, const Event& event) { at(now_ + delay, event); }
    template <KindOf<Event> E>
    void after(Duration delay, const E& event) {
        at(now_ + delay, event);
    }

    // After the constant delay of a lane, which is the cheap way.
    void after(LaneIx lane, const Event& event) {
        DCHECK(lane.value < queue_.lanes().size() && queue_.lanes()[lane.value].rank == rank_of(event),
               "an event was pushed to a lane of another rank");
        queue_.push_lane(lane, now_, event);
    }
    template <KindOf<Event> E>
    void after(LaneIx lane, const E& event) {
        DCHECK(lane.value < queue_.lanes().size() && queue_.lanes()[lane.value].rank == E::rank,
               "an event was pushed to a lane of another rank");
        queue_.push_lane(lane, now_, Event(event));
    }

    // At an instant that is hardly ever before that of the last event scheduled so: about as cheap.
    template <KindOf<Event> E>
    void at(LaneIx lane, Time time, const E& event) {
        DCHECK(lane.value < queue_.lanes().size() && queue_.lanes()[lane.value].rank == E::rank,
               "an event was pushed to a lane of another rank");
        CHECK(time >= now_, "an event was scheduled in the past");
        queue_.push_in_lane(lane, time, Event(event));
    }

    // Hands what was seen to whoever listens. Facts are observed in this order once the handler has returned.
    void note(const Fact& fact) { facts_.push_back(fact); }

  private:
    void schedule(Time time, Rank rank, const Event& event) {
        CHECK(time >= now_, "an event was scheduled in the past");
        queue_.push(time, rank, event);
    }

    EventQueue<Event>& queue_;
    std::vector<Fact>& facts_;
    Time now_;
    DrawSource key_;
};

}  // namespace sim
