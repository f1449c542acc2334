// The regular expressions of `label=~"…"` and of Cluster Autoscaler's priorities: RE2's syntax without what asks for
// Unicode. All alternatives are followed at once, so that the time is bounded by pattern length times value length
// whatever anybody writes; the standard library's expressions offer no such bound.
//
//   LabelPattern::parse("shop-.*|checkout")->matches("shop-web")   // true: the whole value
//   LabelPattern::parse("spot")->is_found_in("eks-spot-1")         // true: some part of it
//
// Understood: literals, `.`, `[a-z]`, `[^a-z]` and `[[:alpha:]]`, `( )`, `(?: )`, `(?i)`, named groups, `|`, `*`, `+`,
// `?`, `{2,5}`, all of these also with `?` behind them, `^`, `$`, `\` before a character or as
// \d \D \w \W \s \S \b \B \A \z \t \n \r \f \v \a \x41.
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
    bool is_found_in(std::string_view value) const;

  private:
    // One step of a small machine that walks along the value. Those from `begin` on only look at where it stands.
    struct Step {
        enum class Kind : std::uint8_t { one_of, fork, done, begin, end, word_edge, no_word_edge } kind = Kind::done;
        std::uint32_t set = 0;  // one_of: index into sets_; goes on at `next`
        std::uint32_t next = 0;
        std::uint32_t other = 0;  // fork: the second way
    };
    friend class LabelPatternParser;

    bool walk(std::string_view value, bool anywhere) const;
    static bool holds(Step::Kind kind, std::string_view value, std::size_t position);

    std::vector<Step> steps_;
    std::vector<std::bitset<256>> sets_;
    std::uint32_t start_ = 0;
};

}  // namespace eks
