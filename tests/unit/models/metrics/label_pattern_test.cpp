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

bool is_found(std::string_view pattern, std::string_view value) {
    std::string fault;
    const auto parsed = LabelPattern::parse(pattern, fault);
    EXPECT_TRUE(parsed.has_value()) << pattern << ": " << fault;
    return parsed && parsed->is_found_in(value);
}

TEST(LabelPattern, IsFoundInAnyPart) {
    EXPECT_TRUE(is_found("spot", "eks-spot-1"));
    EXPECT_FALSE(is_found("spot", "eks-sp-ot"));
    EXPECT_TRUE(is_found("^eks", "eks-spot"));
    EXPECT_FALSE(is_found("^spot", "eks-spot"));
    EXPECT_TRUE(is_found("xlarge$", "m5-2xlarge"));
    EXPECT_FALSE(is_found("large$", "large-1"));
    EXPECT_TRUE(is_found("^a|b$", "xb"));
    EXPECT_TRUE(is_found("", "anything"));
    EXPECT_TRUE(is_found("$", ""));
    EXPECT_FALSE(is_found("a", ""));
}

TEST(LabelPattern, KnowsPlacesWithinTheValue) {
    EXPECT_FALSE(matches("a^b", "ab"));
    EXPECT_FALSE(matches("a$b", "ab"));
    EXPECT_TRUE(matches("(^a|b)c", "ac"));
    EXPECT_FALSE(matches("x(^a|b)c", "xac"));
    EXPECT_TRUE(is_found(R"(\bspot\b)", "eks-spot-1"));
    EXPECT_FALSE(is_found(R"(\bspot\b)", "eks-spots"));
    EXPECT_TRUE(is_found(R"(spot\B)", "spots"));
    EXPECT_FALSE(is_found(R"(\Aspot\z)", "spots"));
}

TEST(LabelPattern, CountsRepetitions) {
    EXPECT_TRUE(matches("a{2}", "aa"));
    EXPECT_FALSE(matches("a{2}", "aaa"));
    EXPECT_FALSE(matches("a{2}", "a"));
    EXPECT_TRUE(matches("(ab){1,3}", "ababab"));
    EXPECT_FALSE(matches("(ab){1,3}", "abababab"));
    EXPECT_FALSE(matches("(ab){1,3}", ""));
    EXPECT_TRUE(matches("a{2,}", "aaaaa"));
    EXPECT_FALSE(matches("a{2,}", "a"));
    EXPECT_TRUE(matches("a{0}b", "b"));
    EXPECT_TRUE(matches("a{,3}", "a{,3}"));  // no counts: literal
    EXPECT_TRUE(matches("a{x}", "a{x}"));
    EXPECT_TRUE(matches("a+?b*?", "aab"));  // lazy: the same words
}

TEST(LabelPattern, KnowsGroupsAndFlags) {
    EXPECT_TRUE(matches("(?:ab)+", "abab"));
    EXPECT_TRUE(matches("(?P<type>m5|c5)-x", "c5-x"));
    EXPECT_TRUE(matches("(?i)SPOT-[a-c]", "spot-B"));
    EXPECT_TRUE(matches("a(?i:b)c", "aBc"));
    EXPECT_FALSE(matches("a(?i:b)c", "aBC"));
    EXPECT_FALSE(matches("(?i)a(?-i)b", "AB"));
    EXPECT_TRUE(matches("(a(?i)b)c", "aBc"));  // up to the end of the group
    EXPECT_FALSE(matches("(a(?i)b)c", "aBC"));
    EXPECT_TRUE(matches("[[:alpha:]][[:^digit:]]", "a-"));
    EXPECT_FALSE(matches("[[:alpha:]][[:^digit:]]", "a1"));
    EXPECT_TRUE(matches(R"(\x41\D\W\S)", "Ab-c"));
}

TEST(LabelPattern, SaysWhatIsWrong) {
    for (const char* bad :
         {"(",           ")",     "a)",    "[a", "*",  "a|+", "{2}", "a**",  "a{2}{3}", "a{1001}", "a{3,2}",
          "(a{40}){40}", "(?=a)", "(?x)a", "(?", "\\", "\\q", "\\1", "\\x4", "[z-a]",   "[[:no:]]"}) {
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
