// Classes of traffic, and what pods do with networks outside, as kinds of connections (DPC-4), and what one of them
// takes of a node (DPC-5, DPC-10 to DPC-13).
#include "models/spec/streams.hpp"
#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/run/run.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

namespace {

const ConnectionUse& connections_of(const ClassView& view) {
    static const ConnectionUse short_tcp{.is_said = true};
    return view.traffic != nullptr ? view.traffic->connections : short_tcp;
}

Flow flow_of(const ClassView& view) {
    const ConnectionUse& use = connections_of(view);
    Flow flow;
    flow.protocol = use.protocol;
    flow.requests = use.requests;
    flow.life_seconds = view.traffic != nullptr ? use.hold.in_seconds() : view.use->hold.in_seconds();
    if (view.traffic != nullptr) {
        flow.request_bytes = static_cast<double>(view.traffic->request.bytes_in);
        flow.answer_bytes = static_cast<double>(view.traffic->request.bytes_out);
    }
    return flow;
}

// kube-proxy gives its chains no order to rely on: each Service has a place of its own in it, which it keeps as others
// come (DPC-3).
double place_in_chain(sim::RunKey key, std::int32_t service) {
    return sim::draw_unit(key, {stream::service_place, static_cast<std::uint64_t>(service), 0, 0});
}

class WorkOnNode {
  public:
    WorkOnNode(const Spec& spec, const RuleGroup& group, const RuleTable& rules, const Flow& flow, bool leaves_vpc)
        : c_(spec.data_paths.coefficients),
          group_(group),
          rules_(rules),
          flow_(flow),
          segment_bytes_(c_[leaves_vpc ? Coefficient::tcp_segment_internet : Coefficient::tcp_segment_vpc]) {}

    RoleWork of(const Visit& visit) const {
        const Work contents = content_work(c_, flow_, visit);
        const Work first = connection_work(group_.path, c_, rules_, flow_, visit) + contents;
        const Work more = request_work(group_.path, c_, visit) + contents;
        const Work whole = whole_work(group_.path, c_, rules_, flow_, visit);
        RoleWork role;
        role.parts_us = whole.parts;
        role.connect_us = waited_for_us(first, c_);
        role.request_us = waited_for_us(more, c_);
        role.proxy_us = proxy_latency_us(visit, c_);
        role.packets = packets_on_the_wire(flow_, segment_bytes_);
        return role;
    }

  private:
    const Coefficients& c_;
    const RuleGroup& group_;
    const RuleTable& rules_;
    const Flow& flow_;
    double segment_bytes_;
};

Layer7 layer7_of(const Spec& spec, const ClassView& view) {
    const Layer7 said = connections_of(view).layer7;
    const LoadBalancer* balancer = view.balancer(spec);
    // DPD-23: behind the load balancer of Cilium's Ingress stands each node's own Envoy.
    return said == Layer7::none && balancer != nullptr && balancer->is_cilium_ingress ? Layer7::ingress_proxy : said;
}

}  // namespace

bool ClassView::is_seen(const Spec& spec) const {
    return spec.data_paths.are_used && (use != nullptr || traffic->connections.is_said);
}

const LoadBalancer* ClassView::balancer(const Spec& spec) const {
    if (traffic == nullptr || traffic->balancer < 0) return nullptr;
    return &spec.load_balancers[static_cast<std::size_t>(traffic->balancer)];
}

bool ClassView::comes_by_node_ports(const Spec& spec) const {
    const LoadBalancer* behind = balancer(spec);
    return behind != nullptr && (behind->target == BalancerTarget::instance || behind->is_cilium_ingress);
}

ClassView class_view(const Spec& spec, std::size_t of_class) {
    const std::size_t classes = spec.traffic.classes.size();
    if (of_class < classes) return {&spec.traffic.classes[of_class], nullptr};
    return {nullptr, &spec.outside.uses[of_class - classes]};
}

std::size_t class_count(const Spec& spec) { return spec.traffic.classes.size() + spec.outside.uses.size(); }

double hold_seconds(const Spec& spec, std::size_t of_class) { return flow_of(class_view(spec, of_class)).life_seconds; }

std::optional<double> position_of(const Spec& spec, const World& world, sim::RunKey key, std::size_t of_class) {
    const ClassView view = class_view(spec, of_class);
    if (!view.is_to_service()) return {};
    const double services = table_of(spec, world).services;
    return std::floor(place_in_chain(key, view.traffic->service) * services) + 1;
}

Flow flow_of(const Spec& spec, std::size_t of_class) { return flow_of(class_view(spec, of_class)); }

Call call_of(const Spec& spec, const World& world, std::size_t of_class) {
    const ClassView view = class_view(spec, of_class);
    Call call;
    call.is_to_service = view.is_to_service();
    call.endpoints = std::max(1.0, world.data_path.classes[of_class].endpoints);
    call.layer7 = layer7_of(spec, view);
    call.proxy = connections_of(view).proxy;
    return call;
}

RoleVisits visits_of(const Spec& spec, const World& world, sim::RunKey key, const DataPath& on_nodes,
                     std::size_t of_class) {
    const ClassView view = class_view(spec, of_class);
    const RuleTable rules = table_of(spec, world);
    const double position = position_of(spec, world, key, of_class).value_or(1);
    Call call = call_of(spec, world, of_class);
    const auto path = [&](Route route) {
        call.route = route;
        return path_of(on_nodes, rules, call, position);
    };
    RoleVisits visits;
    const auto put = [&](NodeRole role, const Visit& visit) { visits[ix(role)] = visit; };
    if (view.is_sent_round()) {
        // The load balancer's address is no Service's to the client's node.
        call.is_to_service = false;
        put(NodeRole::client, path(Route::cross_node).front());
        call.is_to_service = true;
    }
    if (view.use != nullptr) {
        put(NodeRole::client, path(Route::egress).front());
    } else if (!view.is_from_outside() && !view.is_sent_round()) {
        const std::vector<Visit> across = path(Route::cross_node);
        put(NodeRole::client, across.front());
        put(NodeRole::server, across.back());
        put(NodeRole::both, path(Route::same_node).front());
    } else if (view.comes_by_node_ports(spec)) {
        call.local_share = 1;
        put(NodeRole::both, path(Route::instance_target).front());
        call.local_share = 0;
        const std::vector<Visit> hops = path(Route::instance_target);
        put(NodeRole::entry, hops.front());
        put(NodeRole::server, hops.back());
    } else {
        put(NodeRole::server, path(Route::ip_target).front());
    }
    return visits;
}

ClassWork work_of(const Spec& spec, const World& world, sim::RunKey key, const RuleGroup& group, std::size_t of_class) {
    const ClassView view = class_view(spec, of_class);
    const Flow flow = flow_of(view);
    const RuleTable rules = table_of(spec, world);
    const WorkOnNode work(spec, group, rules, flow, view.use != nullptr);
    const RoleVisits visits = visits_of(spec, world, key, group.path, of_class);
    ClassWork result;
    for (std::size_t role = 0; role < node_role_count; ++role)
        if (visits[role]) result.roles[role] = work.of(*visits[role]);
    if (group.path.is_ebpf() && view.is_to_service()) {
        const double room = spec.data_paths.cilium.lb_map_entries;
        const double position = position_of(spec, world, key, of_class).value_or(1);
        result.is_dead = position > rules.services - dead_services(rules.services, rules.endpoints, room);
    }
    return result;
}

double round_trip_us(const Spec& spec, double between_nodes, double between_zones) {
    const Coefficients& c = spec.data_paths.coefficients;
    return between_nodes * c[Coefficient::rtt_zone] +
           between_zones * (c[Coefficient::rtt_xzone] - c[Coefficient::rtt_zone]);
}

}  // namespace eks::datapath
