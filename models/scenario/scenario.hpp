// A scenario that has been read: the way from a document to something that can be run.
//
//     auto scenario = eks::load_scenario_json(text);
//     if (!scenario) for (const auto& complaint : scenario.error()) std::cerr << to_text(complaint) << '\n';
//     else std::cout << scenario->spec->workloads.size() << " workloads\n";
//
// The text is the resolved document: the scenario's own keys, with everything it names read in (`ekssim resolve FILE`
// prints one). Loading never throws for wrong input and never stops at the first mistake; its memory is bounded
// (limits.hpp). A Scenario is a value; its Spec is constant and shared by all runs made of it. Standard library only.
#pragma once

#include "libsim/result.hpp"
#include "libsim/time.hpp"
#include "models/catalog/catalog.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/spec/spec.hpp"
#include "models/world/scaler_policy.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

// What the scenario did not say and the model needs.
struct Assumption {
    std::string what;   // "runTime of CronJob/reports/nightly"
    std::string value;  // "30s"
    std::string rule;   // where the value comes from: a rule's id, or "a guess"
    friend bool operator==(const Assumption&, const Assumption&) = default;
};

// Leaves of the user's objects that no model uses.
struct IgnoredPath {
    std::string path;  // "Deployment/shop/web spec.template.spec.dnsPolicy"
    std::int64_t count = 0;
    friend bool operator==(const IgnoredPath&, const IgnoredPath&) = default;
};

// How much of the user's Kubernetes objects the model uses: every leaf is either modelled or listed as ignored.
struct LeafCounts {
    std::int64_t all = 0;
    std::int64_t ignored = 0;
    std::int64_t modelled() const { return all - ignored; }
    friend bool operator==(const LeafCounts&, const LeafCounts&) = default;
};

struct ReplicationBounds {
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    friend bool operator==(const ReplicationBounds&, const ReplicationBounds&) = default;
};

struct RunSettings {
    sim::Duration duration;
    sim::Duration warm_up;  // what happens before it counts for no expectation
    std::uint64_t seed = 1;
    std::optional<ReplicationBounds> replications;  // none: one run, judged exactly
    friend bool operator==(const RunSettings&, const RunSettings&) = default;
};

enum class ExpectationSeverity : std::uint8_t { error, warn };

// An entry of `expect`, still as text: models/metrics compiles it. The places are those of the texts, so that a fault
// inside an expression can be pointed at.
struct ExpectationText {
    std::string name;
    std::string that;
    std::string when = "always";
    ExpectationSeverity severity = ExpectationSeverity::error;
    bool allow_empty = false;
    std::optional<Place> name_place;
    std::optional<Place> that_place;
    std::optional<Place> when_place;
    std::string that_pointer;
    std::string when_pointer;
    friend bool operator==(const ExpectationText&, const ExpectationText&) = default;
};

// A named stretch of simulated time, for `when: during NAME`: from a timeline entry with a name and a `for`.
struct NamedWindow {
    std::string name;
    sim::Duration from;
    sim::Duration until;
    bool is_known = true;  // false: its entry does not say when, which has been complained about
    friend bool operator==(const NamedWindow&, const NamedWindow&) = default;
};

struct Scenario {
    std::string name;
    std::string description;
    std::shared_ptr<const Spec> spec;
    RunSettings run;
    std::vector<ExpectationText> expectations;
    std::vector<NamedWindow> windows;
    bool expects_failure = false;  // expectVerdict: fail

    std::vector<Assumption> assumptions;
    std::vector<IgnoredPath> ignored;
    LeafCounts leaves;
    Complaints warnings;

    // Of the caller's, not of the document: they decide in the place of these HorizontalPodAutoscalers.
    std::vector<NamedPolicy> policies;
};

struct LoadOptions {
    // `--set path=value`: the path as in `matrix` ("cluster.managedNodeGroups[workers].instanceType", "run.for"), the
    // value as JSON text. A value that is not JSON is taken as a plain text, so that both 24h and "24h" work.
    std::vector<std::pair<std::string, std::string>> set;
    // What was done to a run of the scenario from outside: when, counted from its start, and as JSON text the entry of
    // a timeline that says it without its time, such as {"apply": "Deployment/shop/web", "replicas": 30}. The scenario
    // is then that of a run which has it done at that instant, before all else that is due then; see Run::change_spec.
    std::vector<std::pair<sim::Duration, std::string>> changes;
    // Instance types; null is the built-in catalogue.
    const Catalog* catalog = nullptr;
};

sim::Result<Scenario, Complaints> load_scenario_json(std::string_view text, const LoadOptions& options = {});

// One form of a scenario that has several: a named entry of `variants`, a combination of `matrix`, or both.
struct Variant {
    std::string
        name;  // of the entry; "as written" for the scenario itself beside its variants; empty without `variants`
    std::vector<std::pair<std::string, std::string>> combination;  // of the matrix: path, and the value as JSON text
    std::vector<std::pair<std::string, std::string>> set;          // what to add to LoadOptions::set to get it
    friend bool operator==(const Variant&, const Variant&) = default;
};

// The scenario itself and then its `variants` in their order, each in all combinations of its `matrix`, the last path
// varying fastest. A single variant that sets nothing where there is neither.
sim::Result<std::vector<Variant>, Complaints> expand_variants(std::string_view text, const LoadOptions& options = {});

// The JSON Schema (2020-12) of the scenario file, as kept in schema/scenario.schema.json.
std::string_view scenario_schema();

}  // namespace eks
