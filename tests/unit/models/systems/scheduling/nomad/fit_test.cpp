// Whether allocations fit on a Nomad client (NOM-1).
#include "models/systems/scheduling/nomad/fit.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks::nomad {
namespace {

// 10,000 MHz and 16,384 MB, of which 500 and 1,024 are kept back.
Client client() {
    Client c;
    c.total = {10'000, 16'384, 4};
    c.reserved = {500, 1'024, 0};
    c.reserved_ports = {22};
    c.devices = {{"nvidia/gpu", 1}};
    return c;
}

Allocation asking(std::int64_t mhz, std::int64_t memory_mb) {
    Allocation a;
    a.asks = {mhz, memory_mb, 0};
    return a;
}

TEST(NomadFit, WhatIsReservedIsGivenToNobodyNom1) {
    const std::vector<Allocation> exact{asking(9'000, 15'000), asking(500, 360)};
    EXPECT_EQ(exhausted(client(), exact), Exhausted::nothing);
    const std::vector<Allocation> one_mhz_more{asking(9'000, 15'000), asking(501, 360)};
    EXPECT_EQ(exhausted(client(), one_mhz_more), Exhausted::cpu);
    const std::vector<Allocation> one_mb_more{asking(9'000, 15'000), asking(500, 361)};
    EXPECT_EQ(exhausted(client(), one_mb_more), Exhausted::memory);
}

TEST(NomadFit, AllocationsThatHaveEndedOnTheClientTakeNothingNom1) {
    std::vector<Allocation> allocations{asking(9'000, 15'000), asking(5'000, 5'000)};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::cpu);
    allocations.front().is_client_terminal = true;
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::nothing);
}

TEST(NomadFit, APortIsGivenOnceAndAReservedOneNeverNom1) {
    std::vector<Allocation> allocations{asking(100, 100), asking(100, 100)};
    allocations[0].ports = {8080};
    allocations[1].ports = {8081};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::nothing);
    allocations[1].ports = {8080};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::ports);
    allocations[1].ports = {22};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::ports);
}

TEST(NomadFit, DevicesAndCoresAreCountedNom1) {
    std::vector<Allocation> allocations{asking(100, 100), asking(100, 100)};
    allocations[0].devices = {{"nvidia/gpu", 1}};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::nothing);
    allocations[1].devices = {{"nvidia/gpu", 1}};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::devices);
    allocations[1].devices = {{"vendor/other", 1}};
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::devices);
    allocations[1].devices.clear();
    allocations[1].asks.cores = 4;
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::nothing);
    allocations[0].asks.cores = 1;
    EXPECT_EQ(exhausted(client(), allocations), Exhausted::cores);
}

}  // namespace
}  // namespace eks::nomad
