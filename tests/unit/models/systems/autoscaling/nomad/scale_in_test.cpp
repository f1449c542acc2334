// Which clients go and how (NOM-6, NOM-7).
#include "models/systems/autoscaling/nomad/scale_in.hpp"

#include <gtest/gtest.h>

namespace eks::nomad {
namespace {

TEST(NomadBusyness, IsTheRoundedMeanOfRoundedPercentagesNom6) {
    EXPECT_EQ(busyness({0, 4'000, 0, 8'192}), 0);
    EXPECT_EQ(busyness({2'000, 4'000, 4'096, 8'192}), 50);
    // 0.025 % counts as 1, and the mean of 1 and 0 as 1.
    EXPECT_EQ(busyness({1, 4'000, 0, 8'192}), 1);
    // 33.3 % and 50 %: 34 and 50.
    EXPECT_EQ(busyness({1'000, 3'000, 4'096, 8'192}), 42);
}

TEST(NomadScaleIn, TakesTheLeastBusyAndOfEqualOnesTheFirstNom6) {
    const std::vector<ClientLoad> clients{
        {3'000, 4'000, 4'000, 8'000}, {1'000, 4'000, 2'000, 8'000}, {0, 4'000, 0, 8'000}, {1'000, 4'000, 2'000, 8'000}};
    EXPECT_EQ(least_busy(clients, 1), (std::vector<std::size_t>{2}));
    EXPECT_EQ(least_busy(clients, 3), (std::vector<std::size_t>{2, 1, 3}));
    EXPECT_EQ(least_busy(clients, 9), (std::vector<std::size_t>{2, 1, 3, 0}));
}

TEST(NomadMigrate, KeepsAllButMaxParallelOfAGroupHealthyNom7) {
    EXPECT_EQ(may_migrate(5, 5, 1), 1);
    EXPECT_EQ(may_migrate(5, 5, 3), 3);
    EXPECT_EQ(may_migrate(5, 4, 1), 0);
    EXPECT_EQ(may_migrate(5, 2, 1), 0);
    EXPECT_EQ(may_migrate(1, 1, 1), 1);
}

}  // namespace
}  // namespace eks::nomad
