#include "models/scenario/kubernetes/load_balancers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace eks {

namespace {

std::optional<std::string> annotation(const Reader& object, std::string_view key) {
    const auto metadata = object.member("metadata");
    if (!metadata || !metadata->is_map()) return std::nullopt;
    const auto annotations = metadata->member("annotations");
    return annotations && annotations->is_map() ? annotations->text(key) : std::nullopt;
}

// The in-tree controller of the cloud provider makes a Classic Load Balancer unless it is told otherwise; the AWS Load
// Balancer Controller, and EKS Auto Mode, take those of their class, or with their annotation, and make an NLB. Any
// other class is somebody's whose balancer is not one of AWS.
std::optional<BalancerKind> kind_of_service(const Reader& object, const Reader& spec) {
    const std::string of_class = spec.text("loadBalancerClass").value_or("");
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

}  // namespace

LoadBalancerObjects::Named& LoadBalancerObjects::named(BalancerKind kind, const std::string& name) {
    const auto found = std::ranges::find(balancers_, name, &Named::name);
    if (found != balancers_.end()) return *found;
    return balancers_.emplace_back(Named{kind, name, {}});
}

void LoadBalancerObjects::add_service(const std::string& namespace_name, const std::string& name,
                                      const Reader& object) {
    const auto spec = object.member("spec");
    const auto type = spec && spec->is_map() ? spec->member("type") : std::nullopt;
    if (!type || type->value().text != "LoadBalancer") return;
    type->mark_used();
    const auto kind = kind_of_service(object, *spec);
    const std::string full = namespace_name + "/" + name;
    if (kind) named(*kind, "Service/" + full).services.push_back(full);
}

void LoadBalancerObjects::add_ingress(const std::string& namespace_name, const std::string& name,
                                      const Reader& object) {
    const auto spec = object.member("spec");
    if (!spec || !spec->is_map()) return;
    const auto by_class = spec->text("ingressClassName");
    const auto by_annotation = annotation(object, "kubernetes.io/ingress.class");
    if (by_class.value_or(by_annotation.value_or("")) != "alb") return;  // another controller has a balancer of its own
    // Ingresses of one group share an ALB; without a group each has its own.
    const auto group = annotation(object, "alb.ingress.kubernetes.io/group.name");
    Named& balancer =
        named(BalancerKind::application, group ? "Ingress group " + *group : "Ingress/" + namespace_name + "/" + name);
    const auto add = [&](const std::optional<Reader>& backend) {
        const auto service = backend ? service_of(*backend) : std::nullopt;
        if (service) balancer.services.push_back(namespace_name + "/" + *service);
    };
    add(spec->member("defaultBackend"));
    for (const Reader& rule : spec->items("rules")) {
        const auto http = rule.is_map() ? rule.member("http") : std::nullopt;
        if (!http || !http->is_map()) continue;
        for (const Reader& path : http->items("paths")) {
            if (path.is_map()) add(path.member("backend"));
        }
    }
}

void LoadBalancerObjects::finish(ScenarioBuilder& builder) const {
    for (const Named& each : balancers_) {
        LoadBalancer balancer{each.kind, each.name, {}};
        for (std::uint32_t i = 0; i < builder.spec.services.size(); ++i) {
            const Service& service = builder.spec.services[i];
            if (std::ranges::find(each.services, service.namespace_name + "/" + service.name) != each.services.end())
                balancer.services.push_back(i);
        }
        builder.spec.load_balancers.push_back(std::move(balancer));
    }
}

}  // namespace eks
