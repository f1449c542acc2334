// Random histories of a small cluster, told to the fast accumulators and to a slow bookkeeper who writes down every
// change of every quantity and works everything out at the end. Both must agree exactly.
//
// EKSSIM_SEED=n repeats one history: EKSSIM_SEED=17 ekssim_tests --gtest_filter='MetricsProperty.*'
#include "tests/unit/models/metrics/scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace eks::metrics_test {
namespace {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint64_t below(std::uint64_t bound) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return (state_ >> 11) % bound;
    }

  private:
    std::uint64_t state_;
};

// Everything that changed, in the order in which it did: (time, series, difference) and (time, series, sample).
struct Bookkeeper {
    struct Entry {
        std::int64_t us = 0;
        std::int64_t value = 0;
    };
    std::map<std::string, std::vector<Entry>> changes;
    std::map<std::string, std::vector<Entry>> samples;

    void change(sim::Time now, const std::string& series, std::int64_t difference) {
        changes[series].push_back({now.us(), difference});
    }
    void sample(sim::Time now, const std::string& series, std::int64_t value) {
        samples[series].push_back({now.us(), value});
    }

    // The levels of the sum of the series whose names start with one of these, as (from, until, value) without empty
    // stretches.
    std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> levels(const std::vector<std::string>& prefixes,
                                                                             std::int64_t from,
                                                                             std::int64_t until) const {
        std::map<std::int64_t, std::int64_t> differences;
        for (const auto& [name, entries] : changes) {
            const bool is_in =
                std::ranges::any_of(prefixes, [&](const std::string& prefix) { return name.starts_with(prefix); });
            if (!is_in) continue;
            for (const Entry& entry : entries) differences[entry.us] += entry.value;
        }
        std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> result;
        std::int64_t value = 0;
        std::int64_t since = 0;
        const auto close = [&](std::int64_t at) {
            const std::int64_t begin = std::max(since, from);
            const std::int64_t end = std::min(at, until);
            if (begin < end) result.emplace_back(begin, end, value);
            since = at;
        };
        for (const auto& [us, difference] : differences) {
            close(us);
            value += difference;
        }
        close(until);
        return result;
    }
};

constexpr std::int64_t second = 1'000'000;

struct History {
    Telling told;
    Bookkeeper book;
    Dice dice;
    std::int64_t us = 0;

    struct LivePod {
        WorkloadIx workload;
        WaitCause cause = WaitCause::none;
        std::int64_t cause_since = 0;
        std::int64_t created = 0;
        std::map<WaitCause, std::int64_t> waited;
    };
    std::map<std::uint32_t, LivePod> pods;
    struct LiveNode {
        std::uint32_t generation = 0;
        std::int32_t free = 0, assigned = 0;
        std::vector<std::int64_t> cooling_until;
        std::string name;
    };
    std::map<std::uint32_t, LiveNode> nodes;
    std::uint32_t generations = 0;
    std::uint32_t workers_seen = 0;

    History(const Scene& scene, std::uint64_t seed) : told(scene), dice(seed) {}

    sim::Time now() const { return sim::Time::at(sim::Duration::microseconds(us)); }
    static sim::Duration lasted(std::int64_t n) { return sim::Duration::microseconds(n); }
    static std::string name_of(WorkloadIx workload) {
        return workload == web ? "web" : workload == report ? "report" : "agent";
    }
    static std::string waiting(WorkloadIx workload, WaitCause cause) {
        return "waiting/" + name_of(workload) + "/" + std::string(text_of(cause).name);
    }
    WaitCause any_cause() { return static_cast<WaitCause>(1 + dice.below(wait_cause_count - 1)); }

    void cool_down() {
        for (auto& [slot, node] : nodes) {
            std::erase_if(node.cooling_until, [&](std::int64_t until) {
                if (until > us) return false;
                const sim::Time at_us = sim::Time::at(sim::Duration::microseconds(until));
                book.change(at_us, "cooling/" + node.name, -1);
                book.change(at_us, "free/" + node.name, +1);
                ++node.free;
                return true;
            });
        }
    }

    void create() {
        std::uint32_t slot = 0;
        while (pods.contains(slot)) ++slot;
        LivePod made{WorkloadIx{static_cast<std::uint32_t>(dice.below(3))}, any_cause(), us, us, {}};
        told(now(), PodCreatedFact{pod(slot), made.workload, made.cause});
        book.change(now(), waiting(made.workload, made.cause), +1);
        book.change(now(), "created", +1);
        pods[slot] = made;
    }

    void leave_cause(LivePod& waits) {
        waits.waited[waits.cause] += us - waits.cause_since;
        book.change(now(), waiting(waits.workload, waits.cause), -1);
    }

    void advance_pod() {
        if (pods.empty()) return create();
        auto place = pods.begin();
        std::advance(place, dice.below(pods.size()));
        LivePod& waits = place->second;
        const WaitCause from = waits.cause;
        const sim::Duration so_long = lasted(us - waits.cause_since);
        leave_cause(waits);
        const std::uint64_t what = dice.below(4);
        if (what >= 2) {
            waits.cause = any_cause();
            waits.cause_since = us;
            told(now(), PodWaitsFact{pod(place->first), waits.workload, from, waits.cause, so_long});
            book.change(now(), waiting(waits.workload, waits.cause), +1);
            return;
        }
        if (what == 0) {
            told(now(), PodStartedFact{pod(place->first), waits.workload, from, so_long, lasted(us - waits.created)});
            book.sample(now(), "start/" + name_of(waits.workload), us - waits.created);
        } else {
            told(now(), PodGaveUpFact{pod(place->first), waits.workload, from, so_long});
        }
        std::int64_t sum = 0;
        for (const auto& [cause, waited] : waits.waited) {
            book.sample(now(), "wait/" + name_of(waits.workload) + "/" + std::string(text_of(cause).name), waited);
            sum += waited;
        }
        EXPECT_EQ(sum, us - waits.created);
        pods.erase(place);
    }

    void add_node() {
        std::uint32_t slot = 0;
        while (nodes.contains(slot)) ++slot;
        LiveNode made;
        made.generation = ++generations;
        made.name = "workers-" + std::to_string(workers_seen++);
        made.free = static_cast<std::int32_t>(dice.below(5));
        told(now(),
             NodeFact{{slot, made.generation}, workers, worker_a, NodeState::launching, NodeState::ready, true, false});
        told(now(), AddressesAddedFact{{slot, made.generation}, made.free});
        book.change(now(), "free/" + made.name, made.free);
        book.change(now(), "cost/workers", 200'000);
        nodes[slot] = made;
    }

    void use_node() {
        if (nodes.empty()) return add_node();
        auto place = nodes.begin();
        std::advance(place, dice.below(nodes.size()));
        LiveNode& used = place->second;
        const NodeId id{place->first, used.generation};
        switch (dice.below(12)) {
            case 0: {
                const auto cooling = static_cast<std::int32_t>(used.cooling_until.size());
                book.change(now(), "free/" + used.name, -used.free);
                book.change(now(), "assigned/" + used.name, -used.assigned);
                book.change(now(), "cooling/" + used.name, -cooling);
                book.change(now(), "cost/workers", -200'000);
                // Either the addresses are said to go first, or they go with the node.
                if (dice.below(2) == 0 && used.assigned == 0) told(now(), AddressesDroppedFact{id, used.free, cooling});
                told(now(), NodeFact{id, workers, worker_a, NodeState::ready, NodeState::ready, false, true});
                nodes.erase(place);
                return;
            }
            case 1:
                told(now(), AddressesAddedFact{id, 3});
                book.change(now(), "free/" + used.name, 3);
                used.free += 3;
                return;
            case 2:
                if (used.free == 0) return;
                told(now(), AddressesDroppedFact{id, 1, 0});
                book.change(now(), "free/" + used.name, -1);
                --used.free;
                return;
            case 3:
            case 4:
            case 5:
            case 6:
                if (used.free == 0) return;
                told(now(), AddressAssignedFact{id});
                book.change(now(), "free/" + used.name, -1);
                book.change(now(), "assigned/" + used.name, +1);
                --used.free;
                ++used.assigned;
                return;
            default:
                if (used.assigned == 0) return;
                const std::int64_t until = us + 30 * second;
                told(now(), AddressReleasedFact{id, sim::Time::at(sim::Duration::microseconds(until))});
                book.change(now(), "assigned/" + used.name, -1);
                book.change(now(), "cooling/" + used.name, +1);
                --used.assigned;
                used.cooling_until.push_back(until);
        }
    }

    void run(std::int64_t until_us) {
        // Several facts at one instant are as usual as long silences.
        while (us < until_us) {
            if (dice.below(3) != 0) us += static_cast<std::int64_t>(dice.below(20 * second));
            if (us >= until_us) break;
            cool_down();
            switch (dice.below(4)) {
                case 0: create(); break;
                case 1: use_node(); break;
                default: advance_pod(); break;
            }
        }
        us = until_us;
        cool_down();
    }
};

struct Expected {
    std::string that;
    std::string when;
    std::int64_t from = 0;
    std::int64_t until = 0;
    std::vector<std::string> prefixes;
};

std::vector<std::uint64_t> seeds() {
    if (const char* one = std::getenv("EKSSIM_SEED")) return {std::strtoull(one, nullptr, 10)};
    std::vector<std::uint64_t> many;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) many.push_back(seed);
    return many;
}

TEST(MetricsProperty, FastAccumulatorsAgreeWithAListOfAllChanges) {
    constexpr std::int64_t end = 3600 * second;
    constexpr std::int64_t warm_up = 500 * second;
    const std::vector<Expected> measures{
        {"(ekssim_pods_waiting)", "always", warm_up, end, {"waiting/"}},
        {"(ekssim_pods_waiting{workload=\"web\"})",
         "between 10m and 20m",
         600 * second,
         1200 * second,
         {"waiting/web/"}},
        {"(ekssim_pods_waiting{cause=~\"no-address|address-.*\"})",
         "always",
         warm_up,
         end,
         {"waiting/web/no-address", "waiting/report/no-address", "waiting/agent/no-address",
          "waiting/web/address-cooling", "waiting/report/address-cooling", "waiting/agent/address-cooling"}},
        {"(ekssim_addresses{state!=\"assigned\"})",
         "between 1m and 59m",
         60 * second,
         3540 * second,
         {"free/", "cooling/"}},
        {"(ekssim_addresses{state=\"free\"})", "always", warm_up, end, {"free/"}},
        {"(ekssim_cost_usd_per_hour{kind=\"node\",node_group=\"workers\"})", "always", warm_up, end, {"cost/workers"}},
    };
    for (const std::uint64_t seed : seeds()) {
        SCOPED_TRACE("EKSSIM_SEED=" + std::to_string(seed));
        Scene scene;
        scene.warm_up(500);
        for (const Expected& measure : measures) {
            for (const char* aggregate : {"min", "max", "mean", "last", "p90"}) {
                scene.expect(aggregate + measure.that + " < 3", measure.when);
            }
            scene.expect("share_of_time(" + measure.that.substr(1, measure.that.size() - 2) + " >= 3) < 5%",
                         measure.when);
        }
        scene.expect("max(ekssim_addresses{state=\"free\"}) by (node) < 3");
        scene.expect("count(ekssim_pod_start_seconds) < 3")
            .expect("max(ekssim_pod_start_seconds{workload=\"web\"}) < 3s");
        History history(scene, seed);
        history.run(end);
        const Metrics closed =
            history.told.metrics.closed_at(scene.spec(), sim::Time::at(sim::Duration::microseconds(end)));
        const RunValues values = read_values(scene.spec(), closed);

        // Measures of levels.
        std::size_t at_measure = 0;
        for (const Expected& measure : measures) {
            const auto levels = history.book.levels(measure.prefixes, measure.from, measure.until);
            const bool is_money = measure.that.find("usd") != std::string::npos;
            const double limit = is_money ? 3e6 : 3.0;
            std::int64_t least = INT64_MAX, greatest = INT64_MIN, integral = 0, above = 0, first_bad = -1, last = 0;
            std::map<std::int64_t, std::int64_t> by_value;
            for (const auto& [from, until, value] : levels) {
                least = std::min(least, value);
                greatest = std::max(greatest, value);
                integral += value * (until - from);
                by_value[value] += until - from;
                if (static_cast<double>(value) >= limit) {
                    above += until - from;
                    if (first_bad < 0) first_bad = from;
                }
                last = value;
            }
            const std::int64_t length = measure.until - measure.from;
            std::int64_t p90 = 0;
            std::int64_t passed = 0;
            for (const auto& [value, us] : by_value) {
                passed += us;
                p90 = value;
                if (static_cast<double>(passed) >= 0.9 * static_cast<double>(length)) break;
            }
            const auto told = [&](std::size_t offset) -> const GroupValue& {
                const auto& groups = values.measures[at_measure + offset];
                EXPECT_EQ(groups.size(), 1u) << measure.that;
                return groups.front();
            };
            if (values.measures[at_measure].empty()) {  // no node ever came
                at_measure += 6;
                continue;
            }
            // The sum over nodes begins with the first of them.
            const bool has_nodes = measure.that.find("addresses") != std::string::npos;
            const bool is_whole = !has_nodes || std::get<2>(levels.front()) != 0;
            if (is_whole) {
                EXPECT_EQ(told(0).value, static_cast<double>(least)) << measure.that;
                EXPECT_DOUBLE_EQ(*told(2).value, static_cast<double>(integral) / static_cast<double>(length))
                    << measure.that;
                EXPECT_EQ(told(4).value.has_value(), true);
                EXPECT_NEAR(*told(4).value, static_cast<double>(p90),
                            static_cast<double>(p90) * sim::Sketch::relative_error)
                    << measure.that;
                EXPECT_DOUBLE_EQ(*told(5).value, static_cast<double>(above) / static_cast<double>(length))
                    << measure.that;
            }
            EXPECT_EQ(told(1).value, static_cast<double>(greatest)) << measure.that;
            EXPECT_EQ(told(3).value, static_cast<double>(last)) << measure.that;
            const std::int64_t breach = told(1).first_breach ? told(1).first_breach->us() : -1;
            EXPECT_EQ(breach, first_bad) << measure.that;
            at_measure += 6;
        }

        // One group a node: the greatest while it was there.
        for (const GroupValue& group : values.measures[at_measure]) {
            Bookkeeper alone;
            const auto found = history.book.changes.find("free/" + group.labels[0]);
            if (found != history.book.changes.end()) alone.changes["x"] = found->second;
            std::int64_t greatest = 0;
            for (const auto& [from, until, value] : alone.levels({"x"}, warm_up, end))
                greatest = std::max(greatest, value);
            if (group.value) {
                EXPECT_EQ(*group.value, static_cast<double>(greatest)) << group.labels[0];
            }
        }
        EXPECT_EQ(values.measures[at_measure].size(), history.workers_seen);

        // Samples.
        double starts = 0;
        double longest = -1;
        for (const auto& [name, samples] : history.book.samples) {
            if (!name.starts_with("start/")) continue;
            for (const auto& sample : samples) {
                if (sample.us < warm_up) continue;
                ++starts;
                if (name == "start/web") longest = std::max(longest, static_cast<double>(sample.value));
            }
        }
        EXPECT_EQ(values.measures[at_measure + 1][0].value, starts);
        EXPECT_EQ(values.measures[at_measure + 2][0].value.value_or(-1), longest);

        // The split of the waiting time, to the microsecond, and the base series.
        const WaitingSummary waiting = summarize_waiting(scene.spec(), closed);
        std::int64_t whole = 0;
        const auto summaries = summarize(scene.spec(), closed);
        for (std::size_t cause = 1; cause < wait_cause_count; ++cause) {
            const std::string name(wait_cause_texts[cause].name);
            std::int64_t integral = 0;
            for (const std::string workload : {"web", "report", "agent"}) {
                std::int64_t of_one = 0;
                std::int64_t greatest = 0;
                // The whole name and nothing longer: "scheduling" is not "scheduling-backoff".
                Bookkeeper alone;
                const auto found = history.book.changes.find("waiting/" + workload + "/" + name);
                if (found != history.book.changes.end()) alone.changes["x"] = found->second;
                for (const auto& [from, until, value] : alone.levels({"x"}, warm_up, end)) {
                    of_one += value * (until - from);
                    greatest = std::max(greatest, value);
                }
                integral += of_one;
                const SeriesSummary* series =
                    find_series(summaries, "ekssim_pods_waiting", {{"workload", workload}, {"cause", name}});
                if (greatest == 0) {
                    EXPECT_EQ(series, nullptr) << workload << " " << name;
                } else {
                    ASSERT_NE(series, nullptr) << workload << " " << name;
                    EXPECT_DOUBLE_EQ(*series->max, static_cast<double>(greatest));
                    EXPECT_DOUBLE_EQ(*series->mean, static_cast<double>(of_one) / static_cast<double>(end - warm_up));
                }
                const auto waits = history.book.samples.find("wait/" + workload + "/" + name);
                std::int64_t samples = 0;
                std::int64_t total = 0;
                if (waits != history.book.samples.end()) {
                    for (const auto& sample : waits->second) {
                        if (sample.us < warm_up) continue;
                        ++samples;
                        total += sample.value;
                    }
                }
                const SeriesSummary* split =
                    find_series(summaries, "ekssim_pod_wait_seconds", {{"workload", workload}, {"cause", name}});
                EXPECT_EQ(split == nullptr ? 0 : *split->count, samples) << workload << " " << name;
                if (split != nullptr) {
                    EXPECT_DOUBLE_EQ(*split->total, static_cast<double>(total) / 1e6);
                }
            }
            EXPECT_EQ(waiting.by_cause_us[cause], integral) << name;
            whole += integral;
        }
        EXPECT_EQ(waiting.total_us, whole);
        if (::testing::Test::HasFailure()) {
            FAIL() << "repeat with: EKSSIM_SEED=" << seed << " ekssim_tests --gtest_filter='MetricsProperty.*'";
        }
    }
}

TEST(MetricsProperty, TwoHalvesThroughACopyAreTheWhole) {
    for (const std::uint64_t seed : seeds()) {
        SCOPED_TRACE("EKSSIM_SEED=" + std::to_string(seed));
        Scene scene;
        scene.expect("max(ekssim_addresses) by (node, state) < 3")
            .expect("share_of_time(ekssim_pods_waiting > 1) by (cause) < 3%");
        History whole(scene, seed);
        whole.run(1000 * second);
        History half = whole;
        EXPECT_TRUE(half.told.metrics == whole.told.metrics);
        whole.run(2000 * second);
        half.run(2000 * second);
        EXPECT_TRUE(half.told.metrics == whole.told.metrics);
        sim::Fingerprint a;
        sim::Fingerprint b;
        hash_into(a, whole.told.metrics);
        hash_into(b, half.told.metrics);
        EXPECT_EQ(a, b);
    }
}

}  // namespace
}  // namespace eks::metrics_test
