#include "models/metrics/expression.hpp"

#include "models/metrics/definitions.hpp"
#include "models/scenario/characters.hpp"
#include "models/scenario/near_miss.hpp"

#include <array>
#include <span>
#include <utility>

namespace eks {

namespace {

constexpr std::array<std::string_view, 15> aggregate_names{"min",  "max",   "mean",          "last",          "total",
                                                           "rate", "count", "p50",           "p90",           "p95",
                                                           "p99",  "p999",  "share_of_time", "share_of_runs", ""};
constexpr std::array<std::string_view, 6> relation_names{"<", "<=", ">", ">=", "==", "!="};

enum class TokenKind : std::uint8_t { end, word, text, number, symbol, bad };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;  // of a text: without the quotes
    std::size_t offset = 0;
};

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class ExpressionParser {
  public:
    explicit ExpressionParser(std::string_view text) : text_(text) { advance(); }

    sim::Result<Expression, ExpressionFault> parse() {
        if (text_.size() > expression_length_max) fail("the expression is longer than 4000 characters", "", 0);
        if (token_.kind == TokenKind::end)
            fail("the expression is empty", "write something like max(ekssim_pods_waiting) < 10", 0);
        const std::uint32_t root = alternatives(0);
        if (!fault_ && token_.kind != TokenKind::end) {
            fail("expected the end, `and` or `or`, found " + found(), "", token_.offset);
        }
        if (fault_) return sim::failure(std::move(*fault_));
        expression_.root = root;
        return std::move(expression_);
    }

  private:
    static constexpr int depth_max = 50;

    void fail(std::string message, std::string hint, std::size_t offset) {
        if (!fault_) fault_ = ExpressionFault{std::move(message), std::move(hint), offset};
        token_ = {TokenKind::end, "", text_.size()};  // nothing is read any more
        at_ = text_.size();
    }

    std::string found() const {
        switch (token_.kind) {
            case TokenKind::end: return "the end";
            case TokenKind::text: return "the text \"" + token_.text + "\"";
            default: return "`" + token_.text + "`";
        }
    }

    void advance() {
        if (fault_) return;
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
        token_ = {TokenKind::end, "", at_};
        if (at_ >= text_.size()) return;
        const char c = text_[at_];
        const std::size_t from = at_;
        if (is_letter(c)) {
            while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == ':')) ++at_;
            token_ = {TokenKind::word, std::string(text_.substr(from, at_ - from)), from};
        } else if (is_digit(c) || c == '.') {
            // With all of its unit: letters, %, and a rate's "/s".
            while (at_ < text_.size() &&
                   (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == '%' ||
                    text_[at_] == '/' || static_cast<unsigned char>(text_[at_]) >= 0x80)) {
                ++at_;
            }
            token_ = {TokenKind::number, std::string(text_.substr(from, at_ - from)), from};
        } else if (c == '"' || c == '\'') {
            read_text(c);
        } else {
            const std::string_view two = text_.substr(at_, 2);
            const bool is_pair = two == "<=" || two == ">=" || two == "==" || two == "!=" || two == "=~" || two == "!~";
            at_ = is_pair ? at_ + 2 : end_of_character(text_, at_);
            const bool is_known = is_pair || std::string_view("<>=(){},").find(c) != std::string_view::npos;
            token_ = {is_known ? TokenKind::symbol : TokenKind::bad, std::string(text_.substr(from, at_ - from)), from};
        }
    }

    void read_text(char quote) {
        const std::size_t from = at_++;
        std::string value;
        while (at_ < text_.size() && text_[at_] != quote) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == quote || text_[at_ + 1] == '\\'))
                ++at_;
            value += text_[at_++];
        }
        if (at_ >= text_.size()) return fail("a text in quotes does not end", "", from);
        ++at_;
        token_ = {TokenKind::text, std::move(value), from};
    }

    bool is_symbol(std::string_view symbol) const { return token_.kind == TokenKind::symbol && token_.text == symbol; }
    bool is_word(std::string_view word) const { return token_.kind == TokenKind::word && token_.text == word; }

    bool accept(std::string_view symbol) {
        if (!is_symbol(symbol)) return false;
        advance();
        return true;
    }
    void expect(std::string_view symbol, std::string_view where) {
        if (fault_ || accept(symbol)) return;
        fail("expected `" + std::string(symbol) + "` " + std::string(where) + ", found " + found(), "", token_.offset);
    }

    std::uint32_t add(ExpressionNode node) {
        expression_.nodes.push_back(std::move(node));
        return static_cast<std::uint32_t>(expression_.nodes.size() - 1);
    }

    std::uint32_t alternatives(int depth) {
        if (depth > depth_max) fail("the expression is nested too deeply", "", token_.offset);
        std::vector<std::uint32_t> parts{conjunction(depth)};
        while (!fault_ && is_word("or")) {
            advance();
            parts.push_back(conjunction(depth));
        }
        return parts.size() == 1 ? parts.front() : add({NodeKind::any_of, std::move(parts), 0});
    }

    std::uint32_t conjunction(int depth) {
        std::vector<std::uint32_t> parts{negation(depth)};
        while (!fault_ && is_word("and")) {
            advance();
            parts.push_back(negation(depth));
        }
        return parts.size() == 1 ? parts.front() : add({NodeKind::all_of, std::move(parts), 0});
    }

    std::uint32_t negation(int depth) {
        if (depth > depth_max) fail("the expression is nested too deeply", "", token_.offset);
        if (is_word("not")) {
            advance();
            const std::uint32_t inner = negation(depth + 1);
            return add({NodeKind::negation, {inner}, 0});
        }
        if (accept("(")) {
            const std::uint32_t inner = alternatives(depth + 1);
            expect(")", "to close a parenthesis");
            return inner;
        }
        return comparison(depth);
    }

    // The aggregate of this name; sum is accepted where a bare selector is, because that is what a bare selector means.
    std::optional<Aggregate> aggregate_named(std::string_view name) const {
        for (std::size_t i = 0; i + 1 < aggregate_names.size(); ++i) {
            if (aggregate_names[i] == name) return static_cast<Aggregate>(i);
        }
        if (name == "sum" && in_condition_) return Aggregate::none;
        return std::nullopt;
    }

    std::uint32_t comparison(int depth) {
        ComparisonText compared;
        compared.offset = token_.offset;
        if (token_.kind == TokenKind::number) {
            fail("a comparison starts with what is measured, found " + found(),
                 "write the limit on the right: max(metric) < 10", token_.offset);
        }
        if (!fault_ && token_.kind != TokenKind::word) {
            fail("expected an aggregate such as max(…) or p99(…), found " + found(), "", token_.offset);
        }
        if (fault_) return add({});
        const std::string word = token_.text;
        const std::size_t offset = token_.offset;
        advance();
        const std::optional<Aggregate> aggregate = aggregate_named(word);
        const bool is_bare = in_condition_ && !aggregate && !is_symbol("(");
        if (!is_bare && (is_symbol("(") || is_word("by"))) {
            if (!aggregate) return unknown_aggregate(word, offset);
            compared.aggregate = *aggregate;
            aggregated(compared, depth);
        } else if (in_condition_) {
            compared.selector = selector(word, offset);
        } else {
            const bool is_metric = is_symbol("{") || find_metric(word) != nullptr;
            fail(is_metric ? "`" + word + "` needs an aggregate over time"
                           : "expected an aggregate such as max(…), found `" + word + "`",
                 is_metric ? "write for example max(" + word + ") or share_of_time(" + word + " > 0)" : "", offset);
        }
        if (is_word("by")) by(compared);
        compared_with(compared);
        expression_.comparisons.push_back(std::move(compared));
        return add({NodeKind::comparison, {}, static_cast<std::uint32_t>(expression_.comparisons.size() - 1)});
    }

    std::uint32_t unknown_aggregate(const std::string& word, std::size_t offset) {
        if (word == "sum") {
            fail("there is no aggregate `sum`",
                 "matching series are summed anyway; say which of min, max, mean or last over time is meant", offset);
        } else if (word == "avg") {
            fail("there is no aggregate `avg`", "the mean over time is called mean", offset);
        } else {
            std::string hint =
                "there are min max mean last total rate count p50 p90 p95 p99 p999 share_of_time share_of_runs";
            if (const auto near = nearest_word(word, std::span(aggregate_names).first(aggregate_names.size() - 1))) {
                hint = "did you mean " + std::string(*near) + "?";
            }
            fail("there is no aggregate `" + word + "`", std::move(hint), offset);
        }
        return add({});
    }

    void aggregated(ComparisonText& compared, int depth) {
        if (is_word("by")) by(compared);
        expect("(", "after the aggregate");
        if (fault_) return;
        if (compared.aggregate == Aggregate::share_of_time) {
            if (in_condition_) return fail("share_of_time does not stand inside share_of_time", "", compared.offset);
            in_condition_ = true;
            compared.inner = alternatives(depth + 1);
            in_condition_ = false;
        } else if (compared.aggregate == Aggregate::share_of_runs) {
            if (in_condition_ || in_runs_)
                return fail("share_of_runs does not stand inside another share", "", compared.offset);
            in_runs_ = true;
            compared.inner = alternatives(depth + 1);
            in_runs_ = false;
        } else {
            if (token_.kind != TokenKind::word)
                return fail("expected the name of a metric, found " + found(), "", token_.offset);
            const std::string word = token_.text;
            const std::size_t offset = token_.offset;
            advance();
            if (is_symbol("("))
                return fail("aggregates do not stand inside each other",
                            "matching series are summed before the aggregate", offset);
            compared.selector = selector(word, offset);
        }
        expect(")", "after what is aggregated");
    }

    SelectorText selector(const std::string& metric, std::size_t offset) {
        SelectorText selected;
        selected.metric = metric;
        selected.offset = offset;
        if (!accept("{")) return selected;
        while (!fault_ && !is_symbol("}")) {
            MatcherText matcher;
            if (token_.kind != TokenKind::word) {
                fail("expected the name of a label, found " + found(), "", token_.offset);
                break;
            }
            matcher.label = token_.text;
            matcher.label_offset = token_.offset;
            advance();
            if (is_symbol("=") || is_symbol("=="))
                matcher.kind = MatchKind::equal;
            else if (is_symbol("!="))
                matcher.kind = MatchKind::unequal;
            else if (is_symbol("=~"))
                matcher.kind = MatchKind::pattern;
            else if (is_symbol("!~"))
                matcher.kind = MatchKind::not_pattern;
            else
                fail("expected = != =~ or !~ after the label, found " + found(), "", token_.offset);
            advance();
            if (!fault_ && token_.kind != TokenKind::text) {
                fail("expected a value in quotes, found " + found(),
                     "labels are compared with texts: workload=\"checkout\"", token_.offset);
            }
            matcher.value = token_.text;
            matcher.value_offset = token_.offset;
            advance();
            selected.matchers.push_back(std::move(matcher));
            if (!accept(",") && !is_symbol("}")) expect("}", "after the labels");
        }
        expect("}", "after the labels");
        return selected;
    }

    void by(ComparisonText& compared) {
        if (!compared.by.empty()) return fail("`by` is given twice", "", token_.offset);
        advance();
        expect("(", "after by");
        while (!fault_) {
            if (token_.kind != TokenKind::word)
                return fail("expected the name of a label, found " + found(), "", token_.offset);
            compared.by.push_back({token_.text, token_.offset});
            advance();
            if (!accept(",")) break;
        }
        expect(")", "after the labels of by");
    }

    void compared_with(ComparisonText& compared) {
        if (fault_) return;
        std::size_t relation = 0;
        while (relation < relation_names.size() && !is_symbol(relation_names[relation])) ++relation;
        if (relation == relation_names.size()) {
            return fail("expected < <= > >= == or !=, found " + found(), is_symbol("=") ? "equality is written ==" : "",
                        token_.offset);
        }
        compared.relation = static_cast<Relation>(relation);
        advance();
        if (token_.kind != TokenKind::number) {
            return fail("expected a value such as 90s, 5% or 64, found " + found(), "", token_.offset);
        }
        compared.value = token_.text;
        compared.value_offset = token_.offset;
        advance();
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Token token_;
    Expression expression_;
    std::optional<ExpressionFault> fault_;
    bool in_condition_ = false;
    bool in_runs_ = false;
};

}  // namespace

std::string_view text_of(Aggregate aggregate) { return aggregate_names[static_cast<std::size_t>(aggregate)]; }

std::string_view text_of(Relation relation) { return relation_names[static_cast<std::size_t>(relation)]; }

sim::Result<Expression, ExpressionFault> parse_expression(std::string_view text) {
    return ExpressionParser(text).parse();
}

}  // namespace eks
