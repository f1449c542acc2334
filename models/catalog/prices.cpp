#include "models/catalog/prices.hpp"

#include "libsim/check.hpp"
#include "models/catalog/catalog_data.hpp"
#include "models/catalog/tsv.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace eks {

namespace price_table {
namespace {

// The lines of the file, found by the name they start with; the numbers in a line are read when they are asked for. The
// views point into the compiled-in text.
struct Table {
    std::vector<std::string_view> regions;
    std::vector<std::string_view> names;
    std::vector<std::string_view> fields;  // of the same index: the line without its name
};

Table read() {
    tsv::Lines lines(catalog_data::prices_tsv);
    Table table;
    tsv::Fields head(lines.next());
    CHECK(head.next() == "name", "prices.tsv does not start with the column of names");
    while (!head.at_end()) table.regions.push_back(head.next());
    for (std::string_view line = lines.next(); !line.empty(); line = lines.next()) {
        const std::size_t tab = line.find('\t');
        CHECK(tab != std::string_view::npos, "a line of prices.tsv has no price");
        table.names.push_back(line.substr(0, tab));
        table.fields.push_back(line.substr(tab + 1));
    }
    CHECK(std::is_sorted(table.regions.begin(), table.regions.end()), "the regions of prices.tsv are not sorted");
    CHECK(std::is_sorted(table.names.begin(), table.names.end()), "prices.tsv is not sorted by name");
    return table;
}

const Table& table() {
    static const Table instance = read();
    return instance;
}

// The index of `wanted` in a sorted list.
std::optional<std::size_t> index_in(const std::vector<std::string_view>& sorted, std::string_view wanted) {
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), wanted);
    if (place == sorted.end() || *place != wanted) return {};
    return static_cast<std::size_t>(place - sorted.begin());
}

}  // namespace
}  // namespace price_table

std::optional<MicroUsd> on_demand_price(std::string_view instance_type, std::string_view region) {
    const auto& [regions, names, lines] = price_table::table();
    const auto row = price_table::index_in(names, instance_type);
    const auto column = price_table::index_in(regions, region);
    if (!row || !column) return {};
    tsv::Fields fields(lines[*row]);
    for (std::size_t i = 0; i < *column; ++i) fields.next();
    const auto price = fields.next_integer<MicroUsd>();
    if (price == 0) return {};
    return price;
}

std::span<const std::string_view> priced_regions() { return price_table::table().regions; }

}  // namespace eks
