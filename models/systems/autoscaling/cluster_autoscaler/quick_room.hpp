// Room for the packing that keeps its counts from pod to pod. Pods that no other pod is coupled to are weighed by sums
// alone; the others see the scheduler's filters, whose counts follow each placement. It answers as PlainRoom does.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/packing.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/simulated_nodes.hpp"
#include "models/systems/scheduling/plain/filters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks::cluster_autoscaler {

class QuickRoom {
  public:
    explicit QuickRoom(const EstimateQuestion& question);

    std::size_t size() const { return quick_nodes_.size(); }
    bool is_unschedulable(std::size_t node) const { return nodes_.infos()[node].node->is_unschedulable; }
    void add_node();
    void begin(std::size_t group);
    Look look(std::size_t node) const;
    void place(std::size_t node);

  private:
    enum class Suits : std::uint8_t { unknown, yes, no };

    struct QuickNode {
        std::int64_t free_pods = 0;
        std::vector<std::int64_t> free;  // by resource of resources_
        std::vector<HostPort> used_ports;
        Suits suits = Suits::unknown;  // the current group: what no placement changes
    };

    struct Wish {
        std::size_t resource = 0;
        std::int64_t amount = 0;
    };

    struct QuickGroup {
        std::vector<Wish> wishes;
        bool is_coupled = false;
    };

    // Placements that the plain nodes have not seen yet.
    struct Unseen {
        std::size_t node = 0;
        std::size_t group = 0;
        std::int64_t pods = 0;
    };

    QuickNode quick_node(const plain::NodeInfo& info) const;
    bool suits(std::size_t node) const;
    bool has_room(const QuickNode& node) const;
    void show_unseen();

    const EstimateQuestion& question_;
    plain::Profile profile_ = plain::default_profile();
    SimulatedNodes nodes_;
    std::vector<std::string> resources_;
    std::vector<QuickGroup> groups_;
    mutable std::vector<QuickNode> quick_nodes_;  // `suits` is filled in when it is first asked for
    std::vector<Unseen> unseen_;
    std::optional<std::size_t> group_;
    std::optional<plain::FilterRound> cycle_;  // of a coupled group
};

}  // namespace eks::cluster_autoscaler
