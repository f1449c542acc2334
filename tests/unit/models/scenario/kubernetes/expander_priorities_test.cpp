// CA-24: the text of the ConfigMap cluster-autoscaler-priority-expander.
#include "models/scenario/kubernetes/expander_priorities.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace eks {
namespace {

std::optional<std::int64_t> highest(std::string_view text, std::string_view group) {
    const auto priorities = ExpanderPriorities::parse(text);
    EXPECT_TRUE(priorities.has_value()) << text;
    return priorities ? priorities->highest_for(group) : std::nullopt;
}

constexpr const char* usual = R"(
# Spot first.
10:
  - .*
50:
  - eks-spot-.*   # any size
  - "^batch$"
-5:
- 'large'
)";

TEST(ExpanderPriorities, TheHighestMatchCounts) {
    EXPECT_EQ(highest(usual, "eks-spot-1"), 50);
    EXPECT_EQ(highest(usual, "my-eks-spot-1"), 50);  // found anywhere in the name
    EXPECT_EQ(highest(usual, "batch"), 50);
    EXPECT_EQ(highest(usual, "batch-2"), 10);
    EXPECT_EQ(highest("-5:\n- 'large'\n", "m5-large"), -5);
    EXPECT_EQ(highest("-5:\n- 'large'\n", "m5-small"), std::nullopt);
}

TEST(ExpanderPriorities, WordsMayBeQuotedAndListsMayStandInBrackets) {
    EXPECT_EQ(highest(R"(10: ["a\\d+", 'it''s', plain])", "a12"), 10);
    EXPECT_EQ(highest(R"(10: ["a\\d+", 'it''s', plain])", "it's"), 10);
    EXPECT_EQ(highest("{10: [a], 20: [b,\n c]}", "c"), 20);
    EXPECT_EQ(highest("---\n10:\n    - a\n", "a"), 10);
    EXPECT_EQ(highest("10:\n  -\n", "anything"), 10);  // an empty expression is found everywhere
    EXPECT_EQ(highest("0x10:\n- a\n010:\n- b\n", "a"), 16);
    EXPECT_EQ(highest("0x10:\n- a\n010:\n- b\n", "b"), 8);
}

TEST(ExpanderPriorities, ListsMayBeMissing) {
    EXPECT_EQ(highest("10:\n20:\n- b\n", "b"), 20);
    EXPECT_EQ(highest("10: null\n", "b"), std::nullopt);
    EXPECT_EQ(highest("# nothing\n", "b"), std::nullopt);
}

TEST(ExpanderPriorities, ABadTextIsRefusedAsAWhole) {
    for (const char* bad :
         {"", "10:\n  - \"[\"\n", "high:\n  - a\n", "10: a\n", "- a\n", "text", "10:\n  - *spot*\n", "10:\n  - a: b\n",
          "10:\n  - \"\\d\"\n", "10:\n  - 'a\n", "10:\n\t- a\n", "10: [a\n", "\"10\":\n  - a\n",
          "10:\n  - a\n    - b: c\n", "10:\n  - a\n 20:\n  - b\n", "10:\n- [a]\n"})
        EXPECT_FALSE(ExpanderPriorities::parse(bad).has_value()) << bad;
}

}  // namespace
}  // namespace eks
