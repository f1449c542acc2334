// The load balancers that Services of type LoadBalancer and Ingresses have made for them (FR-30): what they cost, and
// how connections come through them.
#pragma once

#include "models/scenario/builder.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks {

class LoadBalancerObjects {
  public:
    explicit LoadBalancerObjects(const ScenarioBuilder& builder) : builder_(builder) {}

    void add_service(const std::string& namespace_name, const std::string& name, const Reader& object);
    void add_ingress(const std::string& namespace_name, const std::string& name, const Reader& object);
    // Once all Services are known, and what Cilium does with Ingresses.
    void finish(ScenarioBuilder& builder);

  private:
    struct Named {
        LoadBalancer balancer;
        std::vector<std::string> services;  // "shop/web"
        bool faces_internet = false;
        bool sends_to_pods = false;
        sim::Duration healthy;  // until a new target passes for healthy
        struct Group {
            std::string service;  // "shop/web"
            sim::Duration healthy;
        };
        std::vector<Group> groups;  // that send to pods, of an ALB
        // What the AWS Load Balancer Controller makes for each object, and the Services behind it.
        struct Object {
            BalancerObject wanted;
            std::vector<std::string> services;
        };
        std::vector<Object> objects;
    };
    // An Ingress that is Cilium's, if Cilium has Ingresses at all.
    struct OfCilium {
        std::string namespace_name;
        std::string name;
        Reader object;
        bool has_class = false;
    };
    Named& named(BalancerKind kind, const std::string& name);
    static void read_targets(const Reader& object, const std::string& prefix, Named& balancer);
    static BalancerObject first_checked(const Reader& object, const std::string& prefix, const Named& balancer);
    void take_attributes(Named& balancer, const LoadBalancer& read, bool is_first, const Reader& object);
    void add_of_cilium(const OfCilium& ingress);

    const ScenarioBuilder& builder_;
    std::vector<Named> balancers_;
    std::vector<OfCilium> of_cilium_;
};

}  // namespace eks
