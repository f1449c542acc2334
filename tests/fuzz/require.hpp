// What the fuzz targets demand of what they call: a law that is broken ends the program, so that libFuzzer keeps the
// input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace eks::fuzz {

inline void require(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Whether each character is whole; what lies beyond the planes of Unicode is not looked at.
inline bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
        if (length == 0 || at + length > text.size()) return false;
        for (std::size_t n = 1; n < length; ++n) {
            if ((static_cast<unsigned char>(text[at + n]) & 0xC0U) != 0x80U) return false;
        }
        at += length;
    }
    return true;
}

}  // namespace eks::fuzz
