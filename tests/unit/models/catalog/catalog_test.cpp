// The built-in catalogue: rows against the tables AWS publishes, look-up, hints, prices.
#include "models/catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace eks {
namespace {

// IPAM-6, sample rows of the CNI's table.
TEST(Catalog, InterfaceLimitsAreThoseOfTheCniTable) {
    struct Case {
        std::string_view name;
        int max_enis;
        int ipv4_per_eni;
        Hypervisor hypervisor;
    };
    for (const auto& [name, max_enis, ipv4_per_eni, hypervisor] :
         {Case{"t3.small", 3, 4, Hypervisor::nitro}, Case{"t3.medium", 3, 6, Hypervisor::nitro},
          Case{"t2.medium", 3, 6, Hypervisor::xen}, Case{"m4.large", 2, 10, Hypervisor::xen},
          Case{"m5.large", 3, 10, Hypervisor::nitro}, Case{"c5.large", 3, 10, Hypervisor::nitro},
          Case{"m5.xlarge", 4, 15, Hypervisor::nitro}, Case{"m5.2xlarge", 4, 15, Hypervisor::nitro},
          Case{"m4.4xlarge", 8, 30, Hypervisor::xen}, Case{"c5.4xlarge", 8, 30, Hypervisor::nitro},
          Case{"m5.16xlarge", 15, 50, Hypervisor::nitro}}) {
        const InstanceType* type = Catalog::builtin().find(name);
        ASSERT_NE(type, nullptr) << name;
        EXPECT_EQ(type->max_enis, max_enis) << name;
        EXPECT_EQ(type->ipv4_per_eni, ipv4_per_eni) << name;
        EXPECT_EQ(type->hypervisor, hypervisor) << name;
        EXPECT_TRUE(type->is_complete()) << name;
    }
}

// Answers of the CNI's own Go package (amazon-vpc-cni-k8s v1.23.2, pkg/vpc), among them all rows that differ from AWS's
// API.
TEST(Catalog, InterfaceLimitsEqualTheAnswersOfTheRealComponent) {
    std::ifstream file(std::string(EKSSIM_SOURCE_DIR) + "/tests/unit/models/catalog/eni_limits.jsonl");
    ASSERT_TRUE(file.good());
    int compared = 0;
    for (std::string line; std::getline(file, line); ++compared) {
        const auto answer = nlohmann::json::parse(line);
        const auto name = answer.at("args").at("instance_type").get<std::string>();
        const auto& expected = answer.at("expect");
        const InstanceType* type = Catalog::builtin().find(name);
        if (expected.contains("error")) {
            EXPECT_EQ(type, nullptr) << name;
            continue;
        }
        ASSERT_NE(type, nullptr) << name;
        auto cards = nlohmann::json::array();
        for (const NetworkCard& card : type->network_cards) cards.push_back({card.index, card.max_enis});
        EXPECT_EQ(type->max_enis, expected.at("max_enis")) << name;
        EXPECT_EQ(type->ipv4_per_eni, expected.at("ipv4_per_eni")) << name;
        EXPECT_EQ(type->default_network_card, expected.at("default_network_card")) << name;
        EXPECT_EQ(cards, expected.at("network_cards")) << name;
        EXPECT_EQ(to_text(type->hypervisor), expected.at("hypervisor").get<std::string>()) << name;
        EXPECT_EQ(type->bare_metal, expected.at("bare_metal")) << name;
    }
    EXPECT_EQ(compared, 21);
}

// The figures of AWS's product pages.
TEST(Catalog, ItsDateIsThatOfTheNewestSnapshot) {
    const std::string_view date = Catalog::builtin_date();
    EXPECT_THAT(std::string(date), ::testing::MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]"));
    // The head of the data names a snapshot of this day; whoever renews the data only moves on from it.
    EXPECT_GE(date, "2026-08-18");
}

TEST(Catalog, TypesHaveTheFiguresOfTheirProductPages) {
    const Catalog& catalog = Catalog::builtin();
    const InstanceType& m5 = *catalog.find("m5.large");
    EXPECT_EQ(m5.architecture, Architecture::amd64);
    EXPECT_EQ(m5.vcpus, 2);
    EXPECT_EQ(m5.memory_mib, 8 * 1024);
    EXPECT_FALSE(m5.burstable());
    EXPECT_EQ(m5.ebs_attachments_max, 27);
    EXPECT_TRUE(m5.ebs_attachments_shared);
    EXPECT_TRUE(m5.trunking);
    EXPECT_EQ(m5.branch_enis, 9);

    const InstanceType& t3 = *catalog.find("t3.medium");
    EXPECT_TRUE(t3.burstable());
    EXPECT_EQ(t3.burst_baseline_per_mille, 200);
    EXPECT_EQ(t3.burst_credits_per_hour_tenths, 240);
    EXPECT_EQ(t3.burst_credits_max_tenths, 5760);
    EXPECT_FALSE(t3.trunking);

    const InstanceType& graviton = *catalog.find("m7g.2xlarge");
    EXPECT_EQ(graviton.architecture, Architecture::arm64);
    EXPECT_EQ(graviton.vcpus, 8);
    EXPECT_EQ(graviton.memory_mib, 32 * 1024);

    const InstanceType& p5 = *catalog.find("p5.48xlarge");
    EXPECT_EQ(p5.gpu_name, "H100");
    EXPECT_EQ(p5.gpus, 8);
    EXPECT_EQ(p5.network_cards.size(), 32U);
    EXPECT_EQ(p5.max_enis, 2);
    EXPECT_EQ(p5.network_burst_mbps, 3'200'000);

    const InstanceType& i3en = *catalog.find("i3en.24xlarge");
    EXPECT_EQ(i3en.local_disks, 8);
    EXPECT_EQ(i3en.local_disk_total_gb, 60'000);
    EXPECT_TRUE(i3en.local_nvme);
}

TEST(Catalog, NamesAreSortedAndUniqueAndFoundAgain) {
    const Catalog& catalog = Catalog::builtin();
    EXPECT_EQ(catalog.all().size(), 1430U);  // the rows that the sources name together
    for (std::size_t i = 0; i < catalog.all().size(); ++i) {
        const InstanceType& type = catalog.all()[i];
        EXPECT_EQ(catalog.find(type.name), &type);
        if (i > 0) {
            EXPECT_LT(catalog.all()[i - 1].name, type.name);
        }
        if (type.max_enis > 0) {
            ASSERT_FALSE(type.network_cards.empty()) << type.name;
            EXPECT_EQ(type.network_cards.front().max_enis, type.max_enis) << type.name;
        }
    }
    EXPECT_EQ(catalog.find(""), nullptr);
    EXPECT_EQ(catalog.find("zz"), nullptr);
    EXPECT_EQ(catalog.find("M5.LARGE"), nullptr);
}

TEST(Catalog, TypesKnownByTheirLimitsAloneAreIncomplete) {
    EXPECT_FALSE(Catalog::builtin().find("m8g-flex.large")->is_complete());
    EXPECT_FALSE(Catalog::builtin().find("u-6tb1.metal")->is_complete());
}

// The price page of EC2 (Linux, on demand).
TEST(Catalog, PricesAreThoseOfThePricePage) {
    const Catalog& catalog = Catalog::builtin();
    EXPECT_EQ(catalog.price("m5.large", "us-east-1"), 96'000);
    EXPECT_EQ(catalog.price("m5.xlarge", "us-east-1"), 192'000);
    EXPECT_EQ(catalog.price("m5.large", "eu-central-1"), 115'000);
    EXPECT_EQ(catalog.price("t3.medium", "us-east-1"), 41'600);
    EXPECT_EQ(catalog.price("c5.large", "us-west-2"), 85'000);
    EXPECT_EQ(catalog.price("p5.48xlarge", "us-east-1"), 55'040'000);
    EXPECT_EQ(catalog.price("a1.large", "us-west-2"), 51'000);         // the last column
    EXPECT_EQ(catalog.price("a1.large", "af-south-1"), std::nullopt);  // not sold there
    EXPECT_EQ(catalog.price("m5.large", "mars-north-1"), std::nullopt);
    EXPECT_EQ(catalog.price("m5.huge", "us-east-1"), std::nullopt);
    EXPECT_EQ(catalog.price("mac2.metal", "us-east-1"), std::nullopt);
    EXPECT_EQ(Catalog::regions().size(), 34U);
}

TEST(Catalog, ReservedPricesAndSpotAdviceAreThere) {  // AWS-23, AWS-25
    const Catalog& catalog = Catalog::builtin();
    EXPECT_EQ(catalog.find("m5.large")->reserved_1y_micro_usd_per_hour, 60'000);
    EXPECT_EQ(catalog.find("m5.large")->reserved_3y_micro_usd_per_hour, 41'000);
    EXPECT_EQ(catalog.spot_advice("m5.large", "us-east-1"), (SpotAdvice{66, 15}));
    EXPECT_EQ(catalog.spot_advice("m5.large", "eu-central-1"), std::nullopt);
    EXPECT_EQ(catalog.spot_advice("m8g-flex.large", "us-east-1"), std::nullopt);
}

TEST(Catalog, MistypedNamesFindTheirNeighbours) {
    const Catalog& catalog = Catalog::builtin();
    EXPECT_EQ(catalog.nearest_names("m5.lrage").front(), "m5.large");
    EXPECT_EQ(catalog.nearest_names("M5.Large").front(), "m5.large");
    EXPECT_EQ(catalog.nearest_names("m5large").front(), "m5.large");
    EXPECT_EQ(catalog.nearest_names("m5.xlage").front(), "m5.xlarge");
    EXPECT_EQ(catalog.nearest_names("t3.meduim").front(), "t3.medium");
    EXPECT_EQ(catalog.nearest_names("m5.lrage", 2).size(), 2U);
    EXPECT_TRUE(catalog.nearest_names("kubernetes").empty());
    EXPECT_TRUE(catalog.nearest_names("").empty());
    EXPECT_TRUE(catalog.nearest_names(std::string(100'000, 'm')).empty());
}

TEST(Catalog, MergedTypesReplaceBuiltInOnesAndKeepWhatAwsDoesNotSay) {
    InstanceType changed = *Catalog::builtin().find("m5.large");
    changed.max_enis = 5;
    changed.branch_enis = 0;
    changed.trunking = false;
    changed.reserved_1y_micro_usd_per_hour = 0;
    InstanceType added;
    added.name = "z99.large";
    added.vcpus = 2;
    const Catalog merged = Catalog::builtin().merge({{changed, added}});
    EXPECT_EQ(merged.all().size(), Catalog::builtin().all().size() + 1);
    EXPECT_EQ(merged.find("m5.large")->max_enis, 5);
    EXPECT_EQ(merged.find("m5.large")->branch_enis, 9);
    EXPECT_TRUE(merged.find("m5.large")->trunking);
    EXPECT_EQ(merged.find("m5.large")->reserved_1y_micro_usd_per_hour, 60'000);
    EXPECT_EQ(merged.find("z99.large")->vcpus, 2);
    EXPECT_EQ(merged.price("m5.large", "us-east-1"), 96'000);
    EXPECT_EQ(merged.price("z99.large", "us-east-1"), std::nullopt);
    EXPECT_EQ(Catalog::builtin().find("m5.large")->max_enis, 3);
}

}  // namespace
}  // namespace eks
