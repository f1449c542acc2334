// A run as Prometheus would have scraped it: all series under their real names, at simulated instants on the calendar,
// as one OpenMetrics 1.0 text.
//
//     OpenMetricsRecorder recorder(spec);
//     for (…) { run.until(at); recorder.scrape(run.spec(), run.metrics(), run.now()); }
//     for (std::string text = recorder.next_text(); !text.empty(); text = recorder.next_text()) file << text;
//
// The format wants a family's samples in one piece, so that all values are kept, 8 bytes each, until the last scrape.
//
// What a target's own labels would say is said by `job` alone (and `metrics_path` for cAdvisor), as kube-prometheus
// sets them: rules select by it. Counters whose real name lacks `_total` are of type unknown, which keeps the name.
// A node's series end when it leaves. Gauges and counters of kube-state-metrics are there from the start, zeros
// included, all others once they were touched: a real client library does not show what it never counted.
#pragma once

#include "libsim/time.hpp"
#include "models/metrics/metrics.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace eks {

class OpenMetricsRecorder {
  public:
    explicit OpenMetricsRecorder(const Spec& spec);

    // The values now; each call at a later instant than the one before.
    void scrape(const Spec& spec, const Metrics& metrics, sim::Time now);

    // A further piece of the text, one label set of one family or less; empty behind the last one. What was handed out
    // is forgotten, and nothing can be scraped any more.
    std::string next_text();

    std::size_t samples() const { return samples_; }

  private:
    // One label set. `values` has `width` numbers a scrape from `first` on; NaN where the series was not there.
    struct Line {
        std::string labels;  // as between the braces
        std::size_t first = 0;
        std::vector<double> values;
    };
    struct FamilyLines {
        const MetricDefinition* metric = nullptr;
        std::vector<double> bounds;  // of a distribution
        std::size_t width = 1;       // a distribution's: buckets up to each bound and all, then sum
        bool starts_at_once = false;
        std::vector<Line> lines;
        std::unordered_map<std::string, std::size_t> by_labels;  // never iterated
        std::vector<std::size_t> by_cell;  // by row and column: 1 + its line, or 0 as long as it has none
    };

    void scrape_nodes(const Spec& spec, const Metrics& closed, FamilyLines& family);
    void scrape_rows(const Spec& spec, const Metrics& closed, FamilyLines& family);
    // The numbers of this scrape of a cell's line, those of earlier cells of the same labels in them.
    double* numbers(const Spec& spec, FamilyLines& family, std::uint32_t row, std::uint32_t column,
                    const NodeName& node);
    void append(std::string& text, const FamilyLines& family, const Line& line) const;

    std::int64_t start_ms_ = 0;
    std::vector<std::int64_t> at_ms_;  // of the scrapes, since 1970
    std::vector<FamilyLines> families_;
    std::size_t samples_ = 0;

    std::size_t next_family_ = 0;
    std::size_t next_line_ = 0;
    bool has_ended_ = false;
};

}  // namespace eks
