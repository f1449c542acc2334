// Cilium among the manifests: the values of its Helm chart, the ConfigMap cilium-config that a rendered chart holds,
// and the CNI configuration of its agents (IPAM-301, IPAM-302). All three come down to the names of cilium-config, of
// which the last one said counts.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

#include <map>
#include <string>
#include <string_view>

namespace eks {

inline constexpr std::string_view cilium_config_title = "ConfigMap/kube-system/cilium-config";

class CiliumReading {
  public:
    explicit CiliumReading(ScenarioBuilder& builder) : builder_(builder) {}

    // The values of `{helmValues: …, chart: cilium}`. The pods that the chart makes are added where the manifests have
    // none of their names.
    void add_values(const Reader& values, KubernetesObjects& objects);
    // What the objects say, once all of them have been read; settles who gives addresses, but for what `settle_cni`
    // finds.
    void finish(const KubernetesObjects& objects);

  private:
    void take(const std::string& key, const Reader& value) { said_.insert_or_assign(key, value); }
    void add_config_map(const Reader& config_map, const KubernetesObject& object);
    void add_cni_configuration(const Reader& text);
    void add_network_configuration(const JsonValue& value);
    void set_operator_tolerations(const Reader& values, JsonValue& operators);
    void add_image(const Reader& image);
    void add_pods(const Reader& values, std::int64_t operator_replicas, KubernetesObjects& objects);
    bool gives_addresses() const;
    void apply();
    void find_pods();
    void settle_taints();
    void read_subnets(const Reader& value);

    ScenarioBuilder& builder_;
    std::map<std::string, Reader, std::less<>> said_;
};

// Which DaemonSet is the CNI's, and what its version decides; once all objects have been read.
void find_cni_workload(ScenarioBuilder& builder);
// Once it is known which pods run where: who is aws-node, whether it runs on the same nodes as Cilium (IPAM-354), which
// is warned about at `cluster`, and whether kube-proxy runs beside its replacement (IPAM-357), at its DaemonSet.
void settle_cni(const Reader& cluster, ScenarioBuilder& builder);

}  // namespace eks
