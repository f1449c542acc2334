// Reading `aws ec2 describe-instance-types`, writing the fragment, and what happens to everything that is neither.
#include "models/catalog/import.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

// Written by hand after the API reference of DescribeInstanceTypes: a plain type, and one with all that the plain one
// lacks.
constexpr std::string_view plain_type = R"({
  "InstanceType": "m5.large", "CurrentGeneration": true, "BareMetal": false, "Hypervisor": "nitro",
  "SupportedUsageClasses": ["on-demand", "spot"],
  "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "SustainedClockSpeedInGhz": 3.1},
  "VCpuInfo": {"DefaultVCpus": 2, "DefaultCores": 1, "DefaultThreadsPerCore": 2},
  "MemoryInfo": {"SizeInMiB": 8192},
  "InstanceStorageSupported": false,
  "EbsInfo": {"AttachmentLimitType": "shared", "MaximumEbsAttachments": 27, "EbsOptimizedInfo":
    {"BaselineBandwidthInMbps": 650, "BaselineIops": 3600, "MaximumBandwidthInMbps": 4750, "MaximumIops": 18750}},
  "NetworkInfo": {"MaximumNetworkInterfaces": 3, "DefaultNetworkCardIndex": 0, "Ipv4AddressesPerInterface": 10,
    "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 3, "BaselineBandwidthInGbps": 0.75,
                      "PeakBandwidthInGbps": 10.0}]}
})";

constexpr std::string_view rich_type = R"({
  "InstanceType": "x99g.metal", "BareMetal": true, "SupportedUsageClasses": ["on-demand"],
  "ProcessorInfo": {"SupportedArchitectures": ["arm64"]}, "VCpuInfo": {"DefaultVCpus": 64},
  "MemoryInfo": {"SizeInMiB": 131072},
  "GpuInfo": {"Gpus": [{"Name": "T99", "Manufacturer": "NVIDIA", "Count": 2, "MemoryInfo": {"SizeInMiB": 16384}}]},
  "NeuronInfo": {"NeuronDevices": [{"Name": "Trainium9", "Count": 4}]},
  "InstanceStorageInfo": {"TotalSizeInGB": 3800, "NvmeSupport": "required", "Disks": [{"SizeInGB": 1900, "Count": 2}]},
  "NetworkInfo": {"MaximumNetworkInterfaces": 15, "DefaultNetworkCardIndex": 1, "Ipv4AddressesPerInterface": 50,
    "EfaInfo": {"MaximumEfaInterfaces": 2},
    "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 8, "BaselineBandwidthInGbps": 100.0},
                     {"NetworkCardIndex": 1, "MaximumNetworkInterfaces": 7, "BaselineBandwidthInGbps": 100.0}]}
})";

std::string page_of(std::string_view types) { return "{\"InstanceTypes\": [" + std::string(types) + "]}"; }

std::string complaints_of(std::string_view text) {
    const auto imported = import_describe_instance_types(text);
    if (imported) return {};
    std::string all;
    for (const CatalogComplaint& complaint : imported.error()) all += to_text(complaint) + "\n";
    return all;
}

TEST(CatalogImport, DescribedTypeEqualsTheBuiltInOne) {
    const auto imported = import_describe_instance_types(page_of(plain_type));
    ASSERT_TRUE(imported.ok()) << complaints_of(page_of(plain_type));
    ASSERT_EQ(imported->fragment.types.size(), 1U);
    const Catalog merged = Catalog::builtin().merge(imported->fragment);
    InstanceType expected = *Catalog::builtin().find("m5.large");
    expected.current_generation = true;  // the one thing the fixture says otherwise
    EXPECT_EQ(*merged.find("m5.large"), expected);
}

TEST(CatalogImport, DevicesDisksAndSeveralNetworkCardsAreRead) {
    const auto imported = import_describe_instance_types(page_of(rich_type));
    ASSERT_TRUE(imported.ok()) << complaints_of(page_of(rich_type));
    const InstanceType& type = imported->fragment.types.front();
    EXPECT_EQ(type.name, "x99g.metal");
    EXPECT_EQ(type.architecture, Architecture::arm64);
    EXPECT_EQ(type.hypervisor, Hypervisor::unknown);
    EXPECT_TRUE(type.bare_metal);
    EXPECT_FALSE(type.spot_supported);
    EXPECT_EQ(type.gpu_maker, "nvidia");
    EXPECT_EQ(type.gpus, 2);
    EXPECT_EQ(type.accelerator_kind, "neuron");
    EXPECT_EQ(type.accelerators, 4);
    EXPECT_EQ(type.local_disks, 2);
    EXPECT_EQ(type.local_disk_total_gb, 3800);
    EXPECT_TRUE(type.local_nvme);
    EXPECT_EQ(type.max_enis, 7);  // of the default card, not of all (IPAM-6)
    EXPECT_EQ(type.network_cards, (std::vector<NetworkCard>{{0, 8}, {1, 7}}));
    EXPECT_EQ(type.efa_interfaces, 2);
    EXPECT_EQ(type.network_baseline_mbps, 200'000);
    EXPECT_TRUE(type.is_complete());
}

TEST(CatalogImport, PagesListsAndSingleTypesAreAllAccepted) {
    const std::string both = std::string(rich_type) + ", " + std::string(plain_type);
    for (const std::string& text :
         {page_of(both), page_of(rich_type) + "\n" + page_of(plain_type), "[" + both + "]",
          std::string(rich_type) + std::string(plain_type), "[" + page_of(rich_type) + "," + page_of(plain_type) + "]",
          "\xEF\xBB\xBF" + page_of(both)}) {
        const auto imported = import_describe_instance_types(text);
        ASSERT_TRUE(imported.ok()) << complaints_of(text);
        ASSERT_EQ(imported->fragment.types.size(), 2U) << text;
        EXPECT_EQ(imported->fragment.types[0].name, "m5.large");
        EXPECT_EQ(imported->fragment.types[1].name, "x99g.metal");
    }
}

TEST(CatalogImport, TypeThatOccursTwiceIsWarnedAbout) {
    std::string other(plain_type);
    other.replace(other.find("8192"), 4, "9000");
    const auto imported = import_describe_instance_types(page_of(std::string(plain_type) + "," + other));
    ASSERT_TRUE(imported.ok());
    ASSERT_EQ(imported->fragment.types.size(), 1U);
    EXPECT_EQ(imported->fragment.types[0].memory_mib, 9000);
    EXPECT_EQ(imported->warnings.size(), 1U);
    EXPECT_TRUE(import_describe_instance_types(page_of(std::string(plain_type) + "," + std::string(plain_type)))
                    ->warnings.empty());
}

TEST(CatalogImport, FragmentSurvivesBeingWrittenAndRead) {
    const auto imported =
        import_describe_instance_types(page_of(std::string(rich_type) + ", " + std::string(plain_type)));
    ASSERT_TRUE(imported.ok());
    const std::string text = to_json(imported->fragment);
    const auto read = catalog_fragment_from_json(text);
    ASSERT_TRUE(read.ok()) << to_text(read.error().front());
    EXPECT_EQ(*read, imported->fragment);
    EXPECT_EQ(to_json(*read), text);
    EXPECT_EQ(catalog_fragment_from_json(to_json({}))->types.size(), 0U);
}

TEST(CatalogImport, AllComplaintsComeAtOnceAndNameTheTypeAndMember) {
    const std::string text = complaints_of(page_of(R"({"InstanceType": "a.b", "VCpuInfo": {"DefaultVCpus": "two"},
        "MemoryInfo": {"SizeInMiB": -1}, "NetworkInfo": []}, {"CurrentGeneration": true}, 7)"));
    EXPECT_NE(text.find("InstanceTypes[0].VCpuInfo.DefaultVCpus (a.b): a whole number"), std::string::npos) << text;
    EXPECT_NE(text.find("InstanceTypes[0].MemoryInfo.SizeInMiB (a.b)"), std::string::npos) << text;
    EXPECT_NE(text.find("InstanceTypes[0].NetworkInfo (a.b): an object"), std::string::npos) << text;
    EXPECT_NE(text.find("InstanceTypes[1].InstanceType: the name"), std::string::npos) << text;
    EXPECT_NE(text.find("InstanceTypes[2]: an instance type"), std::string::npos) << text;
}

TEST(CatalogImport, WhatIsNoJsonIsRefusedWithItsPlace) {
    EXPECT_EQ(complaints_of(""), "line 1, column 1: the text is empty; no instance types were found\n");
    EXPECT_EQ(complaints_of(" \n\n"), "line 1, column 1: the text is empty; no instance types were found\n");
    EXPECT_NE(complaints_of("INSTANCETYPES\tTrue").find("line 1, column 1: JSON is needed"), std::string::npos);
    EXPECT_NE(complaints_of("{\n  \"InstanceTypes\": [}\n}").find("line 2, column 21: this is not valid JSON"),
              std::string::npos)
        << complaints_of("{\n  \"InstanceTypes\": [}\n}");
    EXPECT_NE(complaints_of("{\"InstanceTypes\": [").find("never ends"), std::string::npos);
    EXPECT_NE(complaints_of("{\"Reservations\": []}").find("missing"), std::string::npos);
    EXPECT_NE(complaints_of("{\"InstanceTypes\": []}").find("empty"), std::string::npos);
    EXPECT_NE(complaints_of("{\"InstanceTypes\": 5}").find("a list is needed"), std::string::npos);
    EXPECT_FALSE(complaints_of(page_of(plain_type) + "\nUnable to locate credentials").empty());
    EXPECT_FALSE(complaints_of(std::string(1'000'000, '[')).empty());
    EXPECT_FALSE(complaints_of(std::string("{\"InstanceTypes\": [\"\xff\xfe\"]}")).empty());
    EXPECT_FALSE(complaints_of(std::string("\0\0\0", 3)).empty());
    EXPECT_FALSE(complaints_of("]").empty());
    EXPECT_FALSE(complaints_of("{\"InstanceTypes\": [" + std::string(2'000'000, ' ') + "1e999999999]}").empty());
}

TEST(CatalogImport, AbsurdNumbersAndEndlessListsAreBounded) {
    std::string numbers = "0";
    for (int i = 0; i < 100'000; ++i) numbers += ",0";
    const std::string text = complaints_of("[" + numbers + "]");
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
    std::string large(plain_type);
    large.replace(large.find("8192"), 4, "18446744073709551615");
    EXPECT_NE(complaints_of(large).find("MemoryInfo.SizeInMiB (m5.large): a whole number"), std::string::npos);
}

TEST(CatalogImport, OwnFormIsStrict) {
    const auto refused = [](std::string_view text) {
        const auto read = catalog_fragment_from_json(text);
        std::string all;
        if (!read) {
            for (const CatalogComplaint& complaint : read.error()) all += to_text(complaint) + "\n";
        }
        return all;
    };
    EXPECT_NE(refused("{}").find("format"), std::string::npos);
    EXPECT_NE(refused("[1]").find("format"), std::string::npos);
    EXPECT_NE(refused(page_of(plain_type)).find("`import`"), std::string::npos);
    const std::string text = refused(R"({"format": "ekssim.dev/catalog/v1alpha1", "types": [
        {"name": "a.b", "vcpus": 2, "memory_mib": 1024, "max_enis": 2, "ipv4_per_eni": 4, "vcpu": 3,
         "hypervisor": "kvm"}]})");
    EXPECT_NE(text.find("types[0].vcpu (a.b): this member is not known"), std::string::npos) << text;
    EXPECT_NE(text.find("types[0].hypervisor (a.b)"), std::string::npos) << text;
    EXPECT_NE(refused(R"({"format": "ekssim.dev/catalog/v1alpha1", "types": [{}]})").find("types[0].name"),
              std::string::npos);
    EXPECT_NE(refused(R"({"format": "ekssim.dev/catalog/v1alpha1"})").find("types: a list"), std::string::npos);
}

}  // namespace
}  // namespace eks
