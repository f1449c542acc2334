#include "models/catalog/catalog.hpp"

#include "libsim/check.hpp"
#include "models/catalog/catalog_data.hpp"
#include "models/catalog/prices.hpp"
#include "models/catalog/tsv.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace eks {

namespace builtin_types {
namespace {

// The columns in the order in which read_type takes them.
constexpr std::string_view header =
    "name\tarchitecture\tvcpus\tthreads_per_core\tmemory_mib\thypervisor\tbare_metal\tcurrent_generation\t"
    "burst_baseline_per_mille\tburst_credits_per_hour_tenths\tburst_credits_max_tenths\tgpu_maker\tgpu_name\tgpus\t"
    "gpu_memory_mib_each\taccelerator_kind\taccelerator_name\taccelerators\tlocal_disks\tlocal_disk_total_gb\tlocal_"
    "nvme\t"
    "max_enis\tipv4_per_eni\tdefault_network_card\tnetwork_cards\ttrunking\tbranch_enis\tefa_interfaces\t"
    "network_baseline_mbps\tnetwork_burst_mbps\tebs_baseline_mbps\tebs_burst_mbps\tebs_baseline_iops\tebs_burst_iops\t"
    "ebs_attachments_max\tebs_attachments_shared\tspot_supported\treserved_1y\treserved_3y\t"
    "spot_saving:us-east-1\tspot_band:us-east-1\tspot_saving:us-west-2\tspot_band:us-west-2\t"
    "spot_saving:eu-west-1\tspot_band:eu-west-1\tspot_saving:ap-southeast-1\tspot_band:ap-southeast-1";

int whole_number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    CHECK(error == std::errc{} && end == text.data() + text.size(), "a catalogue field is not a whole number");
    return value;
}

// "0:8,1:7": card index and how many interfaces it takes.
std::vector<NetworkCard> read_network_cards(std::string_view text) {
    std::vector<NetworkCard> cards;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view card = text.substr(0, comma);
        const std::size_t colon = card.find(':');
        CHECK(colon != std::string_view::npos, "a network card in the catalogue has no colon");
        cards.push_back({whole_number(card.substr(0, colon)), whole_number(card.substr(colon + 1))});
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return cards;
}

Architecture read_architecture(std::string_view text) {
    if (text == "amd64") return Architecture::amd64;
    if (text == "arm64") return Architecture::arm64;
    return Architecture::unknown;
}

Hypervisor read_hypervisor(std::string_view text) {
    if (text == "nitro") return Hypervisor::nitro;
    if (text == "xen") return Hypervisor::xen;
    return Hypervisor::unknown;
}

InstanceType read_type(std::string_view line) {
    tsv::Fields fields(line);
    InstanceType type;
    type.name = fields.next();
    type.architecture = read_architecture(fields.next());
    type.vcpus = fields.next_integer<int>();
    type.threads_per_core = fields.next_integer<int>();
    type.memory_mib = fields.next_integer<std::int64_t>();
    type.hypervisor = read_hypervisor(fields.next());
    type.bare_metal = fields.next_flag();
    type.current_generation = fields.next_flag();
    type.burst_baseline_per_mille = fields.next_integer<int>();
    type.burst_credits_per_hour_tenths = fields.next_integer<int>();
    type.burst_credits_max_tenths = fields.next_integer<int>();
    type.gpu_maker = fields.next();
    type.gpu_name = fields.next();
    type.gpus = fields.next_integer<int>();
    type.gpu_memory_mib_each = fields.next_integer<std::int64_t>();
    type.accelerator_kind = fields.next();
    type.accelerator_name = fields.next();
    type.accelerators = fields.next_integer<int>();
    type.local_disks = fields.next_integer<int>();
    type.local_disk_total_gb = fields.next_integer<std::int64_t>();
    type.local_nvme = fields.next_flag();
    type.max_enis = fields.next_integer<int>();
    type.ipv4_per_eni = fields.next_integer<int>();
    type.default_network_card = fields.next_integer<int>();
    type.network_cards = read_network_cards(fields.next());
    type.trunking = fields.next_flag();
    type.branch_enis = fields.next_integer<int>();
    type.efa_interfaces = fields.next_integer<int>();
    type.network_baseline_mbps = fields.next_integer<std::int64_t>();
    type.network_burst_mbps = fields.next_integer<std::int64_t>();
    type.ebs_baseline_mbps = fields.next_integer<std::int64_t>();
    type.ebs_burst_mbps = fields.next_integer<std::int64_t>();
    type.ebs_baseline_iops = fields.next_integer<std::int64_t>();
    type.ebs_burst_iops = fields.next_integer<std::int64_t>();
    type.ebs_attachments_max = fields.next_integer<int>();
    type.ebs_attachments_shared = fields.next_flag();
    type.spot_supported = fields.next_flag();
    type.reserved_1y_micro_usd_per_hour = fields.next_integer<MicroUsd>();
    type.reserved_3y_micro_usd_per_hour = fields.next_integer<MicroUsd>();
    for (std::size_t region = 0; region < spot_advice_regions.size(); ++region) {
        const std::string_view saving = fields.next();
        const std::string_view band = fields.next();
        type.has_spot_advice[region] = !saving.empty();
        if (!saving.empty()) type.spot_advice[region] = {whole_number(saving), whole_number(band)};
    }
    CHECK(fields.at_end(), "a row of the catalogue has more fields than columns");
    return type;
}

std::vector<InstanceType> read_all() {
    tsv::Lines lines(catalog_data::instance_types_tsv);
    CHECK(lines.next() == header, "the columns of instance_types.tsv are not those that the library reads");
    std::vector<InstanceType> types;
    types.reserve(1500);
    for (std::string_view line = lines.next(); !line.empty(); line = lines.next()) types.push_back(read_type(line));
    CHECK(std::is_sorted(types.begin(), types.end(),
                         [](const InstanceType& a, const InstanceType& b) { return a.name < b.name; }),
          "instance_types.tsv is not sorted by name");
    return types;
}

std::vector<InstanceType>::const_iterator first_not_before(const std::vector<InstanceType>& types,
                                                           std::string_view name) {
    return std::lower_bound(types.begin(), types.end(), name,
                            [](const InstanceType& type, std::string_view wanted) { return type.name < wanted; });
}

// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one name into the other;
// letters that differ only in case count as equal, so that M5.Large finds m5.large at once. Names longer than any real
// one are as far away as can be.
int edit_distance(std::string_view a, std::string_view b) {
    constexpr std::size_t length_max = 40;
    constexpr int far_away = 1000;
    if (a.size() > length_max || b.size() > length_max) return far_away;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    using Row = std::array<int, length_max + 1>;
    Row before_last{};
    Row last{};
    Row current{};
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = static_cast<int>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool equal = lower(a[i - 1]) == lower(b[j - 1]);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + (equal ? 0 : 1)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last = last;
        last = current;
    }
    return last[b.size()];
}

// What describe-instance-types does not say is taken from the built-in row of the same name.
void keep_what_aws_does_not_say(InstanceType& imported, const InstanceType& builtin) {
    imported.trunking = builtin.trunking;
    imported.branch_enis = builtin.branch_enis;
    imported.burst_baseline_per_mille = builtin.burst_baseline_per_mille;
    imported.burst_credits_per_hour_tenths = builtin.burst_credits_per_hour_tenths;
    imported.burst_credits_max_tenths = builtin.burst_credits_max_tenths;
    imported.reserved_1y_micro_usd_per_hour = builtin.reserved_1y_micro_usd_per_hour;
    imported.reserved_3y_micro_usd_per_hour = builtin.reserved_3y_micro_usd_per_hour;
    imported.spot_advice = builtin.spot_advice;
    imported.has_spot_advice = builtin.has_spot_advice;
    // With several network cards the API may give the bandwidth of the whole type for each of them, so that the sum
    // counts it more than once.
    if (imported.network_cards.size() > 1) {
        imported.network_baseline_mbps = builtin.network_baseline_mbps;
        imported.network_burst_mbps = builtin.network_burst_mbps;
    }
}

}  // namespace
}  // namespace builtin_types

const Catalog& Catalog::builtin() {
    static const Catalog catalog = [] {
        Catalog result;
        result.types_ = builtin_types::read_all();
        return result;
    }();
    return catalog;
}

// The comment at the head of the data names its sources with their dates.
std::string_view Catalog::builtin_date() {
    constexpr std::string_view form = "0000-00-00";
    const auto is_date = [&](std::string_view text) {
        return std::ranges::equal(
            text, form, [](char c, char expected) { return expected == '-' ? c == '-' : c >= '0' && c <= '9'; });
    };
    std::string_view newest;
    std::string_view rest = catalog_data::instance_types_tsv;
    while (rest.starts_with('#')) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        for (std::size_t at = 0; at + form.size() <= line.size(); ++at) {
            const std::string_view text = line.substr(at, form.size());
            if (is_date(text)) newest = std::max(newest, text);
        }
    }
    return newest;
}

const InstanceType* Catalog::find(std::string_view name) const {
    const auto place = builtin_types::first_not_before(types_, name);
    return place != types_.end() && place->name == name ? &*place : nullptr;
}

std::optional<MicroUsd> Catalog::price(std::string_view type, std::string_view region) const {
    return on_demand_price(type, region);
}

std::span<const std::string_view> Catalog::regions() { return priced_regions(); }

std::optional<SpotAdvice> Catalog::spot_advice(std::string_view type, std::string_view region) const {
    const InstanceType* found = find(type);
    const auto place = std::find(spot_advice_regions.begin(), spot_advice_regions.end(), region);
    if (found == nullptr || place == spot_advice_regions.end()) return {};
    const auto index = static_cast<std::size_t>(place - spot_advice_regions.begin());
    if (!found->has_spot_advice[index]) return {};
    return found->spot_advice[index];
}

std::vector<std::string> Catalog::nearest_names(std::string_view name, std::size_t count) const {
    // A third of the letters may be wrong, and never more than three: beyond that a hint only confuses.
    const int distance_max = std::clamp(static_cast<int>(name.size()) / 3, 1, 3);
    std::vector<std::pair<int, std::string_view>> near;
    for (const InstanceType& type : types_) {
        const int distance = builtin_types::edit_distance(name, type.name);
        if (distance <= distance_max) near.emplace_back(distance, type.name);
    }
    std::sort(near.begin(), near.end());  // by distance, then by name: no two are equal
    std::vector<std::string> names;
    for (std::size_t i = 0; i < near.size() && i < count; ++i) names.emplace_back(near[i].second);
    return names;
}

Catalog Catalog::merge(const CatalogFragment& fragment) const {
    Catalog merged = *this;
    for (InstanceType type : fragment.types) {
        const auto place = merged.types_.begin() +
                           (builtin_types::first_not_before(merged.types_, type.name) - merged.types_.cbegin());
        if (place != merged.types_.end() && place->name == type.name) {
            builtin_types::keep_what_aws_does_not_say(type, *place);
            *place = std::move(type);
        } else {
            merged.types_.insert(place, std::move(type));
        }
    }
    return merged;
}

std::string_view to_text(Architecture architecture) {
    switch (architecture) {
        case Architecture::amd64: return "amd64";
        case Architecture::arm64: return "arm64";
        case Architecture::unknown: break;
    }
    return "unknown";
}

std::string_view to_text(Hypervisor hypervisor) {
    switch (hypervisor) {
        case Hypervisor::xen: return "xen";
        case Hypervisor::nitro: return "nitro";
        case Hypervisor::unknown: break;
    }
    return "unknown";
}

}  // namespace eks
