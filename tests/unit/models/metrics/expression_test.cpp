#include "models/metrics/expression.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

TEST(Expression, ReadsAnAggregateOverASelectorWithLabels) {
    const auto parsed =
        parse_expression(R"(p99(ekssim_pod_start_seconds{workload="checkout", namespace!='kube-system'}) < 90s)");
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(parsed->comparisons.size(), 1u);
    const ComparisonText& compared = parsed->comparisons[0];
    EXPECT_EQ(compared.aggregate, Aggregate::p99);
    EXPECT_EQ(compared.selector.metric, "ekssim_pod_start_seconds");
    ASSERT_EQ(compared.selector.matchers.size(), 2u);
    EXPECT_EQ(compared.selector.matchers[0].label, "workload");
    EXPECT_EQ(compared.selector.matchers[0].value, "checkout");
    EXPECT_EQ(compared.selector.matchers[1].kind, MatchKind::unequal);
    EXPECT_EQ(compared.relation, Relation::less);
    EXPECT_EQ(compared.value, "90s");
}

TEST(Expression, TakesByBeforeAndAfterTheSelector) {
    for (const char* text : {"min(a) by (subnet, zone) >= 64", "min by (subnet, zone) (a) >= 64"}) {
        const auto parsed = parse_expression(text);
        ASSERT_TRUE(parsed.ok()) << text;
        ASSERT_EQ(parsed->comparisons[0].by.size(), 2u) << text;
        EXPECT_EQ(parsed->comparisons[0].by[1].label, "zone");
        EXPECT_EQ(parsed->comparisons[0].relation, Relation::at_least);
    }
}

TEST(Expression, AndBindsCloserThanOrAndNotClosest) {
    const auto parsed = parse_expression("max(a) < 1 or not max(b) < 1 and max(c) < 1");
    ASSERT_TRUE(parsed.ok());
    const ExpressionNode& root = parsed->nodes[parsed->root];
    ASSERT_EQ(root.kind, NodeKind::any_of);
    ASSERT_EQ(root.children.size(), 2u);
    EXPECT_EQ(parsed->nodes[root.children[0]].kind, NodeKind::comparison);
    const ExpressionNode& right = parsed->nodes[root.children[1]];
    ASSERT_EQ(right.kind, NodeKind::all_of);
    EXPECT_EQ(parsed->nodes[right.children[0]].kind, NodeKind::negation);
    EXPECT_EQ(parsed->nodes[right.children[1]].kind, NodeKind::comparison);
}

TEST(Expression, SharesHoldConditions) {
    const auto runs = parse_expression(R"(share_of_runs(max(ekssim_pods_waiting{cause="no-address"}) > 0) <= 1%)");
    ASSERT_TRUE(runs.ok());
    ASSERT_EQ(runs->comparisons.size(), 2u);
    EXPECT_EQ(runs->comparisons[0].aggregate, Aggregate::max);
    EXPECT_EQ(runs->comparisons[1].aggregate, Aggregate::share_of_runs);
    EXPECT_EQ(runs->comparisons[1].value, "1%");

    const auto time = parse_expression("share_of_time(a > 2 and (sum(b) by (node) < 3 or not c == 0)) <= 5%");
    ASSERT_TRUE(time.ok());
    EXPECT_EQ(time->comparisons.size(), 4u);
}

TEST(Expression, NamesTheCharacterWhereItStopsToUnderstand) {
    struct Case {
        const char* text;
        std::size_t offset;
        const char* message;
    };
    const Case cases[] = {
        {"", 0, "empty"},
        {"   ", 0, "empty"},
        {"max(a)", 6, "expected < <= > >= == or !="},
        {"max(a) <", 8, "expected a value"},
        {"max(a) = 5", 7, "expected <"},
        {"max(a) < x", 9, "expected a value"},
        {"max(a < 5", 6, "expected `)`"},
        {"max a < 5", 0, "expected an aggregate"},
        {"maxx(a) < 5", 0, "no aggregate `maxx`"},
        {"sum(a) < 5", 0, "no aggregate `sum`"},
        {"avg(a) < 5", 0, "no aggregate `avg`"},
        {"ekssim_pods_waiting > 0", 0, "needs an aggregate"},
        {"5 > max(a)", 0, "starts with what is measured"},
        {"max(a{b}) < 5", 7, "expected = != =~ or !~"},
        {"max(a{b=c}) < 5", 8, "expected a value in quotes"},
        {"max(a{b=\"c}) < 5", 8, "does not end"},
        {"max(a{b=\"c\" d=\"e\"}) < 5", 12, "expected `}`"},
        {"max(a) by subnet < 5", 10, "expected `(`"},
        {"max(a) by () < 5", 11, "expected the name of a label"},
        {"max by (a) (b) by (c) < 5", 15, "given twice"},
        {"max(min(a)) < 5", 4, "do not stand inside each other"},
        {"max(a) < 5 max(b) < 5", 11, "expected the end"},
        {"(max(a) < 5", 11, "to close a parenthesis"},
        {"max(a) < 5)", 10, "expected the end"},
        {"max(a) < 5 and", 14, "expected an aggregate"},
        {"max(a) & 5", 7, "expected <"},
        {"share_of_runs(share_of_runs(max(a) > 0) < 5%) < 5%", 14, "inside another share"},
        {"share_of_time(share_of_time(a > 0) < 5%) < 5%", 14, "inside share_of_time"},
        {"share_of_time(share_of_runs(max(a) > 0) < 5%) < 5%", 14, "inside another share"},
    };
    for (const Case& c : cases) {
        const auto parsed = parse_expression(c.text);
        ASSERT_FALSE(parsed.ok()) << c.text;
        EXPECT_EQ(parsed.error().offset, c.offset) << c.text << ": " << parsed.error().message;
        EXPECT_NE(parsed.error().message.find(c.message), std::string::npos)
            << c.text << ": " << parsed.error().message;
    }
}

// Half a character of UTF-8 cannot be written as JSON, in which complaints travel.
TEST(Expression, QuotesWholeCharacters) {
    const auto parsed = parse_expression("max(a) \u2264 9");
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().message, "expected < <= > >= == or !=, found `\u2264`");
}

TEST(Expression, RefusesWhatIsTooDeepOrTooLongInsteadOfBreaking) {
    EXPECT_FALSE(parse_expression(std::string(3000, '(')).ok());
    EXPECT_FALSE(parse_expression(std::string(expression_length_max + 1, 'a')).ok());
    std::string nots;
    for (int i = 0; i < 900; ++i) nots += "not ";
    EXPECT_FALSE(parse_expression(nots + "max(a) < 1").ok());
}

TEST(Expression, NoBytesBreakTheReader) {
    std::uint64_t state = 1;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const char* pieces[] = {"max", "(", ")", "a", "{",   "}",   "=", "\"",   "by",
                                ",",   "<", "5", "%", "and", "not", " ", "\xff", "share_of_time",
                                "~",   "!"};
        for (int i = 0; i < 12; ++i) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text += pieces[(state >> 33) % std::size(pieces)];
        }
        const auto parsed = parse_expression(text);
        if (!parsed) {
            EXPECT_LE(parsed.error().offset, text.size()) << text;
        }
    }
}

}  // namespace
}  // namespace eks
