#include "models/scenario/kubernetes/front_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace eks {

namespace {

enum class ImageFamily : std::uint8_t { amazon_linux_2, amazon_linux_2023, bottlerocket, ubuntu, other };

// As eksctl and Karpenter name them: "AmazonLinux2023", "AL2", "Ubuntu2204".
ImageFamily family_named(std::string name) {
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (name == "amazonlinux2" || name == "al2") return ImageFamily::amazon_linux_2;
    if (name == "amazonlinux2023" || name == "al2023") return ImageFamily::amazon_linux_2023;
    if (name == "bottlerocket") return ImageFamily::bottlerocket;
    if (name.starts_with("ubuntu")) return ImageFamily::ubuntu;
    return ImageFamily::other;
}

// Where nothing is said, that of EKS: Amazon Linux 2023 from 1.30 on.
constexpr std::int32_t first_with_al2023 = 30;
// bottlerocket-os/bottlerocket issue 4762: aws-k8s-1.34 is the first variant with iptables-nft.
constexpr std::int32_t first_bottlerocket_with_nft = 34;

class FrontEnds {
  public:
    explicit FrontEnds(ScenarioBuilder& builder) : builder_(builder) {}

    datapath::Mode of_group(NodeGroupIx group) {
        const auto said = builder_.image_families.find(group.value);
        const std::int32_t minor = builder_.spec.kubernetes.minor;
        if (said == builder_.image_families.end() || said->second.empty()) {
            guessed_from_version_ = true;
            return minor < first_with_al2023 ? datapath::Mode::iptables_legacy : datapath::Mode::iptables_nft;
        }
        switch (family_named(said->second)) {
            case ImageFamily::amazon_linux_2: return datapath::Mode::iptables_legacy;
            case ImageFamily::amazon_linux_2023: return datapath::Mode::iptables_nft;
            case ImageFamily::bottlerocket:
                return minor < first_bottlerocket_with_nft ? datapath::Mode::iptables_legacy
                                                           : datapath::Mode::iptables_nft;
            // Its alternatives have pointed to iptables-nft since 20.10; nobody has measured EKS's image.
            case ImageFamily::ubuntu:
            case ImageFamily::other: break;
        }
        guessed_.insert(said->second);
        return datapath::Mode::iptables_nft;
    }

    // Amazon Linux 2 has a kernel 5.10 or older, and nftables needs 5.13 (DPD-11).
    void refuse_nftables_on_old_kernels(const Reader& cluster) const {
        if (builder_.spec.data_paths.kube_proxy.mode != KubeProxySettings::Mode::nftables) return;
        for (const auto& [group, family] : builder_.image_families) {
            if (family_named(family) != ImageFamily::amazon_linux_2) continue;
            const Reader& at = group < builder_.group_objects.size() ? builder_.group_objects[group] : cluster;
            at.complain(
                Rule::not_supported,
                fmt::format("nodes of {} have the kernel 5.10 of Amazon Linux 2, and kube-proxy's mode nftables "
                            "needs 5.13",
                            builder_.spec[NodeGroupIx{group}].name),
                "take an image of Amazon Linux 2023, or another mode");
        }
    }

    void list_guesses() const {
        if (guessed_from_version_)
            builder_.assume("iptables of nodes whose image is not said",
                            builder_.spec.kubernetes.minor < first_with_al2023 ? "legacy, as in Amazon Linux 2"
                                                                               : "nft, as in Amazon Linux 2023",
                            "DPD-8");
        for (const std::string& family : guessed_)
            builder_.assume(fmt::format("iptables of nodes with an image of {}", family), "nft", "a guess");
    }

  private:
    ScenarioBuilder& builder_;
    bool guessed_from_version_ = false;
    std::set<std::string> guessed_;
};

}  // namespace

void find_front_ends(const Reader& cluster, ScenarioBuilder& builder) {
    FrontEnds front_ends(builder);
    DataPaths& paths = builder.spec.data_paths;
    paths.front_ends.clear();
    for (const NodeShape& shape : builder.spec.shapes) paths.front_ends.push_back(front_ends.of_group(shape.group));
    front_ends.refuse_nftables_on_old_kernels(cluster);
    front_ends.list_guesses();
}

}  // namespace eks
