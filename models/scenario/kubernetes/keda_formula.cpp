#include "models/scenario/kubernetes/keda_formula.hpp"

#include "models/scenario/characters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace eks {
namespace {

using keda::FormulaNode;
using keda::FormulaOp;

// What stops the reading; caught where it began.
struct BadFormula {
    std::string text;
    std::string advice;
};

constexpr std::string_view known_in_formulas =
    "known are + - * / ** < <= > >= == != && || ! ?: and float int abs ceil floor round max min sum mean count all any "
    "none";

constexpr std::size_t longest_formula = 2000;

struct FormulaToken {
    std::string_view text;  // empty at the end
    std::size_t at = 0;
};

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_figure(char c) { return c >= '0' && c <= '9'; }
bool is_blank_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::vector<FormulaToken> formula_tokens(std::string_view text) {
    constexpr std::array<std::string_view, 9> pairs{"**", "<=", ">=", "==", "!=", "&&", "||", "??", ".."};
    std::vector<FormulaToken> tokens;
    for (std::size_t i = 0; i < text.size();) {
        if (is_blank_space(text[i])) {
            ++i;
            continue;
        }
        std::size_t end = end_of_character(text, i);
        if (begins_name(text[i])) {
            while (end < text.size() && (begins_name(text[end]) || is_figure(text[end]))) ++end;
        } else if (is_figure(text[i]) || (text[i] == '.' && end < text.size() && is_figure(text[end]))) {
            const auto goes_on = [&](char c) {
                const bool is_sign = (c == '+' || c == '-') && (text[end - 1] == 'e' || text[end - 1] == 'E');
                return is_figure(c) || begins_name(c) || c == '.' || is_sign;
            };
            while (end < text.size() && goes_on(text[end])) ++end;
        } else if (std::ranges::find(pairs, text.substr(i, 2)) != pairs.end()) {
            end = i + 2;
        }
        tokens.push_back({text.substr(i, end - i), i});
        i = end;
    }
    tokens.push_back({{}, text.size()});
    return tokens;
}

enum class FormulaKind : std::uint8_t { number, truth };

struct FormulaPart {
    std::uint32_t ix = 0;
    FormulaKind kind = FormulaKind::number;
};

// How tightly formula_operators bind, as expr-lang has it; those of one sign bind what follows them.
constexpr int binds_not = 50;
constexpr int binds_sign = 90;

struct FormulaOperator {
    std::string_view text;
    int binds = 0;
    FormulaOp op = FormulaOp::add;
    FormulaKind takes = FormulaKind::number;
    FormulaKind gives = FormulaKind::number;
    bool is_swapped = false;  // a > b is b < a
    bool is_negated = false;
};
constexpr std::array<FormulaOperator, 16> formula_operators{{
    {"||", 10, FormulaOp::either, FormulaKind::truth, FormulaKind::truth},
    {"or", 10, FormulaOp::either, FormulaKind::truth, FormulaKind::truth},
    {"&&", 15, FormulaOp::both, FormulaKind::truth, FormulaKind::truth},
    {"and", 15, FormulaOp::both, FormulaKind::truth, FormulaKind::truth},
    {"==", 20, FormulaOp::equal, FormulaKind::number, FormulaKind::truth},
    {"!=", 20, FormulaOp::equal, FormulaKind::number, FormulaKind::truth, false, true},
    {"<", 20, FormulaOp::less, FormulaKind::number, FormulaKind::truth},
    {"<=", 20, FormulaOp::less_or_equal, FormulaKind::number, FormulaKind::truth},
    {">", 20, FormulaOp::less, FormulaKind::number, FormulaKind::truth, true},
    {">=", 20, FormulaOp::less_or_equal, FormulaKind::number, FormulaKind::truth, true},
    {"+", 30, FormulaOp::add},
    {"-", 30, FormulaOp::subtract},
    {"*", 60, FormulaOp::multiply},
    {"/", 60, FormulaOp::divide},
    {"**", 100, FormulaOp::power},
    {"^", 100, FormulaOp::power},
}};

struct FormulaFunction {
    std::string_view name;
    FormulaOp op = FormulaOp::number;
    enum class Takes : std::uint8_t { one, many, list, list_and_predicate } takes = Takes::one;
    FormulaKind gives = FormulaKind::number;
};
constexpr std::array<FormulaFunction, 14> formula_functions{{
    {"abs", FormulaOp::absolute},
    {"ceil", FormulaOp::ceiling},
    {"floor", FormulaOp::floor},
    {"round", FormulaOp::rounded},
    {"int", FormulaOp::whole},
    {"float", FormulaOp::number},  // what it is already
    {"max", FormulaOp::most, FormulaFunction::Takes::many},
    {"min", FormulaOp::least, FormulaFunction::Takes::many},
    {"sum", FormulaOp::sum, FormulaFunction::Takes::list},
    {"mean", FormulaOp::mean, FormulaFunction::Takes::many},
    {"count", FormulaOp::count, FormulaFunction::Takes::list_and_predicate},
    {"all", FormulaOp::all_of, FormulaFunction::Takes::list_and_predicate, FormulaKind::truth},
    {"any", FormulaOp::any_of, FormulaFunction::Takes::list_and_predicate, FormulaKind::truth},
    {"none", FormulaOp::none_of, FormulaFunction::Takes::list_and_predicate, FormulaKind::truth},
}};

class FormulaParser {
  public:
    FormulaParser(std::string_view text, std::span<const FormulaTrigger> triggers)
        : tokens_(formula_tokens(text)), triggers_(triggers) {}

    keda::Formula whole() {
        const FormulaPart part = choice();
        if (!peek().empty()) refuse(peek());
        expect(part, FormulaKind::number, "the formula");
        // An operand may have been made after others of it, but the whole is the last.
        if (part.ix + 1 != formula_.nodes.size()) formula_.nodes.push_back(formula_.nodes[part.ix]);
        return std::move(formula_);
    }

  private:
    std::string_view peek() const { return tokens_[next_].text; }
    bool takes(std::string_view text) {
        if (peek() != text || text.empty()) return false;
        ++next_;
        return true;
    }
    void demand(std::string_view text) {
        if (takes(text)) return;
        throw BadFormula{fmt::format("'{}' is missing at character {}", text, tokens_[next_].at + 1), ""};
    }
    [[noreturn]] void refuse(std::string_view text) const {
        if (text.empty()) throw BadFormula{"it ends where a value should follow", ""};
        throw BadFormula{fmt::format("'{}' at character {} is nothing that is known here", text, tokens_[next_].at + 1),
                         std::string(known_in_formulas)};
    }
    static void expect(const FormulaPart& part, FormulaKind kind, std::string_view what) {
        if (part.kind == kind) return;
        throw BadFormula{fmt::format("{} is {}", what,
                                     kind == FormulaKind::number ? "true or false, and no number"
                                                                 : "a number, and not true or false"),
                         kind == FormulaKind::number ? "write (condition) ? 1 : 0" : "compare it with something"};
    }
    FormulaPart made(FormulaOp op, std::vector<std::uint32_t> operands, FormulaKind kind = FormulaKind::number,
                     double number = 0) {
        formula_.nodes.push_back({op, number, 0, std::move(operands)});
        return {static_cast<std::uint32_t>(formula_.nodes.size() - 1), kind};
    }

    FormulaPart choice() {
        const FormulaPart condition = binary(0);
        if (!takes("?")) return condition;
        expect(condition, FormulaKind::truth, "what stands before '?'");
        const FormulaPart then = choice();
        demand(":");
        const FormulaPart other = choice();
        if (then.kind != other.kind)
            throw BadFormula{"the two values of a '?' are not of one kind", "let both be numbers"};
        return made(FormulaOp::choice, {condition.ix, then.ix, other.ix}, then.kind);
    }

    FormulaPart binary(int least) {
        FormulaPart left = unary();
        for (;;) {
            const auto* const op = std::ranges::find(formula_operators, peek(), &FormulaOperator::text);
            if (op == formula_operators.end() || op->binds < least) return left;
            const std::size_t place = next_++;
            left = joined(*op, left, place);
        }
    }

    FormulaPart joined(const FormulaOperator& op, const FormulaPart& left, std::size_t place) {
        const bool is_power = op.op == FormulaOp::power;  // binds to the right
        const FormulaPart right = binary(is_power ? op.binds : op.binds + 1);
        const std::string side =
            fmt::format("one side of '{}' at character {}", tokens_[place].text, tokens_[place].at + 1);
        expect(left, op.takes, side);
        expect(right, op.takes, side);
        if (is_power) return power(left, right);
        const FormulaPart both =
            op.is_swapped ? made(op.op, {right.ix, left.ix}, op.gives) : made(op.op, {left.ix, right.ix}, op.gives);
        return op.is_negated ? made(FormulaOp::negated, {both.ix}, FormulaKind::truth) : both;
    }

    FormulaPart power(const FormulaPart& base, const FormulaPart& exponent) {
        constexpr double half = 0.5;
        constexpr double most = 16;
        const FormulaNode& node = formula_.nodes[exponent.ix];
        const double to = node.number;
        const bool is_whole = to >= 0 && to <= most && to == std::floor(to);
        if (node.op != FormulaOp::number || (!is_whole && to != half))
            throw BadFormula{"an exponent is something else than a whole number from 0 to 16, or 0.5",
                             "multiply instead"};
        return made(FormulaOp::power, {base.ix}, FormulaKind::number, to);
    }

    // Each bracket, call and sign goes one deeper.
    FormulaPart unary() {
        constexpr int deepest = 64;  // no formula that somebody reads is; a guess, so that no text exhausts the stack
        if (++depth_ > deepest)
            throw BadFormula{fmt::format("it is nested more than {} deep", deepest), "write it flatter"};
        const FormulaPart part = signed_part();
        --depth_;
        return part;
    }

    FormulaPart signed_part() {
        if (takes("!") || takes("not")) {
            const FormulaPart part = binary(binds_not);
            expect(part, FormulaKind::truth, "what '!' is put before");
            return made(FormulaOp::negated, {part.ix}, FormulaKind::truth);
        }
        if (takes("-")) {
            const FormulaPart part = binary(binds_sign);
            expect(part, FormulaKind::number, "what '-' is put before");
            return made(FormulaOp::negate, {part.ix});
        }
        if (takes("+")) {
            const FormulaPart part = binary(binds_sign);
            expect(part, FormulaKind::number, "what '+' is put before");
            return part;
        }
        return primary();
    }

    FormulaPart primary() {
        const std::string_view text = peek();
        if (takes("(")) {
            const FormulaPart inside = choice();
            demand(")");
            return inside;
        }
        if (text == "#" && is_in_predicate_) {
            ++next_;
            return made(FormulaOp::element, {});
        }
        if (text.empty()) refuse(text);
        if (is_figure(text[0]) || text[0] == '.') return number();
        if (!begins_name(text[0])) refuse(text);
        if (text == "true" || text == "false") {
            ++next_;
            return made(FormulaOp::number, {}, FormulaKind::truth, text == "true" ? 1 : 0);
        }
        if (tokens_[next_ + 1].text == "(") return call();
        return trigger();
    }

    FormulaPart number() {
        std::string digits(peek());
        std::erase(digits, '_');
        double value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size()) refuse(peek());
        ++next_;
        return made(FormulaOp::number, {}, FormulaKind::number, value);
    }

    FormulaPart trigger() {
        const std::string_view name = peek();
        const auto found = std::ranges::find(triggers_, name, &FormulaTrigger::name);
        if (found == triggers_.end()) {
            std::vector<std::string> names;
            for (const FormulaTrigger& one : triggers_) {
                if (!one.name.empty() && !one.is_of_resource) names.push_back(one.name);
            }
            throw BadFormula{fmt::format("it names {}, and no trigger has that name", name),
                             names.empty() ? std::string("give the triggers a name")
                                           : fmt::format("the triggers' names are {}", fmt::join(names, ", "))};
        }
        if (found->is_of_resource)
            throw BadFormula{
                fmt::format("it names {}, a trigger of CPU or memory, whose value KEDA does not know", name),
                "the HPA scales by it beside the formula"};
        ++next_;
        const FormulaPart part = made(FormulaOp::trigger, {});
        formula_.nodes.back().trigger = found->place;
        return part;
    }

    // The values of [a, b], or of a, b where `is_open`.
    std::vector<std::uint32_t> list(bool is_open) {
        std::vector<std::uint32_t> parts;
        const bool has_bracket = takes("[");
        if (!has_bracket && !is_open)
            throw BadFormula{fmt::format("a list like [a, b] is missing at character {}", tokens_[next_].at + 1), ""};
        do {
            const FormulaPart part = choice();
            expect(part, FormulaKind::number, "what stands in a list");
            parts.push_back(part.ix);
        } while (takes(","));
        if (has_bracket) demand("]");
        return parts;
    }

    FormulaPart call() {
        const std::string_view name = peek();
        const auto* const function = std::ranges::find(formula_functions, name, &FormulaFunction::name);
        if (function == formula_functions.end()) refuse(name);
        next_ += 2;
        FormulaPart part;
        switch (function->takes) {
            case FormulaFunction::Takes::one: {
                part = choice();
                expect(part, FormulaKind::number, fmt::format("what {} is made of", name));
                if (function->op != FormulaOp::number) part = made(function->op, {part.ix});
                break;
            }
            case FormulaFunction::Takes::many:
            case FormulaFunction::Takes::list:
                part = made(function->op, list(function->takes == FormulaFunction::Takes::many));
                break;
            case FormulaFunction::Takes::list_and_predicate: {
                std::vector<std::uint32_t> operands = list(false);
                demand(",");
                operands.push_back(predicate());
                part = made(function->op, std::move(operands), function->gives);
                break;
            }
        }
        demand(")");
        return part;
    }

    std::uint32_t predicate() {
        // Each would multiply the work of the one around it.
        if (is_in_predicate_)
            throw BadFormula{"a predicate stands within a predicate", "look through one list at a time"};
        const bool was_in = std::exchange(is_in_predicate_, true);
        const bool has_brace = takes("{");
        const FormulaPart part = choice();
        expect(part, FormulaKind::truth, "what a list is looked through for");
        if (has_brace) demand("}");
        is_in_predicate_ = was_in;
        return part.ix;
    }

    std::vector<FormulaToken> tokens_;
    std::span<const FormulaTrigger> triggers_;
    keda::Formula formula_;
    std::size_t next_ = 0;
    bool is_in_predicate_ = false;
    int depth_ = 0;
};

}  // namespace

ParsedFormula parse_formula(std::string_view text, std::span<const FormulaTrigger> triggers) {
    if (text.size() > longest_formula)
        return {
            {}, fmt::format("it has {} characters", text.size()), fmt::format("at most {} are read", longest_formula)};
    try {
        return {FormulaParser(text, triggers).whole(), "", ""};
    } catch (const BadFormula& fault) {
        return {{}, fault.text, fault.advice};
    }
}

}  // namespace eks
