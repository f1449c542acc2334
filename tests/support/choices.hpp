// Choices of one seed, in the order in which they are asked for: what random tests are made of.
#pragma once

#include "libsim/random.hpp"
#include "libsim/time.hpp"

#include <cstdint>
#include <initializer_list>

namespace eks::testing {

class Choices {
  public:
    explicit Choices(std::uint64_t seed) : seed_(seed) {}
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(
            sim::draw_below({seed_, 0}, {902, 0, next_++, 0}, static_cast<std::uint64_t>(bound)));
    }
    std::int32_t between(std::int32_t least, std::int32_t most) {
        return least + static_cast<std::int32_t>(below(most - least + 1));
    }
    bool one_in(std::int64_t n) { return below(n) == 0; }
    template <class T>
    T one_of(std::initializer_list<T> values) {
        return values.begin()[below(static_cast<std::int64_t>(values.size()))];
    }
    sim::Duration seconds(std::int64_t least, std::int64_t most) {
        return sim::Duration::milliseconds(1000 * least + below(1000 * (most - least) + 1));
    }

  private:
    std::uint64_t seed_;
    std::uint64_t next_ = 0;
};

}  // namespace eks::testing
