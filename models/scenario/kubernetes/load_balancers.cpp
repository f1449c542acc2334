#include "models/scenario/kubernetes/load_balancers.hpp"

#include "models/scenario/kubernetes/load_balancer_attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace eks {

namespace {

std::optional<std::string> annotation(const Reader& object, std::string_view key) {
    const auto at = annotation_of(object, key);
    return at ? at->text() : std::nullopt;
}

// The in-tree controller of the cloud provider makes a Classic Load Balancer unless it is told otherwise; the AWS Load
// Balancer Controller, and EKS Auto Mode, take those of their class, or with their annotation, and make an NLB. Any
// other class is somebody's whose balancer is not one of AWS.
std::optional<BalancerKind> kind_of_service(const Reader& object, std::string_view of_class) {
    if (of_class.starts_with("service.k8s.aws/") || of_class.starts_with("eks.amazonaws.com/"))
        return BalancerKind::network;
    if (!of_class.empty()) return std::nullopt;
    const auto type = annotation(object, "service.beta.kubernetes.io/aws-load-balancer-type").value_or("");
    const bool is_network = type == "nlb" || type == "nlb-ip" || type == "external";
    return is_network ? BalancerKind::network : BalancerKind::classic;
}

// The name of the Service behind a backend, of networking.k8s.io/v1 or of the forms before it.
std::optional<std::string> service_of(const Reader& backend) {
    if (!backend.is_map()) return std::nullopt;
    if (const auto service = backend.member("service"); service && service->is_map()) return service->text("name");
    return backend.text("serviceName");
}

std::string full_name(const Service& service) { return service.namespace_name + "/" + service.name; }

std::optional<std::uint32_t> index_of_service(const Spec& spec, const std::string& name) {
    const auto found = std::ranges::find(spec.services, name, full_name);
    if (found == spec.services.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - spec.services.begin());
}

std::vector<std::string> services_behind(const Reader& spec, const std::string& namespace_name) {
    std::vector<std::string> services;
    const auto add = [&](const std::optional<Reader>& backend) {
        const auto service = backend ? service_of(*backend) : std::nullopt;
        if (service) services.push_back(namespace_name + "/" + *service);
    };
    add(spec.member("defaultBackend"));
    for (const Reader& rule : spec.items("rules")) {
        const auto http = rule.is_map() ? rule.member("http") : std::nullopt;
        if (!http || !http->is_map()) continue;
        for (const Reader& path : http->items("paths")) {
            if (path.is_map()) add(path.member("backend"));
        }
    }
    return services;
}

// How long a new target is checked, in seconds, with the defaults of the AWS Load Balancer Controller: checks 15 s
// apart for an ALB and 10 s for an NLB (its pkg/ingress and pkg/service, model_build_target_group.go). An ALB takes a
// target that is new for healthy after one check that passes, whatever its threshold
// (docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html); of an NLB AWS does not
// say so, and its threshold is taken to hold.
std::int64_t seconds_of_checks(const Reader& object, const std::string& prefix, bool is_network) {
    const auto number = [&](std::string_view word, std::int64_t by_default) {
        const auto text = annotation(object, prefix + std::string(word));
        std::int64_t value = 0;
        if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
            return by_default;
        return std::clamp<std::int64_t>(value, 1, 300);
    };
    return is_network ? number("healthcheck-interval", 10) * number("healthcheck-healthy-threshold", 3)
                      : number("healthcheck-interval-seconds", 15);
}

// Its listeners: as many as listen-ports has entries; by default one.
std::int32_t listeners_of_ingress(const Reader& object) {
    const auto ports = annotation(object, "alb.ingress.kubernetes.io/listen-ports").value_or("");
    return std::max(1, static_cast<std::int32_t>(std::ranges::count(ports, '{')));
}

struct IngressRules {
    std::int32_t paths = 0;
    bool has_host = false;
};
IngressRules rules_of_ingress(const Reader& spec) {
    IngressRules rules;
    for (const Reader& rule : spec.items("rules")) {
        if (!rule.is_map()) continue;
        rules.has_host = rules.has_host || !rule.text("host").value_or("").empty();
        if (const auto http = rule.member("http"); http && http->is_map())
            rules.paths += static_cast<std::int32_t>(http->items("paths").size());
    }
    return rules;
}

bool names_host(const Reader& object) {
    return !annotation(object, "external-dns.alpha.kubernetes.io/hostname").value_or("").empty();
}

}  // namespace

LoadBalancerObjects::Named& LoadBalancerObjects::named(BalancerKind kind, const std::string& name) {
    const auto found = std::ranges::find(balancers_, name, [](const Named& each) { return each.balancer.name; });
    if (found != balancers_.end()) return *found;
    Named& added = balancers_.emplace_back();
    added.balancer.kind = kind;
    added.balancer.name = name;
    return added;
}

// What the AWS Load Balancer Controller reads: internal by default. It looks at the health of new targets each 15 s.
void LoadBalancerObjects::read_targets(const Reader& object, const std::string& prefix, Named& balancer) {
    constexpr std::int64_t looks_each = 15;
    const std::int64_t checked = seconds_of_checks(object, prefix, balancer.balancer.kind != BalancerKind::application);
    balancer.healthy = sim::Duration::seconds((checked + looks_each - 1) / looks_each * looks_each);
    balancer.faces_internet = balancer.faces_internet || annotation(object, prefix + "scheme") == "internet-facing";
}

// The object as its controller makes it, before what depends on its kind.
BalancerObject LoadBalancerObjects::first_checked(const Reader& object, const std::string& prefix,
                                                  const Named& balancer) {
    BalancerObject wanted;
    wanted.is_of_ingress = balancer.balancer.kind == BalancerKind::application;
    wanted.healthy = sim::Duration::seconds(seconds_of_checks(object, prefix, !wanted.is_of_ingress));
    wanted.has_name = names_host(object);
    return wanted;
}

void LoadBalancerObjects::add_service(const std::string& namespace_name, const std::string& name,
                                      const Reader& object) {
    const auto spec = object.member("spec");
    const auto type = spec && spec->is_map() ? spec->member("type") : std::nullopt;
    if (!type || type->value().text != "LoadBalancer") return;
    type->mark_used();
    const auto kind = kind_of_service(object, spec->text("loadBalancerClass").value_or(""));
    const std::string full = namespace_name + "/" + name;
    if (!kind) return;
    Named& balancer = named(*kind, "Service/" + full);
    balancer.services.push_back(full);
    read_targets(object, "service.beta.kubernetes.io/aws-load-balancer-", balancer);
    const auto target = annotation(object, "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type");
    const auto written = annotation(object, "service.beta.kubernetes.io/aws-load-balancer-type");
    balancer.sends_to_pods = target == "ip" || written == "nlb-ip";
    // Kubernetes' own controller faces the internet unless it is told not to, by any word but false; the AWS Load
    // Balancer Controller only where it is told to, in the old way too.
    const bool is_of_kubernetes =
        spec->text("loadBalancerClass").value_or("").empty() && written != "external" && written != "nlb-ip";
    const auto internal = annotation(object, "service.beta.kubernetes.io/aws-load-balancer-internal");
    if (is_of_kubernetes)
        balancer.faces_internet = internal.value_or("").empty() || internal == "false";
    else
        balancer.faces_internet = balancer.faces_internet || internal == "false";
    if (!is_of_kubernetes) {
        BalancerObject wanted = first_checked(object, "service.beta.kubernetes.io/aws-load-balancer-", balancer);
        wanted.name = balancer.balancer.name;
        // A target group and a listener for each port. MODEL: of several, all are made and registered as one group.
        wanted.listeners = std::max(1, static_cast<std::int32_t>(spec->items("ports").size()));
        balancer.objects.push_back({std::move(wanted), {full}});
    }
    if (builder_.spec.data_paths.are_used) read_service_attributes(object, *spec, balancer.balancer);
}

// A target group has attributes of its own; here all that is behind a balancer has those of the first Ingress.
void LoadBalancerObjects::take_attributes(Named& balancer, const LoadBalancer& read, bool is_first,
                                          const Reader& object) {
    if (is_first) {
        balancer.balancer = read;
    } else if (balancer.balancer != read) {
        object.warn(Rule::unused_setting,
                    fmt::format("{}: {} sends to other targets, or in another way, for its other Ingresses; what the "
                                "first of them says counts",
                                object.title(), read.name),
                    "give the Ingress a load balancer of its own");
    }
}

void LoadBalancerObjects::add_ingress(const std::string& namespace_name, const std::string& name,
                                      const Reader& object) {
    const auto spec = object.member("spec");
    if (!spec || !spec->is_map()) return;
    const auto by_class = spec->text("ingressClassName");
    const std::string of_class = by_class.value_or(annotation(object, "kubernetes.io/ingress.class").value_or(""));
    if (of_class.empty() || of_class == "cilium") {
        of_cilium_.push_back({namespace_name, name, object, !of_class.empty()});
        return;
    }
    if (of_class != "alb") return;  // another controller has a balancer of its own
    // Ingresses of one group share an ALB; without a group each has its own.
    const auto group = annotation(object, "alb.ingress.kubernetes.io/group.name");
    Named& balancer =
        named(BalancerKind::application, group ? "Ingress group " + *group : "Ingress/" + namespace_name + "/" + name);
    const bool is_first = balancer.services.empty();
    read_targets(object, "alb.ingress.kubernetes.io/", balancer);
    const bool sends_to_pods = annotation(object, "alb.ingress.kubernetes.io/target-type") == "ip";
    balancer.sends_to_pods = balancer.sends_to_pods || sends_to_pods;
    if (builder_.spec.data_paths.are_used) {
        LoadBalancer read;
        read.kind = balancer.balancer.kind;
        read.name = balancer.balancer.name;
        read_ingress_attributes(object, read);
        take_attributes(balancer, read, is_first, object);
    }
    const IngressRules rules = rules_of_ingress(*spec);
    BalancerObject wanted = first_checked(object, "alb.ingress.kubernetes.io/", balancer);
    wanted.name = fmt::format("Ingress/{}/{}", namespace_name, name);
    wanted.listeners = listeners_of_ingress(object);
    wanted.rules = rules.paths * wanted.listeners;
    wanted.has_name = wanted.has_name || rules.has_host;
    balancer.objects.push_back({std::move(wanted), services_behind(*spec, namespace_name)});
    for (std::string& service : services_behind(*spec, namespace_name)) {
        if (sends_to_pods) balancer.groups.push_back({service, balancer.healthy});
        balancer.services.push_back(std::move(service));
    }
}

// DPD-23: Cilium makes a Service of type LoadBalancer, one for all Ingresses or one for each, and what comes to it goes
// to the Envoy of the node where it comes in.
//
// MODEL: that is one Envoy a node in both modes, as Cilium has it, so that the mode decides how many load balancers
// there are and what they cost, and a hot Ingress slows the others down in both. DPS-23's dedicated Ingress, which is
// isolated, is that of Envoys of their own (systems/datapath/ingress_sharing.hpp); Cilium has none.
void LoadBalancerObjects::add_of_cilium(const OfCilium& ingress) {
    const CiliumIngress& cilium = builder_.cilium_ingress;
    if (!ingress.has_class && !cilium.is_default) return;
    bool is_shared = cilium.is_shared;
    if (const auto mode = annotation_of(ingress.object, "ingress.cilium.io/loadbalancer-mode")) {
        if (const auto word = mode->one_of({"dedicated", "shared"})) is_shared = *word == 1;
    }
    // The Service for one Ingress has the annotations of the Ingress; that for all has its own, from the chart, or is
    // among the manifests already.
    const std::optional<Reader> told = is_shared ? cilium.service : std::optional(ingress.object);
    const bool is_by_chart = is_shared && told;
    if (is_by_chart && told->text("type").value_or("LoadBalancer") != "LoadBalancer") return;
    const std::string of_class = is_by_chart ? told->text("loadBalancerClass").value_or("") : "";
    const auto kind = told ? kind_of_service(*told, of_class) : std::optional(BalancerKind::classic);
    if (!kind) return;
    const std::size_t before = balancers_.size();
    Named& balancer =
        named(*kind, is_shared ? "Service/kube-system/" + cilium.shared_service
                               : fmt::format("Service/{}/cilium-ingress-{}", ingress.namespace_name, ingress.name));
    const bool is_new = balancers_.size() > before;
    balancer.balancer.is_cilium_ingress = true;
    for (std::string& service : services_behind(*ingress.object.member("spec"), ingress.namespace_name))
        balancer.services.push_back(std::move(service));
    if (!is_new || !builder_.spec.data_paths.are_used) return;
    if (told)
        read_service_attributes(*told, *told, balancer.balancer);
    else
        balancer.balancer.deregistration_delay = sim::Duration::zero();  // a Classic Load Balancer that drains nothing
}

void LoadBalancerObjects::finish(ScenarioBuilder& builder) {
    if (builder.cilium_ingress.is_enabled) {
        for (const OfCilium& ingress : of_cilium_) add_of_cilium(ingress);
    }
    for (const Named& each : balancers_) {
        LoadBalancer balancer = each.balancer;
        for (std::uint32_t i = 0; i < builder.spec.services.size(); ++i) {
            if (std::ranges::find(each.services, full_name(builder.spec.services[i])) != each.services.end())
                balancer.services.push_back(i);
        }
        if (each.faces_internet) builder.spec.identity.exposure.balancers.push_back(balancer.name);
        for (const Named::Object& object : each.objects) {
            BalancerObject wanted = object.wanted;
            wanted.balancer = static_cast<std::uint32_t>(builder.spec.load_balancers.size());
            wanted.faces_internet = each.faces_internet;
            for (const std::string& name : object.services) {
                const auto service = index_of_service(builder.spec, name);
                if (service && std::ranges::find(wanted.services, *service) == wanted.services.end())
                    wanted.services.push_back(*service);
            }
            builder.identity.balancer_objects.push_back(std::move(wanted));
        }
        // Each Service behind an Ingress has a target group of its own, and the type that its Ingress says.
        for (const Named::Group& group : each.groups) {
            const auto service = index_of_service(builder.spec, group.service);
            if (service) builder.identity.target_groups.push_back({balancer.name, {*service}, group.healthy});
        }
        if (each.sends_to_pods && each.groups.empty())
            builder.identity.target_groups.push_back({balancer.name, balancer.services, each.healthy});
        builder.spec.load_balancers.push_back(std::move(balancer));
    }
}

}  // namespace eks
