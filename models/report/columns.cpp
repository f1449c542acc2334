#include "models/report/columns.hpp"

#include "libsim/check.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace eks {

namespace {

// A bit more at the end of the bits, of which there are `count` so far.
void push_bit(std::vector<std::uint8_t>& bits, std::int64_t count, bool bit) {
    if (count % 8 == 0) bits.push_back(0);
    if (bit) bits.back() = static_cast<std::uint8_t>(bits.back() | (1U << (count % 8)));
}

bool bit_at(const std::vector<std::uint8_t>& bits, std::int64_t place) {
    return ((bits[static_cast<std::size_t>(place / 8)] >> (place % 8)) & 1U) != 0;
}

}  // namespace

void Column::require(Kind kind) const { CHECK(kind_ == kind, "a column was given a value of another kind"); }

void Column::add_row(bool is_valid) {
    // The bits are written from the first null on; all rows before it had a value.
    if (!is_valid && nulls_ == 0) {
        validity_.clear();
        for (std::int64_t row = 0; row < rows_; ++row) push_bit(validity_, row, true);
    }
    if (!is_valid || nulls_ > 0) push_bit(validity_, rows_, is_valid);
    if (!is_valid) ++nulls_;
    ++rows_;
}

void Column::add(std::string_view text) {
    require(Kind::text);
    texts_ += text;
    CHECK(texts_.size() <= std::numeric_limits<std::int32_t>::max(), "a column of texts is longer than 2 GiB");
    offsets_.push_back(static_cast<std::int32_t>(texts_.size()));
    add_row(true);
}

void Column::add(std::int64_t integer) {
    require(Kind::integer);
    integers_.push_back(integer);
    add_row(true);
}

void Column::add(double number) {
    require(Kind::number);
    numbers_.push_back(number);
    add_row(true);
}

void Column::add_truth(bool truth) {
    require(Kind::truth);
    push_bit(truths_, rows_, truth);
    add_row(true);
}

void Column::add_null() {
    switch (kind_) {
        case Kind::text: offsets_.push_back(offsets_.back()); break;
        case Kind::integer: integers_.push_back(0); break;
        case Kind::number: numbers_.push_back(0.0); break;
        case Kind::truth: push_bit(truths_, rows_, false); break;
    }
    add_row(false);
}

bool Column::is_null(std::int64_t row) const { return nulls_ > 0 && !bit_at(validity_, row); }

std::string_view Column::text(std::int64_t row) const {
    const auto at = static_cast<std::size_t>(row);
    const auto from = static_cast<std::size_t>(offsets_[at]);
    return std::string_view(texts_).substr(from, static_cast<std::size_t>(offsets_[at + 1]) - from);
}

bool Column::truth(std::int64_t row) const { return bit_at(truths_, row); }

std::string to_json(const ColumnTable& table) {
    nlohmann::ordered_json document = nlohmann::ordered_json::object();
    for (const Column& column : table.columns) {
        nlohmann::ordered_json values = nlohmann::ordered_json::array();
        for (std::int64_t row = 0; row < column.rows(); ++row) {
            const auto at = static_cast<std::size_t>(row);
            if (column.is_null(row)) {
                values.push_back(nullptr);
                continue;
            }
            switch (column.kind()) {
                case Column::Kind::text: values.push_back(column.text(row)); break;
                case Column::Kind::integer: values.push_back(column.integers()[at]); break;
                case Column::Kind::number: values.push_back(column.numbers()[at]); break;
                case Column::Kind::truth: values.push_back(column.truth(row)); break;
            }
        }
        document[column.name()] = std::move(values);
    }
    return document.dump();
}

}  // namespace eks
