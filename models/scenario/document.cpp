#include "models/scenario/document.hpp"

#include "models/scenario/cluster.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/set_path.hpp"

#include <fmt/format.h>

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
    for (const auto& [at, change] : options.changes) {
        const OriginIx origin = origins_.add_source(fmt::format("change at {}", sim::to_text(at)));
        changes_.emplace_back(at, JsonValue{});
        if (!parse_json(change, origin, origins_, diagnostics_, changes_.back().second)) return false;
    }
    return true;
}

std::vector<OutsideChange> Document::changes() {
    std::vector<OutsideChange> changes;
    for (const auto& [at, entry] : changes_) changes.push_back({at, Reader(entry, reading_, "change")});
    return changes;
}

void check_matrix(Document& document) {
    const Reader root(document.root(), document.reading());
    const auto matrix = root.member("matrix");
    if (!matrix) return;
    std::int64_t variants = 1;
    JsonValue changed = document.root();
    for (const auto& [path, values] : matrix->members()) {
        const auto items = values.items();
        if (values.is_list() && items.empty())
            values.complain(Rule::missing_field, fmt::format("{} lists no value", values.title()));
        // One value is enough to see whether the path leads anywhere.
        if (!items.empty()) set_value(changed, path, items.front().value(), values.value().origin, document.reading());
        if (variants <= limits::variants)
            variants *= std::max<std::int64_t>(1, static_cast<std::int64_t>(items.size()));
    }
    if (variants > limits::variants) {
        matrix->complain(Rule::beyond_reason,
                         fmt::format("the matrix has more than {} combinations", limits::variants));
    }
}

void check_variants(Document& document) {
    const Reader root(document.root(), document.reading());
    const auto list = root.member("variants");
    if (!list) return;
    if (!list->expect_list()) return;
    std::vector<std::string> names;
    for (const Reader& entry : list->items()) {
        if (!entry.expect_map()) continue;
        entry.refuse_unknown_members(keys::variant);
        if (const auto name = entry.required("name")) {
            if (const auto text = name->text()) {
                if (std::find(names.begin(), names.end(), *text) != names.end()) {
                    name->complain(Rule::duplicate_name, fmt::format("a second variant is called \"{}\"", *text),
                                   "give each a name of its own");
                }
                names.push_back(*text);
            }
        }
        const auto set = entry.required("set");
        if (!set || !set->expect_map()) continue;
        for (const auto& [path, value] : set->members()) {
            JsonValue copy = document.root();
            set_value(copy, path, value.value(), value.value().origin, document.reading());
        }
    }
}

sim::Result<std::vector<Variant>, Complaints> expand_variants(std::string_view text, const LoadOptions& options) {
    Document document;
    if (!document.read(text, options)) return sim::failure(document.reading().diagnostics.errors());
    check_matrix(document);
    check_variants(document);
    if (document.reading().diagnostics.has_errors()) return sim::failure(document.reading().diagnostics.errors());

    const Reader root(document.root(), document.reading());
    std::vector<Variant> variants(1);
    if (const auto list = root.member("variants")) {
        variants.front().name = "as written";
        for (const Reader& entry : list->items()) {
            Variant variant;
            variant.name = *entry.member("name")->text();
            for (const auto& [path, value] : entry.member("set")->members())
                variant.set.emplace_back(path, to_json_text(value.value()));
            variants.push_back(std::move(variant));
        }
    }
    const auto matrix = root.member("matrix");
    if (!matrix) return variants;
    for (const auto& [path, values] : matrix->members()) {
        std::vector<Variant> longer;
        for (const Variant& variant : variants) {
            for (const Reader& value : values.items()) {
                longer.push_back(variant);
                longer.back().combination.emplace_back(path, to_json_text(value.value()));
                longer.back().set.push_back(longer.back().combination.back());
            }
        }
        variants = std::move(longer);
    }
    return variants;
}

}  // namespace eks
