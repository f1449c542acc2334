// What autoscalers did in a run, and when: a tracer.
#pragma once

#include "models/planning/run.hpp"

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

namespace eks::testing {

class ScaleWatch {
  public:
    struct Step {
        sim::Time at;
        std::int32_t change = 0;
        friend bool operator==(const Step&, const Step&) = default;
    };
    // Of HorizontalPodAutoscalers; and all changes of a number of replicas, by whomever, since the run began.
    std::vector<Step> rescales;
    std::vector<Step> replicas;
    std::uint64_t events = 0;
    // Of KEDA's objects: the polls, when a trigger became active or stopped being so, and what the triggers said at the
    // polls, added up.
    std::vector<sim::Time> polls;
    std::vector<Step> activity;
    std::vector<std::int64_t> said;  // by `polls`
    std::vector<std::int32_t> jobs;  // likewise: Jobs that are not finished, before the poll
    std::vector<sim::Time> sync_times;
    std::int32_t jobs_now = 0;
    std::int32_t jobs_most = 0;

    // Between this poll and the next one.
    std::int32_t jobs_started(std::size_t poll) const {
        const auto upto = [&](std::size_t i) {
            return std::ranges::upper_bound(job_starts, polls[i]) - job_starts.begin();
        };
        return static_cast<std::int32_t>(upto(poll + 1) - upto(poll));
    }
    std::vector<sim::Time> job_starts;

    void begin(std::uint64_t, sim::Time time, const Event& event) {
        now_ = time;
        if (std::holds_alternative<HorizontalSync>(event)) {
            ++syncs;
            sync_times.push_back(time);
        }
        if (std::holds_alternative<KedaPoll>(event)) {
            polls.push_back(time);
            said.push_back(said.empty() ? 0 : said.back());
            jobs.push_back(jobs_now);
        }
        ++events;
    }
    void scheduled(std::uint64_t) {}
    void fact(const Fact& fact) {
        if (const auto* rescaled = std::get_if<RescaledFact>(&fact)) rescales.push_back({now_, rescaled->change});
        if (const auto* desired = std::get_if<ReplicasDesiredFact>(&fact); desired != nullptr && now_ > sim::Time{})
            replicas.push_back({now_, desired->change});
        if (const auto* trigger = std::get_if<KedaTriggerFact>(&fact)) {
            if (trigger->active != 0) activity.push_back({now_, trigger->active});
            said.back() += trigger->value;
        }
        if (std::holds_alternative<JobStartedFact>(fact)) {
            job_starts.push_back(now_);
            jobs_most = std::max(jobs_most, ++jobs_now);
        }
        if (std::holds_alternative<JobFinishedFact>(fact)) --jobs_now;
    }
    std::uint64_t syncs = 0;

  private:
    sim::Time now_;
};

}  // namespace eks::testing
