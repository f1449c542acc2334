#include "models/scenario/kubernetes/load_balancer_attributes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace eks {

namespace {

constexpr std::string_view of_service = "service.beta.kubernetes.io/aws-load-balancer-";
constexpr std::string_view of_ingress = "alb.ingress.kubernetes.io/";

std::optional<Reader> annotation_with(const Reader& object, std::string_view prefix, std::string_view key) {
    return annotation_of(object, std::string(prefix) + std::string(key));
}

// One of a list such as "deregistration_delay.timeout_seconds=30,preserve_client_ip.enabled=true", with the annotation
// that it stands in.
struct Attribute {
    Reader at;
    std::string name;
    std::string value;
};

std::optional<Attribute> attribute(const std::optional<Reader>& list, std::string_view name) {
    const auto text = list ? list->scalar_as_text() : std::nullopt;
    if (!text) return std::nullopt;
    for (std::size_t from = 0; from < text->size();) {
        const std::size_t to = std::min(text->find(',', from), text->size());
        std::string_view one = std::string_view(*text).substr(from, to - from);
        while (one.starts_with(' ')) one.remove_prefix(1);
        const std::size_t equals = one.find('=');
        if (equals != std::string_view::npos && one.substr(0, equals) == name)
            return Attribute{*list, std::string(name), std::string(one.substr(equals + 1))};
        from = to + 1;
    }
    return std::nullopt;
}

void refuse_attribute(const Attribute& said, std::string_view wanted) {
    said.at.complain(Rule::bad_quantity,
                     fmt::format("{}: {} is \"{}\", which is not {}", said.at.title(), said.name, said.value, wanted));
}

void set_flag(const std::optional<Attribute>& said, bool& into) {
    if (!said) return;
    if (said->value != "true" && said->value != "false") return refuse_attribute(*said, "true or false");
    into = said->value == "true";
}

// Elastic Load Balancing takes up to an hour.
void set_delay(const std::optional<Attribute>& said, sim::Duration& into) {
    constexpr std::int64_t longest = 3600;
    if (!said) return;
    std::int64_t seconds = 0;
    const char* end = said->value.data() + said->value.size();
    const auto [stopped, error] = std::from_chars(said->value.data(), end, seconds);
    if (error != std::errc{} || stopped != end || seconds < 0 || seconds > longest)
        return refuse_attribute(*said, "a number of seconds from 0 to 3600");
    into = sim::Duration::seconds(seconds);
}

// An annotation that is a value itself.
std::optional<Attribute> as_attribute(const Reader& object, std::string_view key) {
    const auto at = annotation_with(object, of_service, key);
    const auto text = at ? at->scalar_as_text() : std::nullopt;
    if (!text) return std::nullopt;
    return Attribute{*at, std::string(of_service) + std::string(key), *text};
}

void set_target(const std::optional<Reader>& said, LoadBalancer& balancer) {
    const auto word = said ? said->one_of({"instance", "ip"}) : std::nullopt;
    if (word) balancer.target = *word == 1 ? BalancerTarget::ip : BalancerTarget::instance;
}

bool has_udp(const Reader& spec) {
    return std::ranges::any_of(spec.items("ports"), [](const Reader& port) {
        return port.is_map() && port.text("protocol").value_or("TCP") == "UDP";
    });
}

// DPD-33: the address is kept for nodes, and for pods where the protocol is not TCP.
void read_network(const Reader& object, const Reader& spec, LoadBalancer& balancer) {
    const bool is_old_ip = object.is_map() && annotation_with(object, of_service, "type") &&
                           annotation_with(object, of_service, "type")->scalar_as_text() == "nlb-ip";
    if (is_old_ip) balancer.target = BalancerTarget::ip;
    set_target(annotation_with(object, of_service, "nlb-target-type"), balancer);
    balancer.keeps_client_address = balancer.target == BalancerTarget::instance || has_udp(spec);
    const auto targets = annotation_with(object, of_service, "target-group-attributes");
    set_flag(attribute(targets, "preserve_client_ip.enabled"), balancer.keeps_client_address);
    set_delay(attribute(targets, "deregistration_delay.timeout_seconds"), balancer.deregistration_delay);
    // Elastic Load Balancing, Network Load Balancers, "Deregistration delay": on by default for UDP alone.
    balancer.ends_connections = has_udp(spec);
    set_flag(attribute(targets, "deregistration_delay.connection_termination.enabled"), balancer.ends_connections);
    set_flag(as_attribute(object, "cross-zone-load-balancing-enabled"), balancer.is_cross_zone);
    set_flag(attribute(annotation_with(object, of_service, "attributes"), "load_balancing.cross_zone.enabled"),
             balancer.is_cross_zone);
    set_flag(attribute(targets, "load_balancing.cross_zone.enabled"), balancer.is_cross_zone);
}

// Without connection draining a Classic Load Balancer cuts what is open.
void read_classic(const Reader& object, LoadBalancer& balancer) {
    set_flag(as_attribute(object, "cross-zone-load-balancing-enabled"), balancer.is_cross_zone);
    bool drains = false;
    set_flag(as_attribute(object, "connection-draining-enabled"), drains);
    set_delay(as_attribute(object, "connection-draining-timeout"), balancer.deregistration_delay);
    if (!drains) balancer.deregistration_delay = sim::Duration::zero();
}

}  // namespace

std::optional<Reader> annotation_of(const Reader& object, std::string_view key) {
    const auto metadata = object.member("metadata");
    const auto annotations = (metadata && metadata->is_map() ? *metadata : object).member("annotations");
    return annotations && annotations->is_map() ? annotations->member(key) : std::nullopt;
}

void read_service_attributes(const Reader& object, const Reader& spec, LoadBalancer& balancer) {
    balancer.is_local = spec.text("externalTrafficPolicy") == "Local";
    if (balancer.kind == BalancerKind::classic)
        read_classic(object, balancer);
    else
        read_network(object, spec, balancer);
}

void read_ingress_attributes(const Reader& object, LoadBalancer& balancer) {
    balancer.is_cross_zone = true;
    set_target(annotation_with(object, of_ingress, "target-type"), balancer);
    const auto targets = annotation_with(object, of_ingress, "target-group-attributes");
    set_delay(attribute(targets, "deregistration_delay.timeout_seconds"), balancer.deregistration_delay);
    set_flag(attribute(targets, "load_balancing.cross_zone.enabled"), balancer.is_cross_zone);
}

}  // namespace eks
