// Which clients Nomad looks at (NOM-4).
#include "models/systems/scheduling/nomad/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks::nomad {
namespace {

struct Chosen {
    std::int64_t client = -1;
    std::size_t asked = 0;  // options that were scored
    friend bool operator==(const Chosen&, const Chosen&) = default;
};

// Of feasible clients with these scores, in the order in which they are met.
Chosen chosen(std::int64_t wanted, const std::vector<double>& scores) {
    std::size_t at = 0;
    const auto next = [&]() -> std::optional<Option> {
        if (at == scores.size()) return std::nullopt;
        const Option option{at, scores[at]};
        ++at;
        return option;
    };
    const std::optional<Option> best = choose(wanted, next);
    return {best ? static_cast<std::int64_t>(best->client) : -1, at};
}

TEST(NomadCandidates, ABatchJobHasTwoAndAServiceTheLogarithmOfTheClientsNom4) {
    EXPECT_EQ(candidates_wanted(JobType::batch, 1'000, false, 5), 2);
    EXPECT_EQ(candidates_wanted(JobType::service, 1, false, 5), 2);
    EXPECT_EQ(candidates_wanted(JobType::service, 4, false, 5), 2);
    EXPECT_EQ(candidates_wanted(JobType::service, 5, false, 5), 3);
    EXPECT_EQ(candidates_wanted(JobType::service, 8, false, 5), 3);
    EXPECT_EQ(candidates_wanted(JobType::service, 9, false, 5), 4);
    EXPECT_EQ(candidates_wanted(JobType::service, 1'000, false, 5), 10);
}

TEST(NomadCandidates, AJobWithAffinitiesOrSpreadsLooksAtMoreNom4) {
    EXPECT_EQ(candidates_wanted(JobType::service, 8, true, 5), 100);
    EXPECT_EQ(candidates_wanted(JobType::batch, 8, true, 250), 250);
}

TEST(NomadCandidates, ABetterClientBehindTheLimitIsNeverSeenNom4) {
    EXPECT_EQ(chosen(2, {0.2, 0.3, 0.9}), (Chosen{1, 2}));
    EXPECT_EQ(chosen(3, {0.2, 0.3, 0.9}), (Chosen{2, 3}));
}

TEST(NomadCandidates, TheFirstOfEqualOnesWinsNom4) { EXPECT_EQ(chosen(3, {0.2, 0.5, 0.5}), (Chosen{1, 3})); }

TEST(NomadCandidates, UpToThreeThatAreNotAboveZeroArePassedOverNom4) {
    EXPECT_EQ(chosen(2, {-0.1, 0, -0.3, 0.1, 0.2}), (Chosen{4, 5}));
    // A fourth one counts.
    EXPECT_EQ(chosen(2, {-0.5, -0.5, -0.5, -0.1, -0.2, 0.9}), (Chosen{3, 5}));
}

TEST(NomadCandidates, WhoWasPassedOverComesBackWhereNobodyElseIsLeftNom4) {
    EXPECT_EQ(chosen(2, {-0.5, -0.1}), (Chosen{1, 2}));
    EXPECT_EQ(chosen(2, {-0.5, 0.3, -0.1}), (Chosen{1, 3}));
    EXPECT_EQ(chosen(2, {}), (Chosen{-1, 0}));
}

TEST(NomadCandidates, TheShuffleKeepsAllAndFollowsItsDrawsNom4) {
    const auto lowest = [](std::size_t, std::size_t) { return std::size_t{0}; };
    EXPECT_EQ(shuffled(4, lowest), (std::vector<std::uint32_t>{1, 2, 3, 0}));
    const auto highest = [](std::size_t, std::size_t bound) { return bound - 1; };
    EXPECT_EQ(shuffled(4, highest), (std::vector<std::uint32_t>{0, 1, 2, 3}));
    EXPECT_TRUE(shuffled(0, lowest).empty());
}

}  // namespace
}  // namespace eks::nomad
