#include "models/scenario/document.hpp"

#include <fmt/format.h>

#include "models/scenario/cluster.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/set_path.hpp"

namespace eks {

namespace {

std::vector<std::string> file_names(const JsonValue& root) {
    std::vector<std::string> names;
    const JsonValue* files = root.find("files");
    if (files == nullptr || files->kind != JsonKind::list) return names;
    for (const JsonValue& file : files->items) names.push_back(file.text);
    return names;
}

}  // namespace

bool Document::read(std::string_view text, const LoadOptions& options) {
    std::vector<ListedPlace> places;
    if (!parse_json(text, origins_.add_document(), origins_, diagnostics_, root_, &places)) return false;
    spread_places(root_, origins_, places, file_names(root_));
    const Reader document(root_, reading_);
    if (!document.is_map()) {
        document.complain(Rule::wrong_type, fmt::format("a scenario must be a map, not {}", name_of(root_.kind)));
        return false;
    }
    // The file goes under first, so that `--set` can reach into what it brings along.
    lay_over_eksctl_file(root_, reading_);
    for (const auto& [path, value] : options.set) set_text(root_, path, value, reading_);
    // A `--set` may have brought a file of its own.
    lay_over_eksctl_file(root_, reading_);
    return true;
}

void check_matrix(Document& document) {
    const Reader root(document.root(), document.reading());
    const auto matrix = root.member("matrix");
    if (!matrix) return;
    std::int64_t variants = 1;
    JsonValue changed = document.root();
    for (const auto& [path, values] : matrix->members()) {
        const auto items = values.items();
        if (values.is_list() && items.empty()) values.complain(Rule::missing_field, fmt::format("{} lists no value", values.title()));
        // One value is enough to see whether the path leads anywhere.
        if (!items.empty()) set_value(changed, path, items.front().value(), values.value().origin, document.reading());
        if (variants <= limits::variants) variants *= std::max<std::int64_t>(1, static_cast<std::int64_t>(items.size()));
    }
    if (variants > limits::variants) {
        matrix->complain(Rule::beyond_reason, fmt::format("the matrix has more than {} combinations", limits::variants));
    }
}

sim::Result<std::vector<Variant>, Complaints> expand_matrix(std::string_view text, const LoadOptions& options) {
    Document document;
    if (!document.read(text, options)) return sim::failure(document.reading().diagnostics.errors());
    check_matrix(document);
    if (document.reading().diagnostics.has_errors()) return sim::failure(document.reading().diagnostics.errors());

    std::vector<Variant> variants(1);
    const Reader root(document.root(), document.reading());
    const auto matrix = root.member("matrix");
    if (!matrix) return variants;
    for (const auto& [path, values] : matrix->members()) {
        std::vector<Variant> longer;
        for (const Variant& variant : variants) {
            for (const Reader& value : values.items()) {
                longer.push_back(variant);
                longer.back().label.emplace_back(path, to_json_text(value.value()));
            }
        }
        variants = std::move(longer);
    }
    return variants;
}

}  // namespace eks
