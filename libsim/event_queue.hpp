// What comes due, and when: pending events in the total order (time, rank, sequence).
//
//   EventQueue<Event> queue({{30_s, rank::cooled}, {10_s, rank::retry}});
//   queue.push(now + 7_ms, rank::attach, Event{...});
//   queue.push_lane(cooling_lane, now, Event{...});     // due 30 s from now
//   queue.push_in_lane(retry_lane, at, Event{...});     // due at any time, and hardly ever before the last of the lane
//   const Due<Event> due = queue.pop();
//
// The sequence is given at the push, so what was scheduled first among equals comes first. The queue is a value: a copy
// has the same future, equality is exact. There is no cancelling: a handler that finds its reason gone does nothing
// (ids know when they are stale).
//
// Most delays of a simulation are constants. Pushed at a clock that never goes back, events of one constant delay and
// one rank are sorted already: each such pair is a lane, a ring of events that costs nothing to keep in order.
// Everything else goes into a heap with four children a node. What is due next is the winner of a small tournament over
// the lane heads and the top of the heap.
//
// A comparison is one comparison of 128 bits, and a node's four children are one cache line:
//   when  = time in microseconds * 256 + rank
//   order = sequence * 2^24 + payload slot (heap), lane number (tournament)
// Sequences are unique, so the low bits never decide anything. This limits a run to 2^40 (1.1e12) events and the heap
// to 2^24 (16.7 million) pending ones; both limits are checked.
#pragma once

#include "libsim/check.hpp"
#include "libsim/fingerprint.hpp"
#include "libsim/id.hpp"
#include "libsim/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace sim {

// Decides between events of the same instant: the lower rank comes first. Each kind of event has one.
enum class Rank : std::uint8_t {};

template <class Event>
struct Due {
    Time time;
    std::uint64_t sequence = 0;
    Rank rank{};
    Event event{};

    bool operator==(const Due&) const = default;
};

struct LaneDefinition {
    Duration delay;
    Rank rank{};

    bool operator==(const LaneDefinition&) const = default;
};

using LaneIx = Index<struct LaneTag>;

template <class Event>
class EventQueue {
    static_assert(std::is_trivially_copyable_v<Event>, "an event is plain data: what it is about is named by ids");
    static_assert(std::default_initializable<Event>);

  public:
    static constexpr std::size_t max_lanes = 63;

    explicit EventQueue(std::vector<LaneDefinition> lanes = {})
        : definitions_(std::move(lanes)), rings_(definitions_.size()) {
        CHECK(definitions_.size() <= max_lanes, "more lanes than the tournament is built for");
        for (const LaneDefinition& lane : definitions_)
            CHECK(lane.delay >= Duration::zero(), "a lane's delay is negative");
        leaves_ = std::bit_ceil(definitions_.size() + 1);
        tree_.assign(2 * leaves_, Key{});
        blocks_.resize(1);
    }

    void push(Time at, Rank rank, const Event& event) { push_heap(Key{pack_when(at, rank), next_order()}, event); }

    // Due the lane's delay after `now`, with the lane's rank. `now` must not go back between pushes to one lane.
    void push_lane(LaneIx lane, Time now, const Event& event) {
        CHECK(lane.value < rings_.size(), "no such lane");
        const LaneDefinition& definition = definitions_[lane.value];
        const Key key{pack_when(now + definition.delay, definition.rank), next_order() | (lane.value + 1)};
        CHECK(rings_[lane.value].takes(key), "the clock went back between two pushes to a lane");
        push_ring(lane.value, key, event);
    }

    // Due at any instant, with the lane's rank: for events that nearly always come in order, though not after one
    // delay. One that is due before the last of the lane goes into the heap. No lane is used in both ways.
    void push_in_lane(LaneIx lane, Time at, const Event& event) {
        CHECK(lane.value < rings_.size(), "no such lane");
        const Key key{pack_when(at, definitions_[lane.value].rank), next_order() | (lane.value + 1)};
        if (rings_[lane.value].takes(key))
            push_ring(lane.value, key, event);
        else
            push_heap({key.when, key.order & ~low_mask}, event);
    }

    // The lane for this delay and rank, to be looked up once, at set-up.
    [[nodiscard]] std::optional<LaneIx> lane_for(Duration delay, Rank rank) const {
        for (std::size_t i = 0; i < definitions_.size(); ++i) {
            if (definitions_[i] == LaneDefinition{delay, rank}) return LaneIx::of(i);
        }
        return std::nullopt;
    }
    [[nodiscard]] const std::vector<LaneDefinition>& lanes() const { return definitions_; }

    [[nodiscard]] Due<Event> pop() {
        CHECK(size_ > 0, "an event was taken from an empty queue");
        --size_;
        const Key first = tree_[1];
        const std::size_t source = first.order & low_mask;
        Due<Event> due{time_of(first), first.order >> low_bits, rank_of_key(first), Event{}};
        if (source == 0) {
            due.event = pop_heap();
        } else {
            Ring& ring = rings_[source - 1];
            due.event = ring.front().event;
            ring.pop_front();
            set_leaf(source, ring.count == 0 ? Key{} : ring.front().key);
        }
        return due;
    }

    // The instant of the next event; Time::never() when there is none.
    [[nodiscard]] Time peek_time() const { return size_ == 0 ? Time::never() : time_of(tree_[1]); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    // The sequence that the next push will get: how many events were ever scheduled.
    [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }

    // Every pending event in the order in which it would be popped, as a Due. Takes time and memory for sorting.
    template <class Visitor>
    void for_each_in_order(Visitor&& visit) const {
        for (const Pending& pending : in_order()) {
            visit(Due<Event>{time_of(pending.key), pending.key.order >> low_bits, rank_of_key(pending.key),
                             *pending.event});
        }
    }

    // The same pending events and sequences with other lanes to push to: what a fork under another Spec goes on with.
    [[nodiscard]] EventQueue with_lanes(std::vector<LaneDefinition> lanes) const {
        EventQueue other(std::move(lanes));
        for (const Pending& pending : in_order()) {
            other.push_heap(Key{pending.key.when, pending.key.order & ~low_mask}, *pending.event);
        }
        other.next_sequence_ = next_sequence_;
        return other;
    }

    // Equal queues have the same future: same lanes, same pending events in the same order, same sequence given next.
    friend bool operator==(const EventQueue& a, const EventQueue& b) {
        if (a.size_ != b.size_ || a.next_sequence_ != b.next_sequence_ || a.definitions_ != b.definitions_)
            return false;
        const std::vector<Pending> left = a.in_order();
        const std::vector<Pending> right = b.in_order();
        for (std::size_t i = 0; i < left.size(); ++i) {
            if (left[i].key.when != right[i].key.when ||
                left[i].key.order >> low_bits != right[i].key.order >> low_bits)
                return false;
            if (!(*left[i].event == *right[i].event)) return false;
        }
        return true;
    }

    friend void hash_into(Fingerprint& print, const EventQueue& queue) {
        print.hash_u64(queue.next_sequence_);
        print.hash_u64(queue.size_);
        queue.for_each_in_order(
            [&print](const Due<Event>& due) { hash_all(print, due.time, due.rank, due.sequence, due.event); });
    }

  private:
    static constexpr int low_bits = 24;
    static constexpr std::uint64_t low_mask = (std::uint64_t{1} << low_bits) - 1;
    static constexpr std::uint64_t sequence_limit = std::uint64_t{1} << (64 - low_bits);
    static constexpr std::int64_t time_limit_us = std::int64_t{1} << 55;
    static constexpr std::size_t root = 3;  // so that the children of every node fill one aligned block

    struct Key {  // the default is later than every event
        std::int64_t when = std::numeric_limits<std::int64_t>::max();
        std::uint64_t order = std::numeric_limits<std::uint64_t>::max();

        friend bool operator<(Key a, Key b) { return wide(a) < wide(b); }

        // Without a branch: which of two events is first is as good as a coin.
        static Key lesser(Key a, Key b) {
            const std::uint64_t take_a = 0 - static_cast<std::uint64_t>(a < b);
            const auto a_when = static_cast<std::uint64_t>(a.when);
            const auto b_when = static_cast<std::uint64_t>(b.when);
            return {static_cast<std::int64_t>(b_when ^ ((a_when ^ b_when) & take_a)),
                    b.order ^ ((a.order ^ b.order) & take_a)};
        }

      private:
        __extension__ using Wide = __int128;
        static Wide wide(Key k) { return static_cast<Wide>(k.when) << 64 | k.order; }
    };
    struct alignas(64) Block {
        std::array<Key, 4> keys;
    };
    static_assert(sizeof(Block) == 64, "four keys are meant to fill one cache line");

    struct Entry {
        Key key;
        Event event;
    };
    struct Pending {
        Key key;
        const Event* event;
    };

    // A ring of events in the order of their pushes; its capacity is zero or a power of two.
    struct Ring {
        std::vector<Entry> entries;
        std::size_t head = 0;
        std::size_t count = 0;
        std::int64_t last_when = 0;  // of the last entry, if there is one

        // Sequences only grow, so of the same instant and rank the later push comes later.
        [[nodiscard]] bool takes(Key key) const { return count == 0 || key.when >= last_when; }
        [[nodiscard]] const Entry& at(std::size_t i) const { return entries[(head + i) & (entries.size() - 1)]; }
        [[nodiscard]] const Entry& front() const { return entries[head]; }
        void push_back(const Entry& entry) {
            if (count == entries.size()) grow();
            entries[(head + count) & (entries.size() - 1)] = entry;
            ++count;
            last_when = entry.key.when;
        }
        void pop_front() {
            head = (head + 1) & (entries.size() - 1);
            --count;
        }
        void grow() {
            std::vector<Entry> larger(std::max<std::size_t>(8, 2 * entries.size()));
            for (std::size_t i = 0; i < count; ++i) larger[i] = at(i);
            entries = std::move(larger);
            head = 0;
        }
    };

    static std::int64_t pack_when(Time at, Rank rank) {
        CHECK(at.us() < time_limit_us && at.us() > -time_limit_us,
              "an event was scheduled for never, or beyond 1,100 years");
        return at.us() * 256 + static_cast<std::int64_t>(rank);
    }
    static Time time_of(Key key) { return Time::at(Duration::microseconds(key.when >> 8)); }
    static Rank rank_of_key(Key key) { return Rank{static_cast<std::uint8_t>(key.when & 255)}; }

    std::uint64_t next_order() {
        CHECK(next_sequence_ < sequence_limit, "a run scheduled more events than it can number");
        return next_sequence_++ << low_bits;
    }

    Key& node(std::size_t position) { return blocks_[position / 4].keys[position % 4]; }
    [[nodiscard]] const Key& node(std::size_t position) const { return blocks_[position / 4].keys[position % 4]; }
    // Writes a key as two words. A compiler left alone copies keys as one word of 16 bytes, and reading so what was
    // just written in two halves makes the processor wait until both have reached the cache: a quarter of the time of a
    // small heap.
    static void put(Key& place, Key key) {
        __asm__("" : "+r"(key.when), "+r"(key.order));
        place.when = key.when;
        place.order = key.order;
    }
    static std::size_t parent_of(std::size_t position) { return position / 4 + 2; }
    static std::size_t block_of_children(std::size_t position) { return position - 2; }

    void push_ring(std::size_t lane, Key key, const Event& event) {
        Ring& ring = rings_[lane];
        ring.push_back({key, event});
        ++size_;
        if (ring.count == 1) set_leaf(lane + 1, key);
    }

    void push_heap(Key key, const Event& event) {
        std::uint32_t slot = 0;
        if (free_slots_.empty()) {
            CHECK(payloads_.size() <= low_mask, "more events are pending than the heap can number");
            slot = static_cast<std::uint32_t>(payloads_.size());
            payloads_.push_back(event);
        } else {
            slot = free_slots_.back();
            free_slots_.pop_back();
            payloads_[slot] = event;
        }
        key.order |= slot;
        std::size_t hole = root + heap_size_++;
        if (hole / 4 == blocks_.size()) blocks_.emplace_back();
        ++size_;
        if (sift_up(hole, key) == root) set_leaf(0, {key.when, key.order & ~low_mask});
    }

    std::size_t sift_up(std::size_t hole, Key key) {
        while (hole != root) {
            const std::size_t parent = parent_of(hole);
            if (!(key < node(parent))) break;
            put(node(hole), node(parent));
            hole = parent;
        }
        put(node(hole), key);
        return hole;
    }

    // The hole left by the first event sinks to a leaf along the smallest children, and the last event, which came from
    // a leaf and usually belongs near one, rises from there: fewer comparisons than sinking it from the top.
    Event pop_heap() {
        const std::size_t slot = node(root).order & low_mask;
        const std::size_t last = root + --heap_size_;
        const Key moved = node(last);
        node(last) =
            Key{};  // keys beyond the end stay later than every event, so that no node needs its children counted
        if (last != root) {
            std::size_t hole = root;
            for (;;) {
                const std::size_t block = block_of_children(hole);
                if (4 * block >= last) break;
                const std::size_t grandchildren = 4 * block - 2;
                if (grandchildren + 3 < blocks_.size()) {
                    for (std::size_t i = 0; i < 4; ++i) __builtin_prefetch(&blocks_[grandchildren + i]);
                }
                const std::array<Key, 4>& k = blocks_[block].keys;
                const std::size_t left = static_cast<std::size_t>(k[1] < k[0]);
                const std::size_t right = 2 + static_cast<std::size_t>(k[3] < k[2]);
                const std::size_t least = left ^ ((left ^ right) & (0 - static_cast<std::size_t>(k[right] < k[left])));
                put(node(hole), k[least]);
                hole = 4 * block + least;
            }
            sift_up(hole, moved);
        }
        const Event event = payloads_[slot];
        free_slots_.push_back(static_cast<std::uint32_t>(slot));
        const Key first = node(root);
        if (heap_size_ == 0) {
            set_leaf(0, Key{});
        } else {
            set_leaf(0, {first.when, first.order & ~low_mask});
            __builtin_prefetch(&payloads_[first.order & low_mask]);
        }
        return event;
    }

    // Node 1 of the tournament is the first of all sources; the leaf of source s is node leaves_ + s.
    void set_leaf(std::size_t source, Key key) {
        std::size_t at = leaves_ + source;
        put(tree_[at], key);
        while (at > 1) {
            key = Key::lesser(tree_[at ^ 1], key);
            at /= 2;
            put(tree_[at], key);
        }
    }

    [[nodiscard]] std::vector<Pending> in_order() const {
        std::vector<Pending> all;
        all.reserve(size_);
        for (std::size_t position = root; position < root + heap_size_; ++position) {
            all.push_back({node(position), &payloads_[node(position).order & low_mask]});
        }
        for (const Ring& ring : rings_) {
            for (std::size_t i = 0; i < ring.count; ++i) all.push_back({ring.at(i).key, &ring.at(i).event});
        }
        // Sequences are unique, so this order is total.
        std::sort(all.begin(), all.end(), [](const Pending& a, const Pending& b) { return a.key < b.key; });
        return all;
    }

    std::vector<LaneDefinition> definitions_;
    std::vector<Ring> rings_;
    std::vector<Key> tree_;
    std::size_t leaves_ = 1;
    std::vector<Block> blocks_;
    std::vector<Event> payloads_;
    std::vector<std::uint32_t> free_slots_;
    std::size_t heap_size_ = 0;
    std::size_t size_ = 0;
    std::uint64_t next_sequence_ = 0;
};

}  // namespace sim
