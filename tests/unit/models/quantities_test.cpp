// Kubernetes quantities (apimachinery's resource.Quantity) and the integers they become; rounding as SCHED-40 demands.
#include "models/quantities.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eks {
namespace {

struct QuantityCase {
    std::string text;
    std::int64_t expected;
};

TEST(Quantities, MillicoresAreReadAsKubernetesWritesThem) {
    const std::vector<QuantityCase> cases{
        {"350m", 350},     {"1", 1000},     {"1.5", 1500},    {"0.1", 100},       {"0", 0},      {"0m", 0},
        {".5", 500},       {"2.", 2000},    {"+3", 3000},     {"2e3", 2'000'000}, {"1E-1", 100}, {"100u", 1},
        {"1k", 1'000'000}, {"1500000n", 2}, {"00012", 12000}, {"1e+1", 10'000},   {"0.000", 0},
    };
    for (const auto& [text, expected] : cases) {
        const ParsedQuantity parsed = parse_millicores(text);
        EXPECT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(*parsed, expected) << text;
    }
}

TEST(Quantities, BytesAreReadWithDecimalAndBinarySuffixes) {
    const std::vector<QuantityCase> cases{
        {"128974848", 128'974'848},
        {"600Mi", 629'145'600},
        {"129e6", 129'000'000},
        {"129M", 129'000'000},
        {"123Mi", 128'974'848},
        {"10G", 10'000'000'000},
        {"10Gi", 10'737'418'240},
        {"1Ki", 1024},
        {"1Ti", 1'099'511'627'776},
        {"1.5Gi", 1'610'612'736},
        {"0.5Ki", 512},
        {"128974848000m", 128'974'848},
        {"2Pi", 2'251'799'813'685'248},
        {"0Ei", 0},
    };
    for (const auto& [text, expected] : cases) {
        const ParsedQuantity parsed = parse_bytes(text);
        EXPECT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(*parsed, expected) << text;
    }
}

// SCHED-40: processor time in milli, rounded up; memory and others in whole units, rounded up.
TEST(Quantities, WhatDoesNotDivideIsRoundedUp) {
    EXPECT_EQ(*parse_millicores("0.0001"), 1);
    EXPECT_EQ(*parse_millicores("1.0001"), 1001);
    EXPECT_EQ(*parse_millicores("1n"), 1);
    EXPECT_EQ(*parse_millicores("1000001n"), 2);
    EXPECT_EQ(*parse_bytes("1500m"), 2);
    EXPECT_EQ(*parse_bytes("1m"), 1);
    EXPECT_EQ(*parse_bytes("0.1Ki"), 103);  // 102.4
    EXPECT_EQ(*parse_bytes("1e-30"), 1);
    EXPECT_EQ(*parse_bytes("1e-999999999999999999999"), 1);
}

TEST(Quantities, NoDigitIsLostBeforeTheRounding) {
    // 2^53 - 1 plus a fraction that a double could not hold beside it.
    EXPECT_EQ(*parse_bytes("9007199254740990.0000000000000000000000000001"), 9'007'199'254'740'991);
    EXPECT_EQ(*parse_bytes("1.00000000000000000000000000000000000000000000000000000001"), 2);
}

TEST(Quantities, WhatIsNoQuantityIsRefusedWithItsReason) {
    struct Case {
        std::string text;
        QuantityFault fault;
    };
    const std::vector<Case> cases{
        {"", QuantityFault::empty},
        {"10Gb", QuantityFault::unknown_suffix},
        {"10GB", QuantityFault::unknown_suffix},
        {"1K", QuantityFault::unknown_suffix},
        {"1mi", QuantityFault::unknown_suffix},
        {"1 Gi", QuantityFault::unknown_suffix},
        {"1e", QuantityFault::unknown_suffix},
        {"1e-", QuantityFault::unknown_suffix},
        {"1e3Ki", QuantityFault::unknown_suffix},
        {"1.2.3", QuantityFault::unknown_suffix},
        {"1,5", QuantityFault::unknown_suffix},
        {"0x10", QuantityFault::unknown_suffix},
        {"5%", QuantityFault::unknown_suffix},
        {"\xc2\xb5", QuantityFault::not_a_number},
        {"abc", QuantityFault::not_a_number},
        {"Mi", QuantityFault::not_a_number},
        {".", QuantityFault::not_a_number},
        {"-", QuantityFault::not_a_number},
        {" 1", QuantityFault::not_a_number},
        {"--1", QuantityFault::not_a_number},
        {std::string(65, '1'), QuantityFault::not_a_number},
        {"-1", QuantityFault::negative},
        {"-0.5Gi", QuantityFault::negative},
        {"8Ei", QuantityFault::too_large},
        {"1e99", QuantityFault::too_large},
        {"9007199254740993", QuantityFault::too_large},
        {std::string(64, '9'), QuantityFault::too_large},
        {std::string(63, '9') + "E", QuantityFault::too_large},
    };
    for (const auto& [text, fault] : cases) {
        const ParsedQuantity parsed = parse_bytes(text);
        EXPECT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.fault, fault) << text;
        EXPECT_FALSE(advice(parsed.fault).empty()) << text;
    }
    EXPECT_EQ(*parse_bytes("-0"), 0);
    EXPECT_EQ(*parse_bytes("9007199254740992"), quantity_limit);
    EXPECT_EQ(parse_millicores("9007199254740992").fault, QuantityFault::too_large);
}

TEST(Quantities, ResourcesAddUpMemberByMember) {
    const Resources a{
        .cpu_milli = 100, .memory_bytes = 10, .ephemeral_bytes = 1, .gpus = 1, .neurons = 2, .pod_enis = 3};
    const Resources b{
        .cpu_milli = 50, .memory_bytes = 20, .ephemeral_bytes = 0, .gpus = 0, .neurons = 1, .pod_enis = 1};
    EXPECT_EQ(a + b, (Resources{150, 30, 1, 1, 3, 4}));
    EXPECT_EQ(a + b - b, a);
    EXPECT_EQ(b * 3, (Resources{150, 60, 0, 0, 3, 3}));
    EXPECT_EQ(larger_of(a, b), (Resources{100, 20, 1, 1, 2, 3}));
    for (const ResourceKind kind : all_resource_kinds)
        EXPECT_EQ(resource_name(kind).empty(), is_extended(kind));  // those have the scenario's own names
}

// SCHED-41
TEST(Quantities, ExtendedResourcesCountAsTheOthersDo) {
    Resources a;
    a.extended = {1, 0, 0, 3};
    Resources b;
    b.extended = {2, 5, 0, 1};
    EXPECT_EQ((a + b).extended, (std::array<std::int64_t, 4>{3, 5, 0, 4}));
    EXPECT_EQ(a + b - b, a);
    EXPECT_EQ(larger_of(a, b).extended, (std::array<std::int64_t, 4>{2, 5, 0, 3}));
    EXPECT_EQ(a.of(extended_resource(3)), 3);
    EXPECT_FALSE(fits(a, b));
    a.extended[3] = 1;
    EXPECT_TRUE(fits(a, b));
    b.extended[2] = -1;  // overcommitted, which does not concern who does not ask for it
    EXPECT_TRUE(fits(a, b));
}

// SCHED-41: a resource is looked at only if the pod requests it.
TEST(Quantities, PodThatRequestsNothingFitsOnOvercommittedNode) {
    const Resources room{.cpu_milli = -100, .memory_bytes = 10};
    EXPECT_TRUE(fits({}, room));
    EXPECT_TRUE(fits({.memory_bytes = 10}, room));
    EXPECT_FALSE(fits({.memory_bytes = 11}, room));
    EXPECT_FALSE(fits({.cpu_milli = 1}, room));
    EXPECT_FALSE(fits({.gpus = 1}, room));
}

}  // namespace
}  // namespace eks
