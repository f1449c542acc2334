// Metrics: the numbers of a run, folded from its facts as they come and never from history.
//
//   Metrics metrics(spec, plan);
//   observe(spec, world, metrics, now, fact);             // by the engine, for each fact
//   const Metrics closed = metrics.closed_at(spec, end);  // every series brought up to the end: what summaries read
//
// A Metrics is a value: a copy is a fork's. Its memory follows workloads, nodes ever seen, subnets and pods that wait
// now, never pods that have come and gone. A fact costs a few array accesses: series are found by position, and only
// series that were ever touched have storage.
//
// Gauges start at 0, but for the control plane's cost an hour; how a run opens (a subnet's free addresses, the first
// nodes) is told in facts like all else. A value counts from when it was set until it changes; what lasted no time
// leaves no trace.
#pragma once

#include "libsim/fingerprint.hpp"
#include "libsim/series.hpp"
#include "libsim/sketch.hpp"
#include "libsim/time.hpp"
#include "libsim/wide.hpp"
#include "models/facts.hpp"
#include "models/metrics/bucket_pool.hpp"
#include "models/metrics/plan.hpp"
#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace eks {

// A level over time, within the window that base series count in.
struct GaugeSeries {
    sim::Int128 integral = 0;  // value times microseconds
    std::int64_t value = 0;
    sim::Time since;  // never: the series has ended
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
    BucketRange buckets;  // weights are microseconds
    friend bool operator==(const GaugeSeries&, const GaugeSeries&) = default;

    bool has_lasted() const { return least <= greatest; }
    // Counts the value for the time from `since` to now, as far as that lies within the window.
    void pass_to(sim::Time now, sim::Time window_from, TimePool& pool) {
        if (now <= since) return;
        const std::int64_t lasted_us = now.us() - std::max(since, window_from).us();
        since = now;
        if (lasted_us <= 0) return;
        integral += static_cast<sim::Int128>(value) * lasted_us;
        least = std::min(least, value);
        greatest = std::max(greatest, value);
        pool.add(buckets, value, static_cast<std::uint64_t>(lasted_us));
    }
};

struct SampleSeries {
    sim::Int128 sum = 0;
    std::int64_t count = 0;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
    BucketRange buckets;
    friend bool operator==(const SampleSeries&, const SampleSeries&) = default;

    void add(std::int64_t value, std::int32_t times, TallyPool& pool) {
        sum += static_cast<sim::Int128>(value) * times;
        count += times;
        least = std::min(least, value);
        greatest = std::max(greatest, value);
        pool.add(buckets, value, static_cast<std::uint32_t>(times));
    }
};

struct NodeSeries {
    NodeId id;
    NodeName name;
    NodeShapeIx shape;
    NodeState state = NodeState::launching;
    bool has_left = false;
    sim::Time launched;
    bool is_free_of_charge = false;
    sim::Time left = sim::Time::never();
    std::array<GaugeSeries, node_level_count> levels;
    std::array<std::int64_t, node_count_count> counts{};
    std::array<std::uint32_t, series_per_node + 1> first_link{};  // into the links of node series, levels first
    friend bool operator==(const NodeSeries&, const NodeSeries&) = default;
};

// The sum of the series of one group of one measure, within the measure's window.
struct View {
    GroupSeries group;
    sim::Sketch sketch;      // gauges: values weighted by microseconds; distributions: samples
    std::int64_t value = 0;  // gauges: the sum now
    sim::Time since;
    std::int64_t last = 0;     // gauges: the last value in the window that lasted
    std::int64_t total = 0;    // counters
    std::int64_t true_us = 0;  // share_of_time: how long the condition held, of how long
    std::int64_t passed_us = 0;
    std::uint32_t first_leaf_value = 0;           // share_of_time: where the values of its leaves are
    sim::Time first_breach = sim::Time::never();  // when the signal itself first broke the limit
    bool has_ended = false;                       // its node has left
    friend bool operator==(const View&, const View&) = default;
};

// Counts over the whole run, the warm-up included.
struct RunTotals {
    std::int64_t pods_created = 0;
    std::int64_t pods_placed = 0;
    std::int64_t pods_finished = 0;
    std::int64_t pods_failed = 0;
    std::int64_t pods_unplaced = 0;  // now
    std::int64_t nodes_at_start = 0;
    std::int64_t nodes = 0;  // now
    std::int64_t nodes_max = 0;
    friend bool operator==(const RunTotals&, const RunTotals&) = default;
};

class Metrics {
  public:
    // Follows all metrics of the first Spec it meets, without expectations.
    Metrics() = default;
    Metrics(const Spec& spec, std::shared_ptr<const MetricsPlan> plan);

    void observe(const Spec& spec, sim::Time now, const Fact& fact);

    // A copy in which every series has lasted until `end`.
    Metrics closed_at(const Spec& spec, sim::Time end) const;

    const MetricsPlan& plan() const { return *plan_; }
    sim::Time now() const { return now_; }
    const RunTotals& totals() const { return totals_; }
    // Pods that waited at some time since the warm-up.
    std::int64_t pods_waited() const { return now_ < warm_up_ ? 0 : pods_waited_; }

    // Null for a series that was never touched.
    const GaugeSeries* gauge(std::uint32_t series) const {
        return places_[series] == 0 ? nullptr : &gauges_[places_[series] - 1];
    }
    std::int64_t counter(std::uint32_t series) const {
        return places_[series] == 0 ? 0 : counters_[places_[series] - 1];
    }
    const SampleSeries* samples(std::uint32_t series) const {
        return places_[series] == 0 ? nullptr : &samples_[places_[series] - 1];
    }
    std::span<const NodeSeries> nodes() const { return nodes_; }
    std::span<const View> views() const { return views_; }
    const TimePool& times() const { return times_; }
    const TallyPool& tallies() const { return tallies_; }
    // By position in the plan's titles; none where the plan does not ask for them.
    std::span<const sim::Series> timelines() const { return timelines_; }

    // The plan is constant and shared, so it is not compared; nor are timelines, which say the same once more.
    friend bool operator==(const Metrics& a, const Metrics& b);
    // Without the views: they say the same about other questions, and a run's fingerprint should not depend on what is
    // asked about it.
    friend void hash_into(sim::Fingerprint& print, const Metrics& metrics);

  private:
    // Waiting times so far of a pod that waits.
    struct OpenWait {
        std::uint64_t causes = 0;  // one bit a cause that has a time
        std::uint32_t next_free = 0;
        std::array<std::int64_t, wait_cause_count> lasted_us{};
        friend bool operator==(const OpenWait&, const OpenWait&) = default;
    };
    struct Cooling {
        sim::Time free_at;
        std::uint32_t node = 0;
        friend bool operator==(const Cooling&, const Cooling&) = default;
    };

    // How many pods of a workload use how much each.
    struct UsageNow {
        std::int64_t pods = 0;
        Millicores cpu_milli = 0;
        Bytes memory_bytes = 0;
        friend bool operator==(const UsageNow&, const UsageNow&) = default;
    };

    // A workload's ready pods, and those of them to which connections fail.
    struct EndpointsNow {
        std::int64_t ready = 0;
        std::int64_t failing = 0;
        friend bool operator==(const EndpointsNow&, const EndpointsNow&) = default;
    };

    // What pods of a workload that hold room on nodes cost: how many they are, the prices of a core and a GiB there,
    // added up, and what their use is charged with now.
    struct Payer {
        std::int64_t pods = 0;
        MicroUsd core_hours = 0;
        MicroUsd gib_hours = 0;
        MicroUsd by_use = 0;
        friend bool operator==(const Payer&, const Payer&) = default;
    };
    // Bytes a second.
    struct TransferNow {
        std::int64_t cross_zone = 0;
        std::int64_t internet = 0;
        std::array<std::int64_t, 3> balanced{};
        friend bool operator==(const TransferNow&, const TransferNow&) = default;
    };

    void start(const Spec& spec, std::shared_ptr<const MetricsPlan> plan);
    void change_endpoints(WorkloadIx workload, std::int64_t ready, std::int64_t failing);
    void change_usage(const Spec& spec, WorkloadIx workload, const UsageNow& to);
    void pass_to(sim::Time now);

    // Rows of the families of cost.
    std::uint32_t groups() const { return static_cast<std::uint32_t>(nodes_of_group_.size()); }
    std::uint32_t idle_row() const { return static_cast<std::uint32_t>(payers_.size()); }
    std::uint32_t shared_row() const { return idle_row() + 1; }
    void start_costs(const Spec& spec);
    void change_split(std::uint32_t row, MicroUsd by_requests, MicroUsd by_use);
    void charge_shared(SharedCost kind, MicroUsd rate);
    void charge_balancer(const Spec& spec, const LoadBalancer& balancer);
    void charge_node(const Spec& spec, NodeShapeIx shape, std::int64_t change_of_nodes);
    void apply_savings_plan(const Spec& spec);
    void charge_once(std::uint32_t payer, std::uint32_t split_row, MicroUsd amount);
    void charge_pull(const Spec& spec, NodeShapeIx shape, Bytes bytes);
    void charge_use(WorkloadIx workload);
    void free_cooled(sim::Time now);

    std::uint32_t series(Family family, std::uint32_t row, std::size_t column) const {
        return plan_->layout.series(family, row, static_cast<std::uint32_t>(column));
    }
    // The columns of a family that has one for each value of an enum.
    template <class Enum>
    static constexpr std::size_t column(Enum value) {
        return static_cast<std::size_t>(value);
    }
    void change(std::uint32_t series, std::int64_t difference);
    void record(std::uint32_t series, std::int64_t difference);
    void record_addresses(NodeShapeIx shape, NodeLevel level, std::int64_t difference);
    void count(std::uint32_t series, std::int64_t events);
    void sample(std::uint32_t series, std::int64_t value, std::int32_t times = 1);
    void change_node(std::uint32_t node, NodeLevel level, std::int64_t difference);
    void count_node(std::uint32_t node, NodeCount which, std::int64_t events);

    void pass_view(View& view);
    void change_view(ViewLink link, std::int64_t difference);
    void count_view(ViewLink link, std::int64_t events);
    void sample_view(ViewLink link, std::int64_t value);
    std::uint32_t view_of(const Spec& spec, const GroupSeries& group, const NodeName& node);
    std::uint32_t add_view(const GroupSeries& group, sim::Time since);

    OpenWait& open_wait(PodId pod);
    void close_wait(PodId pod);
    void begins_waiting(WorkloadIx workload, WaitCause cause);
    void ends_waiting(WorkloadIx workload, WaitCause cause);
    void flush_waits(const OpenWait& wait, WorkloadIx workload);

    bool knows(NodeId node) const;
    std::uint32_t node_row(NodeId node) const;
    std::uint32_t add_node(const Spec& spec, const NodeFact& fact);
    void lose_node(const Spec& spec, std::uint32_t row);
    void end_levels(std::uint32_t row, NodeLevel first, NodeLevel last);
    void end_views(std::uint32_t from, std::uint32_t to);
    void remove_node(const Spec& spec, std::uint32_t row);
    void move_job_pod(const Spec& spec, WorkloadIx workload, std::int64_t difference);

    void on(const Spec& spec, const PodCreatedFact& fact);
    void on(const Spec& spec, const PodWaitsFact& fact);
    void on(const Spec& spec, const PodStartedFact& fact);
    void on(const Spec& spec, const PodGaveUpFact& fact);
    void on(const Spec& spec, const PodPhaseFact& fact);
    void on(const Spec& spec, const PodRemovedFact& fact);
    void on(const Spec& spec, const PodReadyFact& fact);
    void on(const Spec& spec, const PodAddressFact& fact);
    void on(const Spec& spec, const CrashLoopFact& fact);
    void on(const Spec& spec, const ContainerRestartedFact& fact);
    void on(const Spec& spec, const PodUsesFact& fact);
    void on(const Spec& spec, const UsageFact& fact);
    void on(const Spec& spec, const PodScheduledFact& fact);
    void on(const Spec& spec, const PreemptionFact& fact);
    void on(const Spec& spec, const PodUnschedulableFact& fact);
    void on(const Spec& spec, const PodUnplacedFact& fact);
    void on(const Spec& spec, const QueueFact& fact);
    void on(const Spec& spec, const ReplicasDesiredFact& fact);
    void on(const Spec& spec, const RolloutFact& fact);
    void on(const Spec& spec, const EvictionFact& fact);
    void on(const Spec& spec, const BudgetFact& fact);
    void on(const Spec& spec, const EndpointsFact& fact);
    void on(const Spec& spec, const AutoscalerLevelFact& fact);
    void on(const Spec& spec, const AutoscalerCountFact& fact);
    void on(const Spec& spec, const DeschedulerEvictionFact& fact);
    void on(const Spec& spec, const PodRefusedFact& fact);
    void on(const Spec& spec, const ReplicaFailureFact& fact);
    void on(const Spec& spec, const QuotaFact& fact);
    void on(const Spec& spec, const JobStartedFact& fact);
    void on(const Spec& spec, const JobFinishedFact& fact);
    void on(const Spec& spec, const JobRemovedFact& fact);
    void on(const Spec& spec, const CronTickMissedFact& fact);
    void on(const Spec& spec, const NodeFact& fact);
    void on(const Spec&, const NodeStruckFact&) {}  // told by `explain` alone
    void on(const Spec& spec, const NodesOutdatedFact& fact);
    void on(const Spec& spec, const InterruptionFact& fact);
    void on(const Spec& spec, const NeverRunsFact& fact);
    void on(const Spec&, const NodeClaimCreatedFact& fact);
    void on(const Spec&, const NodeClaimTerminatedFact& fact);
    void on(const Spec&, const NodeClaimDisruptedFact& fact);
    void on(const Spec&, const DisruptionDecidedFact& fact);
    void on(const Spec&, const UnschedulablePodsFact& fact);
    void on(const Spec&, const BlockedEvaluationFact& fact);
    void on(const Spec&, const NomadScaledFact& fact);
    void on(const Spec& spec, const PodRoomFact& fact);
    void on(const Spec& spec, const VolumeMadeFact& fact);
    void on(const Spec& spec, const TransferFact& fact);
    void on(const Spec& spec, const ConnectionsFact& fact);
    void on(const Spec& spec, const NodeNetworkFact& fact);
    void on(const Spec& spec, const RulesWrittenFact& fact);
    void on(const Spec& spec, const ConnectionsResetFact& fact);
    void on(const Spec& spec, const TelemetryFact& fact);
    void on(const Spec& spec, const SamplesEndFact& fact);
    void on(const Spec& spec, const MetricAgeFact& fact);
    void on(const Spec& spec, const AddressAssignedFact& fact);
    void on(const Spec& spec, const AddressReleasedFact& fact);
    void on(const Spec& spec, const AddressesAddedFact& fact);
    void on(const Spec& spec, const AddressesDroppedFact& fact);
    void on(const Spec& spec, const AddFailedFact& fact);
    void on(const Spec& spec, const EniFact& fact);
    void on(const Spec& spec, const BranchEniFact& fact);
    void on(const Spec& spec, const SubnetFact& fact);
    void on(const Spec& spec, const SnatFact& fact);
    void on(const Spec& spec, const NatGatewayFact& fact);
    void on(const Spec& spec, const DnsFact& fact);
    void on(const Spec& spec, const TrafficFact& fact);
    void on(const Spec& spec, const BacklogFact& fact);
    void on(const Spec& spec, const ScalerFact& fact);
    void on(const Spec& spec, const RescaledFact& fact);
    void on(const Spec& spec, const KedaTriggerFact& fact);
    void on(const Spec& spec, const AdviceFact& fact);
    void on(const Spec& spec, const VerticalUpdateFact& fact);
    void on(const Spec& spec, const ContainerAdviceFact& fact);
    void on(const Spec& spec, const UnreachableFact& fact);
    void on(const Spec& spec, const Ec2CallFact& fact);
    void on(const Spec& spec, const AwsCallFact& fact);
    void on(const Spec& spec, const SteadyCallsFact& fact);
    void on(const Spec& spec, const SecretSyncFact& fact);
    void on(const Spec& spec, const ExposureFact& fact);
    void on(const Spec& spec, const BalancerFact& fact);
    void on(const Spec& spec, const NameResolvesFact& fact);
    void on(const Spec& spec, const DnsSyncFact& fact);
    void on(const Spec& spec, const ImagePulledFact& fact);
    void on(const Spec& spec, const ImagePullFailedFact& fact);
    void on(const Spec& spec, const ImageDeletedFact& fact);
    void on(const Spec& spec, const PodEvictedFact& fact);
    void on(const Spec& spec, const PodDisruptedFact& fact);
    void on(const Spec& spec, const OutOfMemoryFact& fact);
    void on(const Spec& spec, const NodePressureFact& fact);
    void on(const Spec& spec, const ApiCallFact& fact);

    std::shared_ptr<const MetricsPlan> plan_;
    sim::Time now_;
    sim::Time warm_up_;
    RunTotals totals_;
    std::int64_t pods_waiting_ = 0;
    std::int64_t pods_waited_ = 0;

    // By series: 1 + its place among the gauges, counters or samples; 0 as long as it was never touched.
    std::vector<std::uint32_t> places_;
    bool has_links_ = false;  // whether any expectation looks at a series that is not a node's
    std::vector<GaugeSeries> gauges_;
    std::vector<std::int64_t> counters_;
    std::vector<SampleSeries> samples_;
    TimePool times_;
    TallyPool tallies_;

    std::vector<NodeSeries> nodes_;              // in the order in which they first appeared
    std::vector<std::uint32_t> row_of_node_;     // by slot of the NodeId: 1 + row, or 0
    std::vector<std::uint32_t> nodes_of_group_;  // how many were seen so far, by NodeGroupIx
    std::vector<ViewLink> node_links_;

    std::vector<Cooling> cooling_;  // by free_at; those before first_cooling_ are free again
    std::size_t first_cooling_ = 0;

    std::vector<std::uint32_t> wait_of_pod_;  // by slot of the PodId: 1 + place in open_waits_, or 0
    std::vector<OpenWait> open_waits_;
    std::uint32_t free_wait_ = 0;  // 1 + the first free place, or 0

    std::vector<EndpointsNow> endpoints_;    // by WorkloadIx; empty where no node has two CNIs
    std::vector<Payer> payers_;              // by WorkloadIx
    std::vector<std::uint8_t> claims_made_;  // by Spec::claims: of those that come later
    TransferNow transfer_;
    std::vector<std::int64_t> on_demand_;        // nodes by NodeShapeIx; empty without a savings plan
    std::vector<std::uint32_t> covered_shapes_;  // those that the plan covers, the highest discount first
    std::vector<MicroUsd> covered_;              // by NodeGroupIx: of the list price an hour
    std::vector<UsageNow> usages_;               // by WorkloadIx; empty where nobody says what pods use

    std::vector<View> views_;
    std::vector<std::int64_t> leaf_values_;

    std::vector<sim::Series> timelines_;  // of bounded size each, so that a fork may copy them
};

inline void observe(const Spec& spec, const World&, Metrics& metrics, sim::Time now, const Fact& fact) {
    metrics.observe(spec, now, fact);
}

}  // namespace eks
