// From the values of runs to verdicts: pass, fail, or not yet known.
//
//   const Judgement judged = judge(plan, runs, {.replicated = true});
//   if (judged.needs_more_runs) ...        // sequential stopping: run more, up to the maximum
//
// Without replications the one run is compared with each limit exactly. With them each run gives one value, numeric
// limits are compared with Student's interval of the mean of these values, and shares of runs with Wilson's: inside is
// pass, outside fail, across inconclusive. A share of runs always gets its interval, so that one clean run does not
// prove that a fault is rare. Nothing passes by absence: a measure without a sample is an error unless the expectation
// allows it.
#pragma once

#include "models/metrics/plan.hpp"
#include "models/metrics/summary.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

enum class Verdict : std::uint8_t {
    none,  // there was nothing to judge
    pass,
    fail,
    inconclusive,
    error,  // it could not be judged: no sample
};

std::string_view text_of(Verdict verdict);

struct Breach {
    double at_seconds = 0.0;        // when the signal first broke the limit; the end of the window where no instant did
    std::uint32_t replication = 0;  // the run that broke it by most
    LabelValues group;
};

struct ExpectationResult {
    std::string name;
    std::string that;
    std::string place;
    bool is_warning = false;
    Verdict verdict = Verdict::none;
    // Of the comparison and group that decided, in `unit`.
    std::optional<double> observed;
    std::optional<double> interval_low;
    std::optional<double> interval_high;
    double limit = 0.0;
    std::string unit;
    std::optional<Breach> first_breach;
    std::vector<LabelValues> groups_that_do_not_hold;  // of the comparison that decided
    std::string message;                               // one sentence: what was seen and what was asked
};

struct Judgement {
    Verdict verdict = Verdict::none;
    std::vector<ExpectationResult> expectations;  // in the order of the file

    bool needs_more_runs = false;  // an expectation that can fail the run is inconclusive
};

struct JudgeOptions {
    bool replicated = false;
    double level = 0.95;
};

Judgement judge(const MetricsPlan& plan, std::span<const RunValues> runs, const JudgeOptions& options = {});

}  // namespace eks
