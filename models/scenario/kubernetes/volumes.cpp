#include "models/scenario/kubernetes/volumes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace eks {
namespace {

constexpr std::array<std::string_view, 2> zonal_drivers{"ebs.csi.aws.com", "kubernetes.io/aws-ebs"};
constexpr std::array<std::string_view, 3> zone_labels{"topology.kubernetes.io/zone", "topology.ebs.csi.aws.com/zone",
                                                      "failure-domain.beta.kubernetes.io/zone"};

bool is_among(std::string_view name, std::span<const std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

ZoneIx zone_named(std::string_view name, const ScenarioBuilder& builder) {
    const auto& zones = builder.spec.zones;
    const auto found = std::ranges::find(zones, name);
    return found == zones.end() ? ZoneIx::none() : ZoneIx::of(static_cast<std::size_t>(found - zones.begin()));
}

// The zones among the values of expressions on a zone's label.
std::vector<ZoneIx> zones_among(const std::vector<Reader>& expressions, const ScenarioBuilder& builder) {
    std::vector<ZoneIx> zones;
    for (const Reader& expression : expressions) {
        if (!expression.is_map()) continue;
        const auto key = expression.text("key");
        if (!key || !is_among(*key, zone_labels)) continue;
        if (expression.has("operator")) expression.member("operator")->mark_used();
        for (const Reader& value : expression.items("values")) {
            if (const auto text = value.text()) zones.push_back(zone_named(*text, builder));
        }
    }
    std::erase_if(zones, [](ZoneIx zone) { return !zone.valid(); });
    return zones;
}

void set_driver(std::string_view driver, VolumeClaim& claim) {
    claim.is_zonal = claim.takes_attachment = is_among(driver, zonal_drivers);
}

}  // namespace

void VolumeObjects::add_claim(const std::string& namespace_name, const std::string& name, const Reader& object) {
    claims_.insert_or_assign({namespace_name, name}, object);
}
void VolumeObjects::add_volume(const std::string& name, const Reader& object) {
    volumes_.insert_or_assign(name, object);
}
void VolumeObjects::add_class(const std::string& name, const Reader& object) {
    classes_.insert_or_assign(name, object);
}

void VolumeObjects::read_class(const std::string& name, const ScenarioBuilder& builder, VolumeClaim& claim) const {
    const auto found = classes_.find(name);
    if (found == classes_.end()) return;
    const Reader& object = found->second;
    if (const auto driver = object.text("provisioner")) set_driver(*driver, claim);
    // The API server's default is Immediate.
    const auto mode = object.member("volumeBindingMode");
    claim.binds_at_once = !mode || mode->one_of({"Immediate", "WaitForFirstConsumer"}).value_or(0) == 0;
    for (const Reader& term : object.items("allowedTopologies")) {
        if (!term.is_map()) continue;
        const std::vector<ZoneIx> zones = zones_among(term.items("matchLabelExpressions"), builder);
        claim.allowed.insert(claim.allowed.end(), zones.begin(), zones.end());
    }
}

void VolumeObjects::read_volume(const Reader& volume, const ScenarioBuilder& builder, VolumeClaim& claim) const {
    const auto spec = volume.member("spec");
    if (!spec || !spec->is_map()) return;
    const auto csi = spec->member("csi");
    const auto driver = csi && csi->is_map() ? csi->text("driver") : std::nullopt;
    if (driver)
        set_driver(*driver, claim);
    else
        claim.is_zonal = claim.takes_attachment = spec->has("awsElasticBlockStore");
    std::vector<ZoneIx> zones;
    if (const auto affinity = spec->member("nodeAffinity"); affinity && affinity->is_map()) {
        const auto required = affinity->member("required");
        if (required && required->is_map()) {
            for (const Reader& term : required->items("nodeSelectorTerms")) {
                if (term.is_map()) zones = zones_among(term.items("matchExpressions"), builder);
            }
        }
    }
    if (const auto metadata = volume.member("metadata"); zones.empty() && metadata && metadata->is_map()) {
        if (const auto labels = metadata->member("labels"); labels && labels->is_map()) {
            for (const std::string_view key : zone_labels) {
                if (const auto text = labels->text(key)) zones.push_back(zone_named(*text, builder));
            }
        }
    }
    if (!zones.empty()) claim.zone = zones.front();
    if (claim.zone.valid()) claim.is_zonal = true;
}

VolumeClaim VolumeObjects::read_claim(const Reader& spec, const std::string& namespace_name, const std::string& name,
                                      const ScenarioBuilder& builder) const {
    VolumeClaim claim;
    claim.namespace_name = namespace_name;
    claim.name = name;
    if (!spec.is_map()) return claim;
    for (const Reader& mode : spec.items("accessModes")) {
        if (const auto text = mode.text()) claim.is_for_one_pod = claim.is_for_one_pod || *text == "ReadWriteOncePod";
    }
    if (const auto resources = spec.member("resources"); resources && resources->is_map()) {
        const auto requests = resources->member("requests");
        const auto storage = requests && requests->is_map() ? requests->member("storage") : std::nullopt;
        if (storage) claim.bytes = storage->quantity(QuantityUnit::whole).value_or(0);
    }
    // Without a class it is EBS that waits for its first pod, as the gp2 of EKS does.
    if (const auto storage_class = spec.text("storageClassName")) read_class(*storage_class, builder, claim);
    if (const auto volume = spec.text("volumeName")) {
        const auto found = volumes_.find(*volume);
        if (found != volumes_.end()) read_volume(found->second, builder, claim);
    }
    return claim;
}

std::uint32_t VolumeObjects::claim_named(const Reader& at, const std::string& namespace_name, const std::string& name,
                                         ScenarioBuilder& builder) const {
    std::vector<VolumeClaim>& claims = builder.spec.claims;
    const auto known = std::ranges::find_if(
        claims, [&](const VolumeClaim& claim) { return claim.namespace_name == namespace_name && claim.name == name; });
    const auto position = static_cast<std::uint32_t>(known - claims.begin());
    if (known != claims.end()) return position;
    const auto found = claims_.find({namespace_name, name});
    if (found == claims_.end()) {
        at.warn(Rule::matches_nothing,
                fmt::format("{}: there is no PersistentVolumeClaim {}/{} in the manifests; it is taken for one of EBS "
                            "that binds where its first pod runs",
                            at.title(), namespace_name, name),
                "add the claim, so that its class and zone count");
        VolumeClaim claim;
        claim.namespace_name = namespace_name;
        claim.name = name;
        claims.push_back(std::move(claim));
        return position;
    }
    const auto spec = found->second.member("spec");
    claims.push_back(spec ? read_claim(*spec, namespace_name, name, builder)
                          : read_claim(found->second, namespace_name, name, builder));
    // Nobody knows which zone the provisioner takes for a claim that waits for no pod: one made of its name.
    VolumeClaim& claim = claims.back();
    const std::size_t zones = claim.allowed.empty() ? builder.spec.zones.size() : claim.allowed.size();
    if (claim.binds_at_once && claim.is_zonal && !claim.zone.valid() && zones > 0) {
        const auto which = static_cast<std::size_t>(stable_key_of(namespace_name + "/" + name) % zones);
        claim.zone = claim.allowed.empty() ? ZoneIx::of(which) : claim.allowed[which];
    }
    return position;
}

void VolumeObjects::read_volumes(const Reader& pod_spec, const std::string& namespace_name, ScenarioBuilder& builder,
                                 PodTemplate& pod) const {
    for (const Reader& volume : pod_spec.items("volumes")) {
        if (!volume.is_map()) continue;
        if (const auto named = volume.member("persistentVolumeClaim"); named && named->is_map()) {
            if (const auto name = named->required("claimName")) {
                if (const auto text = name->text())
                    pod.claims.push_back(claim_named(*name, namespace_name, *text, builder));
            }
        }
        if (const auto dir = volume.member("emptyDir"); dir && dir->is_map() && dir->text("medium") != "Memory") {
            EmptyDir known;
            known.name = volume.text("name").value_or("");
            if (const auto limit = dir->member("sizeLimit"))
                known.size_limit = limit->quantity(QuantityUnit::whole).value_or(0);
            pod.empty_dirs.push_back(std::move(known));
        }
        const auto ephemeral = volume.member("ephemeral");
        const auto of_template =
            ephemeral && ephemeral->is_map() ? ephemeral->member("volumeClaimTemplate") : std::nullopt;
        const auto spec = of_template && of_template->is_map() ? of_template->member("spec") : std::nullopt;
        // Goes with its pod: it is made wherever that one is, and takes an attachment there.
        if (spec) pod.passing_claims.push_back(read_claim(*spec, namespace_name, "", builder));
    }
}

}  // namespace eks
