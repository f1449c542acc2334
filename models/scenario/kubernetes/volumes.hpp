// Persistent volumes, their claims and classes: where they let pods be placed.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace eks {

class VolumeObjects {
  public:
    void add_claim(const std::string& namespace_name, const std::string& name, const Reader& object);
    void add_volume(const std::string& name, const Reader& object);
    void add_class(const std::string& name, const Reader& object);

    // The claims that the volumes of a pod spec name, and those that come and go with the pod.
    void read_volumes(const Reader& pod_spec, const std::string& namespace_name, ScenarioBuilder& builder,
                      PodTemplate& pod) const;
    // A claim, or the claim template of a StatefulSet or an ephemeral volume.
    VolumeClaim read_claim(const Reader& spec, const std::string& namespace_name, const std::string& name,
                           const ScenarioBuilder& builder) const;

  private:
    std::uint32_t claim_named(const Reader& at, const std::string& namespace_name, const std::string& name,
                              ScenarioBuilder& builder) const;
    void read_class(const std::string& name, const ScenarioBuilder& builder, VolumeClaim& claim) const;
    void read_volume(const Reader& volume, const ScenarioBuilder& builder, VolumeClaim& claim) const;

    std::map<std::pair<std::string, std::string>, Reader> claims_;
    std::map<std::string, Reader, std::less<>> volumes_;
    std::map<std::string, Reader, std::less<>> classes_;
};

}  // namespace eks
