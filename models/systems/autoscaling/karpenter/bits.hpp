// A set of small numbers as bits. The first 64 stand in the object itself: sets of zones or of architectures, which
// requirements are made of, need no memory of their own.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eks::karpenter {

class Bits {
  public:
    Bits() = default;
    explicit Bits(std::size_t only) { insert(only); }

    void insert(std::size_t i) {
        if (i < 64) {
            first_ |= std::uint64_t{1} << i;
            return;
        }
        if (rest_.size() < i / 64) rest_.resize(i / 64);
        rest_[i / 64 - 1] |= std::uint64_t{1} << (i % 64);
    }
    void erase(std::size_t i) {
        if (i / 64 < words()) set_word(i / 64, word(i / 64) & ~(std::uint64_t{1} << (i % 64)));
    }
    bool contains(std::size_t i) const { return (word(i / 64) >> (i % 64) & 1) != 0; }
    bool empty() const {
        return first_ == 0 && std::ranges::all_of(rest_, [](std::uint64_t w) { return w == 0; });
    }
    std::size_t size() const {
        auto n = static_cast<std::size_t>(std::popcount(first_));
        for (const std::uint64_t w : rest_) n += static_cast<std::size_t>(std::popcount(w));
        return n;
    }

    Bits& operator|=(const Bits& other) {
        first_ |= other.first_;
        if (rest_.size() < other.rest_.size()) rest_.resize(other.rest_.size());
        for (std::size_t w = 0; w < other.rest_.size(); ++w) rest_[w] |= other.rest_[w];
        return *this;
    }
    Bits& operator&=(const Bits& other) {
        first_ &= other.first_;
        if (rest_.size() > other.rest_.size()) rest_.resize(other.rest_.size());
        for (std::size_t w = 0; w < rest_.size(); ++w) rest_[w] &= other.rest_[w];
        return *this;
    }
    Bits& operator-=(const Bits& other) {
        first_ &= ~other.first_;
        for (std::size_t w = 0; w < std::min(rest_.size(), other.rest_.size()); ++w) rest_[w] &= ~other.rest_[w];
        return *this;
    }
    bool intersects(const Bits& other) const {
        if ((first_ & other.first_) != 0) return true;
        for (std::size_t w = 0; w < std::min(rest_.size(), other.rest_.size()); ++w) {
            if ((rest_[w] & other.rest_[w]) != 0) return true;
        }
        return false;
    }
    // Whether it has something that the other one lacks.
    bool exceeds(const Bits& other) const {
        for (std::size_t w = 0; w < words(); ++w) {
            if ((word(w) & ~other.word(w)) != 0) return true;
        }
        return false;
    }

    std::size_t words() const { return 1 + rest_.size(); }
    std::uint64_t word(std::size_t w) const { return w == 0 ? first_ : w <= rest_.size() ? rest_[w - 1] : 0; }
    void set_word(std::size_t w, std::uint64_t bits) { (w == 0 ? first_ : rest_[w - 1]) = bits; }

    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t w = 0; w < words(); ++w) {
            for (std::uint64_t left = word(w); left != 0; left &= left - 1)
                visit(static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(left))));
        }
    }

    friend bool operator==(const Bits& a, const Bits& b) { return !a.exceeds(b) && !b.exceeds(a); }

  private:
    std::uint64_t first_ = 0;
    std::vector<std::uint64_t> rest_;
};

}  // namespace eks::karpenter
