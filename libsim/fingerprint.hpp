// A running 64-bit hash of state: one number at the end of a run that tells whether anything anywhere diverged. Not for
// hash tables, and not against somebody who wants a collision.
//
//   Fingerprint print;
//   hash_into(print, world);
//   std::string text = print.hex();          // 16 digits
//
// Only integers go in, as 64-bit values and never as memory, so byte order, padding and compilers cannot show. Each
// word is xored into the state, which then goes through two rounds of multiplication by an odd constant and folding of
// the high half onto the low one; each step is a bijection, so a difference once in can leave only through a later
// difference.
//
// A type takes part by a free function `hash_into(Fingerprint&, const T&)` in its own namespace; usually
//
//   void hash_into(sim::Fingerprint& print, const Node& n) { sim::hash_all(print, n.type, n.free, n.ready_at); }
#pragma once

#include "libsim/id.hpp"
#include "libsim/time.hpp"
#include "libsim/wide.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace sim {

class Fingerprint {
  public:
    void hash_u64(std::uint64_t word) {
        std::uint64_t s = state_ ^ word;
        s *= 0xa0761d6478bd642fULL;
        s ^= s >> 32;
        s *= 0xe7037ed1a0b428dbULL;
        s ^= s >> 29;
        state_ = s + 0x9e3779b97f4a7c15ULL;  // so that zeros do not leave the state where it was
    }
    void hash_i64(std::int64_t word) { hash_u64(static_cast<std::uint64_t>(word)); }
    // The exact bits of a double, for the few rows that hold one. Both zeros count as equal, as they compare.
    void hash_double(double value) { hash_u64(value == 0.0 ? 0 : std::bit_cast<std::uint64_t>(value)); }
    // The length, then the bytes eight at a time, the first one lowest.
    void hash_bytes(std::string_view bytes) {
        hash_u64(bytes.size());
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * (i % 8));
            if (i % 8 == 7) {
                hash_u64(word);
                word = 0;
            }
        }
        if (bytes.size() % 8 != 0) hash_u64(word);
    }

    [[nodiscard]] std::uint64_t value() const { return state_; }
    // One that was made elsewhere, by its value.
    [[nodiscard]] static Fingerprint of_value(std::uint64_t value) {
        Fingerprint print;
        print.state_ = value;
        return print;
    }
    [[nodiscard]] std::string hex() const {
        std::string text(16, '0');
        for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[(state_ >> (60 - 4 * i)) & 15];
        return text;
    }

    bool operator==(const Fingerprint&) const = default;

  private:
    std::uint64_t state_ = 0x6c62272e07bb0142ULL;
};

template <std::integral T>
void hash_into(Fingerprint& print, T value) {
    print.hash_u64(static_cast<std::uint64_t>(value));
}
template <class T>
    requires std::is_enum_v<T>
void hash_into(Fingerprint& print, T value) {
    print.hash_u64(static_cast<std::uint64_t>(static_cast<std::underlying_type_t<T>>(value)));
}
// The low word, then the high one.
inline void hash_into(Fingerprint& print, Int128 value) {
    print.hash_u64(static_cast<std::uint64_t>(value));
    print.hash_u64(static_cast<std::uint64_t>(value >> 64));
}
inline void hash_into(Fingerprint& print, double value) { print.hash_double(value); }
inline void hash_into(Fingerprint& print, Duration value) { print.hash_i64(value.us()); }
inline void hash_into(Fingerprint& print, Time value) { print.hash_i64(value.us()); }
inline void hash_into(Fingerprint& print, const std::string& value) { print.hash_bytes(value); }
inline void hash_into(Fingerprint& print, std::monostate) { print.hash_u64(0); }
template <class Tag>
void hash_into(Fingerprint& print, Id<Tag> id) {
    print.hash_u64(static_cast<std::uint64_t>(id.generation) << 32 | id.slot);
}
template <class Tag>
void hash_into(Fingerprint& print, Index<Tag> index) {
    print.hash_u64(index.value);
}
template <class T>
void hash_into(Fingerprint& print, const std::vector<T>& values) {
    print.hash_u64(values.size());
    for (const T& value : values) hash_into(print, value);
}
template <class T, std::size_t N>
void hash_into(Fingerprint& print, const std::array<T, N>& values) {
    for (const T& value : values) hash_into(print, value);
}
template <class T>
void hash_into(Fingerprint& print, const std::optional<T>& value) {
    print.hash_u64(value.has_value() ? 1 : 0);
    if (value) hash_into(print, *value);
}
template <class... Ts>
void hash_into(Fingerprint& print, const std::variant<Ts...>& value) {
    print.hash_u64(value.index());
    std::visit([&print](const auto& alternative) { hash_into(print, alternative); }, value);
}

// The fields of a record, one after another.
template <class... Fields>
void hash_all(Fingerprint& print, const Fields&... fields) {
    (hash_into(print, fields), ...);
}

}  // namespace sim
