#include "models/metrics/label_pattern.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

bool matches(std::string_view pattern, std::string_view value) {
    std::string fault;
    const auto parsed = LabelPattern::parse(pattern, fault);
    EXPECT_TRUE(parsed.has_value()) << pattern << ": " << fault;
    return parsed && parsed->matches(value);
}

TEST(LabelPattern, MatchesTheWholeValueOnly) {
    EXPECT_TRUE(matches("web", "web"));
    EXPECT_FALSE(matches("web", "web-2"));
    EXPECT_FALSE(matches("web", "my-web"));
    EXPECT_TRUE(matches("^web$", "web"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
}

TEST(LabelPattern, KnowsTheEverydaySyntax) {
    EXPECT_TRUE(matches("shop-.*|checkout", "shop-"));
    EXPECT_TRUE(matches("shop-.*|checkout", "checkout"));
    EXPECT_FALSE(matches("shop-.*|checkout", "shop"));
    EXPECT_TRUE(matches("a+b?c*", "aab"));
    EXPECT_FALSE(matches("a+b?c*", "b"));
    EXPECT_TRUE(matches("(ab)+", "abab"));
    EXPECT_TRUE(matches("[a-c]x[^0-9]", "bxz"));
    EXPECT_FALSE(matches("[a-c]x[^0-9]", "bx7"));
    EXPECT_TRUE(matches("[]-]+", "]-"));
    EXPECT_TRUE(matches(R"(\d+\.\w)", "12.a"));
    EXPECT_FALSE(matches(R"(\d+\.\w)", "12xa"));
    EXPECT_TRUE(matches("(|a)b", "b"));
}

TEST(LabelPattern, SaysWhatIsWrong) {
    for (const char* bad : {"(", ")", "a)", "[a", "*", "a|+", "a{2}", "(?i)a", "\\", "\\q", "[z-a]"}) {
        std::string fault;
        EXPECT_FALSE(LabelPattern::parse(bad, fault).has_value()) << bad;
        EXPECT_FALSE(fault.empty()) << bad;
    }
}

TEST(LabelPattern, IsQuickWhereBacktrackingWouldNotEnd) {
    EXPECT_FALSE(matches("(a*)*(a*)*(a*)*b", std::string(250, 'a')));
    EXPECT_TRUE(matches("(a|a)*(a|a)*", std::string(250, 'a')));
}

TEST(LabelPattern, NestsAsDeepAsTheLimitAndNoDeeper) {
    std::string fault;
    EXPECT_FALSE(LabelPattern::parse(std::string(200, '('), fault).has_value());
    EXPECT_FALSE(LabelPattern::parse(std::string(LabelPattern::length_max + 1, 'a'), fault).has_value());
}

}  // namespace
}  // namespace eks
