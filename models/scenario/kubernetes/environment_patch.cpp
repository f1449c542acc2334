#include "models/scenario/kubernetes/environment_patch.hpp"

#include <algorithm>
#include <string>

namespace eks {

void set_environment(JsonValue& container, const Reader& variables) {
    for (const auto& [name, value] : variables.members()) {
        JsonValue& list = container.member("env");
        if (list.kind != JsonKind::list) list = JsonValue::of_list(variables.value().origin);
        const auto is_named = [&, wanted = std::string_view(name)](const JsonValue& variable) {
            const JsonValue* its_name = variable.find("name");
            return its_name != nullptr && its_name->text == wanted;
        };
        if (value.is_null()) {
            value.mark_used();
            std::erase_if(list.items, is_named);
            continue;
        }
        const auto text = value.scalar_as_text();
        if (!text) continue;
        JsonValue variable = JsonValue::of_map(value.value().origin);
        variable.member("name") = JsonValue::of_text(name, value.value().origin);
        variable.member("value") = JsonValue::of_text(*text, value.value().origin);
        const auto there = std::ranges::find_if(list.items, is_named);
        if (there == list.items.end()) {
            list.items.push_back(std::move(variable));
        } else {
            *there = std::move(variable);
        }
    }
}

}  // namespace eks
