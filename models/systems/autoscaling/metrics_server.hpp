// metrics-server in a run (HPA-20 to HPA-22). Its scrapes are no events: whoever asks it works out what the last two of
// them saw. The usage that a scenario states of a pod is that of its first container; the others are taken to use
// nothing. That kubelets themselves read the counters only every ten seconds or so is left out.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks {

struct PodSample {
    std::int64_t cpu_milli = 0;
    Bytes memory_bytes = 0;
    std::int64_t at_us = 0;
    std::int64_t window_us = 0;
};

// None: it has none of this pod, or does not answer.
std::optional<PodSample> sample_of_pod(const Spec& spec, const World& world, const sim::DrawSource& key, PodId pod,
                                       sim::Time now);

// When it read a node in the last scrape whose results are all in, and in the one before.
struct NodeReadings {
    std::optional<std::int64_t> before_us;
    std::int64_t last_us = 0;
};

class LastScrape {
  public:
    LastScrape(const Spec& spec, const World& world, sim::Time now);
    // Or it does not answer, or has not scraped yet.
    bool is_in() const { return number_ >= 0; }
    std::int64_t resolution_us() const { return resolution_us_; }
    NodeReadings readings_of(const Spec& spec, const sim::DrawSource& key, const Node& node) const;

  private:
    std::int64_t first_us_;
    std::int64_t resolution_us_;
    std::int64_t spread_us_;
    std::int64_t number_ = -1;
};

// The same for many pods at one instant, for whoever reads thousands: the readings of a node, and what a pod used that
// was up between them, are worked out once for each node.
class PodSampler {
  public:
    // All outlive it, and do not change meanwhile.
    PodSampler(const Spec& spec, const World& world, const sim::DrawSource& key, sim::Time now);
    std::optional<PodSample> sample_of(PodId pod);

  private:
    struct OfNode {
        bool answers = false;
        NodeReadings readings;
        const Usage* usage = nullptr;  // whose the sample is
        PodSample sample;
    };
    OfNode& of_node(NodeId id);

    const Spec& spec_;
    const World& world_;
    const sim::DrawSource& key_;
    LastScrape scrape_;
    std::vector<OfNode> nodes_;
    std::vector<std::uint32_t> place_of_slot_;  // there, from 1 on
};

// The pod has stood there since before the run began.
bool is_from_before(const Spec& spec, const Pod& pod);
// As the time of what happened before a run: long enough ago for all that anybody asks.
inline constexpr std::int64_t long_ago_us = -86'400'000'000;

// What the containers of a pod used within a span, and their memory at the end of it; somebody states it.
struct PodUse {
    double core_seconds = 0;
    Bytes memory = 0;
};
PodUse use_of_pod(const Spec& spec, const World& world, PodId pod, std::int64_t from_us, std::int64_t to_us);

// When its Ready last became another, in microseconds.
std::int64_t ready_since_us(const Spec& spec, const World& world, PodId pod);

// The clock of its scrapes as the run begins, and when a pod of it has become ready or is no longer.
void open_metrics_server(const Spec& spec, World& world, const sim::DrawSource& key);
void metrics_server_changes(const Spec& spec, World& world, sim::Time now);

}  // namespace eks
