#include "models/systems/autoscaling/cluster_autoscaler/quick_room.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/plain_room.hpp"
#include "models/systems/scheduling/plain/matching.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

namespace {

// Whether `other` keeps `pod` away from where it is.
bool keeps_away(const plain::Cluster& cluster, const plain::PodObject& other, const plain::PodObject& pod) {
    return std::ranges::any_of(other.required_anti_affinity, [&](const plain::AffinityTerm& term) {
        return plain::matches(cluster, term, other, pod);
    });
}

bool is_kept_away(const EstimateQuestion& question, const plain::PodObject& pod) {
    const auto by = [&](const plain::PodObject& other) { return keeps_away(question.cluster, other, pod); };
    return std::ranges::any_of(question.cluster.pods, by) || std::ranges::any_of(question.template_pods, by) ||
           std::ranges::any_of(question.groups, by, &PodGroup::pod);
}

bool depends_on_others(const plain::PodObject& pod) {
    return !pod.required_affinity.empty() || !pod.required_anti_affinity.empty() || !pod.claims.empty() ||
           std::ranges::any_of(pod.spread, &plain::SpreadConstraint::is_required);
}

}  // namespace

QuickRoom::QuickRoom(const EstimateQuestion& question) : question_(question), nodes_(question) {
    for (const PodGroup& group : question.groups) {
        QuickGroup quick;
        quick.is_coupled = depends_on_others(group.pod) || is_kept_away(question, group.pod);
        for (const auto& [resource, amount] : group.pod.requests) {
            if (amount == 0) continue;
            const auto known = std::ranges::find(resources_, resource);
            quick.wishes.push_back({static_cast<std::size_t>(known - resources_.begin()), amount});
            if (known == resources_.end()) resources_.push_back(resource);
        }
        groups_.push_back(std::move(quick));
    }
    for (const plain::NodeInfo& info : nodes_.infos()) quick_nodes_.push_back(quick_node(info));
}

QuickRoom::QuickNode QuickRoom::quick_node(const plain::NodeInfo& info) const {
    QuickNode node;
    node.free_pods = plain::amount_of(info.node->allocatable, "pods") - static_cast<std::int64_t>(info.pods.size());
    for (const std::string& resource : resources_)
        node.free.push_back(plain::amount_of(info.node->allocatable, resource) -
                            plain::amount_of(info.requested, resource));
    for (const plain::PodObject* pod : info.pods)
        node.used_ports.insert(node.used_ports.end(), pod->host_ports.begin(), pod->host_ports.end());
    return node;
}

void QuickRoom::add_node() {
    nodes_.add();
    quick_nodes_.push_back(quick_node(nodes_.infos().back()));
    if (cycle_) cycle_->add_node(nodes_.infos().back());
}

void QuickRoom::begin(std::size_t group) {
    if (group_ == group) return;
    group_ = group;
    for (QuickNode& node : quick_nodes_) node.suits = Suits::unknown;
    cycle_.reset();
    if (!groups_[group].is_coupled) return;
    show_unseen();
    cycle_.emplace(nodes_.cluster(), profile_, nodes_.infos(), question_.groups[group].pod);
}

Look QuickRoom::look(std::size_t node) const {
    if (!has_room(quick_nodes_[node]) || !suits(node)) return Look::is_refused;
    if (!cycle_) return Look::fits;
    if (cycle_->pod_refusal()) return Look::is_refused;
    return look_of(cycle_->refusal(nodes_.infos()[node]));
}

void QuickRoom::place(std::size_t node) {
    QuickNode& quick = quick_nodes_[node];
    const plain::PodObject& pod = question_.groups[*group_].pod;
    --quick.free_pods;
    for (const Wish& wish : groups_[*group_].wishes) quick.free[wish.resource] -= wish.amount;
    quick.used_ports.insert(quick.used_ports.end(), pod.host_ports.begin(), pod.host_ports.end());
    if (cycle_)
        cycle_->place(nodes_.infos()[node], pod);
    else if (!unseen_.empty() && unseen_.back().node == node && unseen_.back().group == *group_)
        ++unseen_.back().pods;
    else
        unseen_.push_back({node, *group_, 1});
}

bool QuickRoom::has_room(const QuickNode& node) const {
    const plain::PodObject& pod = question_.groups[*group_].pod;
    return node.free_pods > 0 &&
           std::ranges::all_of(groups_[*group_].wishes,
                               [&](const Wish& wish) { return wish.amount <= node.free[wish.resource]; }) &&
           plain::are_free(pod.host_ports, node.used_ports);
}

bool QuickRoom::suits(std::size_t node) const {
    Suits& known = quick_nodes_[node].suits;
    if (known == Suits::unknown)
        known = plain::suits_node(question_.groups[*group_].pod, *nodes_.infos()[node].node) ? Suits::yes : Suits::no;
    return known == Suits::yes;
}

void QuickRoom::show_unseen() {
    for (const Unseen& unseen : unseen_) {
        for (std::int64_t i = 0; i < unseen.pods; ++i)
            nodes_.infos()[unseen.node].add(question_.groups[unseen.group].pod);
    }
    unseen_.clear();
}

}  // namespace eks::cluster_autoscaler
