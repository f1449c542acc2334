#include "models/sizing/density.hpp"

#include "libsim/random.hpp"
#include "models/catalog/max_pods.hpp"
#include "tests/support/sizing_cluster.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace eks::sizing {
namespace {

using sizing_test::deployment;
using sizing_test::only;
using sizing_test::with_groups;

struct Published {
    int max_pods = -1;       // of the VPC CNI's table
    int with_prefixes = -1;  // under the ceilings
};

std::map<std::string, Published> published_max_pods() {
    std::map<std::string, Published> table;
    std::ifstream file(std::filesystem::path(__FILE__).parent_path().parent_path() / "catalog" / "max_pods.tsv");
    std::string line;
    while (std::getline(file, line)) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream fields(line);
        std::string name, pods, prefixes;
        fields >> name >> pods >> prefixes;
        table[name] = {pods == "-" ? -1 : std::stoi(pods), prefixes == "-" ? -1 : std::stoi(prefixes)};
    }
    return table;
}

// For four types the table counts the ENIs of both network cards, against its own rule and nodeadm's (IPAM-180).
bool counts_both_cards(std::string_view name) {
    return (name.starts_with("i7ie.") || name.starts_with("i8ge.")) &&
           (name.ends_with(".48xlarge") || name.ends_with(".metal-48xl"));
}

std::vector<std::string> types_in(const std::map<std::string, Published>& table) {
    std::vector<std::string> types;
    for (const std::string& name : sizing_test::all_complete_types())
        if (table.contains(name) && table.at(name).max_pods > 0 && !counts_both_cards(name)) types.push_back(name);
    return types;
}

// aws-node and kube-proxy, on the host's network (IPAM-181). aws-node asks for an architecture, which nobody states of
// two types of 2012.
int daemons_on(std::string_view name) { return name == "cr1.8xlarge" || name == "hs1.8xlarge" ? 1 : 2; }

// IPAM-180: on self-managed nodes a pod that asks for nothing fits as often as there are addresses: two less than the
// vendor's table says, which counts the host's network. The two DaemonSets that EKS installs take those two.
TEST(Density, OfSelfManagedNodesIsTheVendorsTableForEveryType) {
    const auto table = published_max_pods();
    const std::vector<std::string> types = types_in(table);
    ASSERT_GT(types.size(), 1300U);
    const Scenario scenario = with_groups(only({deployment("idle", 1, "{}")}), types, false);
    const Demand demand = demand_of(*scenario.spec, scenario.run.duration);
    const auto idle =
        static_cast<std::size_t>(std::find_if(demand.workloads.begin(), demand.workloads.end(),
                                              [](const auto& w) { return w.title == "Deployment/shop/idle"; }) -
                                 demand.workloads.begin());
    const Density density = density_of(*scenario.spec, demand.workloads);
    for (std::size_t t = 0; t < types.size(); ++t) {
        const int published = table.at(types[t]).max_pods;
        EXPECT_EQ(density.at(t, idle).count, published - 2) << types[t];
        const Bound bound = daemons_on(types[t]) == 2 ? Bound::pods : Bound::addresses;
        EXPECT_EQ(density.at(t, idle).bound, static_cast<int>(bound)) << types[t];
    }
}

// IPAM-182, IPAM-183: EKS holds its own nodes to 110 pods up to 30 vCPUs, and to 250 above.
TEST(Density, OfManagedNodesIsTheVendorsTableUnderTheCeilings) {
    const auto table = published_max_pods();
    const std::vector<std::string> types = types_in(table);
    const Scenario scenario = with_groups(only({deployment("idle", 1, "{}")}), types, true);
    for (std::size_t t = 0; t < types.size(); ++t) {
        const int ceiling = Catalog::builtin().find(types[t])->vcpus <= 30 ? 110 : 250;
        const NodeShapeIx shape = scenario.spec->node_groups[t].shapes.front();
        const NodeRoom room = room_of(*scenario.spec, shape);
        EXPECT_EQ(room.pods, std::min(table.at(types[t]).max_pods, ceiling) - daemons_on(types[t])) << types[t];
        // Every pod that is let in has an address: (ENIs x (addresses - 1)) is the table less two.
        EXPECT_EQ(room.addresses, table.at(types[t]).max_pods - 2) << types[t];
    }
}

// A made-up mix of pods on every type, against the loop that fills an empty node pod by pod.
TEST(Density, AgreesWithFillingNodesOneByOne) {
    std::vector<std::string> objects;
    const sim::RunKey key{20261130, 0};
    for (std::uint32_t i = 0; i < 24; ++i) {
        const auto draw = [&](std::uint32_t n, int most) {
            const double unit = sim::draw_unit(key, {1, i, 0, n});
            return static_cast<int>(unit * most);
        };
        std::string requests = fmt::format(R"({{"cpu":"{}m","memory":"{}Mi")", draw(0, 6000), draw(1, 20000));
        if (draw(2, 4) == 0) requests += fmt::format(R"(,"nvidia.com/gpu":"{}")", 1 + draw(3, 4));
        if (draw(4, 3) == 0) requests += fmt::format(R"(,"ephemeral-storage":"{}Gi")", 1 + draw(5, 30));
        std::string pod = draw(6, 4) == 0 ? R"(,"hostNetwork":true)" : "";
        if (draw(7, 5) == 0) pod += R"(,"nodeSelector":{"kubernetes.io/arch":"arm64"})";
        const std::string ports = draw(8, 5) == 0 ? R"(,"ports":[{"containerPort":80,"hostPort":80}])" : "";
        objects.push_back(deployment(fmt::format("w{}", i), 2, requests + "}", pod, ports));
    }
    const Scenario scenario = with_groups(only(objects), sizing_test::all_complete_types(), true);
    const Demand demand = demand_of(*scenario.spec, scenario.run.duration);
    const Density fast = density_of(*scenario.spec, demand.workloads);
    const Density slow = density_by_filling(*scenario.spec, demand.workloads);
    ASSERT_EQ(fast.cells.size(), slow.cells.size());
    std::array<int, bound_kinds> seen{};
    for (std::size_t r = 0; r < fast.rows; ++r) {
        for (std::size_t c = 0; c < fast.columns; ++c) {
            ASSERT_EQ(fast.at(r, c).count, slow.at(r, c).count)
                << scenario.spec->node_groups[r].name << ' ' << demand.workloads[c].title;
            ASSERT_EQ(fast.at(r, c).bound, slow.at(r, c).bound)
                << scenario.spec->node_groups[r].name << ' ' << demand.workloads[c].title;
            if (fast.at(r, c).bound >= 0) ++seen[static_cast<std::size_t>(fast.at(r, c).bound)];
        }
    }
    for (const Bound bound : {Bound::cpu, Bound::memory, Bound::pods, Bound::gpus, Bound::storage, Bound::node})
        EXPECT_GT(seen[static_cast<std::size_t>(bound)], 0) << text_of(bound);
}

// With custom networking the first interface carries no pods (IPAM-181), and nobody tells the kubelet: an m5.large
// takes 29 pods (IPAM-180) and has addresses for (3 - 1) x 9 of them.
TEST(Density, AddressesBindUnderCustomNetworking) {
    const LoadOptions options =
        only({deployment("idle", 1, "{}")},
             {{"cluster.addons",
               R"([{"name":"vpc-cni","configurationValues":{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"}}}])"}});
    const Scenario scenario = with_groups(options, {"m5.large"}, true);
    const Demand demand = demand_of(*scenario.spec, scenario.run.duration);
    const Density density = density_of(*scenario.spec, demand.workloads);
    const auto idle = density.columns - 1;
    ASSERT_EQ(demand.workloads[idle].title, "Deployment/shop/idle");
    EXPECT_EQ(density.at(0, idle).count, 18);
    EXPECT_EQ(density.at(0, idle).bound, static_cast<int>(Bound::addresses));
}

// KUBELET-22, KUBELET-23 and the 7.5 % of KARP-1, by hand for an m5.large: 8192 MiB less 615 MiB; kube-reserved 255 +
// 11 x 29 MiB and 70 millicores; eviction below 100 MiB and 10 % of the disk.
TEST(Density, TheFivePartsOfANodeSumToWhatIsSold) {
    const Scenario scenario = with_groups(only({deployment("idle", 1, "{}")}), {"m5.large"}, true);
    const NodeShapeIx shape = scenario.spec->node_groups.front().shapes.front();
    const NodeSplit split = split_of(*scenario.spec, shape, *Catalog::builtin().find("m5.large"));
    EXPECT_EQ(split.memory_bytes[0], 615 * mebibyte);
    EXPECT_EQ(split.memory_bytes[1], (255 + 11 * 29) * mebibyte);
    EXPECT_EQ(split.memory_bytes[2], 100 * mebibyte);
    EXPECT_EQ(split.cpu_milli[0], 0);
    EXPECT_EQ(split.cpu_milli[1], 70);
    EXPECT_EQ(split.cpu_milli[2], 0);
    EXPECT_EQ(split.cpu_milli[3], 25 + 100);  // aws-node (IPAM-116) and kube-proxy
    std::int64_t cpu = 0, memory = 0, storage = 0;
    for (std::size_t part = 0; part < NodeSplit::parts.size(); ++part) {
        EXPECT_GE(split.cpu_milli[part], 0);
        EXPECT_GE(split.memory_bytes[part], 0);
        EXPECT_GE(split.storage_bytes[part], 0);
        cpu += split.cpu_milli[part];
        memory += split.memory_bytes[part];
        storage += split.storage_bytes[part];
    }
    EXPECT_EQ(cpu, 2000);
    EXPECT_EQ(memory, 8192 * mebibyte);
    EXPECT_EQ(storage, 80 * gibibyte);  // eksctl's root volume
}

// AWS-93: an m5.large attaches 27 less its root volume and what its interfaces take of the shared number is left out;
// pods of 14 volumes each fit once.
TEST(Density, VolumesBind) {
    const std::string set =
        R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db","namespace":"shop"},"spec":{
        "replicas":3,"serviceName":"db","selector":{"matchLabels":{"app":"db"}},"template":{"metadata":{"labels":{"app":"db"}},
        "spec":{"containers":[{"name":"db","image":"db:1"}]}},"volumeClaimTemplates":[VOLUMES]}})";
    std::string claims;
    for (int i = 0; i < 14; ++i)
        claims += fmt::format(
            R"({}{{"metadata":{{"name":"v{}"}},"spec":{{"accessModes":["ReadWriteOnce"],"resources":{{"requests":{{"storage":"1Gi"}}}}}}}})",
            i > 0 ? "," : "", i);
    std::string object = set;
    object.replace(object.find("VOLUMES"), 7, claims);
    const Scenario scenario = with_groups(only({object}), {"m5.large"}, true);
    const Demand demand = demand_of(*scenario.spec, scenario.run.duration);
    const Density density = density_of(*scenario.spec, demand.workloads);
    const auto db = density.columns - 1;
    ASSERT_EQ(demand.workloads[db].attachments, 14);
    EXPECT_EQ(density.at(0, db).count, 1);
    EXPECT_EQ(density.at(0, db).bound, static_cast<int>(Bound::volumes));
}

}  // namespace
}  // namespace eks::sizing
