#include "models/systems/autoscaling/karpenter/solve.hpp"

#include "models/systems/autoscaling/karpenter/open_claims.hpp"
#include "models/systems/autoscaling/karpenter/topology.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <optional>

namespace eks::karpenter {

namespace {

bool fits(const Quantities& requests, const Quantities& room) {
    // Something that is overdrawn already lets nothing in.
    for (std::size_t r = 0; r < room.size(); ++r) {
        if (room[r] < 0 || requests[r] > room[r]) return false;
    }
    return true;
}

// What is left of a claim's types if a pod joins it, or why nothing is.
struct Narrowed {
    Bits types;
    std::optional<Refusal> refusal;
};

// A node with the pods that were placed on it.
struct ChangedNode {
    Quantities room;
    std::vector<HostPort> host_ports;
    std::optional<Requirements> requirements;  // none: those that it had
};

// KARP-5, a total order.
bool is_tried_before(const Round& round, PodIx a, PodIx b) {
    const Pod& x = round.pods[a];
    const Pod& y = round.pods[b];
    if (x.shape != y.shape) {
        const Quantities& of_x = round.demand.of(x.shape).requests;
        const Quantities& of_y = round.demand.of(y.shape).requests;
        if (of_x[Resources::cpu] != of_y[Resources::cpu]) return of_x[Resources::cpu] > of_y[Resources::cpu];
        if (of_x[Resources::memory] != of_y[Resources::memory])
            return of_x[Resources::memory] > of_y[Resources::memory];
    }
    if (x.created_us != y.created_us) return x.created_us < y.created_us;
    if (const int by_uid = x.uid.compare(y.uid); by_uid != 0) return by_uid < 0;
    return a < b;
}

class Solver {
  public:
    Solver(const Round& round, const WhatIf& what_if)
        : round_(round),
          what_if_(what_if),
          order_of_nodes_(what_if.open_nodes != nullptr ? *what_if.open_nodes : round.node_order),
          is_moved_(moved_pods(round, what_if)),
          topology_(round, is_moved_, what_if.is_gone),
          changed_of_(round.nodes.size()),
          first_try_(2 * round.demand.forms()),
          place_(round.words, round.hostname_key) {
        for (const ClaimTemplate& from : round.templates) limits_.push_back(from.limits);
        const bool is_limited = std::ranges::any_of(limits_, [](const Limits& limits) {
            return std::ranges::any_of(limits, [](const auto& limit) { return limit.has_value(); });
        });
        for (NodeIx n = 0; is_limited && n < round_.nodes.size(); ++n) {
            if (is_target(n)) use_up_limits(*round_.nodes[n].look);
        }
    }

    Solution solve() {
        for (const PodIx pod : what_if_.pods) {
            topology_.take_up_anti_affinity(shape_of(pod));
            topology_.take_up(demand_of(pod).first_form);
        }
        place_all();
        if (!solution_.is_cut_short) finish();
        return std::move(solution_);
    }

  private:
    static std::vector<bool> moved_pods(const Round& round, const WhatIf& what_if) {
        std::vector<bool> moved(round.pods.size());
        for (const PodIx pod : what_if.pods) moved[pod] = true;
        return moved;
    }

    ShapeIx shape_of(PodIx pod) const { return round_.pods[pod].shape; }
    const Demand& demand_of(PodIx pod) const { return round_.demand.of(shape_of(pod)); }
    const std::vector<HostPort>& host_ports_of(PodIx pod) const {
        return round_.cluster.shapes[shape_of(pod)].host_ports;
    }
    bool is_target(NodeIx node) const { return !what_if_.is_gone[node] && !round_.nodes[node].is_being_deleted; }

    // KARP-12: what exists of a pool counts against its limits.
    void use_up_limits(const NodeLook& node) {
        for (std::size_t t = 0; t < limits_.size(); ++t) {
            if (node.pool != round_.templates[t].pool) continue;
            for (std::size_t r = 0; r < limits_[t].size(); ++r) {
                if (limits_[t][r]) *limits_[t][r] -= node.capacity[r];
            }
        }
    }

    // KARP-5: the largest first. A pod without a place waits at the end, as its place may come with others; it is over
    // once everybody who waits has been tried in vain.
    void place_all() {
        struct Queued {
            PodIx pod = 0;
            Refusals refusals = 0;
            std::size_t length_when_pushed = 0;
        };
        std::deque<Queued> queue;
        for (const PodIx pod : pods_in_order()) queue.push_back({pod});
        while (!queue.empty() && queue.front().length_when_pushed != queue.size()) {
            Queued queued = queue.front();
            queue.pop_front();
            queued.refusals = place_with_relaxation(queued.pod);
            if (claims_.size() > what_if_.most_claims) {
                solution_ = {};
                solution_.is_cut_short = true;
                return;
            }
            if (queued.refusals == 0) continue;
            queued.length_when_pushed = queue.size() + 1;
            queue.push_back(queued);
        }
        for (const Queued& queued : queue) solution_.unplaced.push_back({queued.pod, queued.refusals});
    }

    std::vector<PodIx> pods_in_order() const {
        if (what_if_.first_in_order == nullptr) return in_order_of_size(round_, what_if_.pods);
        const std::vector<PodIx>& first = *what_if_.first_in_order;
        const auto rest = what_if_.pods.begin() + static_cast<std::ptrdiff_t>(first.size());
        const std::vector<PodIx> others = in_order_of_size(round_, {rest, what_if_.pods.end()});
        std::vector<PodIx> all;
        all.reserve(what_if_.pods.size());
        std::ranges::merge(first, others, std::back_inserter(all),
                           [&](PodIx a, PodIx b) { return is_tried_before(round_, a, b); });
        return all;
    }

    // KARP-6. No refusals: it has a place.
    Refusals place_with_relaxation(PodIx pod) {
        const Demand& demand = demand_of(pod);
        Refusals refusals = 0;
        for (FormIx form = demand.first_form; form <= demand.last_form; ++form) {
            topology_.take_up(form);
            refusals = place(pod, form);
            if (refusals == 0) break;
        }
        return refusals;
    }

    // KARP-7: the first that fits.
    Refusals place(PodIx pod, FormIx form) {
        const bool is_asked_about = what_if_.asked_about == pod;
        if (is_asked_about) solution_.refused.clear();
        if (place_on_first_node(pod, form)) return 0;
        const std::vector<std::uint32_t>& order = order_.claims();
        for (std::size_t rank = 0; rank < order.size(); ++rank) {
            // Most claims that do not take a pod have one like it: no need to look closer.
            if (!topology_.admits_host(shape_of(pod), form, round_.host_of_claim(order[rank]))) continue;
            if (place_in_claim(pod, form, order[rank])) {
                order_.add_pod(rank);
                return 0;
            }
        }
        if (round_.templates.empty()) return bit(Refusal::no_node_pool);
        Refusals refusals = 0;
        for (std::uint32_t from = 0; from < round_.templates.size(); ++from) {
            const std::optional<Refusal> refusal = open_claim(pod, form, from);
            if (!refusal) return 0;
            refusals |= bit(*refusal);
            if (is_asked_about) solution_.refused.push_back({round_.templates[from].pool, *refusal});
        }
        return refusals;
    }

    // --- a node of the cluster

    // Nodes that had no place for a pod like this one have none for it, as they only fill up; unless it is topology
    // that has refused them.
    bool place_on_first_node(PodIx pod, FormIx form) {
        const bool is_for_settled_nodes = round_.pods[pod].phase != PodPhase::pending && !is_on_deleted_node(pod);
        NodeIx& first = first_try_[2 * form + (is_for_settled_nodes ? 1 : 0)];
        const bool is_free = round_.demand.form(form).constraints.empty();
        for (NodeIx i = is_free ? first : 0; i < order_of_nodes_.size(); ++i) {
            const NodeIx node = order_of_nodes_[i];
            if (!is_target(node) || !place_on_node(pod, form, node)) continue;
            first = i;
            return true;
        }
        first = static_cast<NodeIx>(order_of_nodes_.size());
        return false;
    }

    bool place_on_node(PodIx pod, FormIx form, NodeIx n) {
        const RoundNode& node = round_.nodes[n];
        const Pod& is = round_.pods[pod];
        if (what_if_.is_unsettled[n] && is.phase != PodPhase::pending && !is_on_deleted_node(pod)) return false;
        const Quantities& requests = demand_of(pod).requests;
        const Form& asked = round_.demand.form(form);
        const ChangedNode* changed = changed_of_[n] == 0 ? nullptr : &changed_[changed_of_[n] - 1];
        if (!fits(requests, changed == nullptr ? node.room : changed->room) || !round_.tolerates(form, node.taints) ||
            conflict(host_ports_of(pod), changed == nullptr ? node.host_ports : changed->host_ports))
            return false;
        place_.begin(changed != nullptr && changed->requirements ? *changed->requirements : node.look->requirements,
                     node.host);
        if (!compatible(round_.words, place_, asked.requirements, Undefined::refused)) return false;
        for (const auto& [key, requirement] : asked.requirements) place_.narrow(key, requirement);
        if (!topology_.narrow(place_, shape_of(pod), form, Undefined::refused)) return false;

        topology_.record(place_, shape_of(pod), node.taints);
        ChangedNode& now = change(n);
        if (!place_.narrowed().empty()) {
            if (!now.requirements) now.requirements = node.look->requirements;
            settle(*now.requirements);
        }
        for (std::size_t r = 0; r < requests.size(); ++r) now.room[r] -= requests[r];
        now.host_ports.insert(now.host_ports.end(), host_ports_of(pod).begin(), host_ports_of(pod).end());
        solution_.placed.emplace_back(n, pod);
        return true;
    }

    ChangedNode& change(NodeIx n) {
        if (changed_of_[n] == 0) {
            changed_.push_back({round_.nodes[n].room, round_.nodes[n].host_ports, std::nullopt});
            changed_of_[n] = static_cast<std::uint32_t>(changed_.size());
        }
        return changed_[changed_of_[n] - 1];
    }

    bool is_on_deleted_node(PodIx pod) const {
        const auto node = round_.node_of_pod[pod];
        return node && round_.nodes[*node].is_being_deleted;
    }

    // What the pod narrowed holds from now on.
    void settle(Requirements& requirements) const {
        for (const auto& [key, requirement] : place_.narrowed()) requirements.set(key, requirement);
    }

    // --- a claim

    bool place_in_claim(PodIx pod, FormIx form, std::uint32_t c) {
        OpenClaim& claim = claims_[c];
        Narrowed narrowed = narrow(claim, round_.host_of_claim(c), pod, form);
        if (narrowed.refusal || !missed_after_narrowing(claim, narrowed.types).empty()) return false;
        join(claim, pod, std::move(narrowed.types));
        return true;
    }

    std::optional<Refusal> open_claim(PodIx pod, FormIx form, std::uint32_t from) {
        const ClaimTemplate& is = round_.templates[from];
        OpenClaim claim;
        claim.from = from;
        claim.types = is.types;
        if (limits_[from][Resources::nodes] == 0) return Refusal::limits;
        round_.types.keep_within(claim.types, limits_[from]);
        if (claim.types.empty()) return Refusal::limits;
        claim.requirements = is.requirements;
        claim.requests = Quantities(round_.resources.count());
        const auto number = static_cast<std::uint32_t>(claims_.size());
        Narrowed narrowed = narrow(claim, round_.host_of_claim(number), pod, form);
        if (narrowed.refusal) return narrowed.refusal;
        const auto missed = missed_after_narrowing(claim, narrowed.types);
        if (!missed.empty() && !round_.cluster.settings.min_values_best_effort) return Refusal::min_values;
        // KARP-10: the claim asks for no more than there is.
        for (const auto& [key, has] : missed) {
            Requirement lowered = *place_.find(key);
            lowered.min_values = has;
            place_.set(key, std::move(lowered));
        }
        join(claim, pod, std::move(narrowed.types));
        claims_.push_back(std::move(claim));
        order_.add(number);
        use_up_limits(limits_[from], claims_.back().types);
        return std::nullopt;
    }

    // KARP-12: the largest that the claim may become.
    void use_up_limits(Limits& limits, const Bits& types) const {
        for (std::size_t r = 0; r < limits.size(); ++r) {
            if (!limits[r]) continue;
            std::int64_t most = 0;
            types.for_each([&](TypeIx type) { most = std::max(most, round_.types.capacity(r, type)); });
            *limits[r] -= most;
        }
    }

    // KARP-9, with `place_` as the claim would be. Of the types only what changes is looked at: they have met
    // everything else before.
    Narrowed narrow(const OpenClaim& claim, ValueIx host, PodIx pod, FormIx form) {
        const ClaimTemplate& from = round_.templates[claim.from];
        const Form& asked = round_.demand.form(form);
        if (!round_.tolerates(form, from.taints)) return {{}, Refusal::taint};
        place_.begin(claim.requirements, host);
        if (!compatible(round_.words, place_, asked.requirements, Undefined::well_known_allowed))
            return {{}, Refusal::requirements};
        for (const auto& [key, requirement] : asked.requirements) place_.narrow(key, requirement);
        if (!topology_.narrow(place_, shape_of(pod), form, Undefined::well_known_allowed))
            return {{}, Refusal::topology};

        Bits meeting = claim.types;
        bool is_other_offering = false;
        for (const auto& [key, requirement] : place_.narrowed()) {
            meeting &= round_.types.meeting(round_.words, key, requirement);
            if (key == round_.types.zone_key() || key == round_.types.capacity_type_key()) is_other_offering = true;
        }
        if (is_other_offering)
            meeting &= round_.types.offered(round_.words, place_.find(round_.types.zone_key()),
                                            place_.find(round_.types.capacity_type_key()));
        const std::vector<HostPort>& ports = host_ports_of(pod);
        if (conflict(ports, claim.host_ports)) return {{}, Refusal::host_ports};
        const Quantities& requests = demand_of(pod).requests;
        Bits fitting;
        bool has_port = false;
        Quantities& together = together_;
        for (const DaemonGroup& group : from.daemons) {
            if (conflict(ports, group.host_ports)) continue;
            has_port = true;
            together.resize(requests.size());
            for (std::size_t r = 0; r < requests.size(); ++r)
                together[r] = claim.requests[r] + requests[r] + group.overhead[r];
            Bits of_group = meeting;
            if (from.daemons.size() > 1) of_group &= group.types;
            round_.types.keep_fitting(of_group, together);
            if (from.daemons.size() > 1)
                fitting |= of_group;
            else
                fitting = std::move(of_group);
        }
        if (!has_port) return {{}, Refusal::host_ports};
        if (fitting.empty()) return {{}, Refusal::instance_types};
        return {std::move(fitting), std::nullopt};
    }

    // Of the claim as `place_` would have it.
    std::vector<std::pair<KeyIx, std::int64_t>> missed_after_narrowing(const OpenClaim& claim,
                                                                       const Bits& types) const {
        if (!claim.requirements.has_min_values()) return {};
        Requirements requirements = claim.requirements;
        settle(requirements);
        return missed_min_values(round_.basis, requirements, types);
    }

    void join(OpenClaim& claim, PodIx pod, Bits types) {
        topology_.record(place_, shape_of(pod), round_.templates[claim.from].taints);
        settle(claim.requirements);
        claim.types = std::move(types);
        claim.pods.push_back(pod);
        const Quantities& requests = demand_of(pod).requests;
        for (std::size_t r = 0; r < requests.size(); ++r) claim.requests[r] += requests[r];
        claim.host_ports.insert(claim.host_ports.end(), host_ports_of(pod).begin(), host_ports_of(pod).end());
    }

    // KARP-14.
    void finish() {
        if (what_if_.lists_by_node) {
            solution_.on_nodes.resize(round_.nodes.size());
            for (const auto& [node, pod] : solution_.placed) solution_.on_nodes[node].push_back(pod);
        }
        for (OpenClaim& open : claims_) {
            NewClaim claim{round_.templates[open.from].pool, std::move(open.pods), {}, std::move(open.requirements)};
            open.types.for_each([&](TypeIx type) { claim.types.push_back(type); });
            if (keep_the_cheapest(claim)) {
                solution_.claims.push_back(std::move(claim));
                continue;
            }
            for (const PodIx pod : claim.pods) {
                solution_.unplaced.push_back({pod, bit(Refusal::min_values)});
                if (what_if_.asked_about == pod) solution_.refused = {{claim.pool, Refusal::min_values}};
            }
        }
    }

    // Whether those that are kept are enough for minValues.
    bool keep_the_cheapest(NewClaim& claim) const {
        if (claim.types.size() <= types_kept) return true;
        order_by_price(round_, claim.types, claim.requirements);
        claim.types.resize(types_kept);
        Bits kept;
        for (const TypeIx type : claim.types) kept.insert(type);
        return round_.cluster.settings.min_values_best_effort ||
               missed_min_values(round_.basis, claim.requirements, kept).empty();
    }

    const Round& round_;
    const WhatIf& what_if_;
    const std::vector<NodeIx>& order_of_nodes_;
    std::vector<bool> is_moved_;
    Topology topology_;
    std::deque<ChangedNode> changed_;
    std::vector<std::uint32_t> changed_of_;  // by node: which of those it is, from 1 on; 0: it is as it was
    std::vector<Limits> limits_;             // by template: what is left
    std::deque<OpenClaim> claims_;
    std::vector<NodeIx> first_try_;  // by form, and whether it may go to settled nodes alone: into the order of nodes
    ClaimOrder order_;
    Place place_;
    Quantities together_;  // scratch
    Solution solution_;
};

}  // namespace

WhatIf WhatIf::all_waiting(const Round& round) {
    WhatIf what_if;
    what_if.pods = round.waiting;
    what_if.is_gone.resize(round.nodes.size());
    what_if.is_unsettled.resize(round.nodes.size());
    return what_if;
}

std::vector<PodIx> in_order_of_size(const Round& round, std::vector<PodIx> pods) {
    std::ranges::sort(pods, [&](PodIx a, PodIx b) { return is_tried_before(round, a, b); });
    return pods;
}

Solution solve(const Round& round, const WhatIf& what_if) { return Solver(round, what_if).solve(); }

void order_by_price(const Round& round, std::vector<TypeIx>& types, const Requirements& requirements) {
    std::vector<std::pair<double, TypeIx>> priced;
    for (const TypeIx type : types)
        priced.emplace_back(
            round.types.cheapest(round.words, type, requirements).value_or(std::numeric_limits<double>::max()), type);
    std::ranges::stable_sort(priced, {}, [](const auto& entry) { return entry.first; });
    std::ranges::transform(priced, types.begin(), [](const auto& entry) { return entry.second; });
}

}  // namespace eks::karpenter
