// The load balancers that Services of type LoadBalancer and Ingresses have made for them (FR-30), as far as they cost.
#pragma once

#include "models/scenario/builder.hpp"

#include <string>
#include <vector>

namespace eks {

class LoadBalancerObjects {
  public:
    void add_service(const std::string& namespace_name, const std::string& name, const Reader& object);
    void add_ingress(const std::string& namespace_name, const std::string& name, const Reader& object);
    // Once all Services are known.
    void finish(ScenarioBuilder& builder) const;

  private:
    struct Named {
        BalancerKind kind = BalancerKind::application;
        std::string name;
        std::vector<std::string> services;  // "shop/web"
    };
    Named& named(BalancerKind kind, const std::string& name);
    std::vector<Named> balancers_;
};

}  // namespace eks
