// The max-pods formulas against the figures that AWS and others publish (IPAM-180 to IPAM-186, IPAM-341).
#include "models/catalog/max_pods.hpp"

#include "models/catalog/catalog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>

namespace eks {
namespace {

const InstanceType& type(std::string_view name) {
    const InstanceType* found = Catalog::builtin().find(name);
    EXPECT_NE(found, nullptr) << name;
    static const InstanceType none;
    return found != nullptr ? *found : none;
}

// IPAM-180 with the values of eni-max-pods.txt (amazon-vpc-cni-k8s, misc/).
TEST(MaxPods, NodeadmGivesThePublishedTable) {
    struct Case {
        std::string_view name;
        int pods;
    };
    for (const auto& [name, pods] :
         {Case{"t3.small", 11}, Case{"t3.medium", 17}, Case{"m5.large", 29}, Case{"m5.xlarge", 58},
          Case{"m5.2xlarge", 58}, Case{"m5.4xlarge", 234}, Case{"m5.16xlarge", 737}, Case{"c5.4xlarge", 234},
          Case{"t2.micro", 4}, Case{"m4.large", 20}}) {
        EXPECT_EQ(max_pods_nodeadm(eni_limits_of(type(name))), pods) << name;
    }
}

TEST(MaxPods, NodeadmFallsBackTo110ForAnUnknownType) {
    EXPECT_EQ(max_pods_nodeadm({}), 110);
    EXPECT_EQ(max_pods_nodeadm({.max_enis = 4, .ipv4_per_eni = 0}), 110);
}

// IPAM-182. m5.large with prefixes has 3 x 9 x 16 + 2 = 434 addresses before the ceiling of 110.
TEST(MaxPods, CalculatorCapsAt110UpTo30CpusAndAt250Above) {
    MaxPodsCalculation large = calculation_for(type("m5.large"));
    EXPECT_EQ(max_pods_calculator(large), 29);
    large.prefix_delegation = true;
    EXPECT_EQ(max_pods_calculator(large), 110);
    large.without_ceiling = true;
    EXPECT_EQ(max_pods_calculator(large), 434);
    large.cni_has_prefixes = false;
    EXPECT_EQ(max_pods_calculator(large), 29);

    MaxPodsCalculation many = calculation_for(type("m5.16xlarge"));
    EXPECT_EQ(many.vcpus, 64);
    EXPECT_EQ(max_pods_calculator(many), 250);  // 737 in secondary mode: the ceiling holds there too
    many.vcpus = 30;
    EXPECT_EQ(max_pods_calculator(many), 110);
    many.vcpus = 31;
    EXPECT_EQ(max_pods_calculator(many), 250);
}

TEST(MaxPods, CalculatorTakesMaxEniFirstAndThenThePrimaryInterfaceOff) {
    MaxPodsCalculation calculation = calculation_for(type("m5.large"));  // 3 ENIs of 10
    calculation.custom_networking = true;
    EXPECT_EQ(max_pods_calculator(calculation), 2 * 9 + 2);
    calculation.cni_max_eni = 2;
    EXPECT_EQ(max_pods_calculator(calculation), 1 * 9 + 2);
    calculation.cni_max_eni = 8;
    EXPECT_EQ(max_pods_calculator(calculation), 2 * 9 + 2);
    calculation.cni_max_eni = 1;
    EXPECT_EQ(max_pods_calculator(calculation), 2);
}

TEST(MaxPods, CalculatorGivesNoPrefixesWithoutNitro) {
    MaxPodsCalculation xen = calculation_for(type("m4.large"));
    xen.prefix_delegation = true;
    EXPECT_EQ(max_pods_calculator(xen), 20);
}

// IPAM-183
TEST(MaxPods, ManagedNodeGroupTakesTheSmallestOfItsTypes) {
    const std::array types{calculation_for(type("m5.16xlarge")), calculation_for(type("m5.xlarge")),
                           calculation_for(type("m5.4xlarge"))};
    EXPECT_EQ(max_pods_managed_node_group(types), 58);
    EXPECT_EQ(max_pods_managed_node_group(std::span(types).first(1)), 250);
    EXPECT_EQ(max_pods_managed_node_group(std::span(types).last(1)), 110);  // 234 by the formula, 16 vCPUs
    EXPECT_EQ(max_pods_managed_node_group({}), 110);
}

// IPAM-185
TEST(MaxPods, KarpenterCountsUsableInterfacesOnly) {
    const EniLimits limits{.max_enis = 4, .ipv4_per_eni = 15};
    EXPECT_EQ(max_pods_karpenter(limits, 4, {}), 58);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.reserved_enis = 1}), 44);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.reserved_enis = 1, .efa_only_enis_on_card_0 = 1}), 30);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.reserved_enis = 4}), 0);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.reserved_enis = 9}), 0);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.eni_limited_density = false}), 110);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.max_pods = 200}), 200);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.pods_per_core = 10}), 40);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.max_pods = 20, .pods_per_core = 10}), 20);
    EXPECT_EQ(max_pods_karpenter(limits, 4, {.pods_per_core = 0}), 58);
}

// IPAM-341: four adapters of 15, first interface 1: 42 addresses against 58 pods. IPAM-339: two of them for the agent.
TEST(MaxPods, CiliumWithFirstInterfaceOneHasFewerAddressesThanMaxPods) {
    const EniLimits limits{.max_enis = 4, .ipv4_per_eni = 15};
    const int pool = pod_address_capacity(limits, {.first_interface_index = 1});
    EXPECT_EQ(pool, 42);
    EXPECT_EQ(pod_address_capacity(limits, {.first_interface_index = 1, .addresses_for_agent = 2}), 40);
    EXPECT_EQ(pods_without_address(58, pool), 14);
    EXPECT_EQ(pod_address_capacity(limits, {.first_interface_index = 5}), 0);
}

// IPAM-181 and IPAM-186: the formula itself never exceeds the addresses, an override may. FR-3's m5.xlarge has 56.
TEST(MaxPods, OnlyMorePodsThanAddressesLeaveSomeWithout) {
    const EniLimits limits = eni_limits_of(type("m5.xlarge"));
    EXPECT_EQ(pod_address_capacity(limits, {}), 56);
    EXPECT_EQ(pods_without_address(58, 56), 0);
    EXPECT_EQ(pods_without_address(110, 56), 52);
    EXPECT_EQ(pods_without_address(54, 56), 0);
    EXPECT_EQ(pods_without_address(58, pod_address_capacity(limits, {.max_eni = 2})), 28);
    EXPECT_EQ(pod_address_capacity(limits, {.prefix_delegation = true}), 896);
    for (const InstanceType& each : Catalog::builtin().all()) {
        if (!each.is_complete()) continue;
        const EniLimits own = eni_limits_of(each);
        EXPECT_EQ(pods_without_address(max_pods_nodeadm(own), pod_address_capacity(own, {})), 0) << each.name;
    }
}

// IPAM-180 and IPAM-182, every type of the published tables. The last column is the calculator's with prefixes.
TEST(MaxPods, EveryTypeHasThePublishedNumber) {
    std::ifstream file(EKSSIM_SOURCE_DIR "/tests/unit/models/catalog/max_pods.tsv");
    int compared = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream columns(line);
        std::string name;
        std::string published;
        std::string with_prefixes;
        columns >> name >> published >> with_prefixes;
        // For these the table counts the ENIs of both network cards, against its own rule and nodeadm's (IPAM-180).
        if (name.starts_with("i7ie.") || name.starts_with("i8ge."))
            if (name.ends_with("48xlarge") || name.ends_with("metal-48xl")) published = "-";
        const InstanceType& each = type(name);
        if (published != "-") {
            EXPECT_EQ(max_pods_nodeadm(eni_limits_of(each)), std::stoi(published)) << name;
            ++compared;
        }
        MaxPodsCalculation calculation = calculation_for(each);
        calculation.prefix_delegation = true;
        if (with_prefixes != "-") {
            EXPECT_EQ(max_pods_calculator(calculation), std::stoi(with_prefixes)) << name;
        }
    }
    EXPECT_EQ(compared, 1391 - 4);  // rows of the VPC CNI's table
}

// IPAM-5, IPAM-146, IPAM-181 on an m5.large (3 x 10): what a number is made of adds up to it.
TEST(MaxPods, TheArithmeticShowsItsParts) {
    MaxPodsCalculation calculation = calculation_for(type("m5.large"));
    calculation.prefix_delegation = calculation.custom_networking = true;
    const MaxPods made = calculator_arithmetic(calculation);
    EXPECT_EQ(made.enis, 2);
    EXPECT_EQ(made.slots_per_eni, 9);
    EXPECT_EQ(made.addresses_per_slot, 16);
    EXPECT_EQ(made.before_ceiling, 2 * 9 * 16 + 2);
    EXPECT_EQ(made.ceiling, 110);
    EXPECT_EQ(made.pods, 110);
    EXPECT_FALSE(nodeadm_arithmetic(eni_limits_of(type("m5.large"))).ceiling.has_value());
    EXPECT_EQ(karpenter_arithmetic({4, 15}, 4, {.pods_per_core = 10}).ceiling, 40);
}

// IPAM-302: max-allocate is (adapters - first index) x (limit - 1), times 16 with prefixes; IPAM-339: two for the
// agent.
TEST(MaxPods, CiliumServesItsAddressesAndTheHostsOwnPods) {
    const EniLimits limits{.max_enis = 4, .ipv4_per_eni = 15};
    EXPECT_EQ(max_pods_cilium(limits, {.first_interface_index = 1, .addresses_for_agent = 2}), 3 * 14 - 2 + 2);
    EXPECT_EQ(max_pods_cilium(limits, {.prefix_delegation = true, .addresses_for_agent = 1}), 4 * 14 * 16 - 1 + 2);
    EXPECT_EQ(max_pods_cilium(limits, {.first_interface_index = 4, .addresses_for_agent = 2}), 2);
}

TEST(MaxPods, AbsurdLimitsDoNotOverflow) {
    const EniLimits limits{.max_enis = 2'000'000'000, .ipv4_per_eni = 2'000'000'000};
    EXPECT_GT(pod_address_capacity(limits, {.prefix_delegation = true}), 0);
    EXPECT_GT(max_pods_nodeadm(limits), 0);
    EXPECT_EQ(pod_address_capacity({.max_enis = -3, .ipv4_per_eni = -3}, {}), 0);
}

}  // namespace
}  // namespace eks
