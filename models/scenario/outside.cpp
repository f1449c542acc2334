#include "models/scenario/outside.hpp"

#include "models/scenario/cidr.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace eks {

namespace {

constexpr std::string_view the_internet = "internet";

void read_peer(const Reader& entry, ScenarioBuilder& builder) {
    if (!entry.expect_map()) return;
    entry.refuse_unknown_members(keys::peer);
    std::vector<OutsideNetwork>& networks = builder.spec.outside.networks;
    OutsideNetwork network;
    const auto name_at = entry.required("name");
    const auto name = name_at ? name_at->text() : std::nullopt;
    if (!name) return;
    if (std::ranges::find(networks, *name, &OutsideNetwork::name) != networks.end()) {
        name_at->complain(Rule::duplicate_name, fmt::format("there are two networks with the name \"{}\"", *name));
        return;
    }
    network.name = *name;
    if (const auto at = entry.member("kind")) {
        const auto word = at->one_of({"peered-vpc", "on-premises"});
        if (!word) return;
        network.kind = *word == 0 ? Peer::peered_vpc : Peer::on_premises;
    }
    if (const auto at = entry.required("cidr")) {
        const auto text = at->text();
        const auto range = text ? parse_cidr(*text) : std::nullopt;
        if (text && !range) {
            at->complain(Rule::bad_cidr,
                         fmt::format("{} is {}, which is no range of addresses", at->title(), shown(at->value())),
                         "write it as 10.1.0.0/16");
        }
        if (!range) return;
        network.first_address = range->first;
        network.prefix_length = range->prefix_length;
    }
    network.routes_to_pods = entry.boolean("routesToPods").value_or(true);
    networks.push_back(std::move(network));
}

// eksctl makes one gateway where nothing is said, one a zone for HighlyAvailable, and none for Disable
// (pkg/apis/eksctl.io/v1alpha5/types.go, ClusterNAT).
void read_gateways(const std::optional<Reader>& vpc, ScenarioBuilder& builder) {
    Outside& outside = builder.spec.outside;
    std::size_t which = 0;
    if (const auto nat = vpc ? vpc->member("nat") : std::nullopt; nat && nat->expect_map()) {
        if (const auto at = nat->member("gateway"))
            which = at->one_of({"Single", "HighlyAvailable", "Disable"}).value_or(0);
    }
    outside.gateway_of_zone.assign(builder.spec.zones.size(), -1);
    if (which == 2) return;
    for (std::size_t zone = 0; zone < builder.spec.zones.size(); ++zone) {
        if (which == 1 || zone == 0)
            outside.gateways.push_back(
                {which == 1 ? builder.spec.zones[zone] : std::string("nat"), builder.nat_gateway_addresses});
        outside.gateway_of_zone[zone] = static_cast<std::int32_t>(outside.gateways.size()) - 1;
    }
}

std::optional<OutsideUse> read_use(const Reader& at, const ScenarioBuilder& builder) {
    constexpr std::int64_t longest_hold_s = 1'000'000;
    if (!at.expect_map()) return std::nullopt;
    at.refuse_unknown_members(keys::outside);
    const auto to = at.required("to");
    const auto name = to ? to->text() : std::nullopt;
    const auto rate_at = at.required("connections");
    const auto rate = rate_at ? read_rate_milli(*rate_at) : std::nullopt;
    const auto hold_at = at.required("hold");
    const auto hold = hold_at ? hold_at->duration() : std::nullopt;
    if (!name || !rate || !hold) return std::nullopt;
    if (*hold > sim::Duration::seconds(longest_hold_s)) {
        hold_at->complain(Rule::beyond_reason, fmt::format("{} is longer than any connection", hold_at->title()));
        return std::nullopt;
    }
    const auto& networks = builder.spec.outside.networks;
    const auto found = std::ranges::find(networks, *name, &OutsideNetwork::name);
    if (found == networks.end()) {
        std::vector<std::string_view> known;
        for (const OutsideNetwork& network : networks) known.push_back(network.name);
        to->complain(Rule::matches_nothing,
                     fmt::format("{} is \"{}\", which is not among cluster.vpc.peers", to->title(), *name),
                     did_you_mean(*name, known));
        return std::nullopt;
    }
    OutsideUse use;
    use.network = static_cast<std::uint32_t>(found - networks.begin());
    use.connections_milli_per_second = *rate;
    use.hold = *hold;
    return use;
}

}  // namespace

void read_outside_networks(const Reader& cluster, ScenarioBuilder& builder) {
    OutsideNetwork internet;
    internet.name = the_internet;
    internet.kind = Peer::internet;
    builder.spec.outside.networks.push_back(std::move(internet));
    const auto vpc = cluster.member("vpc");
    if (vpc && !vpc->is_map()) return;
    if (vpc) {
        for (const Reader& entry : vpc->items("peers")) read_peer(entry, builder);
    }
    read_gateways(vpc, builder);
}

std::vector<OutsideUse> read_outside_uses(const Reader& entry, const ScenarioBuilder& builder) {
    std::vector<OutsideUse> uses;
    const auto at = entry.member("outside");
    if (!at) return uses;
    if (!at->is_list()) {
        if (const auto use = read_use(*at, builder)) uses.push_back(*use);
        return uses;
    }
    for (const Reader& item : at->items()) {
        if (const auto use = read_use(item, builder)) uses.push_back(*use);
    }
    return uses;
}

void check_outside(const std::optional<Reader>& behaviour, ScenarioBuilder& builder) {
    Outside& outside = builder.spec.outside;
    if (outside.uses.empty()) return;
    if (builder.spec.cni_kind == CniKind::both && behaviour) {
        behaviour->complain(Rule::not_yet_modelled, "connections to the outside with two CNIs are not yet modelled",
                            "leave `outside` out");
    }
    if (builder.spec.cni_kind == CniKind::cilium_eni && outside.cilium.by == datapath::Masquerade::ebpf &&
        !builder.snat_hold_is_said)
        builder.assume("ports of closed connections (Cilium's conntrack-gc-interval)",
                       fmt::format("{} until they are free again", sim::to_text(outside.node_hold)),
                       "a guess for a busy table: it is looked at each 10s unless something else is said");
    if (!builder.nat_gateway_hold_is_said)
        builder.assume("assume.natGatewayHold", sim::to_text(outside.gateway_hold), "a guess (DPC-36)");
}

}  // namespace eks
