#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr std::size_t word_length_max = 200;  // longer words are no slips of the keyboard
constexpr std::size_t words_listed_max = 16;

char lower(char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t spelling_distance(std::string_view a, std::string_view b) {
    // Optimal string alignment: rows of the usual table, with the row before the last for swapped neighbours.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > word_length_max) return std::nullopt;
    std::optional<std::string_view> nearest;
    // A third of the letters may be wrong, at least one.
    std::size_t limit = std::max<std::size_t>(1, (word.size() + 1) / 3);
    for (const std::string_view candidate : known) {
        const std::size_t longer = std::max(candidate.size(), word.size());
        if (longer - std::min(candidate.size(), word.size()) > limit) continue;
        const std::size_t distance = spelling_distance(word, candidate);
        if (distance > limit || (distance == limit && nearest)) continue;
        nearest = candidate;
        limit = distance;
    }
    return nearest;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    if (const auto near = nearest_word(word, known)) return fmt::format("did you mean \"{}\"?", *near);
    if (known.empty()) return {};
    std::string list = "known are: ";
    for (std::size_t i = 0; i < known.size() && i < words_listed_max; ++i) {
        if (i > 0) list += ", ";
        list += known[i];
    }
    if (known.size() > words_listed_max) list += fmt::format(" and {} more", known.size() - words_listed_max);
    return list;
}

}  // namespace eks
