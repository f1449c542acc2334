#include "models/metrics/bucket_pool.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace eks {

namespace {

std::int64_t middle_of_bucket(std::int32_t bucket) {
    const auto index = static_cast<std::uint64_t>(bucket);
    if (index < (std::uint64_t{2} << bucket_bits)) return bucket;
    const std::uint64_t shift = (index >> bucket_bits) - 1;
    const std::uint64_t lowest = (index - (shift << bucket_bits)) << shift;
    return static_cast<std::int64_t>(lowest + (std::uint64_t{1} << shift) / 2);
}

}  // namespace

template <class Cell>
std::int64_t BucketPool<Cell>::quantile(const BucketRange& range, double share, std::int64_t least,
                                        std::int64_t greatest) const {
    std::uint64_t total = 0;
    for (std::uint32_t i = 0; i < range.size; ++i) total += cells_[range.offset + i];
    const auto rank =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total))));
    std::uint64_t passed = 0;
    for (std::uint32_t i = 0; i < range.size; ++i) {
        passed += cells_[range.offset + i];
        if (passed >= rank)
            return std::clamp(middle_of_bucket(range.first + static_cast<std::int32_t>(i)), least, greatest);
    }
    return greatest;
}

template <class Cell>
void BucketPool<Cell>::widen(BucketRange& range, std::int32_t bucket) {
    const std::int32_t first = range.size == 0 ? bucket : std::min(range.first, bucket);
    const std::int32_t last =
        range.size == 0 ? bucket : std::max(range.first + static_cast<std::int32_t>(range.size) - 1, bucket);
    const auto needed = static_cast<std::uint32_t>(last - first + 1);
    const bool is_last = range.size > 0 && range.offset + range.size == cells_.size();
    if (is_last && first == range.first) {
        cells_.resize(range.offset + needed);
        range.size = needed;
        return;
    }
    // Half as much again in the direction of growth: what is left behind stays below twice what is used.
    const std::uint32_t spare = needed / 2;
    const bool grows_down = range.size > 0 && bucket < range.first;
    const std::uint32_t below = grows_down ? std::min(spare, static_cast<std::uint32_t>(first)) : 0;
    BucketRange moved;
    moved.offset = static_cast<std::uint32_t>(cells_.size());
    moved.first = first - static_cast<std::int32_t>(below);
    moved.size = needed + below + (grows_down || range.size == 0 ? 0 : spare);
    cells_.resize(cells_.size() + moved.size);
    for (std::uint32_t i = 0; i < range.size; ++i) {
        cells_[moved.offset + static_cast<std::uint32_t>(range.first - moved.first) + i] = cells_[range.offset + i];
        cells_[range.offset + i] = 0;
    }
    range = moved;
}

template class BucketPool<std::uint32_t>;
template class BucketPool<std::uint64_t>;

}  // namespace eks
