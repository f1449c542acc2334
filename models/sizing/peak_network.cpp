#include "models/sizing/peak_network.hpp"

#include <algorithm>

namespace eks::sizing {

namespace {

double peak_of(const RateLaw& law) {
    double peak = 0.0;
    for (const RatePoint& point : law.points) peak = std::max(peak, point.per_second);
    return peak;
}

}  // namespace

std::vector<std::int64_t> peak_network_of_pods(const Spec& spec, std::span<const std::int64_t> replicas) {
    const std::vector<TrafficClass>& classes = spec.traffic.classes;
    std::vector<double> asked(spec.workloads.size(), 0.0);  // requests a second of all its pods
    std::vector<double> of_class(classes.size(), 0.0);
    const auto pods_of = [&](const TrafficClass& c) {
        std::int64_t pods = 0;
        for (const WorkloadIx to : c.to) pods += replicas[to.value];
        return pods;
    };
    // As many rounds as a chain of calls can be long; without circles nothing changes after that.
    for (std::size_t round = 0; round <= classes.size(); ++round) {
        std::vector<double> next(spec.workloads.size(), 0.0);
        for (std::size_t i = 0; i < classes.size(); ++i) {
            const TrafficClass& c = classes[i];
            of_class[i] = c.from.valid() ? c.per_request * asked[c.from.value] : peak_of(c.rate);
            const std::int64_t pods = pods_of(c);
            for (const WorkloadIx to : c.to) {
                if (pods > 0)
                    next[to.value] += of_class[i] * static_cast<double>(replicas[to.value]) / static_cast<double>(pods);
            }
        }
        if (next == asked || spec.traffic.has_circles) break;
        asked = std::move(next);
    }
    std::vector<double> in(spec.workloads.size(), 0.0);
    std::vector<double> out(spec.workloads.size(), 0.0);
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const TrafficClass& c = classes[i];
        const double requests = of_class[i] * static_cast<double>(c.request.bytes_in);
        const double answers = of_class[i] * static_cast<double>(c.request.bytes_out);
        const std::int64_t pods = pods_of(c);
        for (const WorkloadIx to : c.to) {
            if (pods == 0) continue;
            const double share = static_cast<double>(replicas[to.value]) / static_cast<double>(pods);
            in[to.value] += requests * share;
            out[to.value] += answers * share;
        }
        if (c.from.valid()) {
            out[c.from.value] += requests;
            in[c.from.value] += answers;
        }
    }
    std::vector<std::int64_t> of_pod(spec.workloads.size(), 0);
    for (std::size_t w = 0; w < of_pod.size(); ++w) {
        if (replicas[w] > 0)
            of_pod[w] = static_cast<std::int64_t>(std::max(in[w], out[w]) / static_cast<double>(replicas[w]) + 0.5);
    }
    return of_pod;
}

}  // namespace eks::sizing
