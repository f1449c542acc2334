#include "models/catalog/import.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace eks {

namespace catalog_import {
namespace {

using Json = nlohmann::json;

constexpr std::string_view format_name = "ekssim.dev/catalog/v1alpha1";
constexpr std::size_t text_bytes_max = std::size_t{32} << 20;  // the answer for every type there is has about 10 MB
constexpr int nesting_max = 64;                                // AWS's own answer has eight levels
constexpr std::size_t complaints_max = 100;
constexpr std::size_t types_max = 20'000;  // AWS has about 1,400
constexpr std::size_t documents_max = 1'000;
constexpr std::size_t items_max = 1'000;  // network cards, disks, devices of one type
// More than any machine has, by far; what is larger is a mistake and would only overflow later.
constexpr std::int64_t count_max = 100'000;
constexpr std::int64_t amount_max = std::int64_t{1} << 40;

// Collects complaints and knows where the reader is.
class Reader {
  public:
    void complain(std::string path, std::string message) {
        if (complaints_.size() < complaints_max) complaints_.push_back({0, 0, std::move(path), std::move(message)});
    }
    void complain_at(int line, int column, std::string message) {
        if (complaints_.size() < complaints_max) complaints_.push_back({line, column, {}, std::move(message)});
    }
    bool failed() const { return !complaints_.empty(); }
    bool is_full() const { return complaints_.size() >= complaints_max; }
    CatalogComplaints take_complaints() { return std::move(complaints_); }

  private:
    CatalogComplaints complaints_;
};

struct Place {
    int line = 1;
    int column = 1;
};

Place place_of(std::string_view text, std::size_t offset) {
    Place place;
    for (const char c : text.substr(0, offset)) {
        if (c == '\n') {
            ++place.line;
            place.column = 1;
        } else {
            ++place.column;
        }
    }
    return place;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The end of the JSON document that starts at `begin`: after the bracket that closes it. Nothing if it never closes or
// is nested too deeply. This only finds the borders between documents; whether they are valid the parser says.
std::optional<std::size_t> end_of_document(std::string_view text, std::size_t begin) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > nesting_max) return {};
        } else if (c == '}' || c == ']') {
            if (--depth <= 0) return i + 1;
        }
    }
    return {};
}

// All JSON documents of a text, one after the other.
std::vector<Json> parse_documents(std::string_view text, Reader& reader) {
    std::vector<Json> documents;
    if (text.size() > text_bytes_max) {
        reader.complain_at(1, 1, "the text is larger than 32 MiB, which no list of instance types is");
        return documents;
    }
    std::size_t begin = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;  // a byte order mark
    const auto complain_here = [&](const char* message) {
        const Place place = place_of(text, begin);
        reader.complain_at(place.line, place.column, message);
    };
    while (true) {
        while (begin < text.size() && is_blank(text[begin])) ++begin;
        if (begin == text.size()) break;
        if (documents.size() == documents_max) {
            complain_here("there are more JSON documents in this text than AWS could have answered with");
            break;
        }
        if (text[begin] != '{' && text[begin] != '[') {
            complain_here("JSON is needed here, as `aws ec2 describe-instance-types --output json` writes it");
            break;
        }
        const auto end = end_of_document(text, begin);
        if (!end) {
            complain_here("the JSON that starts here never ends; is the file cut off?");
            break;
        }
        try {
            documents.push_back(Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                            text.begin() + static_cast<std::ptrdiff_t>(*end)));
        } catch (const Json::parse_error& error) {
            const std::size_t inside = error.byte > 0 ? error.byte - 1 : 0;
            const Place place = place_of(text, std::min(begin + inside, text.size()));
            reader.complain_at(place.line, place.column, "this is not valid JSON");
            break;
        } catch (const Json::exception&) {  // a number beyond every limit, which has no place of its own
            complain_here("the JSON that starts here has a number that is out of range");
            break;
        }
        begin = *end;
    }
    if (documents.empty() && !reader.failed())
        reader.complain_at(1, 1, "the text is empty; no instance types were found");
    return documents;
}

// One object of AWS's answer while it is being read: members that are absent or null give the fallback, members of the
// wrong kind or size are complained about.
class Record {
  public:
    Record(const Json& json, std::string path, std::string label, Reader& reader)
        : json_(json.is_object() ? &json : &empty()),
          path_(std::move(path)),
          label_(std::move(label)),
          reader_(reader) {}

    Record child(const char* name) const {
        const Json* value = member(name);
        if (value != nullptr && !value->is_object()) complain(name, "an object is needed here");
        return {value != nullptr ? *value : empty(), path_of(name), label_, reader_};
    }

    std::vector<Record> children(const char* name) const {
        std::vector<Record> result;
        const Json* value = member(name);
        if (value == nullptr) return result;
        if (!value->is_array()) {
            complain(name, "a list is needed here");
            return result;
        }
        if (value->size() > items_max) {
            complain(name, "the list is longer than any instance type could have it");
            return result;
        }
        for (std::size_t i = 0; i < value->size(); ++i) {
            result.emplace_back((*value)[i], path_of(name) + "[" + std::to_string(i) + "]", label_, reader_);
        }
        return result;
    }

    std::vector<std::string> texts(const char* name) const {
        std::vector<std::string> result;
        const Json* value = member(name);
        if (value == nullptr || !value->is_array()) return result;
        for (const Json& item : *value) {
            if (item.is_string()) result.push_back(item.get<std::string>());
        }
        return result;
    }

    std::string text(const char* name) const {
        const Json* value = member(name);
        if (value == nullptr) return {};
        if (!value->is_string()) {
            complain(name, "a text is needed here");
            return {};
        }
        return value->get<std::string>();
    }

    bool flag(const char* name) const {
        const Json* value = member(name);
        if (value == nullptr) return false;
        if (!value->is_boolean()) complain(name, "true or false is needed here");
        return value->is_boolean() && value->get<bool>();
    }

    std::int64_t integer(const char* name, std::int64_t max) const {
        const Json* value = member(name);
        if (value == nullptr) return 0;
        const bool fits_integer = value->is_number_unsigned()
                                      ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(max)
                                      : value->is_number_integer();
        if (!fits_integer || value->get<std::int64_t>() < 0) {
            complain(name, "a whole number from 0 to " + std::to_string(max) + " is needed here");
            return 0;
        }
        return value->get<std::int64_t>();
    }

    int count(const char* name) const { return static_cast<int>(integer(name, count_max)); }

    // Gbit/s with a fraction, as AWS writes bandwidth, in Mbit/s.
    std::int64_t megabits_of_gigabits(const char* name) const {
        const Json* value = member(name);
        if (value == nullptr) return 0;
        const double gigabits = value->is_number() ? value->get<double>() : -1.0;
        if (!(gigabits >= 0.0 && gigabits < 1e6)) {
            complain(name, "a number of Gbit/s is needed here");
            return 0;
        }
        return std::llround(gigabits * 1000.0);
    }

    bool has(const char* name) const { return member(name) != nullptr; }

    void complain(const char* name, std::string message) const {
        reader_.complain(path_of(name) + (label_.empty() ? "" : " (" + label_ + ")"), std::move(message));
    }

    void complain_of_unknown_members(const std::vector<std::string_view>& known) const {
        for (const auto& [name, value] : json_->items()) {
            if (std::find(known.begin(), known.end(), name) == known.end())
                complain(name.c_str(), "this member is not known");
        }
    }

  private:
    static const Json& empty() {
        static const Json object = Json::object();
        return object;
    }

    const Json* member(const char* name) const {
        const auto place = json_->find(name);
        return place == json_->end() || place->is_null() ? nullptr : &*place;
    }

    std::string path_of(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

    const Json* json_;
    std::string path_;
    std::string label_;
    Reader& reader_;
};

std::string in_lower_case(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

// The first architecture that Kubernetes knows; 32-bit names of old types stand beside a 64-bit one.
Architecture architecture_of(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (name == "arm64" || name == "arm64_mac") return Architecture::arm64;
        if (name == "x86_64" || name == "x86_64_mac") return Architecture::amd64;
    }
    return names.empty() ? Architecture::unknown : Architecture::amd64;
}

Hypervisor hypervisor_of(std::string_view name) {
    if (name == "nitro") return Hypervisor::nitro;
    if (name == "xen") return Hypervisor::xen;
    return Hypervisor::unknown;
}

void read_gpus(const Record& info, InstanceType& type) {
    for (const Record& gpu : info.children("Gpus")) {
        const int whole = gpu.count("Count");
        type.gpus += whole > 0 ? whole : gpu.count("LogicalGpuCount");
        type.gpu_maker = in_lower_case(gpu.text("Manufacturer"));
        type.gpu_name = gpu.text("Name");
        type.gpu_memory_mib_each = gpu.child("MemoryInfo").integer("SizeInMiB", amount_max);
    }
}

// The first kind of accelerator that the answer names; no type has two.
void read_accelerators(const Record& record, InstanceType& type) {
    struct Kind {
        const char* kind;
        const char* member;
        const char* list;
    };
    constexpr std::array<Kind, 4> kinds{
        Kind{"neuron", "NeuronInfo", "NeuronDevices"}, Kind{"inference", "InferenceAcceleratorInfo", "Accelerators"},
        Kind{"fpga", "FpgaInfo", "Fpgas"}, Kind{"media", "MediaAcceleratorInfo", "Accelerators"}};
    for (const Kind& kind : kinds) {
        for (const Record& device : record.child(kind.member).children(kind.list)) {
            type.accelerator_kind = kind.kind;
            type.accelerator_name = device.text("Name");
            // Before NeuronInfo existed, Inferentia was described as an inference accelerator made by AWS.
            if (type.accelerator_kind == "inference" && device.text("Manufacturer") == "AWS")
                type.accelerator_kind = "neuron";
            type.accelerators += device.count("Count");
        }
        if (type.accelerators > 0) return;
    }
}

void read_disks(const Record& storage, InstanceType& type) {
    for (const Record& disk : storage.children("Disks")) type.local_disks += disk.count("Count");
    type.local_disk_total_gb = storage.integer("TotalSizeInGB", amount_max);
    const std::string nvme = storage.text("NvmeSupport");
    type.local_nvme = nvme == "required" || nvme == "supported";
}

void read_network(const Record& network, InstanceType& type) {
    type.ipv4_per_eni = network.count("Ipv4AddressesPerInterface");
    type.default_network_card = network.count("DefaultNetworkCardIndex");
    type.max_enis = network.count("MaximumNetworkInterfaces");
    type.efa_interfaces = network.child("EfaInfo").count("MaximumEfaInterfaces");
    for (const Record& card : network.children("NetworkCards")) {
        type.network_cards.push_back({card.count("NetworkCardIndex"), card.count("MaximumNetworkInterfaces")});
        type.network_baseline_mbps += card.megabits_of_gigabits("BaselineBandwidthInGbps");
        type.network_burst_mbps += card.megabits_of_gigabits("PeakBandwidthInGbps");
        // MaximumNetworkInterfaces of the type is the sum over its cards; pods live on the default one.
        if (type.network_cards.back().index == type.default_network_card)
            type.max_enis = type.network_cards.back().max_enis;
    }
    if (type.network_cards.empty() && type.max_enis > 0) type.network_cards.push_back({0, type.max_enis});
}

void read_ebs(const Record& ebs, InstanceType& type) {
    const Record optimized = ebs.child("EbsOptimizedInfo");
    type.ebs_baseline_mbps = optimized.integer("BaselineBandwidthInMbps", amount_max);
    type.ebs_burst_mbps = optimized.integer("MaximumBandwidthInMbps", amount_max);
    type.ebs_baseline_iops = optimized.integer("BaselineIops", amount_max);
    type.ebs_burst_iops = optimized.integer("MaximumIops", amount_max);
    type.ebs_attachments_max = ebs.count("MaximumEbsAttachments");
    type.ebs_attachments_shared = ebs.text("AttachmentLimitType") == "shared";
}

// A type without these cannot be simulated.
void demand_what_models_need(const InstanceType& type, const Record& record) {
    if (type.vcpus == 0) record.complain("VCpuInfo.DefaultVCpus", "the number of vCPUs is missing");
    if (type.memory_mib == 0) record.complain("MemoryInfo.SizeInMiB", "the memory size is missing");
    if (type.max_enis == 0)
        record.complain("NetworkInfo.MaximumNetworkInterfaces", "the number of interfaces is missing");
    if (type.ipv4_per_eni == 0)
        record.complain("NetworkInfo.Ipv4AddressesPerInterface", "the addresses per interface are missing");
}

InstanceType read_described_type(const Json& json, const std::string& path, Reader& reader) {
    InstanceType type;
    if (!json.is_object()) {
        reader.complain(path, "an instance type is needed here, an object with a member InstanceType");
        return type;
    }
    type.name = Record(json, path, {}, reader).text("InstanceType");
    const Record record(json, path, type.name, reader);
    if (type.name.empty()) {
        record.complain("InstanceType", "the name of the instance type is missing");
        return type;
    }
    type.architecture = architecture_of(record.child("ProcessorInfo").texts("SupportedArchitectures"));
    type.vcpus = record.child("VCpuInfo").count("DefaultVCpus");
    type.threads_per_core = record.child("VCpuInfo").count("DefaultThreadsPerCore");
    type.memory_mib = record.child("MemoryInfo").integer("SizeInMiB", amount_max);
    type.hypervisor = hypervisor_of(record.text("Hypervisor"));
    type.bare_metal = record.flag("BareMetal");
    type.current_generation = record.flag("CurrentGeneration");
    read_gpus(record.child("GpuInfo"), type);
    read_accelerators(record, type);
    read_disks(record.child("InstanceStorageInfo"), type);
    read_network(record.child("NetworkInfo"), type);
    read_ebs(record.child("EbsInfo"), type);
    const std::vector<std::string> usage = record.texts("SupportedUsageClasses");
    type.spot_supported = std::find(usage.begin(), usage.end(), "spot") != usage.end();
    demand_what_models_need(type, record);
    return type;
}

// Reads a list of types until it ends or reading on makes no sense.
template <class ReadOne>
void read_list(const Json& list, const std::string& path, std::vector<InstanceType>& types, Reader& reader,
               ReadOne read_one) {
    for (std::size_t i = 0; i < list.size() && !reader.is_full(); ++i) {
        if (types.size() == types_max) {
            reader.complain(path, "there are more instance types than AWS could have");
            return;
        }
        types.push_back(read_one(list[i], path + "[" + std::to_string(i) + "]", reader));
    }
}

// The types of one document, whichever of the accepted forms it has.
void read_described_document(const Json& document, std::vector<InstanceType>& types, Reader& reader) {
    if (document.is_array()) {
        // A list of pages, as `jq -s` makes it, or of types.
        const auto is_page = [](const Json& item) { return item.is_object() && item.contains("InstanceTypes"); };
        if (std::any_of(document.begin(), document.end(), is_page)) {
            for (const Json& page : document) {
                if (page.is_object()) {
                    read_described_document(page, types, reader);
                } else {
                    reader.complain("InstanceTypes", "something that is no page stands between the pages of this list");
                }
            }
        } else {
            read_list(document, {}, types, reader, read_described_type);
        }
        return;
    }
    if (document.contains("InstanceTypes")) {
        const Json& list = document["InstanceTypes"];
        if (!list.is_array()) {
            reader.complain("InstanceTypes", "a list is needed here");
        } else {
            read_list(list, "InstanceTypes", types, reader, read_described_type);
        }
    } else if (document.contains("InstanceType")) {
        types.push_back(read_described_type(document, {}, reader));
    } else {
        reader.complain("InstanceTypes",
                        "the list of instance types is missing; is this the output of another command?");
    }
}

// Sorts by name and keeps the last of several with one name.
std::vector<CatalogComplaint> sort_and_keep_last(std::vector<InstanceType>& types) {
    std::map<std::string, InstanceType> by_name;
    std::vector<CatalogComplaint> warnings;
    for (InstanceType& type : types) {
        const auto [place, is_new] = by_name.try_emplace(type.name, type);
        if (is_new || place->second == type) continue;
        warnings.push_back({0, 0, type.name, "this type occurs twice; the last one counts"});
        place->second = std::move(type);
    }
    types.clear();
    for (auto& [name, type] : by_name) types.push_back(std::move(type));
    return warnings;
}

// The members of a type in our own form, once for writing and reading. Only what an import fills is there.
template <class Type, class Visitor>
void visit_members(Type& type, Visitor&& visit) {
    visit("name", type.name);
    visit("architecture", type.architecture);
    visit("vcpus", type.vcpus);
    visit("threads_per_core", type.threads_per_core);
    visit("memory_mib", type.memory_mib);
    visit("hypervisor", type.hypervisor);
    visit("bare_metal", type.bare_metal);
    visit("current_generation", type.current_generation);
    visit("gpu_maker", type.gpu_maker);
    visit("gpu_name", type.gpu_name);
    visit("gpus", type.gpus);
    visit("gpu_memory_mib_each", type.gpu_memory_mib_each);
    visit("accelerator_kind", type.accelerator_kind);
    visit("accelerator_name", type.accelerator_name);
    visit("accelerators", type.accelerators);
    visit("local_disks", type.local_disks);
    visit("local_disk_total_gb", type.local_disk_total_gb);
    visit("local_nvme", type.local_nvme);
    visit("max_enis", type.max_enis);
    visit("ipv4_per_eni", type.ipv4_per_eni);
    visit("default_network_card", type.default_network_card);
    visit("network_cards", type.network_cards);
    visit("efa_interfaces", type.efa_interfaces);
    visit("network_baseline_mbps", type.network_baseline_mbps);
    visit("network_burst_mbps", type.network_burst_mbps);
    visit("ebs_baseline_mbps", type.ebs_baseline_mbps);
    visit("ebs_burst_mbps", type.ebs_burst_mbps);
    visit("ebs_baseline_iops", type.ebs_baseline_iops);
    visit("ebs_burst_iops", type.ebs_burst_iops);
    visit("ebs_attachments_max", type.ebs_attachments_max);
    visit("ebs_attachments_shared", type.ebs_attachments_shared);
    visit("spot_supported", type.spot_supported);
}

struct Writer {
    nlohmann::ordered_json& json;

    template <class Value>
    void operator()(const char* name, const Value& value) const {
        json[name] = value;
    }
    void operator()(const char* name, const Architecture& value) const { json[name] = to_text(value); }
    void operator()(const char* name, const Hypervisor& value) const { json[name] = to_text(value); }
    void operator()(const char* name, const std::vector<NetworkCard>& cards) const {
        auto list = nlohmann::ordered_json::array();
        for (const NetworkCard& card : cards) list.push_back({{"index", card.index}, {"max_enis", card.max_enis}});
        json[name] = std::move(list);
    }
};

struct MemberReader {
    const Record& record;
    std::vector<std::string_view>& known;

    void operator()(const char* name, std::string& value) const { known.push_back(name), value = record.text(name); }
    void operator()(const char* name, int& value) const { known.push_back(name), value = record.count(name); }
    void operator()(const char* name, std::int64_t& value) const {
        known.push_back(name), value = record.integer(name, amount_max);
    }
    void operator()(const char* name, bool& value) const { known.push_back(name), value = record.flag(name); }
    void operator()(const char* name, Architecture& value) const {
        known.push_back(name);
        const std::string text = record.text(name);
        for (const Architecture known_value : {Architecture::unknown, Architecture::amd64, Architecture::arm64}) {
            if (to_text(known_value) == text) value = known_value;
        }
        if (!text.empty() && to_text(value) != text) record.complain(name, "amd64, arm64 or unknown is needed here");
    }
    void operator()(const char* name, Hypervisor& value) const {
        known.push_back(name);
        const std::string text = record.text(name);
        for (const Hypervisor known_value : {Hypervisor::unknown, Hypervisor::xen, Hypervisor::nitro}) {
            if (to_text(known_value) == text) value = known_value;
        }
        if (!text.empty() && to_text(value) != text) record.complain(name, "nitro, xen or unknown is needed here");
    }
    void operator()(const char* name, std::vector<NetworkCard>& cards) const {
        known.push_back(name);
        for (const Record& card : record.children(name)) cards.push_back({card.count("index"), card.count("max_enis")});
    }
};

InstanceType read_own_type(const Json& json, const std::string& path, Reader& reader) {
    InstanceType type;
    if (!json.is_object()) {
        reader.complain(path, "an instance type is needed here, an object with a member name");
        return type;
    }
    const Record record(json, path, Record(json, path, {}, reader).text("name"), reader);
    std::vector<std::string_view> known;
    visit_members(type, MemberReader{record, known});
    record.complain_of_unknown_members(known);
    if (type.name.empty()) record.complain("name", "the name of the instance type is missing");
    if (type.vcpus == 0) record.complain("vcpus", "the number of vCPUs is missing");
    if (type.memory_mib == 0) record.complain("memory_mib", "the memory size is missing");
    if (type.max_enis == 0) record.complain("max_enis", "the number of interfaces is missing");
    if (type.ipv4_per_eni == 0) record.complain("ipv4_per_eni", "the addresses per interface are missing");
    return type;
}

}  // namespace
}  // namespace catalog_import

std::string to_text(const CatalogComplaint& complaint) {
    std::string place = complaint.path;
    if (complaint.line > 0) {
        place = "line " + std::to_string(complaint.line) + ", column " + std::to_string(complaint.column);
    }
    return place.empty() ? complaint.message : place + ": " + complaint.message;
}

sim::Result<ImportedTypes, CatalogComplaints> import_describe_instance_types(std::string_view text) {
    using namespace catalog_import;
    Reader reader;
    ImportedTypes imported;
    for (const Json& document : parse_documents(text, reader)) {
        read_described_document(document, imported.fragment.types, reader);
    }
    if (!reader.failed() && imported.fragment.types.empty()) {
        reader.complain("InstanceTypes", "the list of instance types is empty");
    }
    if (reader.failed()) return sim::failure(reader.take_complaints());
    imported.warnings = sort_and_keep_last(imported.fragment.types);
    return imported;
}

std::string to_json(const CatalogFragment& fragment) {
    using namespace catalog_import;
    std::string text = "{\"format\": \"" + std::string(format_name) + "\", \"types\": [";
    const char* separator = "\n";
    for (const InstanceType& type : fragment.types) {
        auto json = nlohmann::ordered_json::object();
        visit_members(type, Writer{json});
        text += separator;
        // Names come from outside and may not be UTF-8 if a program has made the fragment; such bytes are replaced.
        text += json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
        separator = ",\n";
    }
    return text + "\n]}\n";
}

sim::Result<CatalogFragment, CatalogComplaints> catalog_fragment_from_json(std::string_view text) {
    using namespace catalog_import;
    Reader reader;
    CatalogFragment fragment;
    const std::vector<Json> documents = parse_documents(text, reader);
    if (reader.failed()) return sim::failure(reader.take_complaints());
    for (const Json& document : documents) {
        const Record record(document, {}, {}, reader);
        if (record.text("format") != format_name) {
            record.complain(
                "format", "\"" + std::string(format_name) + "\" is needed here; AWS's own answer is read by `import`");
            continue;
        }
        record.complain_of_unknown_members({"format", "types"});
        if (!document.contains("types") || !document["types"].is_array()) {
            record.complain("types", "a list is needed here");
            continue;
        }
        read_list(document["types"], "types", fragment.types, reader, read_own_type);
    }
    if (reader.failed()) return sim::failure(reader.take_complaints());
    sort_and_keep_last(fragment.types);
    return fragment;
}

}  // namespace eks
