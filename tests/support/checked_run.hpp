// Runs a scenario as nobody else does: all that must hold is looked at after every event, and a fork taken in the
// middle has to come to the same end as a run that was never touched.
//
//     const CheckedRun checked = run_checked(document.dump(), fork_at_ppm);
//     if (checked.outcome == CheckedRun::Outcome::broken) std::cerr << checked.what;
//
// Needs no test framework, so that the fuzzing program links it too.
#pragma once

#include "models/planning/run.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/scenario.hpp"
#include "tests/support/invariant_watch.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace eks::testing {

struct CheckedRun {
    enum class Outcome : std::uint8_t { held, refused, broken };
    Outcome outcome = Outcome::held;
    std::string what;  // complaints, or what is broken
    sim::Duration at;  // broken: when, counted from the start
    std::uint64_t events = 0;
    bool is_whole = true;  // false: it has more events than are looked at
};

// Far above what a scenario that is drawn makes.
inline constexpr std::uint64_t events_looked_at_most = 40'000;
inline constexpr std::uint64_t events_at_one_instant_most = 20'000;

// Watches, and gives up where time stands still or there is too much to see.
class PatientWatch : public EachEventWatch<Run> {
  public:
    struct TooMany {};
    struct StandsStill {};
    using EachEventWatch<Run>::EachEventWatch;

    void begin(std::uint64_t sequence, sim::Time time, const Event& event) {
        in_this_instant_ = time == time_ ? in_this_instant_ + 1 : 0;
        time_ = time;
        if (in_this_instant_ > events_at_one_instant_most) throw StandsStill{};
        if (++events_ > events_looked_at_most) throw TooMany{};
        if (!broken().empty()) throw TooMany{};
        EachEventWatch<Run>::begin(sequence, time, event);
    }
    sim::Time time() const { return time_; }

  private:
    sim::Time time_;
    std::uint64_t in_this_instant_ = 0;
    std::uint64_t events_ = 0;
};

inline InvariantWatch::Rules rules_of(const Spec& spec) {
    // Addresses of Cilium do not cool (IPAM-303).
    const bool cools = spec.cni_kind == CniKind::vpc_cni;
    return {cools ? spec.cni.cooldown : sim::Duration::microseconds(-1), spec.cni_constants};
}

inline void run_watched(const Scenario& scenario, sim::Duration fork_at, CheckedRun& checked) {
    Run straight = start(scenario);
    Run run = start(scenario);
    Run fork = run;
    PatientWatch watch(run, rules_of(*scenario.spec));
    const auto break_at = [&](sim::Time time, const std::string& what) {
        checked.outcome = CheckedRun::Outcome::broken;
        checked.at = time - sim::Time::origin();
        checked.what = what;
    };
    try {
        run.until_traced(fork_at, watch);
        fork = run;
        run.until_traced(scenario.run.duration, watch);
        watch.finish();
    } catch (const PatientWatch::TooMany&) {
        checked.is_whole = false;
    } catch (const PatientWatch::StandsStill&) {
        break_at(watch.time(), "time stands still: more events at one instant than any cluster has");
    } catch (const std::exception& defect) {
        break_at(watch.time(), defect.what());
    }
    checked.events = run.events();
    if (!watch.broken().empty()) break_at(watch.broken().begin()->second, watch.broken().begin()->first);
    if (checked.outcome == CheckedRun::Outcome::broken || !checked.is_whole) return;
    fork.until(scenario.run.duration);
    straight.until(scenario.run.duration);
    if (run.fingerprint().value() != straight.fingerprint().value())
        break_at(run.now(), "a run that is watched comes to another end than one that is not");
    else if (fork.fingerprint().value() != straight.fingerprint().value())
        break_at(fork_at == sim::Duration::zero() ? run.now() : sim::Time::at(fork_at),
                 "a fork comes to another end than the run that it was taken from");
}

inline CheckedRun run_checked(std::string_view text, std::int64_t fork_at_ppm = 500'000) {
    CheckedRun checked;
    try {
        const auto scenario = load_scenario_json(text);
        if (!scenario.ok()) {
            checked.outcome = CheckedRun::Outcome::refused;
            for (const Complaint& complaint : scenario.error()) checked.what += to_text(complaint) + '\n';
            if (checked.what.empty()) {
                checked.outcome = CheckedRun::Outcome::broken;
                checked.what = "a scenario is refused without a complaint";
            }
            return checked;
        }
        const std::int64_t fork_at_us = scenario->run.duration.us() / 1'000'000 * fork_at_ppm;
        run_watched(*scenario, sim::Duration::microseconds(fork_at_us), checked);
    } catch (const std::exception& defect) {
        checked.outcome = CheckedRun::Outcome::broken;
        checked.what = defect.what();
    }
    return checked;
}

}  // namespace eks::testing
