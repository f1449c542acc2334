// Columns byte by byte, as Arrow's columnar format has them: bits lowest first, texts end to end with one offset more.
#include "models/report/columns.hpp"

#include "libsim/check.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using enum Column::Kind;

TEST(Columns, TextsLieEndToEnd) {
    Column column(text, "node");
    column.add("web");
    column.add_null();
    column.add("");
    column.add("é");
    EXPECT_EQ(column.texts(), "webé");
    EXPECT_EQ(column.offsets(), (std::vector<std::int32_t>{0, 3, 3, 3, 5}));
    EXPECT_EQ(column.validity(), (std::vector<std::uint8_t>{0b1101}));
    EXPECT_EQ(column.nulls(), 1);
    EXPECT_EQ(column.text(3), "é");
    EXPECT_TRUE(column.is_null(1));
    EXPECT_FALSE(column.is_null(2));
}

TEST(Columns, TruthsAreBits) {
    Column column(truth, "ready");
    for (int row = 0; row < 9; ++row) column.add_truth(row % 3 == 0);
    EXPECT_EQ(column.truths(), (std::vector<std::uint8_t>{0b01001001, 0b0}));
    EXPECT_TRUE(column.validity().empty()) << "there is no null";
    EXPECT_TRUE(column.truth(6));
    EXPECT_FALSE(column.truth(8));
}

TEST(Columns, TheFirstNullMayComeLate) {
    Column column(integer, "pods");
    for (std::int64_t row = 0; row < 10; ++row) column.add(row);
    column.add_null();
    EXPECT_EQ(column.validity(), (std::vector<std::uint8_t>{0xFF, 0b011}));
    EXPECT_EQ(column.integers().size(), 11U);
}

TEST(Columns, AValueOfAnotherKindIsOurMistake) {
    Column column(number, "seconds");
    column.add(1.5);
    EXPECT_THROW(column.add(std::int64_t{1}), sim::Defect);
    EXPECT_THROW(column.add(std::string_view("1")), sim::Defect);
}

TEST(Columns, AsJson) {
    Column name(text, "name"), count(integer, "count"), seconds(number, "seconds"), ready(truth, "ready");
    name.add("a");
    count.add(std::int64_t{3});
    seconds.add_null();
    ready.add_truth(true);
    const ColumnTable table{{name, count, seconds, ready}};
    EXPECT_EQ(to_json(table), R"({"name":["a"],"count":[3],"seconds":[null],"ready":[true]})");
}

}  // namespace
}  // namespace eks
