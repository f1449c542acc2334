// The VPC CNI's daemon on one node: what a decision of its loop costs (`addresses/pool_decision`), and what giving out
// and taking back an address costs (`addresses/address_store`).
//
// Each runs beside the obvious way of doing it. A decision from the sums that the simulation keeps (`kept`) stands
// beside one that counts the whole store first, as the decision call does (`counted`). The store on the World's rows
// (`ekssim`) stands beside one of std::map (`map`). Before a time is reported, both ways must have come to the same
// result.
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/settled_pool.hpp"
#include "models/systems/signals.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <vector>

namespace address_bench {

using namespace eks;
using eks::decisions::PoolDecision;
using eks::decisions::PoolSituation;

// Settled m5.4xlarge nodes, eight ENIs of 29 pod addresses, with 0 to 231 pods under each kind of target.
std::vector<PoolSituation> situations() {
    std::vector<PoolSituation> all;
    for (const PoolTargets& targets :
         {PoolTargets{}, PoolTargets{.warm_ips = 5}, PoolTargets{.warm_ips = 2, .minimum_ips = 60}}) {
        for (std::int32_t pods = 0; pods < 232; pods += 7) {
            PoolSituation node;
            node.targets = targets;
            node.max_pods = 234;
            node.max_eni = 8;
            node.max_ips_per_eni = 29;
            node.enis = {{.id = "eni-0", .is_primary = true}};
            all.push_back(decisions::settled_pool(node, pods).pool);
            // One pod more makes some of them ask for addresses.
            for (decisions::EniSituation& eni : all.back().enis) {
                if (eni.secondary_ips.free == 0) continue;
                --eni.secondary_ips.free;
                ++eni.secondary_ips.assigned;
                break;
            }
        }
    }
    return all;
}

struct Answer {
    PoolAction action = PoolAction::none;
    std::int32_t new_eni_resources = 0;
    bool has_room = false;
    bool operator==(const Answer&) const = default;
};

Answer from_sums(const PoolState& pool) {
    return {pool_action(pool, true), cidrs_for_new_eni(pool), has_room_for_eni(pool)};
}

Answer from_whole(const PoolSituation& situation) {
    const PoolDecision decision = decisions::pool_decision(situation);
    return {decision.action, decision.new_eni_resources, decision.has_room_for_eni};
}

void decide(benchmark::State& state, bool from_scratch) {
    const std::vector<PoolSituation> nodes = situations();
    std::vector<PoolState> sums;
    int increases = 0;
    for (const PoolSituation& node : nodes) {
        sums.push_back(decisions::pool_decision(node).pool);
        if (from_sums(sums.back()) != from_whole(node)) {
            state.SkipWithError("the sums and the whole store decide differently");
            return;
        }
        if (from_whole(node).action == PoolAction::increase) ++increases;
    }
    if (increases == 0) {
        state.SkipWithError("no node asks for anything");
        return;
    }
    for (auto _ : state) {
        for (std::size_t i = 0; i < nodes.size(); ++i)
            benchmark::DoNotOptimize(from_scratch ? from_whole(nodes[i]) : from_sums(sums[i]));
    }
    state.counters["decisions_per_second"] = benchmark::Counter(
        static_cast<double>(nodes.size()) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// --- the store

constexpr std::uint32_t enis = 8;
constexpr std::uint32_t addresses_per_eni = 29;
constexpr std::uint32_t pods = 200;
constexpr std::int64_t steps = 20'000;
constexpr sim::Duration cooldown = sim::Duration::microseconds(30'000'000);
// 33 addresses cool at a time where 32 are not in use, so that some pods are refused.
constexpr sim::Duration step = sim::Duration::microseconds(900'000);

// What both stores must agree on: which of the requests found no address.
struct Tally {
    std::int64_t given = 0;
    std::int64_t refused = 0;
    bool operator==(const Tally&) const = default;
};

class RowStore {
  public:
    RowStore() {
        spec_.workloads.emplace_back();
        spec_.templates.emplace_back();
        spec_.cni.cooldown = cooldown;
        world_.cni_settings = {spec_.cni};
        world_.cidr_stride = addresses_per_eni;
        const NodeId node = world_.nodes.insert(Node{});
        const PoolId pool = add_pool(world_, node, 0, false);
        for (std::uint32_t e = 0; e < enis; ++e) {
            const EniId eni = add_eni(world_, pool, SubnetIx::none(), addresses_per_eni);
            attach_eni(world_, eni);
            enter_store(world_, eni, sim::Time::origin());
            for (std::uint32_t a = 0; a < addresses_per_eni; ++a)
                store_cidr(world_, eni, grant_cidr(world_, eni, (10U << 24) + e * 256 + a, false));
        }
        for (std::uint32_t p = 0; p < pods; ++p) {
            Pod pod;
            pod.node = node;
            pod.workload = WorkloadIx{0};
            pod.pod_template = TemplateIx{0};
            pods_.push_back(world_.pods.insert(pod));
        }
    }
    bool give(std::uint32_t pod, std::int64_t n, sim::Time now) {
        world_.pods[pods_[pod]].ordinal = static_cast<std::uint32_t>(n);
        return give_from_store(spec_, world_, {1, 0}, pods_[pod], now) > 0;
    }
    void take_back(std::uint32_t pod, sim::Time now) {
        if (world_.pods[pods_[pod]].eni.valid()) release_address(world_, pods_[pod], now);
    }

  private:
    Spec spec_;
    World world_;
    std::vector<PodId> pods_;
};

class MapStore {
  public:
    MapStore() {
        for (std::uint32_t e = 0; e < enis; ++e)
            for (std::uint32_t a = 0; a < addresses_per_eni; ++a) records_[(10U << 24) + e * 256 + a] = {};
    }
    bool give(std::uint32_t pod, std::int64_t n, sim::Time now) {
        std::vector<std::uint32_t> offered;
        for (const auto& [address, record] : records_)
            if (!record.is_assigned && (record.released == sim::Time::never() || now - record.released > cooldown))
                offered.push_back(address);
        if (offered.empty()) return false;
        const std::uint32_t address = offered[sim::mix_bits(static_cast<std::uint64_t>(n)) % offered.size()];
        records_[address].is_assigned = true;
        owners_[pod] = address;
        return true;
    }
    void take_back(std::uint32_t pod, sim::Time now) {
        const auto found = owners_.find(pod);
        if (found == owners_.end()) return;
        records_[found->second] = {false, now};
        owners_.erase(found);
    }

  private:
    struct Record {
        bool is_assigned = false;
        sim::Time released = sim::Time::never();
    };
    std::map<std::uint32_t, Record> records_;
    std::map<std::uint32_t, std::uint32_t> owners_;
};

// Pods come and go in turn, each taking a new address.
template <class Store>
Tally churn(Store& store) {
    Tally tally;
    sim::Time now = sim::Time::origin();
    for (std::int64_t n = 0; n < steps; ++n) {
        now = now + step;
        const auto pod = static_cast<std::uint32_t>(n % pods);
        store.take_back(pod, now);
        ++(store.give(pod, n, now) ? tally.given : tally.refused);
    }
    return tally;
}

template <class Store>
void run_store(benchmark::State& state) {
    RowStore rows;
    MapStore map;
    const Tally expected = churn(map);
    if (churn(rows) != expected || expected.given < steps / 2 || expected.refused == 0) {
        state.SkipWithError("the two stores refuse different requests, or none");
        return;
    }
    for (auto _ : state) {
        state.PauseTiming();
        Store store;
        state.ResumeTiming();
        benchmark::DoNotOptimize(churn(store));
    }
    state.counters["operations_per_second"] = benchmark::Counter(
        static_cast<double>(2 * steps) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(decide, kept, false)->Name("addresses/pool_decision/kept");
BENCHMARK_CAPTURE(decide, counted, true)->Name("addresses/pool_decision/counted");
BENCHMARK(run_store<RowStore>)->Name("addresses/address_store/ekssim")->Unit(benchmark::kMillisecond);
BENCHMARK(run_store<MapStore>)->Name("addresses/address_store/map")->Unit(benchmark::kMillisecond);

}  // namespace address_bench
