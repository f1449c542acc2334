#include "models/scenario/builder.hpp"

#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/registries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace eks {

namespace {

template <class Tag, class Map, class List, class Row>
sim::Index<Tag> position_of(Map& positions, List& list, std::string_view name, Row row) {
    const auto there = positions.find(name);
    if (there != positions.end()) return sim::Index<Tag>{there->second};
    const auto position = static_cast<std::uint32_t>(list.size());
    positions.emplace(std::string(name), position);
    list.push_back(std::move(row));
    return sim::Index<Tag>{position};
}

// "nginx" -> "nginx:latest". A colon before the last slash is a registry's port, not a tag.
std::string with_tag(std::string_view image) {
    const std::size_t slash = image.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
    if (image.find('@') != std::string_view::npos || last.find(':') != std::string_view::npos)
        return std::string(image);
    return std::string(image) + ":latest";
}

std::string title_of_parts(WorkloadKind kind, std::string_view namespace_name, std::string_view name) {
    return fmt::format("{}/{}/{}", kind_name(kind), namespace_name, name);
}

}  // namespace

ZoneIx ScenarioBuilder::zone(std::string_view name) {
    return position_of<ZoneTag>(zones_, spec.zones, name, std::string(name));
}

NamespaceIx ScenarioBuilder::namespace_named(std::string_view name) {
    return position_of<NamespaceTag>(namespaces_, spec.namespaces, name, std::string(name));
}

std::uint32_t ScenarioBuilder::registry_named(std::string_view host) {
    const auto there = std::ranges::find(spec.registries, host, &Registry::host);
    if (there != spec.registries.end()) return static_cast<std::uint32_t>(there - spec.registries.begin());
    Registry registry;
    for (const RegistryRule& rule : registry_rules) {
        if (!matches_wildcard(rule.pattern, host)) continue;
        registry = rule.settings;
        break;
    }
    registry.host = host;
    spec.registries.push_back(std::move(registry));
    return static_cast<std::uint32_t>(spec.registries.size() - 1);
}

ImageIx ScenarioBuilder::image(std::string_view name) {
    Image image;
    image.name = with_tag(name);
    const std::string full_name = image.name;
    image.registry = registry_named(registry_host_of(full_name));
    return position_of<ImageTag>(images_, spec.images, full_name, std::move(image));
}

std::optional<ResourceKind> ScenarioBuilder::extended_resource_named(const Reader& at, std::string_view name) {
    const std::size_t slash = name.find('/');
    if (slash == std::string_view::npos || name.substr(0, slash).ends_with("kubernetes.io")) return std::nullopt;
    for (const ResourceKind kind : all_resource_kinds) {
        if (!is_extended(kind) && resource_name(kind) == name) return std::nullopt;
    }
    auto& names = spec.extended_resources;
    const auto known = std::ranges::find(names, name);
    if (known != names.end()) return extended_resource(static_cast<std::size_t>(known - names.begin()));
    if (names.size() == extended_resource_count) {
        at.complain(Rule::beyond_reason,
                    fmt::format("{} is about {}, and there are {} other extended resources already", at.title(), name,
                                extended_resource_count),
                    "ekssim tells so many apart, beside nvidia.com/gpu and aws.amazon.com/neuron");
        return std::nullopt;
    }
    names.emplace_back(name);
    return extended_resource(names.size() - 1);
}

std::optional<std::int32_t> ScenarioBuilder::time_zone(std::string_view name) {
    if (name == "UTC" || name == "Etc/UTC" || name == "Etc/UCT" || name == "UCT" || name == "Zulu") return -1;
    const auto there = time_zones_.find(name);
    if (there == time_zones_.end()) return std::nullopt;
    return there->second;
}

void ScenarioBuilder::read_time_zones(const Reader& zones) {
    constexpr std::int64_t offset_max = std::int64_t{26} * 3600;
    constexpr std::int64_t unix_max = std::int64_t{1} << 40;
    for (const auto& [name, entry] : zones.members()) {
        TimeZone zone;
        if (const auto offset = entry.integer("first_offset", -offset_max, offset_max)) {
            zone.first_offset_seconds = static_cast<std::int32_t>(*offset);
        }
        for (const Reader& item : entry.items("transitions")) {
            const auto pair = item.items();
            if (pair.size() != 2) {
                item.complain(Rule::wrong_type, fmt::format("{} must be [unix seconds, offset seconds]", item.title()));
                continue;
            }
            const auto at = pair[0].integer(-unix_max, unix_max);
            const auto offset = pair[1].integer(-offset_max, offset_max);
            if (!at || !offset) continue;
            if (!zone.transitions.empty() && zone.transitions.back().unix_seconds >= *at) {
                item.complain(Rule::out_of_range, fmt::format("{}: the transitions of a zone must rise", item.title()));
                continue;
            }
            zone.transitions.push_back({*at, static_cast<std::int32_t>(*offset)});
        }
        time_zones_.emplace(name, static_cast<std::int32_t>(spec.time_zones.size()));
        spec.time_zones.push_back(std::move(zone));
    }
}

WorkloadIx ScenarioBuilder::add_workload(Workload workload, PodTemplate pod_template, const Reader& object) {
    const auto position = static_cast<std::uint32_t>(spec.workloads.size());
    const std::string title = title_of_parts(workload.kind, workload.namespace_name, workload.name);
    const bool is_new = workloads_.emplace(title, position).second;
    CHECK(is_new, "a workload was entered twice");
    namespace_named(workload.namespace_name);
    workload.stable_key = stable_key_of(title);
    workload.pod_template = TemplateIx{static_cast<std::uint32_t>(spec.templates.size())};
    pod_template.workload = WorkloadIx{position};
    pod_template.namespace_name = workload.namespace_name;
    if (const auto place = object.place()) workload.place = to_text(*place);
    spec.templates.push_back(std::move(pod_template));
    spec.workloads.push_back(std::move(workload));
    objects_.push_back(object);
    return WorkloadIx{position};
}

std::optional<WorkloadIx> ScenarioBuilder::find_workload(WorkloadKind kind, std::string_view namespace_name,
                                                         std::string_view name) const {
    const auto there = workloads_.find(title_of_parts(kind, namespace_name, name));
    if (there == workloads_.end()) return std::nullopt;
    return WorkloadIx{there->second};
}

std::string ScenarioBuilder::title_of(WorkloadIx workload) const {
    const Workload& row = spec.workloads[workload.value];
    return title_of_parts(row.kind, row.namespace_name, row.name);
}

std::optional<SubnetIx> ScenarioBuilder::subnet_named_by(const Reader& at) const {
    const auto name = at.text();
    if (!name) return std::nullopt;
    // An exact name of the Spec goes first: a zone as a key may stand for a private and a public subnet.
    for (const bool by_name : {true, false}) {
        for (const NamedSubnet& s : subnets) {
            if (by_name ? spec[s.subnet].name == *name : s.key == *name || (!s.id.empty() && s.id == *name))
                return s.subnet;
        }
    }
    std::vector<std::string_view> known;
    for (const NamedSubnet& s : subnets) known.push_back(spec[s.subnet].name);
    at.complain(Rule::unknown_subnet, fmt::format("{} is \"{}\", which is not among vpc.subnets", at.title(), *name),
                did_you_mean(*name, known));
    return std::nullopt;
}

std::vector<WorkloadIx> ScenarioBuilder::workloads_matching(std::string_view selector) const {
    std::vector<WorkloadIx> matching;
    for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) {
        if (matches_wildcard(selector, title_of(WorkloadIx{i}))) matching.push_back(WorkloadIx{i});
    }
    return matching;
}

std::string ScenarioBuilder::hint_for_selector(std::string_view selector) const {
    std::vector<std::string> titles;
    for (std::uint32_t i = 0; i < spec.workloads.size(); ++i) titles.push_back(title_of(WorkloadIx{i}));
    const std::vector<std::string_view> known(titles.begin(), titles.end());
    return did_you_mean(selector, known);
}

std::vector<WorkloadIx> ScenarioBuilder::workloads_named_by(const Reader& selector) const {
    const auto text = selector.text();
    if (!text) return {};
    if (std::count(text->begin(), text->end(), '/') != 2) {
        selector.complain(Rule::bad_selector,
                          fmt::format("{} is \"{}\", which is not Kind/namespace/name", selector.title(), *text),
                          "such as Deployment/shop/checkout, or CronJob/reports/*");
        return {};
    }
    auto matching = workloads_matching(*text);
    if (matching.empty()) {
        selector.complain(Rule::matches_nothing,
                          fmt::format("{} is \"{}\", which matches no workload", selector.title(), *text),
                          hint_for_selector(*text));
    }
    return matching;
}

void ScenarioBuilder::need_names(WorkloadIx workload, std::string because) {
    if (names_needed.emplace(workload.value, std::move(because)).second) spec.dns.in_need.push_back(workload);
    use_resolver_of(workload);
}

void ScenarioBuilder::use_resolver_of(WorkloadIx workload) {
    const std::string prefix = title_of(workload) + " spec.";
    std::erase_if(ignored, [&](const IgnoredPath& one) {
        const bool is_about_names =
            one.path.starts_with(prefix) &&
            (one.path.ends_with(".dnsPolicy") || one.path.find(".dnsConfig.options") != std::string::npos);
        if (is_about_names && !spec[workload].is_addon) leaves.ignored -= one.count;
        return is_about_names;
    });
}

void ScenarioBuilder::assume(std::string what, std::string value, std::string rule) {
    assumptions.push_back({std::move(what), std::move(value), std::move(rule)});
}

void ScenarioBuilder::list_ignored_anew(const std::string& subject, const JsonValue& object) {
    std::erase_if(ignored, [&](const IgnoredPath& one) {
        const bool is_its = one.path == subject || one.path.starts_with(subject + " ");
        if (is_its) leaves.ignored -= one.count;
        return is_its;
    });
    list_ignored(subject, object);
    for (const IgnoredLeaves& unread : unread_leaves(object)) leaves.ignored += unread.count;
}

void ScenarioBuilder::list_ignored(const std::string& subject, const JsonValue& object) {
    for (const IgnoredLeaves& unread : unread_leaves(object)) {
        ignored.push_back({unread.path.empty() ? subject : subject + " " + unread.path, unread.count});
    }
}

namespace {

// Matches one [...] at the start of the pattern. Answers how many characters it takes, 0 if it is not closed.
std::size_t match_set(std::string_view pattern, char c, bool& matches) {
    std::size_t i = 1;
    const bool is_negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
    if (is_negated) ++i;
    bool found = false;
    for (const std::size_t first = i; i < pattern.size() && (pattern[i] != ']' || i == first); ++i) {
        if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
            found = found || (pattern[i] <= c && c <= pattern[i + 2]);
            i += 2;
        } else {
            found = found || pattern[i] == c;
        }
    }
    if (i >= pattern.size()) return 0;
    matches = found != is_negated && c != '/';
    return i + 1;
}

}  // namespace

bool matches_wildcard(std::string_view pattern, std::string_view text) {
    // Linear with one point to come back to: the last star and the letter it had reached.
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_reached = 0;
    while (t < text.size()) {
        bool matches = false;
        std::size_t taken = 1;
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_reached = t;
            continue;
        }
        if (p < pattern.size() && pattern[p] == '?') {
            matches = text[t] != '/';
        } else if (p < pattern.size() && pattern[p] == '[') {
            taken = match_set(pattern.substr(p), text[t], matches);
            if (taken == 0) {
                matches = text[t] == '[';
                taken = 1;
            }
        } else if (p < pattern.size()) {
            matches = pattern[p] == text[t];
        }
        if (matches) {
            p += taken;
            ++t;
            continue;
        }
        if (star == std::string_view::npos || text[star_reached] == '/') return false;
        p = star + 1;
        t = ++star_reached;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace eks
