// The order of steps is that of GetResourceReplicas and calcPlainMetricReplicas, since it decides which fault is told.
#include "models/systems/autoscaling/hpa/proposal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks::hpa {

namespace {

// The controller's 64-bit sums run over as processors do: a hundred times the milli-bytes of 92 TB, for one.
std::int64_t wrapped_sum(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t wrapped_product(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

// What does not fit comes out as the lowest number, as from an x86-64 processor: a target that is far too small, such
// as 500m bytes, then leads down to the minimum.
std::int32_t rounded_up_to_replicas(double amount) {
    const double rounded = std::ceil(amount);
    constexpr double most = std::numeric_limits<std::int32_t>::max();
    constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
    return rounded >= least && rounded <= most ? static_cast<std::int32_t>(rounded) : least;
}

std::int32_t rounded_up_and_held(double amount) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    return amount > most ? most : rounded_up_to_replicas(amount);
}

// --- classes of pods (HPA-5)

enum class PodClass : std::uint8_t { ignored, unready, missing, counted };

bool is_unready_for_cpu(const PodView& pod, const Sample& sample, const StartUp& start_up, std::int64_t now_us) {
    if (pod.ready == ReadyCondition::absent || !pod.started_us) return true;
    const bool says_unready = pod.ready == ReadyCondition::is_false;
    if (*pod.started_us + start_up.cpu_initialization_us > now_us)
        return says_unready || sample.at_us < pod.ready_since_us + sample.window_us;
    return says_unready && *pod.started_us + start_up.readiness_delay_us > pod.ready_since_us;
}

PodClass class_of(const PodView& pod, const std::optional<Sample>& sample, bool is_cpu, const StartUp& start_up,
                  std::int64_t now_us) {
    if (pod.is_terminating || pod.phase == PodPhase::failed) return PodClass::ignored;
    if (pod.phase == PodPhase::pending) return PodClass::unready;
    if (!sample) return PodClass::missing;
    return is_cpu && is_unready_for_cpu(pod, *sample, start_up, now_us) ? PodClass::unready : PodClass::counted;
}

// --- the ratio (HPA-6, HPA-7)

// One value in the sum. A pod that the selector does not match has no request to hold it against.
struct Usage {
    std::int64_t value_milli = 0;
    std::optional<std::int64_t> request_milli;
};

struct Load {
    double ratio = 0;
    std::int32_t utilization = 0;
    std::int64_t average_milli = 0;
};

// None: the requests add up to nothing.
std::optional<Load> utilization_of(std::span<const Usage> usages, std::int64_t target_percent) {
    std::int64_t values = 0;
    std::int64_t requests = 0;
    std::int64_t count = 0;
    for (const Usage& usage : usages) {
        if (!usage.request_milli) continue;
        values = wrapped_sum(values, usage.value_milli);
        requests = wrapped_sum(requests, *usage.request_milli);
        ++count;
    }
    if (requests == 0) return std::nullopt;
    Load load;
    load.utilization = static_cast<std::int32_t>(wrapped_product(values, 100) / requests);
    load.ratio = static_cast<double>(load.utilization) / static_cast<double>(target_percent);
    load.average_milli = values / count;
    return load;
}

Load average_of(std::span<const Usage> usages, std::int64_t target_milli) {
    std::int64_t values = 0;
    for (const Usage& usage : usages) values = wrapped_sum(values, usage.value_milli);
    Load load;
    load.average_milli = values / static_cast<std::int64_t>(usages.size());
    load.ratio = static_cast<double>(load.average_milli) / static_cast<double>(target_milli);
    return load;
}

std::optional<Load> load_of(std::span<const Usage> usages, const Metric& metric) {
    if (metric.target_kind == TargetKind::utilization) return utilization_of(usages, metric.target);
    return average_of(usages, metric.target);
}

// What a pod without a sample is taken to use, so that it holds the change back (HPA-9); none where the ratio is
// exactly one.
std::optional<std::int64_t> assumed_usage(const Metric& metric, double ratio, std::int64_t request_milli) {
    if (ratio > 1.0) return 0;
    if (!(ratio < 1.0)) return std::nullopt;
    if (metric.target_kind != TargetKind::utilization) return metric.target;
    return wrapped_product(request_milli, std::max<std::int64_t>(100, metric.target)) / 100;
}

// --- metrics of pods

struct SortedPods {
    std::vector<Usage> usages;
    std::vector<std::size_t> missing;
    std::vector<std::size_t> unready;
    std::int32_t counted = 0;
};

std::optional<std::int64_t> request_at(const Metric& metric, const Reading& reading, std::size_t i) {
    return metric.target_kind == TargetKind::utilization ? reading.requests[i].milli : std::int64_t{0};
}

SortedPods sorted_by_class(const Metric& metric, const Reading& reading, std::span<const PodView> pods,
                           const StartUp& start_up, std::int64_t now_us) {
    SortedPods sorted;
    sorted.usages.reserve(pods.size());
    for (std::size_t i = 0; i < pods.size(); ++i) {
        switch (class_of(pods[i], reading.samples[i], metric.is_cpu, start_up, now_us)) {
            case PodClass::ignored: break;
            case PodClass::unready: sorted.unready.push_back(i); break;
            case PodClass::missing: sorted.missing.push_back(i); break;
            case PodClass::counted:
                ++sorted.counted;
                sorted.usages.push_back({reading.samples[i]->value_milli, request_at(metric, reading, i)});
                break;
        }
    }
    for (const std::int64_t value : reading.strangers_milli) sorted.usages.push_back({value, std::nullopt});
    return sorted;
}

CurrentValue current_of(const Metric& metric, const Load& load) {
    CurrentValue current;
    current.average_value_milli = load.average_milli;
    if (metric.target_kind == TargetKind::utilization) current.average_utilization = load.utilization;
    return current;
}

// HPA-9, on the sums in which the missing and the unready have their places.
void propose_with_all(const Metric& metric, const Reading& reading, SortedPods sorted, double ratio,
                      std::int32_t replicas, const Tolerances& tolerances, Proposal& proposal) {
    for (const std::size_t i : sorted.missing) {
        const auto request = request_at(metric, reading, i);
        if (const auto usage = assumed_usage(metric, ratio, *request)) sorted.usages.push_back({*usage, request});
    }
    if (ratio > 1.0)
        for (const std::size_t i : sorted.unready) sorted.usages.push_back({0, request_at(metric, reading, i)});
    // What requested something before still does.
    const double new_ratio = load_of(sorted.usages, metric)->ratio;
    const bool has_turned = (ratio < 1.0 && new_ratio > 1.0) || (ratio > 1.0 && new_ratio < 1.0);
    const std::int32_t wanted = rounded_up_to_replicas(new_ratio * static_cast<double>(sorted.usages.size()));
    const bool contradicts = (new_ratio < 1.0 && wanted > replicas) || (new_ratio > 1.0 && wanted < replicas);
    const bool is_tolerated = tolerances.keep(new_ratio);
    proposal.ratio = new_ratio;
    proposal.is_held = !is_tolerated && (has_turned || contradicts);
    proposal.replicas = is_tolerated || proposal.is_held ? replicas : wanted;
}

Proposal by_pods(const Metric& metric, const Reading& reading, std::span<const PodView> pods, const Scale& scale,
                 const Tolerances& tolerances, const StartUp& start_up, std::int64_t now_us) {
    if (pods.empty()) return {.fault = Fault::no_pods};
    SortedPods sorted = sorted_by_class(metric, reading, pods, start_up, now_us);
    if (sorted.usages.empty()) return {.fault = Fault::no_usable_samples};
    if (metric.target_kind == TargetKind::utilization) {
        // Those of ignored pods too.
        const auto bad = std::ranges::find_if(reading.requests, [](auto& one) { return one.fault != Fault::none; });
        if (bad != reading.requests.end()) return {.fault = bad->fault};
    }
    const auto load = load_of(sorted.usages, metric);
    if (!load) return {.fault = Fault::zero_requests};

    Proposal proposal;
    proposal.current = current_of(metric, *load);
    proposal.ratio = load->ratio;
    proposal.missing = static_cast<std::int32_t>(sorted.missing.size());
    proposal.unready = static_cast<std::int32_t>(sorted.unready.size());
    const bool grows_with_unready = !sorted.unready.empty() && load->ratio > 1.0;
    if (grows_with_unready || !sorted.missing.empty())
        propose_with_all(metric, reading, std::move(sorted), load->ratio, scale.spec_replicas, tolerances, proposal);
    else if (tolerances.keep(load->ratio))
        proposal.replicas = scale.spec_replicas;
    else
        proposal.replicas = rounded_up_to_replicas(load->ratio * sorted.counted);  // HPA-8
    return proposal;
}

// --- metrics of objects and from outside

// HPA-10
Proposal by_value(const Metric& metric, const Reading& reading, std::span<const PodView> pods, const Scale& scale,
                  const Tolerances& tolerances) {
    Proposal proposal;
    proposal.current.value_milli = reading.value_milli;
    const double ratio = static_cast<double>(reading.value_milli) / static_cast<double>(metric.target);
    proposal.ratio = ratio;
    if (scale.spec_replicas == 0) {
        proposal.replicas = rounded_up_to_replicas(ratio);
        return proposal;
    }
    if (tolerances.keep(ratio)) {
        proposal.replicas = scale.spec_replicas;
        return proposal;
    }
    if (pods.empty()) return {.fault = Fault::no_pods};
    const auto ready = std::ranges::count_if(pods, [](const PodView& pod) {
        return pod.phase == PodPhase::running && pod.ready == ReadyCondition::is_true;
    });
    proposal.replicas = rounded_up_and_held(ratio * static_cast<double>(ready));
    return proposal;
}

// HPA-11
Proposal by_value_for_each(const Metric& metric, const Reading& reading, const Scale& scale,
                           const Tolerances& tolerances) {
    const auto usage = static_cast<double>(reading.value_milli);
    const auto target = static_cast<double>(metric.target);
    const auto replicas = static_cast<double>(scale.status_replicas);
    Proposal proposal;
    // Without replicas the ratio is infinite or no number, and within no tolerance.
    const double ratio = usage / (target * replicas);
    if (tolerances.keep(ratio))
        proposal.replicas = scale.status_replicas;
    else if (metric.source == MetricSource::external)
        proposal.replicas = rounded_up_and_held(usage / target);
    else
        proposal.replicas = rounded_up_to_replicas(usage / target);
    if (scale.status_replicas == 0) return proposal;
    proposal.ratio = ratio;
    proposal.current.average_value_milli = reading.value_milli == overflown_milli
                                               ? overflown_milli
                                               : static_cast<std::int64_t>(std::ceil(usage / replicas));
    return proposal;
}

}  // namespace

std::int64_t sum_of_external(std::span<const std::int64_t> values_milli) {
    std::int64_t sum = 0;
    for (const std::int64_t value : values_milli) {
        if (value > 0 && sum > overflown_milli - value) return overflown_milli;
        sum += value;
    }
    return sum;
}

Proposal proposal_of(const Metric& metric, const Reading& reading, std::span<const PodView> pods, const Scale& scale,
                     const Tolerances& tolerances, const StartUp& start_up, std::int64_t now_us) {
    if (reading.has_failed) return {.fault = Fault::metrics_unavailable};
    const bool is_of_pods = metric.source != MetricSource::object && metric.source != MetricSource::external;
    if (is_of_pods) return by_pods(metric, reading, pods, scale, tolerances, start_up, now_us);
    if (metric.target_kind == TargetKind::value) return by_value(metric, reading, pods, scale, tolerances);
    return by_value_for_each(metric, reading, scale, tolerances);
}

}  // namespace eks::hpa
