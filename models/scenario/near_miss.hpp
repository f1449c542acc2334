// "did you mean": the nearest of some known words to a mistyped one. Used by everything that reads names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eks {

// How many letters to change, add, drop or swap to get from one to the other; letter case costs nothing.
std::size_t spelling_distance(std::string_view a, std::string_view b);

// The known word that is nearest to this one, if it is near enough to have been meant.
std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> known);

// "did you mean \"replicas\"?" for a near miss, else "known are: a, b, c" (cut short when there are many).
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace eks
