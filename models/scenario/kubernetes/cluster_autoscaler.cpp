#include "models/scenario/kubernetes/cluster_autoscaler.hpp"

#include "models/scenario/kubernetes/asg_template.hpp"
#include "models/scenario/kubernetes/cluster_autoscaler_flags.hpp"
#include "models/scenario/kubernetes/expander_priorities.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view image_of_autoscaler = "cluster-autoscaler";
constexpr std::string_view priorities_name = "cluster-autoscaler-priority-expander";

const std::string* image_of(const Spec& spec, WorkloadIx workload) {
    if (spec[workload].kind == WorkloadKind::job || spec[workload].kind == WorkloadKind::cron_job) return nullptr;
    for (const ContainerSpec& container : spec.template_of(workload).containers) {
        if (!container.image) continue;
        const std::string& name = spec.images[container.image.value].name;
        // The last part of the name, so that a registry or a folder of that name is none.
        const std::size_t slash = name.rfind('/');
        if (name.find(image_of_autoscaler, slash == std::string::npos ? 0 : slash) != std::string::npos) return &name;
    }
    return nullptr;
}

// As EKS and eksctl name the Auto Scaling groups that they make, but for what is random at the end.
std::string asg_name_of(const Spec& spec, const NodeGroup& group) {
    return group.is_managed
               ? fmt::format("eks-{}-00000000-0000-0000-0000-000000000000", group.name)
               : fmt::format("eksctl-{}-nodegroup-{}-NodeGroup-000000000000", spec.cluster_name, group.name);
}

// Whether somebody means this group by the name of its Auto Scaling group.
bool is_named(const NodeGroup& group, const std::string& name) {
    if (name == group.name || name.starts_with("eks-" + group.name + "-")) return true;
    const std::string infix = "-nodegroup-" + group.name;
    const std::size_t at = name.find(infix);
    return name.starts_with("eksctl-") && at != std::string::npos &&
           (at + infix.size() == name.size() || name[at + infix.size()] == '-');
}

class AutoscalerReading {
  public:
    AutoscalerReading(WorkloadIx pods, const KubernetesObjects& objects, ScenarioBuilder& builder)
        : pods_(pods), objects_(objects), builder_(builder), title_(builder.title_of(pods)) {}

    void read(const std::string& image) {
        auto minor = minor_version_of_image(image);
        if (!minor) {
            minor = builder_.spec.kubernetes.minor;
            builder_.assume(title_ + " version", fmt::format("1.{}", *minor),
                            "GEN-1: the image's tag names none, so that of the cluster");
        }
        flags_ = read_autoscaler_flags(
            flags_of_containers(builder_.object_of(pods_), builder_.spec[pods_].kind, image_of_autoscaler), *minor,
            title_, builder_);
        flags_.settings.pods = pods_;
        take_named_groups();
        discover_groups();
        if (flags_.settings.groups.empty())
            builder_.object_of(pods_).warn(Rule::unused_setting, fmt::format("{} scales no node group", title_),
                                           "give it --node-group-auto-discovery, or --nodes=<min>:<max>:<name>");
        read_priorities();
        const sim::Duration guess = flags_.settings.loop_time;
        flags_.settings.loop_time = builder_.spec.cluster_autoscaler.loop_time;  // of `assume`
        if (flags_.settings.loop_time == guess)
            builder_.assume("assume.clusterAutoscalerLoop", sim::to_text(guess), "CA-61: a guess");
        builder_.spec.cluster_autoscaler = std::move(flags_.settings);
    }

  private:
    AutoscaledGroup* find(NodeGroupIx group) {
        auto& groups = flags_.settings.groups;
        const auto at = std::ranges::find(groups, group, &AutoscaledGroup::group);
        return at == groups.end() ? nullptr : &*at;
    }

    AutoscaledGroup& add(NodeGroupIx ix) {
        AutoscaledGroup group;
        group.group = ix;
        group.minimum = builder_.spec[ix].minimum;
        group.maximum = builder_.spec[ix].maximum;
        group.scale_down = flags_.scale_down;
        NodeShape shape = asg_template(ix, group.scale_down, builder_);
        group.asg_template = NodeShapeIx::of(builder_.spec.shapes.size());
        builder_.spec.shapes.push_back(std::move(shape));
        return flags_.settings.groups.emplace_back(group);
    }

    void complain(const ContainerFlag& flag, std::string_view what, std::string hint) const {
        flag.at.complain(Rule::bad_cluster_autoscaler,
                         fmt::format("{}: --{} is \"{}\", {}", title_, flag.name, flag.value.value_or(""), what),
                         std::move(hint));
    }

    // --nodes=<min>:<max>:<name of the Auto Scaling group>
    void take_named_groups() {
        for (const ContainerFlag& flag : flags_.nodes) {
            const std::string text = flag.value.value_or("");
            const std::size_t first = text.find(':');
            const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
            std::int32_t least = 0;
            std::int32_t most = 0;
            const auto number = [&](std::size_t from, std::size_t to, std::int32_t& into) {
                const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, into);
                return error == std::errc() && end == text.data() + to && into >= 0;
            };
            if (second == std::string::npos || !number(0, first, least) || !number(first + 1, second, most) ||
                least > most) {
                complain(flag, "which is no <min>:<max>:<name>", "write it as --nodes=1:10:workers");
                continue;
            }
            take_group(flag, text.substr(second + 1), least, most);
        }
    }

    void take_group(const ContainerFlag& flag, const std::string& name, std::int32_t least, std::int32_t most) {
        const std::vector<NodeGroup>& all = builder_.spec.node_groups;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].is_node_pool || !is_named(all[i], name)) continue;
            AutoscaledGroup& group = add(NodeGroupIx::of(i));
            group.minimum = least;
            group.maximum = std::min(most, all[i].maximum);
            if (most > all[i].maximum)
                flag.at.warn(Rule::unused_setting,
                             fmt::format("{}: --nodes lets {} grow to {}, and its Auto Scaling group to {} only",
                                         title_, all[i].name, most, all[i].maximum),
                             "raise maxSize of the group");
            return;
        }
        std::vector<std::string_view> known;
        for (const NodeGroup& group : all) known.push_back(group.name);
        complain(flag, "and there is no such node group", did_you_mean(name, known));
    }

    // asg:tag=<key>[=<value>],…: which groups have which tags is not looked at.
    void discover_groups() {
        if (flags_.auto_discovery.empty()) return;
        for (const ContainerFlag& flag : flags_.auto_discovery) {
            if (flag.value.value_or("").starts_with("asg:tag=")) continue;
            complain(flag, "which discovers nothing on AWS",
                     "write it as asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/<cluster name>");
            return;
        }
        std::size_t found = 0;
        for (std::size_t i = 0; i < builder_.spec.node_groups.size(); ++i) {
            if (builder_.spec.node_groups[i].is_node_pool || find(NodeGroupIx::of(i)) != nullptr) continue;
            add(NodeGroupIx::of(i));
            ++found;
        }
        if (found > 0)
            builder_.assume(title_ + " --node-group-auto-discovery", "every node group",
                            "EKS tags those of managed node groups; the others are taken to be tagged, too");
    }

    // CA-24. A text that the real one would not understand is no complaint of it either: it keeps all options.
    void read_priorities() {
        using cluster_autoscaler::Expander;
        const bool is_asked =
            std::ranges::find(flags_.settings.expanders, Expander::priority) != flags_.settings.expanders.end();
        if (!is_asked) return;
        const std::string map_title = fmt::format("ConfigMap/{}/{}", flags_.name_space, priorities_name);
        const auto position = objects_.find(map_title);
        if (!position) {
            builder_.object_of(pods_).warn(
                Rule::bad_cluster_autoscaler,
                fmt::format("{} asks for the expander priority, and there is no {}: it keeps all options", title_,
                            map_title));
            return;
        }
        const Reader map = objects_.reader_of(objects_.all()[*position]);
        const auto data = map.member("data");
        const auto text = data && data->is_map() ? data->member("priorities") : std::nullopt;
        const auto priorities =
            text && text->is_text() ? ExpanderPriorities::parse(text->text().value_or("")) : std::nullopt;
        if (!priorities) {
            (text ? *text : map)
                .complain(
                    Rule::bad_cluster_autoscaler,
                    fmt::format("{}: its data have no priorities that can be read: whole numbers with lists of regular "
                                "expressions",
                                map_title),
                    "such as 10: [\".*\"] and 50: [\".*spot.*\"]");
            return;
        }
        for (AutoscaledGroup& group : flags_.settings.groups) {
            const auto highest = priorities->highest_for(asg_name_of(builder_.spec, builder_.spec[group.group]));
            group.has_priority = highest.has_value();
            group.priority = highest.value_or(0);
        }
    }

    WorkloadIx pods_;
    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    std::string title_;
    AutoscalerFlags flags_;
};

}  // namespace

void read_cluster_autoscaler(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx pods = WorkloadIx::of(i);
        const std::string* image = image_of(builder.spec, pods);
        if (image == nullptr) continue;
        if (builder.spec.cluster_autoscaler.pods.valid()) {
            builder.object_of(pods).warn(
                Rule::unused_setting,
                fmt::format("{} is a second Cluster Autoscaler; only {} scales node groups", builder.title_of(pods),
                            builder.title_of(builder.spec.cluster_autoscaler.pods)));
            continue;
        }
        AutoscalerReading(pods, objects, builder).read(*image);
    }
}

}  // namespace eks
