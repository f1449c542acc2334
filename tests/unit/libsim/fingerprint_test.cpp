#include "libsim/fingerprint.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using sim::Fingerprint;

template <class... T>
std::uint64_t print_of(const T&... values) {
    Fingerprint print;
    sim::hash_all(print, values...);
    return print.value();
}

TEST(Fingerprint, OrderAndNumberOfWordsMatter) {
    EXPECT_NE(print_of(1, 2), print_of(2, 1));
    EXPECT_NE(print_of(0), print_of(0, 0));
    EXPECT_NE(print_of(std::string("ab"), std::string("c")), print_of(std::string("a"), std::string("bc")));
    EXPECT_NE(print_of(std::string()), print_of(std::string(1, '\0')));
}

TEST(Fingerprint, EverySingleBitMatters) {
    std::set<std::uint64_t> seen;
    for (int bit = 0; bit < 64; ++bit) seen.insert(print_of(std::uint64_t{1} << bit, std::uint64_t{0}));
    for (int bit = 0; bit < 64; ++bit) seen.insert(print_of(std::uint64_t{0}, std::uint64_t{1} << bit));
    EXPECT_EQ(seen.size(), 128U);
}

TEST(Fingerprint, WidthOfTheIntegerDoesNotMatter) {
    EXPECT_EQ(print_of(std::int8_t{-1}), print_of(std::int64_t{-1}));
    EXPECT_EQ(print_of(std::uint8_t{200}), print_of(std::uint64_t{200}));
}

TEST(Fingerprint, EqualZerosHaveEqualPrints) { EXPECT_EQ(print_of(0.0), print_of(-0.0)); }

TEST(Fingerprint, TextHasSixteenDigits) {
    EXPECT_EQ(Fingerprint().hex(), "6c62272e07bb0142");
    EXPECT_EQ(Fingerprint().hex().size(), 16U);
}

TEST(Fingerprint, ContainersAreHashedByContent) {
    EXPECT_EQ(print_of(std::vector<int>{1, 2}), print_of(std::vector<int>{1, 2}));
    EXPECT_NE(print_of(std::vector<std::vector<int>>{{1}, {2}}), print_of(std::vector<std::vector<int>>{{1, 2}, {}}));
    EXPECT_NE(print_of(std::optional<int>{}), print_of(std::optional<int>{0}));
    EXPECT_NE(print_of(std::variant<int, bool>{1}), print_of(std::variant<int, bool>{true}));
}

}  // namespace
