#include "libsim/random.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace {

using namespace sim;
using Words = std::array<std::uint32_t, 4>;

// The known answers for philox4x32 with 10 rounds that Random123 publishes in its file kat_vectors.
TEST(Philox, GivesThePublishedAnswers) {
    EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
              (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Draw, IsAFunctionOfItsKeyAlone) {
    const RunKey run{7, 0};
    const DrawKey draw{1, 2, 3, 4};
    EXPECT_EQ(draw_u64(run, draw), draw_u64(run, draw));
}

TEST(Draw, EveryPartOfTheKeyMatters) {
    const std::uint64_t base = draw_u64({7, 0}, {1, 2, 3, 4});
    EXPECT_NE(base, draw_u64({8, 0}, {1, 2, 3, 4}));
    EXPECT_NE(base, draw_u64({7, 1}, {1, 2, 3, 4}));
    EXPECT_NE(base, draw_u64({7, 0}, {2, 2, 3, 4}));
    EXPECT_NE(base, draw_u64({7, 0}, {1, 3, 3, 4}));
    EXPECT_NE(base, draw_u64({7, 0}, {1, 2, 4, 4}));
    EXPECT_NE(base, draw_u64({7, 0}, {1, 2, 3, 5}));
    EXPECT_NE(base, draw_u64({7, 0}, {1, 2ULL << 32, 3, 4}));
    EXPECT_NE(base, draw_u64({7, 0}, {1, 2, 3ULL << 32, 4}));
}

TEST(Draw, NeighbouringKeysDoNotCollide) {
    std::set<std::uint64_t> seen;
    std::size_t count = 0;
    for (std::uint32_t replication = 0; replication < 3; ++replication)
        for (std::uint32_t stream = 0; stream < 5; ++stream)
            for (std::uint64_t owner = 0; owner < 10; ++owner)
                for (std::uint64_t ordinal = 0; ordinal < 50; ++ordinal)
                    for (std::uint32_t n = 0; n < 3; ++n, ++count)
                        seen.insert(draw_u64({7, replication}, {stream, owner, ordinal, n}));
    EXPECT_EQ(seen.size(), count);
}

// Three standard deviations either side of the theoretical value; the seed is fixed, so the test cannot flicker.
TEST(Draw, UnitsHaveTheMomentsOfTheUniformDistribution) {
    constexpr int count = 100'000;
    double sum = 0;
    double squares = 0;
    double lag = 0;
    double previous = 0.5;
    for (int i = 0; i < count; ++i) {
        const double u = draw_unit({1, 0}, {0, 0, static_cast<std::uint64_t>(i), 0});
        ASSERT_GT(u, 0.0);
        ASSERT_LT(u, 1.0);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
        lag += (u - 0.5) * (previous - 0.5);
        previous = u;
    }
    EXPECT_NEAR(sum / count, 0.5, 3 * 0.2887 / 316.2);
    EXPECT_NEAR(squares / count, 1.0 / 12, 3 * 0.0745 / 316.2);
    EXPECT_NEAR(lag / count, 0, 3.0 / 12 / 316.2);
}

TEST(Draw, BelowABoundStaysBelowAndReachesAll) {
    std::array<int, 6> faces{};
    constexpr int count = 60'000;
    for (int i = 0; i < count; ++i) ++faces.at(draw_below({1, 0}, {0, 0, static_cast<std::uint64_t>(i), 0}, 6));
    double chi_squared = 0;
    for (const int n : faces) chi_squared += (n - count / 6.0) * (n - count / 6.0) / (count / 6.0);
    EXPECT_LT(chi_squared, 20.515);  // the 99.9 % point of chi squared with five degrees of freedom
    EXPECT_EQ(draw_below({1, 0}, {}, 1), 0U);
    EXPECT_THROW((void)draw_below({1, 0}, {}, 0), Defect);
}

}  // namespace
