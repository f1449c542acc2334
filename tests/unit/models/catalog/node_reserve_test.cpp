// What of a node is left for pods (KUBELET-22, KUBELET-23, X-5), against the rules' own figures, real nodes, and
// everything that Karpenter publishes.
#include "models/catalog/node_reserve.hpp"

#include "models/catalog/catalog.hpp"
#include "models/catalog/max_pods.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace eks {
namespace {

TEST(NodeReserve, ProcessorReserveFollowsTheRanges) {  // KUBELET-23
    EXPECT_EQ(kube_reserved_cpu_milli(1), 60);
    EXPECT_EQ(kube_reserved_cpu_milli(2), 70);
    EXPECT_EQ(kube_reserved_cpu_milli(4), 80);
    EXPECT_EQ(kube_reserved_cpu_milli(8), 90);
    EXPECT_EQ(kube_reserved_cpu_milli(16), 110);
    EXPECT_EQ(kube_reserved_cpu_milli(96), 310);
    EXPECT_EQ(kube_reserved_cpu_milli(0), 0);
}

TEST(NodeReserve, MemoryReserveFollowsMaxPods) {  // KUBELET-23, IPAM-184
    EXPECT_EQ(kube_reserved_memory_bytes(29), 574 * mebibyte);
    EXPECT_EQ(kube_reserved_memory_bytes(58), 893 * mebibyte);
    EXPECT_EQ(kube_reserved_memory_bytes(110), 1465 * mebibyte);
}

// Nodes of EKS as `kubectl get node -o yaml` showed them in public reports: capacity 2 cores, 20959212Ki of disk; with
// 17 pods (t3.medium) 3967480Ki of memory leave 3412472Ki, with 35 pods (t2.large) 8166336Ki leave 7408576Ki.
TEST(NodeReserve, AllocatableEqualsThatOfRealNodes) {
    Resources capacity{
        .cpu_milli = 2000, .memory_bytes = Bytes{3967480} * kibibyte, .ephemeral_bytes = Bytes{20959212} * kibibyte};
    Resources rest = allocatable(capacity, 17, KubeletReserve::eks());
    EXPECT_EQ(rest.cpu_milli, 1930);
    EXPECT_EQ(rest.memory_bytes, Bytes{3412472} * kibibyte);
    EXPECT_EQ(rest.ephemeral_bytes, 18242267924);
    capacity.memory_bytes = Bytes{8166336} * kibibyte;
    rest = allocatable(capacity, 35, KubeletReserve::eks());
    EXPECT_EQ(rest.memory_bytes, Bytes{7408576} * kibibyte);
}

TEST(NodeReserve, Kubernetes110ReservesNothingButEvicts) {  // X-5, KUBELET-60
    const Resources capacity{.cpu_milli = 4000, .memory_bytes = 16 * gibibyte, .ephemeral_bytes = 0};
    const Resources rest = allocatable(capacity, 58, KubeletReserve::kubernetes_1_10());
    EXPECT_EQ(rest.cpu_milli, 4000);
    EXPECT_EQ(rest.memory_bytes, 16 * gibibyte - 100 * mebibyte);
    EXPECT_EQ(rest.ephemeral_bytes, 0);
}

TEST(NodeReserve, AllocatableIsNeverNegative) {  // KUBELET-22
    const Resources capacity{.cpu_milli = 1000, .memory_bytes = 512 * mebibyte, .ephemeral_bytes = gibibyte / 2};
    const Resources rest = allocatable(capacity, 110, KubeletReserve::eks());
    EXPECT_EQ(rest.memory_bytes, 0);
    EXPECT_EQ(rest.ephemeral_bytes, 0);
    EXPECT_EQ(rest.cpu_milli, 940);
}

TEST(NodeReserve, TheUsersOwnReservationsTakeTheFormulasPlace) {
    KubeletReserve reserve;
    reserve.kube_reserved = Resources{.cpu_milli = 500, .memory_bytes = gibibyte};
    reserve.system_reserved = Resources{.cpu_milli = 100};
    reserve.eviction_memory_bytes = 200 * mebibyte;
    reserve.eviction_nodefs_percent = 0;
    const Resources capacity{.cpu_milli = 4000, .memory_bytes = 4 * gibibyte, .ephemeral_bytes = gibibyte, .gpus = 1};
    EXPECT_EQ(
        allocatable(capacity, 58, reserve),
        (Resources{
            .cpu_milli = 3400, .memory_bytes = 3 * gibibyte - 200 * mebibyte, .ephemeral_bytes = gibibyte, .gpus = 1}));
}

TEST(NodeReserve, MemoryOverheadIsAParameter) {
    const InstanceType& type = *Catalog::builtin().find("m5.large");
    EXPECT_EQ(memory_capacity_bytes(type, 0), 8 * gibibyte);
    EXPECT_EQ(memory_capacity_bytes(type), (8192 - 615) * mebibyte);  // 614.4 MiB rounded up
    EXPECT_EQ(memory_capacity_bytes(type, 1'000'000), 0);
    EXPECT_EQ(memory_capacity_bytes(type, 5'000'000), 0);
}

TEST(NodeReserve, DevicesAppearInCapacity) {
    const Catalog& catalog = Catalog::builtin();
    EXPECT_EQ(node_capacity(*catalog.find("p5.48xlarge"), 20 * gibibyte).gpus, 8);
    EXPECT_EQ(node_capacity(*catalog.find("g6f.large"), 20 * gibibyte).gpus, 1);
    EXPECT_EQ(node_capacity(*catalog.find("g4ad.4xlarge"), 20 * gibibyte).gpus, 0);  // made by AMD: another resource
    EXPECT_EQ(node_capacity(*catalog.find("inf1.6xlarge"), 20 * gibibyte).neurons, 4);
    EXPECT_EQ(node_capacity(*catalog.find("m5.large"), 20 * gibibyte).ephemeral_bytes, 20 * gibibyte);
}

// Karpenter's reference page lists pods and allocatable of each type for AL2023 and a VM overhead of 7.5 %. Its own
// formulas are those of KUBELET-22 and KUBELET-23, so every type must agree.
TEST(NodeReserve, AllTypesAgreeWithWhatKarpenterPublishes) {
    std::ifstream file(std::string(EKSSIM_SOURCE_DIR) + "/tests/unit/models/catalog/karpenter_allocatable.tsv");
    ASSERT_TRUE(file.good());
    int compared = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream fields(line);
        std::string name;
        int pods = 0;
        std::int64_t cpu_milli = 0;
        std::int64_t memory_mib = 0;
        ASSERT_TRUE(fields >> name >> pods >> cpu_milli >> memory_mib) << line;
        const InstanceType* type = Catalog::builtin().find(name);
        ASSERT_NE(type, nullptr) << name;
        EniLimits limits = eni_limits_of(*type);
        // The page is older than the CNI's table on these four: it takes the interfaces of both cards for those of one.
        if (name == "i7ie.48xlarge" || name == "i7ie.metal-48xl" || name == "i8ge.48xlarge" ||
            name == "i8ge.metal-48xl") {
            limits.max_enis = type->network_cards[0].max_enis + type->network_cards[1].max_enis;
        }
        const int formula_pods = max_pods_karpenter(limits, type->vcpus, {});
        const Resources rest = allocatable(node_capacity(*type, 20 * gibibyte), formula_pods, KubeletReserve::eks());
        EXPECT_EQ(formula_pods, pods) << name;
        EXPECT_EQ(rest.cpu_milli, cpu_milli) << name;
        EXPECT_EQ(rest.memory_bytes / mebibyte, memory_mib) << name;
        ++compared;
    }
    EXPECT_EQ(compared, 1363);  // the number of types on the page
}

}  // namespace
}  // namespace eks
