// CPU time by what it is spent on, so that an answer can say where it goes (DPC-68). Plain sums.
#pragma once

#include "models/spec/datapath.hpp"

#include <array>
#include <cstddef>

namespace eks::datapath {

// In microseconds of one core where nothing else is said.
struct Work {
    std::array<double, part_count> parts{};

    constexpr double operator[](Part part) const { return parts[static_cast<std::size_t>(part)]; }
    constexpr double& operator[](Part part) { return parts[static_cast<std::size_t>(part)]; }
    constexpr double total() const {
        double sum = 0;
        for (const double part : parts) sum += part;
        return sum;
    }
    constexpr Work& operator+=(const Work& other) {
        for (std::size_t i = 0; i < part_count; ++i) parts[i] += other.parts[i];
        return *this;
    }
    friend constexpr Work operator+(Work a, const Work& b) { return a += b; }
    friend constexpr Work operator*(double times, Work work) {
        for (double& part : work.parts) part *= times;
        return work;
    }
    friend constexpr bool operator==(const Work&, const Work&) = default;
};

}  // namespace eks::datapath
