// A table as columns in Arrow's own memory layout, so that whoever reads Arrow reads these bytes and no copy of them.
//
//   Column node(Column::Kind::text, "node"), pods(Column::Kind::integer, "pods");
//   for (...) { node.add(name); pods.add(count); }
//   ColumnTable table{{std::move(node), std::move(pods)}};
//
// Source of the layout: Apache Arrow, "Arrow Columnar Format" 1.5: a bit a row says whether there is a value, lowest
// bit first; texts are UTF-8 end to end, with 32-bit offsets, one more than rows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

class Column {
  public:
    enum class Kind : std::uint8_t { text, integer, number, truth };

    Column(Kind kind, std::string name) : kind_(kind), name_(std::move(name)) {}

    // One row more, of the column's own kind.
    void add(std::string_view text);
    void add(std::int64_t integer);
    void add(double number);
    void add_truth(bool truth);
    void add_null();

    Kind kind() const { return kind_; }
    const std::string& name() const { return name_; }
    std::int64_t rows() const { return rows_; }
    std::int64_t nulls() const { return nulls_; }

    // As Arrow wants them. The validity is empty where there are no nulls.
    const std::vector<std::uint8_t>& validity() const { return validity_; }
    const std::vector<std::int32_t>& offsets() const { return offsets_; }
    const std::string& texts() const { return texts_; }
    const std::vector<std::int64_t>& integers() const { return integers_; }
    const std::vector<double>& numbers() const { return numbers_; }
    const std::vector<std::uint8_t>& truths() const { return truths_; }

    // Of one row.
    bool is_null(std::int64_t row) const;
    std::string_view text(std::int64_t row) const;
    bool truth(std::int64_t row) const;

  private:
    void add_row(bool is_valid);
    void require(Kind kind) const;

    Kind kind_;
    std::string name_;
    std::int64_t rows_ = 0;
    std::int64_t nulls_ = 0;
    std::vector<std::uint8_t> validity_;
    std::vector<std::int32_t> offsets_{0};
    std::string texts_;
    std::vector<std::int64_t> integers_;
    std::vector<double> numbers_;
    std::vector<std::uint8_t> truths_;
};

struct ColumnTable {
    std::vector<Column> columns;  // equally long

    std::int64_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
};

// {"name": [values…], …}
std::string to_json(const ColumnTable& table);

}  // namespace eks
