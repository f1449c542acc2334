// Formulas of KEDA's scalingModifiers (KEDA-2). The values are what expr-lang 1.17.8 gives for a = 3, b = 8, c = 0.5,
// and what it refuses is refused.
#include "models/scenario/kubernetes/keda_formula.hpp"

#include "models/systems/autoscaling/keda/formula.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace eks {
namespace {

const std::vector<FormulaTrigger> triggers{{"a", 0}, {"busy", 1, true}, {"b", 2}, {"c", 3}, {"", 4}};
constexpr std::array<double, 5> values{3, 0, 8, 0.5, 0};

TEST(KedaFormula, HasTheValueThatExprLangGives) {
    for (const auto& [text, value] : std::vector<std::pair<std::string, double>>{
             {"a", 3},
             {"a + b", 11},
             {"a - b - c", -5.5},
             {"a / b * 2", 0.75},
             {"2 * a ** 2", 18},
             {"-a ** 2", -9},
             {"b ** 0.5", 2.8284271247461903},
             {"a^2", 9},
             {".5 + a", 3.5},
             {"+a", 3},
             {"(a + b) / 2", 5.5},
             {"a > 2 ? a + b : 1", 11},
             {"a < 2 ? 1 : b > 7 ? 5 : 10", 5},
             {"float(a < 2 ? a + b >= 2 ? 5 : 10 : 0)", 0},
             {"count([a,b,c],{#>1})>1 ? 5 : 0", 5},
             {"count([a, b, c], # > 1)", 2},
             {"count([a, b], {# > c ? true : false})", 2},
             {"count([a,b],{true})", 2},
             {"max(a, b, c)", 8},
             {"min([a, b, c])", 0.5},
             {"sum([a, b, c])", 11.5},
             {"sum([a, b > 7 ? 2 : 3])", 5},
             {"mean([a, b])", 5.5},
             {"mean(a, b)", 5.5},
             {"abs(c - a)", 2.5},
             {"ceil(c)", 1},
             {"floor(c)", 0},
             {"round(c + 2)", 3},
             {"round(-c)", -1},
             {"int(b / 3)", 2},
             {"a > b || b > 7 && c < 1 ? 1 : 2", 1},
             {"!(a > b) ? 1 : 2", 1},
             {"not (a > b) and c == 0.5 ? 1 : 2", 1},
             {"all([a, b], {# >= 3}) ? 1 : 0", 1},
             {"any([a, b], {# > 8}) ? 1 : 0", 0},
             {"none([a, b], {# > 8}) ? 1 : 0", 1},
             {"a != 3 ? 1 : 1_000.5e1", 10005},
             {"a >= 3 && b <= 8 ? max(a + 1, 2) * 10 : -1", 40},
         }) {
        const ParsedFormula parsed = parse_formula(text, triggers);
        ASSERT_EQ(parsed.fault, "") << text;
        EXPECT_EQ(keda::value_of(parsed.formula, values), value) << text;
    }
}

TEST(KedaFormula, SaysWhatItDoesNotTake) {
    for (const auto& [text, fault] : std::vector<std::pair<std::string, std::string>>{
             {"a % 2", "'%' at character 3 is nothing that is known here"},
             {"a ?\? b", "'?\?' at character 3 is nothing that is known here"},
             {"a > 2", "the formula is true or false, and no number"},
             {"a + true", "one side of '+' at character 3 is true or false, and no number"},
             {"a && b", "one side of '&&' at character 3 is a number, and not true or false"},
             {"1 < a < 5 ? 1 : 2", "one side of '<' at character 7 is true or false, and no number"},
             {"a > 2 ? 1 : false", "the two values of a '?' are not of one kind"},
             {"a ? 1 : 2", "what stands before '?' is a number, and not true or false"},
             {"d + 1", "it names d, and no trigger has that name"},
             {"busy + 1", "it names busy, a trigger of CPU or memory, whose value KEDA does not know"},
             {"a +", "it ends where a value should follow"},
             {"", "it ends where a value should follow"},
             {"(a", "')' is missing at character 3"},
             {"a ? 1", "what stands before '?' is a number, and not true or false"},
             {"a > 1 ? 1", "':' is missing at character 10"},
             {"median([a, b])", "'median' at character 1 is nothing that is known here"},
             {"max()", "')' at character 5 is nothing that is known here"},
             {"abs(a, b)", "')' is missing at character 6"},
             {"sum(a, b)", "a list like [a, b] is missing at character 5"},
             {"count(a, {# > 1})", "a list like [a, b] is missing at character 7"},
             {"# + 1", "'#' at character 1 is nothing that is known here"},
             {"a ** c", "an exponent is something else than a whole number from 0 to 16, or 0.5"},
             {"a b", "'b' at character 3 is nothing that is known here"},
             {"1.2.3", "'1.2.3' at character 1 is nothing that is known here"},
             {"let x = a; x", "it names let, and no trigger has that name"},
             {"\"5\"", "'\"' at character 1 is nothing that is known here"},
             {std::string(2001, 'a'), "it has 2001 characters"},
         })
        EXPECT_EQ(parse_formula(text, triggers).fault, fault) << text;
    EXPECT_EQ(parse_formula("d", triggers).advice, "the triggers' names are a, b, c");
}

// A text of a user's must not exhaust the stack, or make each poll take for ever.
TEST(KedaFormula, QuotesWholeCharacters) {
    EXPECT_EQ(parse_formula("a \u00d7 2", triggers).fault, "'\u00d7' at character 3 is nothing that is known here");
}

TEST(KedaFormula, IsNeitherDeepNorManifold) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '(') + "a" +
               std::string(static_cast<std::size_t>(depth), ')');
    };
    EXPECT_EQ(parse_formula(nested(30), triggers).fault, "");
    EXPECT_EQ(parse_formula(nested(900), triggers).fault, "it is nested more than 64 deep");
    EXPECT_EQ(parse_formula(std::string(900, '-') + "a", triggers).fault, "it is nested more than 64 deep");
    EXPECT_EQ(parse_formula("any([a, b], any([a, b], # > 2)) ? 1 : 0", triggers).fault,
              "a predicate stands within a predicate");
}

// As KEDA passes it on: in thousandths, cut off.
TEST(KedaFormula, IsPassedOnInThousandths) {
    const auto milli = [](const std::string& text) {
        const std::array<std::int64_t, 5> at{1000, 0, 3000, -500, 0};
        return keda::composite_milli(parse_formula(text, triggers).formula, at);
    };
    EXPECT_EQ(milli("a / b"), 333);
    EXPECT_EQ(milli("c / b"), -166);
    EXPECT_EQ(milli("a / 0"), 0);
    EXPECT_EQ(milli("0 / 0"), 0);
}

}  // namespace
}  // namespace eks
