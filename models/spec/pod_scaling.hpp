// Who scales pods by what they use or are asked, or advises how large they should be: metrics-server,
// HorizontalPodAutoscalers, VerticalPodAutoscalers, KEDA's objects, Goldilocks and KRR.
#pragma once

#include "models/spec/advice.hpp"
#include "models/spec/horizontal_scaler.hpp"
#include "models/spec/keda.hpp"
#include "models/spec/metric_chain.hpp"
#include "models/spec/proportional.hpp"
#include "models/spec/vertical_scaler.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eks {

// HPA-20. Without pods of it nobody knows what pods use.
struct MetricsServer {
    std::vector<WorkloadIx> pods;  // the Deployments that are one
    sim::Duration resolution = sim::Duration::seconds(60);
    friend bool operator==(const MetricsServer&, const MetricsServer&) = default;
};

struct PodScaling {
    MetricsServer metrics_server;
    std::vector<HorizontalScaler> horizontal;
    std::vector<Scaled> objects;   // of KEDA
    std::vector<WorkloadIx> keda;  // the Deployments that are its operator; none: it runs where nobody sees it
    std::vector<VerticalScaler> vertical;
    VerticalProcesses vertical_processes;
    std::vector<ProportionalVertical> proportional_vertical;
    std::uint32_t trigger_count = 0;  // of all of KEDA's objects
    // By WorkloadIx: who has it as a target, into `horizontal` and `objects`. Empty where nothing is scaled.
    std::vector<std::vector<std::uint32_t>> horizontal_of;
    std::vector<std::vector<std::uint32_t>> objects_of;
    sim::Duration horizon;  // how far back anybody looks into what was used and asked
    // How long the controller works on one object, so that its next turn comes later than a sync period (HPA-1): calls
    // to the API server and the metrics API. A guess.
    sim::Duration sync_takes = sim::Duration::milliseconds(50);
    AdviceSettings advice;
    std::vector<MetricChain> chains;  // by Feed::chain
    friend bool operator==(const PodScaling&, const PodScaling&) = default;

    bool is_empty() const { return horizontal.empty() && objects.empty() && vertical.empty() && !advice.is_asked; }
};

// How old what a feed tells can be.
inline sim::Duration longest_delay(const PodScaling& scaling, const Feed& feed) {
    return feed.chain < 0 ? feed.delay : scaling.chains[static_cast<std::size_t>(feed.chain)].longest();
}

}  // namespace eks
