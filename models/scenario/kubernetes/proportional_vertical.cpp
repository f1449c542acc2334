// The flags and the configuration are those of kubernetes-sigs/cluster-proportional-vertical-autoscaler 0.8: a map of
// containers by name, or, as its first versions had it, a list of them.
#include "models/scenario/kubernetes/proportional_vertical.hpp"

#include "models/scenario/kubernetes/config_maps.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::array<std::string_view, 2> images{"cpvpa", "cluster-proportional-vertical-autoscaler"};

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lowered;
}

class VerticalReading {
  public:
    VerticalReading(WorkloadIx pods, std::string_view image, const KubernetesObjects& objects, ScenarioBuilder& builder)
        : objects_(objects),
          builder_(builder),
          object_(builder.object_of(pods)),
          flags_(flags_of_containers(object_, builder.spec[pods].kind, image)) {
        scaler_.pods = pods;
    }

    void read() {
        const std::string space = value_of("namespace").value_or(builder_.spec[scaler_.pods].namespace_name);
        if (!read_target(space) || !read_configuration()) return;
        for (const ContainerFlag& each : flags_) {
            if (std::ranges::find(known, std::string_view(each.name)) == known.end())
                builder_.ignored.push_back({fmt::format("{} --{}", builder_.title_of(scaler_.pods), each.name), 1});
        }
        builder_.spec.pod_scaling.proportional_vertical.push_back(std::move(scaler_));
    }

  private:
    static constexpr std::array<std::string_view, 4> known{"target", "namespace", "config-file", "default-config"};

    const ContainerFlag* flag(std::string_view name) const {
        const auto at = std::ranges::find(flags_, name, &ContainerFlag::name);
        return at == flags_.end() ? nullptr : &*at;
    }
    std::optional<std::string> value_of(std::string_view name) const {
        const ContainerFlag* const found = flag(name);
        return found == nullptr ? std::nullopt : found->value;
    }

    // "deployment/typha", whatever the case.
    bool read_target(const std::string& space) {
        const ContainerFlag* const given = flag("target");
        if (given == nullptr) {
            object_.warn(Rule::unused_setting, fmt::format("{} has no --target, so it sizes nothing", object_.title()));
            return false;
        }
        const std::string text = given->value.value_or("");
        const std::size_t slash = text.find('/');
        const std::string kind = lower(text.substr(0, slash));
        const std::string name = slash == std::string::npos ? std::string() : text.substr(slash + 1);
        for (const WorkloadKind one : {WorkloadKind::deployment, WorkloadKind::replica_set, WorkloadKind::daemon_set}) {
            if (lower(kind_name(one)) != kind) continue;
            scaler_.target = builder_.find_workload(one, space, name).value_or(WorkloadIx::none());
        }
        if (scaler_.target.valid()) return true;
        given->at.warn(Rule::unused_setting, fmt::format("{} sizes {}, which is not there", object_.title(), text));
        return false;
    }

    // The file where it comes from a ConfigMap that is there, else the default.
    bool read_configuration() {
        if (const auto file = value_of("config-file")) {
            if (const auto mounted = mounted_file(*file)) return read_containers(*mounted);
        }
        const ContainerFlag* const given = flag("default-config");
        const auto parsed =
            given == nullptr ? std::nullopt : parsed_within(given->value.value_or(""), given->at, builder_);
        if (parsed) return read_containers(*parsed);
        if (given == nullptr)
            object_.warn(Rule::unused_setting,
                         fmt::format("{} has neither a --config-file from a ConfigMap that is there nor a "
                                     "--default-config, so it sizes nothing",
                                     object_.title()));
        return false;
    }

    // The entry of that name in a ConfigMap that the pod mounts.
    std::optional<Reader> mounted_file(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
        const auto pod_spec = pod_spec_in(object_, builder_.spec[scaler_.pods].kind);
        if (!pod_spec) return std::nullopt;
        for (const Reader& volume : pod_spec->items("volumes")) {
            const auto source = volume.is_map() ? volume.member("configMap") : std::nullopt;
            const auto map = source && source->is_map() ? source->text("name") : std::nullopt;
            const auto data =
                map ? data_of_config_map(objects_, builder_.spec[scaler_.pods].namespace_name, *map) : std::nullopt;
            const auto entry = data ? data->member(name) : std::nullopt;
            if (entry && entry->is_text()) return parsed_within(entry->text().value_or(""), *entry, builder_);
        }
        return std::nullopt;
    }

    bool read_containers(const Reader& configuration) {
        if (configuration.is_map()) {
            for (const auto& [name, container] : configuration.members()) add(name, container);
        } else {
            for (const Reader& container : configuration.items()) {
                if (container.expect_map()) add(container.text("name").value_or(""), container);
            }
        }
        return !scaler_.containers.empty();
    }

    void add(const std::string& name, const Reader& container) {
        if (!container.expect_map()) return;
        const std::vector<ContainerSpec>& there = builder_.spec.template_of(scaler_.target).containers;
        const auto at = std::ranges::find(there, name, &ContainerSpec::name);
        if (at == there.end()) {
            container.complain(
                Rule::bad_proportional_scaler,
                fmt::format("{}: {} has no container \"{}\"", object_.title(), builder_.title_of(scaler_.target), name),
                "the configuration names containers of the target");
            return;
        }
        ProportionalContainer sizes;
        sizes.container = static_cast<std::uint32_t>(at - there.begin());
        read_amounts(container.member("requests"), sizes.cpu_request, sizes.memory_request);
        read_amounts(container.member("limits"), sizes.cpu_limit, sizes.memory_limit);
        scaler_.containers.push_back(sizes);
    }

    void read_amounts(const std::optional<Reader>& resources, std::optional<ProportionalAmount>& cpu,
                      std::optional<ProportionalAmount>& memory) {
        if (!resources || !resources->expect_map()) return;
        for (const auto& [name, law] : resources->members()) {
            if (!law.expect_map()) continue;
            if (name == "cpu")
                cpu = read_amount(law, QuantityUnit::milli);
            else if (name == "memory")
                memory = read_amount(law, QuantityUnit::whole);
            else
                builder_.ignored.push_back({fmt::format("{} {}", builder_.title_of(scaler_.pods), name), 1});
        }
    }

    static ProportionalAmount read_amount(const Reader& law, QuantityUnit unit) {
        constexpr std::int64_t most = 1'000'000'000;
        const auto quantity = [&](std::string_view key) {
            const auto at = law.member(key);
            return at ? at->quantity(unit).value_or(0) : 0;
        };
        ProportionalAmount amount;
        amount.base = quantity("base");
        amount.step = quantity("step");
        amount.most = quantity("max");
        amount.cores_per_step = law.integer("coresPerStep", 0, most).value_or(0);
        amount.nodes_per_step = law.integer("nodesPerStep", 0, most).value_or(0);
        return amount;
    }

    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    const Reader& object_;
    std::vector<ContainerFlag> flags_;
    ProportionalVertical scaler_;
};

}  // namespace

void read_proportional_vertical(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    const Spec& spec = builder.spec;
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        const WorkloadIx ix = WorkloadIx::of(i);
        if (spec[ix].kind != WorkloadKind::deployment) continue;
        for (const ContainerSpec& container : spec.template_of(ix).containers) {
            if (!container.image) continue;
            const std::string& name = spec.images[container.image.value].name;
            const auto image = std::ranges::find_if(
                images, [&](std::string_view each) { return name.find(each) != std::string::npos; });
            if (image == images.end()) continue;
            VerticalReading(ix, *image, objects, builder).read();
            break;
        }
    }
}

}  // namespace eks
