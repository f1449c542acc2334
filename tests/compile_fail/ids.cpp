// An id belongs to one table: the id of a pod does not open the table of nodes.
// Each block is compiled alone with -DWRONG=<number> and must fail; without WRONG the whole file must compile.
#include "libsim/id.hpp"
#include "libsim/table.hpp"

using PodId = sim::Id<struct PodTag>;
using NodeId = sim::Id<struct NodeTag>;
using WorkloadIx = sim::Index<struct WorkloadTag>;
using ZoneIx = sim::Index<struct ZoneTag>;
struct Node {
    int pods = 0;
    friend bool operator==(const Node&, const Node&) = default;
};
using Nodes = sim::Table<NodeId, Node>;

bool right(PodId a, PodId b) { return a == b; }
const Node& look_up(const Nodes& nodes, NodeId node) { return nodes[node]; }

#if WRONG == 1
bool ids_of_two_tables_cannot_be_compared(PodId pod, NodeId node) { return pod == node; }
#elif WRONG == 2
NodeId an_id_does_not_change_its_table(PodId pod) { return pod; }
#elif WRONG == 3
const Node& a_pod_opens_no_node(const Nodes& nodes, PodId pod) { return nodes[pod]; }
#elif WRONG == 4
const Node& a_bare_slot_opens_no_node(const Nodes& nodes) { return nodes[7u]; }
#elif WRONG == 5
WorkloadIx an_index_does_not_change_its_table(ZoneIx zone) { return zone; }
#elif WRONG == 6
PodId a_bare_number_is_no_id() { return 7; }
#endif
