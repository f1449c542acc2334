// Walks through the catalogue's own data files: lines of fields separated by tabs, comments that start with '#', and
// one line of column names. These files are compiled in, so a fault in them is ours and not the user's: it is a CHECK.
#pragma once

#include "libsim/check.hpp"

#include <charconv>
#include <cstddef>
#include <string_view>

namespace eks::tsv {

// The fields of one line, one after the other. Empty fields at the end of a line are not written, so `next` goes on
// giving empty ones for ever.
class Fields {
  public:
    explicit Fields(std::string_view line) : rest_(line) {}

    std::string_view next() {
        const std::size_t tab = rest_.find('\t');
        const std::string_view field = rest_.substr(0, tab);
        rest_ = tab == std::string_view::npos ? std::string_view{} : rest_.substr(tab + 1);
        return field;
    }

    bool at_end() const { return rest_.empty(); }

    // A whole number, or zero for an empty field.
    template <class Integer>
    Integer next_integer() {
        const std::string_view field = next();
        Integer value{};
        if (field.empty()) return value;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        CHECK(error == std::errc{} && end == field.data() + field.size(), "a catalogue field is not a whole number");
        return value;
    }

    bool next_flag() { return next() == "1"; }

  private:
    std::string_view rest_;
};

// The lines of a file that are not comments.
class Lines {
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    // The next line, or an empty one at the end.
    std::string_view next() {
        while (!rest_.empty()) {
            const std::size_t end = rest_.find('\n');
            const std::string_view line = rest_.substr(0, end);
            rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
            if (!line.empty() && line.front() != '#') return line;
        }
        return {};
    }

  private:
    std::string_view rest_;
};

}  // namespace eks::tsv
