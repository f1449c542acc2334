#include "models/scenario/kubernetes/adapter_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace eks {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }

bool is_plain(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_word); }

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
    return text;
}

// What stands in quotes behind the first `before`.
std::string_view quoted_behind(std::string_view query, std::string_view before) {
    const std::size_t at = query.find(before);
    if (at == std::string_view::npos) return {};
    query.remove_prefix(at + before.size());
    if (query.empty() || (query.front() != '"' && query.front() != '\'')) return {};
    const std::size_t end = query.find(query.front(), 1);
    return end == std::string_view::npos ? std::string_view{} : query.substr(1, end - 1);
}

// A pattern as what stands before and behind its one gap.
struct Pattern {
    bool starts = false;  // ^
    bool ends = false;    // $
    bool has_gap = false;
    bool is_group = false;
    bool needs_a_letter = false;
    std::string_view before;
    std::string_view behind;
};

std::optional<Pattern> read_pattern(std::string_view text) {
    Pattern pattern;
    if (text.starts_with('^')) {
        pattern.starts = true;
        text.remove_prefix(1);
    }
    if (text.ends_with('$')) {
        pattern.ends = true;
        text.remove_suffix(1);
    }
    constexpr std::array<std::string_view, 4> gaps{"(.*)", "(.+)", ".*", ".+"};
    pattern.before = text;
    for (const std::string_view gap : gaps) {
        const std::size_t at = text.find(gap);
        if (at == std::string_view::npos) continue;
        pattern.has_gap = true;
        pattern.is_group = gap.front() == '(';
        pattern.needs_a_letter = gap.find('+') != std::string_view::npos;
        pattern.before = text.substr(0, at);
        pattern.behind = text.substr(at + gap.size());
        break;
    }
    const auto is_literal = [](std::string_view part) { return std::ranges::all_of(part, is_word); };
    if (!is_literal(pattern.before) || !is_literal(pattern.behind)) return std::nullopt;
    return pattern;
}

struct Match {
    std::string_view whole;
    std::string_view group;
};

// The first one, as long as can be.
std::optional<Match> match(const Pattern& pattern, std::string_view series) {
    const std::size_t start = pattern.starts ? 0 : series.find(pattern.before);
    if (start == std::string_view::npos || !series.substr(start).starts_with(pattern.before)) return std::nullopt;
    const std::size_t gap = start + pattern.before.size();
    if (!pattern.has_gap) {
        // A literal that must stand at the end may stand elsewhere before.
        if (!pattern.ends) return Match{pattern.before, {}};
        const bool is_there = pattern.starts ? series == pattern.before : series.ends_with(pattern.before);
        return is_there ? std::optional(Match{pattern.before, {}}) : std::nullopt;
    }
    const std::string_view rest = series.substr(gap);
    if (pattern.ends && !rest.ends_with(pattern.behind)) return std::nullopt;
    const std::size_t end = pattern.ends ? rest.size() - pattern.behind.size() : rest.rfind(pattern.behind);
    if (end == std::string_view::npos || (pattern.needs_a_letter && end == 0)) return std::nullopt;
    return Match{series.substr(start, pattern.before.size() + end + pattern.behind.size()), rest.substr(0, end)};
}

// As Go expands it: $name takes as many letters as it can, and a name that there is none of is empty.
std::optional<std::string> expanded(std::string_view text, const Match& match, bool has_group) {
    std::string out;
    while (!text.empty()) {
        if (text.front() != '$') {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(1);
        std::string_view name;
        if (text.starts_with('{')) {
            const std::size_t end = text.find('}');
            if (end == std::string_view::npos) return std::nullopt;
            name = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            std::size_t letters = 0;
            while (letters < text.size() && is_word(text[letters]) && text[letters] != ':') ++letters;
            if (letters == 0) return std::nullopt;
            name = text.substr(0, letters);
            text.remove_prefix(letters);
        }
        if (name == "0") out += match.whole;
        if (name == "1" && has_group) out += match.group;
    }
    return out;
}

std::string_view word_before(std::string_view query, std::size_t end) {
    const std::string_view text = without_blanks(query.substr(0, end));
    std::size_t letters = 0;
    while (letters < text.size() && is_word(text[text.size() - 1 - letters])) ++letters;
    return text.substr(text.size() - letters);
}

// What stands in square brackets, without the resolution of a subquery.
sim::Duration read_range(std::string_view text, const std::vector<std::string_view>& functions) {
    const auto range = sim::parse_duration(without_blanks(text.substr(0, text.find(':'))));
    if (!range || *range <= sim::Duration::zero()) return unclear_range;
    const bool is_instant = !functions.empty() && (functions.back() == "irate" || functions.back() == "idelta");
    return is_instant ? last_two_samples : *range;
}

}  // namespace

std::string series_of_query(std::string_view query) {
    query = without_blanks(query);
    const std::string_view name = without_blanks(query.substr(0, query.find('{')));
    if (is_plain(name)) return std::string(name);
    if (const std::string_view said = quoted_behind(query, "__name__="); is_plain(said)) return std::string(said);
    std::string_view pattern = quoted_behind(query, "__name__=~");
    if (pattern.starts_with('^')) pattern.remove_prefix(1);
    if (pattern.ends_with('$')) pattern.remove_suffix(1);
    return is_plain(pattern) ? std::string(pattern) : std::string{};
}

std::string value_of_label(std::string_view query, std::string_view label) {
    const std::string before = std::string(label) + "=";
    for (std::size_t at = query.find(before); at != std::string_view::npos; at = query.find(before, at + 1)) {
        if (at == 0 || is_word(query[at - 1])) continue;
        return std::string(quoted_behind(query.substr(at), before));
    }
    return {};
}

std::optional<sim::Duration> range_of_query(std::string_view query) {
    std::optional<sim::Duration> range;
    std::vector<std::string_view> functions;  // in whose brackets it is
    for (std::size_t at = 0; at < query.size(); ++at) {
        const char c = query[at];
        if (c == '"' || c == '\'' || c == '`') {
            at = query.find(c, at + 1);
            if (at == std::string_view::npos) return unclear_range;
        } else if (c == '(') {
            functions.push_back(word_before(query, at));
        } else if (c == ')' && !functions.empty()) {
            functions.pop_back();
        } else if (c == '[') {
            const std::size_t end = query.find(']', at);
            if (end == std::string_view::npos) return unclear_range;
            const auto found = read_range(query.substr(at + 1, end - at - 1), functions);
            if (range.value_or(found) != found) return unclear_range;
            range = found;
            at = end;
        }
    }
    return range;
}

std::optional<bool> matches_pattern(std::string_view series, std::string_view text) {
    const auto pattern = read_pattern(text);
    return pattern ? std::optional(match(*pattern, series).has_value()) : std::nullopt;
}

std::optional<std::string> name_of_metric(std::string_view series, std::string_view matches, std::string_view as) {
    const auto pattern = read_pattern(matches.empty() ? std::string_view(".*") : matches);
    const auto found = pattern ? match(*pattern, series) : std::nullopt;
    if (!found) return std::nullopt;
    return expanded(!as.empty() ? as : pattern->is_group ? "$1" : "$0", *found, pattern->is_group);
}

}  // namespace eks
