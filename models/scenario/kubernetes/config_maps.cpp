#include "models/scenario/kubernetes/config_maps.hpp"

#include <fmt/format.h>

#include <utility>

namespace eks {

std::optional<Reader> data_of_config_map(const KubernetesObjects& objects, std::string_view namespace_name,
                                         std::string_view name) {
    const auto position = objects.find(fmt::format("ConfigMap/{}/{}", namespace_name, name));
    if (!position) return std::nullopt;
    const auto data = objects.reader_of(objects.all()[*position]).member("data");
    return data && data->is_map() ? data : std::nullopt;
}

std::optional<Reader> parsed_within(const std::string& text, const Reader& at, ScenarioBuilder& builder) {
    JsonValue value;
    if (!parse_json(text, at.value().origin, builder.reading.origins, builder.reading.diagnostics, value))
        return std::nullopt;
    builder.kept.push_back(std::move(value));
    return Reader(builder.kept.back(), builder.reading, at.path(), at.subject());
}

}  // namespace eks
