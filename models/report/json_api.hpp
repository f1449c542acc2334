// The library as JSON in, JSON out: what the Python package stands on, and what any other language could.
//
// Documents are resolved scenarios (models/scenario/scenario.hpp), options small objects. Wrong input comes back as
// {"complaints": [...]}; nothing here throws for it. A mistake of ours is a sim::Defect.
#pragma once

#include "models/planning/run.hpp"
#include "models/report/columns.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Told how far work has come, as a JSON object; false ends it early.
using OnJsonProgress = std::function<bool(const std::string& state)>;

// {"complaints": [{"rule", "severity", "message", "hint", "pointer", "place"}…]}: how wrong input comes back.
std::string complaints_as_json(const Complaints& complaints);

// {"ok", "complaints", "warnings", "assumptions", "ignored", "summary", "horizontal_scalers"}; also checks that the
// expectations make sense.
std::string load_as_json(std::string_view document, std::string_view options);

// The result document of interfaces section 4.
// Policies, here and below, are the caller's in the place of HorizontalPodAutoscalers.
std::string run_as_json(std::string_view document, std::string_view options, const OnJsonProgress& progress = {},
                        const std::vector<NamedPolicy>& policies = {});

// One run of many that others do elsewhere: options must name its `replication`. What comes out is for the next
// function, which makes of the parts in their order what run_as_json would have of all these runs.
std::string run_part_as_json(std::string_view document, std::string_view options, const OnJsonProgress& progress = {},
                             const std::vector<NamedPolicy>& policies = {});
std::string joined_parts_as_json(std::string_view document, std::string_view options, std::string_view parts);

// `documents` is a JSON array of documents, options may bring `sets`, one a document. {"variants": [result…],
// "differences":
// [{"metric", "unit", "variant", "a", "b", "difference", "interval"}…]}: each against the first one, paired by
// replication.
std::string compare_as_json(std::string_view documents, std::string_view options, const OnJsonProgress& progress = {});

// The variants of a scenario and the combinations of its matrix: [{"label": {path or "variant": value}, "set": [[path,
// value]…]}…]; empty where it has neither.
std::string variants_as_json(std::string_view document, std::string_view options);

// {"text": [lines…], …} for {"pod": "namespace/name", "at_us": n}, {"node": …}, {"hpa": …}, {"path": {"from", "to"}},
// {"capacity": node or ""} or {"expectation": …}.
std::string explain_as_json(std::string_view document, std::string_view options, std::string_view what,
                            const std::vector<NamedPolicy>& policies = {});

std::string metrics_as_json();  // [{"name", "kind", "labels", "unit", "meaning"}…]
std::string rules_as_json();    // [{"rule", "title", "text"}…]
std::string causes_as_json();   // [{"name", "meaning", "container_reason"}…]

// {"ok", "complaints", "fragment"}: types read from the output of `aws ec2 describe-instance-types`.
std::string import_as_json(std::string_view text);

// A run that a caller holds and advances; a copy is a fork.
class JsonRun {
  public:
    // Either a run or the complaints as a JSON object.
    static std::optional<JsonRun> open(std::string_view document, std::string_view options, std::string& complaints,
                                       const std::vector<NamedPolicy>& policies = {});

    void until(std::int64_t us) { run_.until(sim::Duration::microseconds(us)); }
    // Handles the next event, whenever it is due: {"event": its kind, "at_seconds"}, or null where none is pending.
    std::string step();
    // Does now what an entry of a timeline would do: scales, deletes or changes workloads. {"patch": {"target": …}} is
    // another form of {"apply": …}. Empty, or complaints as a JSON object.
    std::string apply(std::string_view change);
    std::int64_t now_us() const { return run_.now().us(); }
    std::string fingerprint() const { return run_.fingerprint().hex(); }
    // The rows of "nodes", "pods" or "addresses". No columns for another name.
    ColumnTable table(std::string_view name) const;
    // As explain_as_json, of this run with what was done to it; at the present instant unless another is named.
    std::string explain(std::string_view what) const;
    // Requests of a class of traffic as they fare now, as columns; or complaints.
    std::string draw_requests(std::string_view class_name, std::int32_t count) const;
    std::string result() const;

    const Run& run() const { return run_; }
    // Where the scenario or the options end it.
    sim::Duration end() const { return end_; }

  private:
    JsonRun(std::string document, std::string options, Scenario scenario, std::shared_ptr<const MetricsPlan> plan,
            Run run, sim::Duration end)
        : document_(std::move(document)),
          options_(std::move(options)),
          scenario_(std::move(scenario)),
          plan_(std::move(plan)),
          run_(std::move(run)),
          end_(end) {}

    std::string document_;
    std::string options_;
    std::vector<std::pair<sim::Duration, std::string>> changes_;
    Scenario scenario_;
    std::shared_ptr<const MetricsPlan> plan_;
    Run run_;
    sim::Duration end_;
};

}  // namespace eks
