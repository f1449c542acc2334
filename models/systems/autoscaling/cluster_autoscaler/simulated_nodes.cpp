#include "models/systems/autoscaling/cluster_autoscaler/simulated_nodes.hpp"

#include <string>

namespace eks::cluster_autoscaler {

namespace {

// CA-2: pods that others make room for count as placed already.
plain::Cluster with_nominated_placed(plain::Cluster cluster) {
    for (plain::PodObject& pod : cluster.pods) {
        if (pod.node_name.empty()) pod.node_name = pod.nominated_node;
    }
    return cluster;
}

}  // namespace

SimulatedNodes::SimulatedNodes(const EstimateQuestion& question)
    : question_(question), cluster_(with_nominated_placed(question.cluster)), infos_(nodes_with_pods(cluster_)) {}

void SimulatedNodes::add() {
    plain::NodeObject& node = added_.emplace_back(question_.node_template);
    node.name += "-e-" + std::to_string(added_.size() - 1);
    node.labels.insert_or_assign(std::string(hostname_label), node.name);
    plain::NodeInfo& info = infos_.emplace_back();
    info.node = &node;
    for (const plain::PodObject& pod : question_.template_pods) info.add(pod);
}

}  // namespace eks::cluster_autoscaler
