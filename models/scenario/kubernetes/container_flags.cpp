#include "models/scenario/kubernetes/container_flags.hpp"

#include <algorithm>
#include <cctype>

namespace eks {
namespace {

std::vector<std::string> words_of(const std::string& text) {
    // An argument of its own may hold blanks; what is given to a shell holds several flags.
    if (text.find(" --") == std::string::npos) return {text};
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + " ") {
        if (std::isspace(static_cast<unsigned char>(c)) == 0) {
            if (c != '"' && c != '\'' && c != '\\') word += c;
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    return words;
}

void add_flags(const Reader& list, std::vector<ContainerFlag>& flags) {
    bool takes_value = false;
    for (const Reader& argument : list.items()) {
        const auto text = argument.scalar_as_text();
        if (!text) continue;
        for (const std::string& word : words_of(*text)) {
            if (!word.starts_with("--")) {
                if (takes_value) flags.back().value = word;
                takes_value = false;
                continue;
            }
            const std::size_t equals = word.find('=');
            takes_value = equals == std::string::npos;
            flags.push_back({word.substr(2, takes_value ? equals : equals - 2), std::nullopt, argument});
            if (!takes_value) flags.back().value = word.substr(equals + 1);
        }
    }
}

}  // namespace

std::optional<Reader> pod_spec_in(const Reader& object, WorkloadKind kind) {
    std::optional<Reader> at = object;
    const auto follow = [&](std::string_view key) { at = at && at->is_map() ? at->member(key) : std::nullopt; };
    if (kind != WorkloadKind::pod) {
        follow("spec");
        if (kind == WorkloadKind::cron_job) {
            follow("jobTemplate");
            follow("spec");
        }
        follow("template");
    }
    follow("spec");
    return at && at->is_map() ? at : std::nullopt;
}

std::vector<ContainerFlag> flags_of_containers(const Reader& object, WorkloadKind kind, std::string_view image) {
    std::vector<ContainerFlag> flags;
    const auto pod_spec = pod_spec_in(object, kind);
    if (!pod_spec) return flags;
    for (const Reader& container : pod_spec->items("containers")) {
        if (!container.is_map()) continue;
        const auto name = container.text("image");
        if (!name || name->find(image) == std::string::npos) continue;
        for (const std::string_view list : {"command", "args"}) {
            if (const auto arguments = container.member(list); arguments && arguments->is_list())
                add_flags(*arguments, flags);
        }
    }
    return flags;
}

std::optional<std::int32_t> minor_version_of_image(std::string_view image) {
    const std::size_t slash = image.rfind('/');
    const std::size_t colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view tag = image.substr(colon + 1);
    if (tag.starts_with('v')) tag.remove_prefix(1);
    const std::size_t point = tag.find('.');
    if (point == std::string_view::npos || point == 0 ||
        !std::ranges::all_of(tag.substr(0, point), [](unsigned char c) { return std::isdigit(c) != 0; }))
        return std::nullopt;
    std::int32_t minor = 0;
    std::size_t digits = 0;
    for (const char c : tag.substr(point + 1)) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0 || digits == 4) break;
        minor = minor * 10 + (c - '0');
        ++digits;
    }
    return digits > 0 ? std::optional(minor) : std::nullopt;
}

}  // namespace eks
