// The regular expressions of `label=~"…"`: the everyday part of Prometheus's (RE2) syntax, always matched against the
// whole value. All alternatives are followed at once, so that the time is bounded by pattern length times value length
// whatever anybody writes; the standard library's expressions offer no such bound.
//
//   LabelPattern::parse("shop-.*|checkout")->matches("shop-web")   // true
//
// Understood: literals, `.`, `[a-z]` and `[^a-z]`, `( )`, `|`, `*`, `+`, `?`, `\` before a character or as \d \w \s.
// Counted repetitions and anything written `(?…)` are refused.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

class LabelPattern {
  public:
    static constexpr std::size_t length_max = 400;

    // Empty if the text is no pattern; `error` then says why.
    static std::optional<LabelPattern> parse(std::string_view text, std::string& error);

    bool matches(std::string_view value) const;

  private:
    // One step of a small machine that walks along the value.
    struct Step {
        enum class Kind : std::uint8_t { one_of, fork, done } kind = Kind::done;
        std::uint32_t set = 0;  // one_of: index into sets_; goes on at `next`
        std::uint32_t next = 0;
        std::uint32_t other = 0;  // fork: the second way
    };
    friend class LabelPatternParser;

    std::vector<Step> steps_;
    std::vector<std::bitset<256>> sets_;
    std::uint32_t start_ = 0;
};

}  // namespace eks
