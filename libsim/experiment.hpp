// Many runs of one scenario on several threads, with an answer that does not depend on how many.
//
//   ExperimentOptions options{.min = 20, .max = 500, .threads = 4};
//   const auto outcome = replicate(options,
//       [&](std::uint32_t replication) { return simulate({seed, replication}); },
//       [](std::span<const Numbers> so_far) { return narrow_enough(so_far); });
//
// Runs are numbered; run r uses replication r of the seed. Results are kept in the order of their numbers. After `min`
// runs `stop` is asked about the first n results for n = min, min + 1, ..., each as soon as they are all there, and the
// first yes ends the experiment with exactly those; what other threads computed beyond is thrown away. So is an
// exception of a run beyond; the one of a run within ends the experiment and reaches the caller, after the threads have
// ended.
//
// `run` is called on several threads at once and must not share anything mutable; `stop` and `progress` are called on
// one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace sim {

struct ExperimentOptions {
    std::uint32_t min = 1;      // runs before stop is asked
    std::uint32_t max = 1;      // runs after which the experiment ends anyway
    std::uint32_t threads = 1;  // 1: everything on the calling thread
    // Set from elsewhere to end early: no further run begins, and what is complete and in order is the outcome. Runs
    // that are under way should look at it themselves. May be null.
    const std::atomic<bool>* cancel = nullptr;
    // Told how many results are in order, after each change. Called on the calling thread. May be empty.
    std::function<void(std::uint32_t done)> progress = {};
};

template <class R>
struct ExperimentOutcome {
    std::vector<R> results;  // of replications 0, 1, 2, ...
    bool stopped = false;    // by `stop`, rather than by reaching max
    bool cancelled = false;
};

struct ExperimentEnd {
    std::uint32_t count = 0;
    bool stopped = false;
    bool cancelled = false;
};

// The part that knows no result type. `run(r)` computes and keeps the result of r; `enough(n)` judges the first n of
// them.
ExperimentEnd run_in_order(const ExperimentOptions& options, const std::function<void(std::uint32_t)>& run,
                           const std::function<bool(std::uint32_t)>& enough);

template <class Run, class Stop>
auto replicate(const ExperimentOptions& options, Run&& run, Stop&& stop) {
    using R = std::decay_t<std::invoke_result_t<Run&, std::uint32_t>>;
    static_assert(!std::is_same_v<R, bool>, "results lie side by side in memory: return a struct or an int");
    std::vector<std::optional<R>> slots(options.max);
    std::vector<R> in_order;
    in_order.reserve(options.max);
    const ExperimentEnd end = run_in_order(
        options, [&](std::uint32_t r) { slots[r].emplace(run(r)); },
        [&](std::uint32_t n) {
            while (in_order.size() < n) in_order.push_back(std::move(*slots[in_order.size()]));
            return n >= options.min && static_cast<bool>(stop(std::span<const R>(in_order)));
        });
    ExperimentOutcome<R> outcome{std::move(in_order), end.stopped, end.cancelled};
    outcome.results.erase(outcome.results.begin() + static_cast<std::ptrdiff_t>(end.count), outcome.results.end());
    return outcome;
}

// Exactly options.max runs, unless cancelled.
template <class Run>
auto replicate(const ExperimentOptions& options, Run&& run) {
    return replicate(options, std::forward<Run>(run), [](const auto&) { return false; });
}

}  // namespace sim
