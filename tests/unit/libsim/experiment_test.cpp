#include "libsim/experiment.hpp"

#include "libsim/check.hpp"
#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace {

using namespace sim;

// Work of very different length, so that threads finish out of order.
std::uint64_t uneven_work(std::uint32_t replication) {
    const std::uint64_t steps = 1 + draw_below({1, replication}, {0, 0, 0, 0}, 20'000);
    std::uint64_t sum = replication;
    for (std::uint64_t i = 0; i < steps; ++i) sum = mix_bits(sum + i);
    return sum;
}

TEST(Experiment, TheResultIsTheSameWhateverTheNumberOfThreads) {
    const auto run = [](std::uint32_t threads) {
        // Stops at the first prefix that holds eight even numbers.
        return replicate({.min = 3, .max = 200, .threads = threads}, uneven_work,
                         [](std::span<const std::uint64_t> so_far) {
                             int even = 0;
                             for (const std::uint64_t value : so_far) even += value % 2 == 0 ? 1 : 0;
                             return even >= 8;
                         });
    };
    const auto alone = run(1);
    EXPECT_TRUE(alone.stopped);
    EXPECT_LT(alone.results.size(), 200U);
    for (std::uint32_t r = 0; r < alone.results.size(); ++r) EXPECT_EQ(alone.results[r], uneven_work(r));
    for (const std::uint32_t threads : {2U, 4U, 16U}) {
        for (int again = 0; again < 5; ++again) EXPECT_EQ(run(threads).results, alone.results) << threads << " threads";
    }
}

TEST(Experiment, StopIsAskedFromTheLeastNumberOfRunsOn) {
    std::vector<std::size_t> asked;
    const auto outcome = replicate(
        {.min = 4, .max = 10}, [](std::uint32_t r) { return r; },
        [&asked](std::span<const std::uint32_t> so_far) {
            asked.push_back(so_far.size());
            return so_far.size() == 6;
        });
    EXPECT_EQ(asked, (std::vector<std::size_t>{4, 5, 6}));
    EXPECT_EQ(outcome.results, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Experiment, WithoutAStopAllRunsAreMade) {
    for (const std::uint32_t threads : {1U, 3U}) {
        const auto outcome = replicate({.max = 20, .threads = threads}, [](std::uint32_t r) { return r; });
        EXPECT_EQ(outcome.results.size(), 20U);
        EXPECT_FALSE(outcome.stopped);
        EXPECT_FALSE(outcome.cancelled);
    }
}

TEST(Experiment, AnExceptionReachesTheCaller) {
    const auto fails_at_7 = [](std::uint32_t r) {
        if (r == 7) throw std::runtime_error("run 7");
        return r;
    };
    for (const std::uint32_t threads : {1U, 4U}) {
        EXPECT_THROW(replicate({.max = 20, .threads = threads}, fails_at_7), std::runtime_error);
        const auto stopped_before = replicate({.max = 20, .threads = threads}, fails_at_7,
                                              [](std::span<const std::uint32_t> so_far) { return so_far.size() == 5; });
        EXPECT_EQ(stopped_before.results.size(), 5U) << "a run beyond the stop does not count, nor does its exception";
        EXPECT_THROW(replicate(
                         {.max = 20, .threads = threads}, [](std::uint32_t r) { return r; },
                         [](std::span<const std::uint32_t>) -> bool { throw std::runtime_error("stop"); }),
                     std::runtime_error);
    }
}

TEST(Experiment, CancellingKeepsWhatIsCompleteAndInOrder) {
    for (const std::uint32_t threads : {1U, 4U}) {
        std::atomic<bool> cancel = false;
        const auto outcome =
            replicate({.max = 1'000, .threads = threads, .cancel = &cancel}, [&cancel](std::uint32_t r) {
                if (r == 30) cancel = true;
                return r;
            });
        EXPECT_TRUE(outcome.cancelled);
        EXPECT_LT(outcome.results.size(), 1'000U);
        for (std::uint32_t r = 0; r < outcome.results.size(); ++r) EXPECT_EQ(outcome.results[r], r);
    }
}

TEST(Experiment, ProgressIsToldOnTheCallingThreadAndRises) {
    for (const std::uint32_t threads : {1U, 4U}) {
        const std::thread::id here = std::this_thread::get_id();
        std::uint32_t last = 0;
        replicate({.max = 50,
                   .threads = threads,
                   .progress =
                       [&](std::uint32_t done) {
                           EXPECT_EQ(std::this_thread::get_id(), here);
                           EXPECT_GT(done, last);
                           last = done;
                       }},
                  uneven_work);
        EXPECT_EQ(last, 50U);
    }
}

TEST(Experiment, AnExceptionFromProgressEndsTheExperiment) {
    for (const std::uint32_t threads : {1U, 4U}) {
        const ExperimentOptions options{
            .max = 50, .threads = threads, .progress = [](std::uint32_t) { throw std::runtime_error("interrupted"); }};
        EXPECT_THROW(replicate(options, uneven_work), std::runtime_error);
    }
}

TEST(Experiment, SettingsThatMakeNoSenseAreADefect) {
    const auto run = [](std::uint32_t r) { return r; };
    EXPECT_THROW(replicate({.max = 0}, run), Defect);
    EXPECT_THROW(replicate({.min = 3, .max = 2}, run), Defect);
    EXPECT_THROW(replicate({.max = 2, .threads = 0}, run), Defect);
}

}  // namespace
