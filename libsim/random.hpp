// Chance without state: a draw is a pure function of what it is for.
//
//   const double u = draw_unit(turn.key(), {stream::start_up, workload, ordinal, 0});
//
// There is no generator to advance, so a fork that makes more draws elsewhere leaves all others as they were, and two
// scenarios that differ in one thing see the same chance in everything else. The bits are Philox4x32-10 (Salmon,
// Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011).
//
// How the keys are laid out:
//   counter = ordinal in the low 64 bits, owner in the high 64 bits
//   key     = mix(seed + replication * golden) xor (stream in the high 32 bits, n in the low 32 bits)
// Within a run, different DrawKeys therefore never meet on the same counter and key. Replications of one seed have
// different mixed words, because mix is a bijection and golden is odd.
//
// `stream` is the purpose (numbers are never reused), `owner` the stable identity of whom the draw is about (a
// workload, never a slot), `ordinal` the how-manieth thing of that owner, `n` the how-manieth draw for that thing.
#pragma once

#include "libsim/check.hpp"

#include <array>
#include <cstdint>

namespace sim {

struct RunKey {
    std::uint64_t seed = 0;
    std::uint32_t replication = 0;
    bool operator==(const RunKey&) const = default;
};

struct DrawKey {
    std::uint32_t stream = 0;
    std::uint64_t owner = 0;
    std::uint64_t ordinal = 0;
    std::uint32_t n = 0;
    bool operator==(const DrawKey&) const = default;
};

// The bijection of ten rounds under the given key.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                                                   std::array<std::uint32_t, 2> key) {
    constexpr std::uint64_t multiplier_0 = 0xD2511F53;
    constexpr std::uint64_t multiplier_1 = 0xCD9E8D57;
    constexpr std::uint32_t weyl_0 = 0x9E3779B9;
    constexpr std::uint32_t weyl_1 = 0xBB67AE85;
    auto [c0, c1, c2, c3] = counter;
    auto [k0, k1] = key;
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t product_0 = multiplier_0 * c0;
        const std::uint64_t product_1 = multiplier_1 * c2;
        c0 = static_cast<std::uint32_t>(product_1 >> 32) ^ c1 ^ k0;
        c2 = static_cast<std::uint32_t>(product_0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<std::uint32_t>(product_1);
        c3 = static_cast<std::uint32_t>(product_0);
        k0 += weyl_0;
        k1 += weyl_1;
    }
    return {c0, c1, c2, c3};
}

// A bijection of 64-bit words in which every bit of the input reaches every bit of the output.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    return x;
}

// A run's key with its mixed word, which all draws of the run have in common: the engine mixes it once for all of them.
// Each function that draws takes either.
class DrawSource {
  public:
    explicit constexpr DrawSource(RunKey run)
        : run_(run), word_(mix_bits(run.seed + run.replication * 0x9e3779b97f4a7c15ULL)) {}
    // Whoever keeps a key, or makes few draws, takes the plain one.
    constexpr operator RunKey() const { return run_; }  // NOLINT(google-explicit-constructor)
    [[nodiscard]] constexpr std::uint64_t word() const { return word_; }

  private:
    RunKey run_;
    std::uint64_t word_;
};

struct Bits128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

[[nodiscard]] constexpr Bits128 draw_bits(const DrawSource& source, const DrawKey& draw) {
    const std::uint64_t key = source.word() ^ (static_cast<std::uint64_t>(draw.stream) << 32 | draw.n);
    const auto words =
        philox4x32_10({static_cast<std::uint32_t>(draw.ordinal), static_cast<std::uint32_t>(draw.ordinal >> 32),
                       static_cast<std::uint32_t>(draw.owner), static_cast<std::uint32_t>(draw.owner >> 32)},
                      {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    return {static_cast<std::uint64_t>(words[1]) << 32 | words[0],
            static_cast<std::uint64_t>(words[3]) << 32 | words[2]};
}

[[nodiscard]] constexpr Bits128 draw_bits(RunKey run, const DrawKey& draw) { return draw_bits(DrawSource(run), draw); }

[[nodiscard]] constexpr std::uint64_t draw_u64(const DrawSource& source, const DrawKey& draw) {
    return draw_bits(source, draw).low;
}
[[nodiscard]] constexpr std::uint64_t draw_u64(RunKey run, const DrawKey& draw) {
    return draw_u64(DrawSource(run), draw);
}

// Uniform on the 2^52 midpoints of (0, 1): never 0 and never 1, so a logarithm of it or of its complement is finite.
[[nodiscard]] constexpr double draw_unit(const DrawSource& source, const DrawKey& draw) {
    return (static_cast<double>(draw_u64(source, draw) >> 12) + 0.5) * 0x1p-52;
}
[[nodiscard]] constexpr double draw_unit(RunKey run, const DrawKey& draw) { return draw_unit(DrawSource(run), draw); }

// Uniform on 0 .. bound-1. All 128 bits are scaled by the bound, so no value is favoured by more than one part in 2^64
// and there is no retry.
[[nodiscard]] constexpr std::uint64_t draw_below(const DrawSource& source, const DrawKey& draw, std::uint64_t bound) {
    CHECK(bound > 0, "a draw below zero was asked for");
    __extension__ using Wide = unsigned __int128;
    const Bits128 bits = draw_bits(source, draw);
    const Wide low = static_cast<Wide>(bits.low) * bound;
    const Wide high = static_cast<Wide>(bits.high) * bound;
    return static_cast<std::uint64_t>((high + static_cast<std::uint64_t>(low >> 64)) >> 64);
}
[[nodiscard]] constexpr std::uint64_t draw_below(RunKey run, const DrawKey& draw, std::uint64_t bound) {
    return draw_below(DrawSource(run), draw, bound);
}

}  // namespace sim
