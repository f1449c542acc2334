#include "models/scenario/kubernetes/expander_priorities.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace eks {

namespace {

// Thrown within this file only.
struct BadPriorities {};

struct Word {
    std::string text;
    bool is_quoted = false;
};

class PriorityYaml {
  public:
    explicit PriorityYaml(std::string_view text) : text_(text) {}

    std::map<std::int64_t, std::vector<std::string>> read() {
        skip_blank_lines();
        if (text_.substr(at_).starts_with("---") && (at_ + 3 == text_.size() || is_space(text_[at_ + 3]))) {
            at_ += 3;
            skip_blank_lines();
        }
        if (at_ < text_.size() && text_[at_] == '{')
            read_flow_mapping();
        else
            read_block_mapping();
        skip_blank_lines();
        if (at_ < text_.size()) throw BadPriorities{};
        return std::move(lists_);
    }

  private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    bool ends() const { return at_ >= text_.size(); }
    bool is_at(char c) const { return !ends() && text_[at_] == c; }
    // Whether `c` stands here with a blank, the end of the line or the end of the text behind it.
    bool is_mark(char c) const { return is_at(c) && (at_ + 1 == text_.size() || is_space(text_[at_ + 1])); }

    std::size_t column() const {
        const std::size_t newline = text_.substr(0, at_).rfind('\n');
        return newline == std::string_view::npos ? at_ : at_ - newline - 1;
    }

    void skip_blanks() {
        while (is_at(' ') || is_at('\t') || is_at('\r')) ++at_;
        const bool may_be_comment = at_ == 0 || is_space(text_[at_ - 1]);
        if (is_at('#') && may_be_comment) at_ = std::min(text_.find('\n', at_), text_.size());
    }

    void skip_blank_lines() {
        for (;;) {
            skip_blanks();
            if (!is_at('\n')) break;
            ++at_;
        }
        // A tab does not indent.
        if (!ends() && text_.substr(at_ - column(), column()).find('\t') != std::string_view::npos)
            throw BadPriorities{};
    }

    void read_block_mapping() {
        if (ends()) return;
        const std::size_t indent = column();
        while (!ends() && column() == indent) {
            const std::int64_t priority = whole_number(word(false));
            skip_blanks();
            if (!is_mark(':')) throw BadPriorities{};
            ++at_;
            lists_[priority] = read_value(indent);
            skip_blank_lines();
        }
    }

    std::vector<std::string> read_value(std::size_t indent_of_key) {
        skip_blanks();
        if (is_at('[')) return flow_list();
        if (!ends() && !is_at('\n')) return nothing_or_bad(word(false));
        skip_blank_lines();
        if (ends() || column() < indent_of_key) return {};
        if (is_at('[') && column() > indent_of_key) return flow_list();
        if (is_mark('-')) return block_list(column());
        if (column() == indent_of_key) return {};
        return nothing_or_bad(word(false));
    }

    // A null in place of a list is an empty one; any other word is no list.
    static std::vector<std::string> nothing_or_bad(const Word& word) {
        if (!is_null(word)) throw BadPriorities{};
        return {};
    }

    std::vector<std::string> block_list(std::size_t indent) {
        std::vector<std::string> list;
        while (!ends() && column() == indent && is_mark('-')) {
            ++at_;
            skip_blanks();
            const bool is_empty = ends() || is_at('\n');
            list.push_back(is_empty ? std::string() : word(false).text);
            skip_blanks();
            if (!ends() && !is_at('\n')) throw BadPriorities{};  // such as `- a: b`
            skip_blank_lines();
        }
        if (!ends() && column() > indent) throw BadPriorities{};
        return list;
    }

    std::vector<std::string> flow_list() {
        std::vector<std::string> list;
        ++at_;
        for (skip_blank_lines(); !is_at(']'); skip_blank_lines()) {
            list.push_back(word(true).text);
            skip_blank_lines();
            if (is_at(','))
                ++at_;
            else if (!is_at(']'))
                throw BadPriorities{};
        }
        ++at_;
        return list;
    }

    void read_flow_mapping() {
        ++at_;
        for (skip_blank_lines(); !is_at('}'); skip_blank_lines()) {
            const std::int64_t priority = whole_number(word(true));
            skip_blank_lines();
            if (!is_at(':')) throw BadPriorities{};
            ++at_;
            skip_blank_lines();
            lists_[priority] = is_at('[') ? flow_list() : nothing_or_bad(word(true));
            skip_blank_lines();
            if (is_at(','))
                ++at_;
            else if (!is_at('}'))
                throw BadPriorities{};
        }
        ++at_;
    }

    Word word(bool in_flow) {
        if (ends()) throw BadPriorities{};
        if (is_at('"')) return {double_quoted(), true};
        if (is_at('\'')) return {single_quoted(), true};
        constexpr std::string_view never_first = ",[]{}#&*!|>%@`";
        if (never_first.find(text_[at_]) != std::string_view::npos) throw BadPriorities{};
        if (is_mark('-') || is_mark('?') || is_mark(':')) throw BadPriorities{};
        constexpr std::string_view flow_marks = ",[]{}";
        const std::size_t start = at_;
        while (!ends() && !is_at('\n') && !is_mark(':')) {
            if (in_flow && flow_marks.find(text_[at_]) != std::string_view::npos) break;
            if (is_at('#') && is_space(text_[at_ - 1])) break;
            ++at_;
        }
        std::size_t end = at_;
        while (end > start && is_space(text_[end - 1])) --end;
        return {std::string(text_.substr(start, end - start)), false};
    }

    std::string single_quoted() {
        std::string text;
        for (++at_;; ++at_) {
            if (ends() || is_at('\n')) throw BadPriorities{};
            if (is_at('\'')) {
                ++at_;
                if (!is_at('\'')) return text;
            }
            text += text_[at_];
        }
    }

    std::string double_quoted() {
        constexpr std::pair<char, char> escapes[] = {{'0', '\0'}, {'a', '\a'},  {'b', '\b'}, {'t', '\t'},   {'n', '\n'},
                                                     {'v', '\v'}, {'f', '\f'},  {'r', '\r'}, {'e', '\x1b'}, {' ', ' '},
                                                     {'"', '"'},  {'\'', '\''}, {'/', '/'},  {'\\', '\\'}};
        std::string text;
        for (++at_;; ++at_) {
            if (ends() || is_at('\n')) throw BadPriorities{};
            if (is_at('"')) {
                ++at_;
                return text;
            }
            if (!is_at('\\')) {
                text += text_[at_];
                continue;
            }
            ++at_;
            bool is_known = false;
            for (const auto& [name, meant] : escapes) {
                if (!is_at(name)) continue;
                text += meant;
                is_known = true;
            }
            if (!is_known) throw BadPriorities{};
        }
    }

    static bool is_null(const Word& word) {
        return !word.is_quoted && (word.text.empty() || word.text == "~" || word.text == "null" ||
                                   word.text == "Null" || word.text == "NULL");
    }

    // As Go reads a constant: 0x10 and 010 are 16 and 8.
    static std::int64_t whole_number(const Word& word) {
        if (word.is_quoted) throw BadPriorities{};
        std::string digits = word.text;
        const bool is_negative = digits.starts_with('-');
        if (is_negative || digits.starts_with('+')) digits.erase(0, 1);
        int base = 10;
        if (digits.size() > 1 && digits[0] == '0') {
            base = digits[1] == 'x' || digits[1] == 'X' ? 16 : digits[1] == 'b' || digits[1] == 'B' ? 2 : 8;
            digits.erase(0, base == 8 ? 1 : 2);
        }
        std::int64_t value = 0;
        const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        if (fault != std::errc{} || end != digits.data() + digits.size() || digits.starts_with('-'))
            throw BadPriorities{};
        return is_negative ? -value : value;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::map<std::int64_t, std::vector<std::string>> lists_;
};

}  // namespace

std::optional<ExpanderPriorities> ExpanderPriorities::parse(std::string_view text) {
    if (text.empty()) return std::nullopt;
    ExpanderPriorities priorities;
    try {
        for (const auto& [priority, expressions] : PriorityYaml(text).read()) {
            for (const std::string& expression : expressions) {
                std::string fault;
                auto pattern = LabelPattern::parse(expression, fault);
                if (!pattern) return std::nullopt;
                priorities.patterns_[priority].push_back(std::move(*pattern));
            }
        }
    } catch (const BadPriorities&) {
        return std::nullopt;
    }
    return priorities;
}

std::optional<std::int64_t> ExpanderPriorities::highest_for(std::string_view node_group) const {
    for (auto at = patterns_.rbegin(); at != patterns_.rend(); ++at) {
        for (const LabelPattern& pattern : at->second) {
            if (pattern.is_found_in(node_group)) return at->first;
        }
    }
    return std::nullopt;
}

}  // namespace eks
