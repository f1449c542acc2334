// Characters of UTF-8 in texts that are read byte by byte: what is quoted in a complaint is never half of one.
#pragma once

#include <cstddef>
#include <string_view>

namespace eks {

// One past the character that begins at `at`, which lies within the text.
constexpr std::size_t end_of_character(std::string_view text, std::size_t at) {
    ++at;
    // Bytes that continue a character begin with the bits 10.
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    return at;
}

}  // namespace eks
