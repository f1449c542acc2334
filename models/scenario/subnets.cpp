#include "models/scenario/subnets.hpp"

#include "models/catalog/zones.hpp"
#include "models/scenario/eksctl_fields.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace eks {

namespace {

// eksctl: a VPC of its own is 192.168.0.0/16, and up to three zones are used.
constexpr std::string_view vpc_default = "192.168.0.0/16";
constexpr std::size_t zones_default = 3;
constexpr std::int32_t prefix_largest_subnet = 16;  // IPAM-200
constexpr std::int32_t prefix_smallest_subnet = 28;
constexpr std::int64_t free_addresses_needed = 6;  // AWS-7

// A subnet while it is being read: either part of its range or its zone may still be missing.
struct Draft {
    std::string key;
    std::string id;
    std::string zone;
    std::optional<Cidr> cidr;
    std::optional<std::int64_t> in_use;
    CniRole cni_role = CniRole::unsaid;
    bool is_of_other_cluster = false;
    std::vector<CidrReservation> reservations;
    bool is_private = true;
    bool is_faulty = false;
    std::optional<Reader> entry;
};

std::optional<Cidr> read_cidr(const Reader& at, std::int32_t shortest, std::int32_t longest) {
    const auto text = at.text();
    if (!text) return std::nullopt;
    const auto cidr = parse_cidr(*text);
    if (!cidr) {
        const auto meant = parse_cidr_loosely(*text);
        at.complain(Rule::bad_cidr, fmt::format("{} is \"{}\", which is not an IPv4 range", at.title(), *text),
                    meant ? fmt::format("bits are set behind the prefix; did you mean {}?", to_text(*meant))
                          : std::string("write it as 10.0.0.0/16"));
        return std::nullopt;
    }
    if (cidr->prefix_length < shortest || cidr->prefix_length > longest) {
        at.complain(
            Rule::subnet_size,
            fmt::format("{} is {}; the prefix must be between /{} and /{}", at.title(), *text, shortest, longest),
            "AWS takes nothing larger or smaller (IPAM-200)");
        return std::nullopt;
    }
    return cidr;
}

// The zones that eksctl would draw for a cluster of its own: the first ones here, where it draws at random.
std::vector<std::string> default_zones(ScenarioBuilder& builder) {
    std::vector<std::string> names;
    for (const Zone& zone : zones_of(builder.spec.region)) {
        if (zone.takes_cluster_subnets && names.size() < zones_default) names.push_back(zone.name);
    }
    return names;
}

// The account's own mapping of zone names to ids (`aws ec2 describe-availability-zones`), if the scenario gives it.
using ZoneIds = std::map<std::string, std::string, std::less<>>;
ZoneIds read_zone_ids(const Reader& cluster, const ScenarioBuilder& builder) {
    ZoneIds ids;
    const auto at = cluster.member("zoneIds");
    if (!at || !at->expect_map()) return ids;
    const std::vector<Zone> zones = zones_of(builder.spec.region);
    for (const auto& [name, id] : at->members()) {
        const auto text = id.text();
        if (!text) continue;
        if (!is_zone_of(builder.spec.region, name))
            at->complain_at_key(name, Rule::unknown_zone,
                                fmt::format("{}: {} has no zone {}", at->title(), builder.spec.region, name));
        else if (std::ranges::find(zones, *text, &Zone::id) == zones.end())
            id.complain(Rule::unknown_zone, fmt::format("{} is \"{}\", which is the id of no zone of {}", id.title(),
                                                        *text, builder.spec.region));
        ids[name] = *text;
    }
    return ids;
}

// AWS-8: with the ids known there is no doubt.
void refuse_zone(const Reader& at, const std::string& name, const ZoneIds& ids) {
    const auto id = ids.find(name);
    if (id == ids.end() || !refuses_cluster_subnets(id->second)) return;
    at.complain(Rule::zone_refused,
                fmt::format("{}: EKS cannot place its control plane in {} ({})", at.title(), name, id->second),
                "take another zone, or name the cluster's subnets by vpc.controlPlaneSubnetIDs and leave this one to "
                "nodes");
}

std::vector<std::string> read_zones(const Reader& cluster, const ZoneIds& ids, ScenarioBuilder& builder) {
    const auto list = cluster.member("availabilityZones");
    if (!list) return {};
    std::vector<std::string> names;
    for (const Reader& item : list->items()) {
        const auto name = read_zone(item, builder);
        if (!name) continue;
        if (std::find(names.begin(), names.end(), *name) != names.end()) {
            item.complain(Rule::duplicate_name, fmt::format("{} names {} a second time", list->title(), *name));
            continue;
        }
        refuse_zone(item, *name, ids);
        for (const Zone& zone : zones_of(builder.spec.region)) {
            if (zone.name == *name && !zone.takes_cluster_subnets && !ids.contains(*name)) {
                item.warn(Rule::zone_refused,
                          fmt::format("{} ({}) is a zone in which EKS cannot place its control plane", *name, zone.id),
                          "zone names differ between accounts, and `cluster.zoneIds` takes your account's; see AWS-8");
            }
        }
        names.push_back(*name);
    }
    return names;
}

constexpr std::string_view role_tag = "kubernetes.io/role/cni";
constexpr std::string_view cluster_tag = "cni.networking.k8s.aws/cluster/";

// What subnet discovery makes of the tags (IPAM-150, IPAM-151). Others are taken and change nothing.
void read_tags(const Reader& tags, Draft& draft, const ScenarioBuilder& builder) {
    bool has_own = false;
    bool has_other = false;
    for (const auto& [key, value] : tags.members()) {
        const auto text = value.is_null() ? std::optional<std::string>("") : value.scalar_as_text();
        if (!text) continue;
        if (key == role_tag) {
            draft.cni_role = text->empty() ? CniRole::unsaid : *text == "0" ? CniRole::refused : CniRole::offered;
        } else if (key.starts_with(cluster_tag)) {
            const bool is_own = key.substr(cluster_tag.size()) == builder.spec.cluster_name;
            (is_own ? has_own : has_other) = true;
        }
    }
    draft.is_of_other_cluster = has_other && !has_own;
}

constexpr std::int32_t prefix_longest_reservation = 32;

void read_reservations(const Reader& list, Draft& draft) {
    for (const Reader& entry : list.items()) {
        if (!entry.expect_map()) continue;
        entry.refuse_unknown_members(keys::reservation);
        const auto cidr_at = entry.required("cidr");
        const auto cidr =
            cidr_at ? read_cidr(*cidr_at, prefix_largest_subnet, prefix_longest_reservation) : std::nullopt;
        const auto type_at = entry.member("type");
        const auto type = type_at ? type_at->one_of({"prefix", "explicit"}) : std::optional<std::size_t>(0);
        if (!cidr || !type) continue;
        if (draft.cidr && !draft.cidr->contains(*cidr)) {
            cidr_at->complain(Rule::bad_reservation, fmt::format("{} ({}) lies outside of the subnet's {}",
                                                                 entry.title(), to_text(*cidr), to_text(*draft.cidr)));
            continue;
        }
        const bool is_double = std::ranges::any_of(draft.reservations, [&](const CidrReservation& other) {
            return cidr->overlaps(Cidr{other.first_address, other.prefix_length});
        });
        if (is_double) {
            cidr_at->complain(Rule::bad_reservation, fmt::format("{} ({}) overlaps another reservation of the subnet",
                                                                 entry.title(), to_text(*cidr)));
            continue;
        }
        draft.reservations.push_back({cidr->first, cidr->prefix_length, *type == 0});
    }
}

Draft read_subnet(const std::string& key, const Reader& entry, bool is_private, const ScenarioBuilder& builder) {
    Draft draft;
    draft.key = key;
    draft.is_private = is_private;
    draft.entry = entry;
    if (!entry.expect_map()) {
        draft.is_faulty = true;
        return draft;
    }
    check_eksctl_fields(entry, keys::subnet, {});
    if (const auto id = entry.text("id")) draft.id = *id;
    if (const auto at = entry.member("cidr")) {
        draft.cidr = read_cidr(*at, prefix_largest_subnet, prefix_smallest_subnet);
        draft.is_faulty = !draft.cidr;
    }
    if (const auto at = entry.member("az")) {
        const auto zone = read_zone(*at, builder);
        if (zone) draft.zone = *zone;
        draft.is_faulty = draft.is_faulty || !zone;
    } else if (!region_of_zone(key).empty()) {
        // The key is the zone, in the older form of the file.
        if (is_zone_of(builder.spec.region, key)) {
            draft.zone = key;
        } else {
            const auto zones = zones_of(builder.spec.region);
            std::vector<std::string_view> known;
            for (const Zone& zone : zones) known.push_back(zone.name);
            entry.complain(Rule::unknown_zone,
                           fmt::format("{}: {} has no zone {}", entry.title(), builder.spec.region, key),
                           did_you_mean(key, known));
            draft.is_faulty = true;
        }
    }
    if (entry.has("inUse")) draft.in_use = entry.integer("inUse", 0, std::int64_t{1} << 16);
    if (const auto tags = entry.member("tags"); tags && tags->expect_map()) read_tags(*tags, draft, builder);
    if (const auto list = entry.member("reservations")) {
        if (!draft.cidr && !draft.is_faulty) {
            entry.complain(Rule::missing_field, fmt::format("{} has no \"cidr\"", list->title()),
                           "state the range of the subnet that is reserved in part");
        } else {
            read_reservations(*list, draft);
        }
    }
    return draft;
}

// Subnets that are named by an id alone: the real zone and range are not in the file, so both are assumed.
void fill_gaps(std::vector<Draft>& drafts, const Cidr& vpc, const std::vector<std::string>& zones,
               ScenarioBuilder& builder) {
    for (const bool is_private : {false, true}) {
        std::size_t position = 0;
        for (Draft& draft : drafts) {
            if (draft.is_private != is_private || draft.is_faulty) continue;
            if (draft.zone.empty() && !zones.empty()) {
                draft.zone = zones[position % zones.size()];
                builder.assume(fmt::format("zone of subnet {}", draft.key), draft.zone,
                               "a guess: the scenario does not say");
            }
            ++position;
        }
    }
    const std::int32_t prefix = std::clamp(vpc.prefix_length + 3, prefix_largest_subnet, prefix_smallest_subnet);
    for (Draft& draft : drafts) {
        if (draft.cidr || draft.is_faulty) continue;
        const std::int64_t step = std::int64_t{1} << (32 - prefix);
        for (std::int64_t first = vpc.first; first + step <= vpc.end() && !draft.cidr; first += step) {
            const Cidr candidate{static_cast<std::uint32_t>(first), prefix};
            const bool is_taken = std::any_of(drafts.begin(), drafts.end(), [&](const Draft& other) {
                return other.cidr && other.cidr->overlaps(candidate);
            });
            if (!is_taken) draft.cidr = candidate;
        }
        if (draft.cidr) {
            builder.assume(fmt::format("cidr of subnet {}", draft.key), to_text(*draft.cidr),
                           "a guess: the scenario does not say");
        } else {
            draft.entry->complain(
                Rule::missing_field,
                fmt::format("{} has no \"cidr\", and no /{} of the VPC is left for it", draft.entry->title(), prefix),
                "state the range of the subnet");
            draft.is_faulty = true;
        }
    }
}

// eksctl splits the VPC into 8 (16 for more than four zones) and gives the first ones to public, the next to private
// subnets.
std::vector<Draft> default_subnets(const Reader& at, const Cidr& vpc, const std::vector<std::string>& zones) {
    std::vector<Draft> drafts;
    const std::int32_t bits = zones.size() * 2 <= 8 ? 3 : (zones.size() * 2 <= 16 ? 4 : 5);
    const std::int32_t prefix = vpc.prefix_length + bits;
    if (prefix > prefix_smallest_subnet) {
        at.complain(
            Rule::subnet_size,
            fmt::format("the VPC {} is too small to be split into subnets for {} zones", to_text(vpc), zones.size()),
            "state vpc.subnets, or a larger vpc.cidr");
        return drafts;
    }
    const std::int64_t step = std::int64_t{1} << (32 - prefix);
    std::int64_t first = vpc.first;
    for (const bool is_private : {false, true}) {
        for (const std::string& zone : zones) {
            Draft draft;
            draft.key = fmt::format("{}-{}", is_private ? "private" : "public", zone);
            draft.zone = zone;
            draft.is_private = is_private;
            draft.cidr = Cidr{static_cast<std::uint32_t>(first), prefix};
            drafts.push_back(std::move(draft));
            first += step;
        }
    }
    return drafts;
}

std::vector<Draft> read_drafts(const Reader& subnets, const ScenarioBuilder& builder) {
    std::vector<Draft> drafts;
    if (!subnets.expect_map()) return drafts;
    static constexpr std::array<std::string_view, 2> kinds{"private", "public"};
    check_eksctl_fields(subnets, kinds, {});
    for (const std::string_view kind : kinds) {
        const auto section = subnets.member(kind);
        if (!section) continue;
        for (const auto& [key, entry] : section->members()) {
            if (static_cast<std::int64_t>(drafts.size()) == limits::subnets) {
                entry.complain(Rule::beyond_reason, fmt::format("there are more than {} subnets", limits::subnets));
                return drafts;
            }
            drafts.push_back(read_subnet(key, entry, kind == "private", builder));
        }
    }
    return drafts;
}

// `vpc` is empty where the scenario does not state it: an existing VPC that eksctl would look up. Secondary ranges
// stand behind the first (IPAM-210).
void check_ranges(const std::vector<Draft>& drafts, const std::vector<Cidr>& vpc) {
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const Draft& draft = drafts[i];
        if (!draft.cidr || !draft.entry) continue;
        const auto at = draft.entry->member("cidr").value_or(*draft.entry);
        const bool is_inside = std::ranges::any_of(vpc, [&](const Cidr& range) { return range.contains(*draft.cidr); });
        if (!vpc.empty() && !is_inside) {
            at.complain(Rule::subnet_outside_vpc,
                        fmt::format("subnet {} ({}) lies outside of the VPC's {}", draft.key, to_text(*draft.cidr),
                                    to_text(vpc.front())),
                        "correct the range or vpc.cidr, or add a secondary range to vpc.extraCIDRs");
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (!drafts[j].cidr || !drafts[j].cidr->overlaps(*draft.cidr)) continue;
            at.complain(Rule::subnets_overlap,
                        fmt::format("subnet {} ({}) overlaps subnet {} ({})", draft.key, to_text(*draft.cidr),
                                    drafts[j].key, to_text(*drafts[j].cidr)));
            break;
        }
    }
}

void check_use(const Draft& draft, const Subnet& subnet) {
    if (!draft.entry) return;
    const std::int64_t in_use = draft.in_use.value_or(subnet.in_use);
    const auto at = draft.entry->member("inUse").value_or(*draft.entry);
    if (in_use > subnet.usable()) {
        at.complain(Rule::in_use_too_high,
                    fmt::format("subnet {} has {} addresses in use, but {} offers only {}", draft.key, in_use,
                                to_text(*draft.cidr), subnet.usable()),
                    "AWS keeps five of each subnet for itself (IPAM-200)");
    } else if (subnet.usable() - in_use < free_addresses_needed) {
        at.warn(Rule::few_free_addresses,
                fmt::format("subnet {} has {} free addresses; EKS needs {} of each cluster subnet", draft.key,
                            subnet.usable() - in_use, free_addresses_needed));
    }
}

// The control plane's own interfaces (IPAM-201): dealt out over the cluster's subnets, one after another, where the
// scenario does not count what others hold.
void add_control_plane(const Reader* vpc, ScenarioBuilder& builder, const std::vector<bool>& use_is_said) {
    std::vector<std::size_t> offered;
    if (vpc != nullptr) {
        for (const Reader& item : vpc->items("controlPlaneSubnetIDs")) {
            if (const auto named = builder.subnet_named_by(item)) offered.push_back(named->value);
        }
    }
    if (offered.empty()) {
        for (std::size_t i = 0; i < builder.spec.subnets.size(); ++i) offered.push_back(i);
    }
    std::erase_if(offered, [&](std::size_t i) { return use_is_said[i]; });
    if (offered.empty()) return;
    for (std::int64_t n = 0; n < builder.control_plane_enis; ++n) {
        Subnet& subnet = builder.spec.subnets[offered[static_cast<std::size_t>(n) % offered.size()]];
        if (subnet.in_use < subnet.usable()) ++subnet.in_use;
    }
    if (!builder.control_plane_enis_are_said)
        builder.assume("assume.controlPlaneInterfaces", std::to_string(builder.control_plane_enis),
                       "IPAM-201: EKS uses up to four, in subnets of its choice");
}

}  // namespace

bool is_zone_of(std::string_view region, std::string_view zone) {
    if (region_of_zone(zone) != region) return false;
    char last_letter = 'c';  // every region has had accounts with a, b and c
    for (const Zone& known : zones_of(region)) last_letter = std::max(last_letter, known.name.back());
    return zone.back() >= 'a' && zone.back() <= last_letter;
}

std::optional<std::string> read_zone(const Reader& at, const ScenarioBuilder& builder) {
    auto name = at.text();
    if (!name || is_zone_of(builder.spec.region, *name)) return name;
    const auto zones = zones_of(builder.spec.region);
    std::vector<std::string_view> known;
    for (const Zone& zone : zones) known.push_back(zone.name);
    at.complain(Rule::unknown_zone,
                fmt::format("{} is \"{}\"; {} has no such zone", at.title(), *name, builder.spec.region),
                did_you_mean(*name, known));
    return std::nullopt;
}

void read_subnets(const Reader& cluster, ScenarioBuilder& builder) {
    const auto vpc_at = cluster.member("vpc");
    const bool has_vpc = vpc_at && vpc_at->expect_map();
    Cidr vpc = *parse_cidr(vpc_default);
    std::vector<Cidr> ranges;  // that the scenario states
    if (has_vpc) {
        check_eksctl_fields(*vpc_at, keys::vpc, keys::vpc_ignored);
        if (const auto at = vpc_at->member("cidr")) {
            const auto cidr = read_cidr(*at, prefix_largest_subnet, prefix_smallest_subnet);
            if (!cidr) return;
            vpc = *cidr;
            ranges.push_back(vpc);
        }
        for (const Reader& extra : vpc_at->items("extraCIDRs")) {
            const auto cidr = read_cidr(extra, prefix_largest_subnet, prefix_smallest_subnet);
            if (!cidr) continue;
            const auto taken = std::ranges::find_if(ranges, [&](const Cidr& range) { return range.overlaps(*cidr); });
            if (taken != ranges.end()) {
                extra.complain(Rule::subnets_overlap, fmt::format("{} ({}) overlaps {}, which the VPC has already",
                                                                  extra.title(), to_text(*cidr), to_text(*taken)));
            }
            if (!ranges.empty()) ranges.push_back(*cidr);
        }
    }

    const ZoneIds ids = read_zone_ids(cluster, builder);
    auto zones = read_zones(cluster, ids, builder);
    const bool zones_are_said = !zones.empty();
    if (!zones_are_said) zones = default_zones(builder);

    std::vector<Draft> drafts;
    const auto subnets_at = has_vpc ? vpc_at->member("subnets") : std::nullopt;
    if (subnets_at) drafts = read_drafts(*subnets_at, builder);
    if (drafts.empty()) {
        if (zones.empty()) return;
        drafts = default_subnets(has_vpc ? *vpc_at : cluster, vpc, zones);
        if (!zones_are_said)
            builder.assume("cluster.availabilityZones", fmt::format("{}", fmt::join(zones, ", ")),
                           "eksctl draws three zones at random");
        if (!drafts.empty()) {
            builder.assume("cluster.vpc.subnets",
                           fmt::format("a public and a private /{} in each zone", drafts.front().cidr->prefix_length),
                           fmt::format("eksctl's split of {}", to_text(vpc)));
        }
    } else {
        fill_gaps(drafts, vpc, zones, builder);
        check_ranges(drafts, ranges);
    }

    if (!has_vpc || !vpc_at->has("controlPlaneSubnetIDs")) {
        for (const Draft& draft : drafts) {
            if (draft.entry) refuse_zone(*draft.entry, draft.zone, ids);
        }
    }

    std::vector<NamedSubnet>& named = builder.subnets;
    std::vector<const Draft*> kept;
    bool any_use_said = false;
    for (const Draft& draft : drafts) {
        if (draft.is_faulty || !draft.cidr || draft.zone.empty()) continue;
        Subnet subnet;
        // Private and public subnets may stand under the same key: always so where the key is the zone.
        const bool is_shared =
            draft.key == draft.zone || std::any_of(drafts.begin(), drafts.end(), [&](const Draft& other) {
                return other.key == draft.key && other.is_private != draft.is_private;
            });
        subnet.name = is_shared ? fmt::format("{}-{}", draft.is_private ? "private" : "public", draft.key) : draft.key;
        subnet.zone = builder.zone(draft.zone);
        subnet.first_address = draft.cidr->first;
        subnet.prefix_length = draft.cidr->prefix_length;
        subnet.is_private = draft.is_private;
        subnet.in_use = static_cast<std::int32_t>(std::min(draft.in_use.value_or(0), subnet.usable()));
        subnet.cni_role = draft.cni_role;
        subnet.is_of_other_cluster = draft.is_of_other_cluster;
        subnet.reservations = draft.reservations;
        any_use_said = any_use_said || draft.in_use;
        kept.push_back(&draft);
        named.push_back({SubnetIx::of(builder.spec.subnets.size()), draft.key, draft.id, draft.zone, draft.is_private});
        builder.spec.subnets.push_back(std::move(subnet));
    }
    std::vector<bool> use_is_said;
    for (const Draft* draft : kept) use_is_said.push_back(draft->in_use.has_value());
    add_control_plane(has_vpc ? &*vpc_at : nullptr, builder, use_is_said);
    for (std::size_t i = 0; i < kept.size(); ++i) check_use(*kept[i], builder.spec.subnets[i]);
    if (!any_use_said && !named.empty())
        builder.assume("inUse of every subnet", "none but the control plane's interfaces",
                       "IPAM-201: a parameter; load balancers and gateways take addresses too");
}

}  // namespace eks
