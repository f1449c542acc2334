#include "models/scenario/node_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace eks {
namespace {

constexpr std::int64_t kubelets_own_max_pods = 110;  // KUBELET-21

// Flags of bootstrap.sh that say nothing of what a node offers (awslabs/amazon-eks-ami, templates/al2).
constexpr std::array<std::string_view, 11> other_flags{
    "kubelet-extra-args",      "apiserver-endpoint", "b64-cluster-ca",    "dns-cluster-ip",
    "container-runtime",       "ip-family",          "service-ipv6-cidr", "pause-container-account",
    "pause-container-version", "cloud-provider",     "use-max-pods"};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

// "--flag=value" and "--flag value", wherever they stand in the text.
std::vector<std::pair<std::string_view, std::string_view>> flags_in(std::string_view text) {
    const std::vector<std::string_view> words = split(text, " \t\r\n'\"\\");
    std::vector<std::pair<std::string_view, std::string_view>> flags;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!words[i].starts_with("--")) continue;
        const std::string_view flag = words[i].substr(2);
        const std::size_t equals = flag.find('=');
        if (equals != std::string_view::npos)
            flags.emplace_back(flag.substr(0, equals), flag.substr(equals + 1));
        else
            flags.emplace_back(flag, i + 1 < words.size() && !words[i + 1].starts_with("--") ? words[i + 1] : "");
    }
    return flags;
}

class FlagReading {
  public:
    explicit FlagReading(BootstrapSettings& settings) : settings_(settings) {}

    void read(const Reader& at, std::string_view text) {
        for (const auto& [flag, value] : flags_in(text)) read_flag(at, flag, value);
    }
    void warn_of_the_rest(const Reader& at) const {
        if (unread_.empty()) return;
        at.warn(Rule::unused_setting,
                fmt::format("{}: the flags {} are not taken into account", at.title(), fmt::join(unread_, ", ")),
                "kubeletExtraConfig has fields for most of them");
    }

  private:
    void read_flag(const Reader& at, std::string_view flag, std::string_view value) {
        if (flag == "max-pods") {
            std::int64_t pods = 0;
            const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), pods);
            if (error == std::errc{} && end == value.data() + value.size() && pods > 0 && pods <= 10'000)
                settings_.max_pods = pods;
            else
                at.complain(Rule::out_of_range, fmt::format("{}: --max-pods is \"{}\"", at.title(), value),
                            "it is a number from 1 to 10000");
        } else if (flag == "use-max-pods" && value == "false") {
            if (!settings_.max_pods) settings_.max_pods = kubelets_own_max_pods;
        } else if (flag == "node-labels") {
            for (const std::string_view label : split(value, ",")) {
                const std::size_t equals = label.find('=');
                settings_.labels[std::string(label.substr(0, equals))] =
                    equals == std::string_view::npos ? std::string() : std::string(label.substr(equals + 1));
            }
        } else if (flag == "register-with-taints") {
            for (const std::string_view text : split(value, ",")) {
                if (auto taint = taint_of_text(text))
                    settings_.taints.push_back(std::move(*taint));
                else
                    at.complain(Rule::not_one_of, fmt::format("{}: \"{}\" is no taint", at.title(), text),
                                "such as dedicated=gpu:NoSchedule");
            }
        } else if (std::ranges::find(other_flags, flag) == other_flags.end()) {
            unread_.push_back("--" + std::string(flag));
        }
    }

    BootstrapSettings& settings_;
    std::vector<std::string> unread_;
};

}  // namespace

std::optional<Taint> taint_of_text(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, TaintEffect>, 3> effects{
        {{"NoSchedule", TaintEffect::no_schedule},
         {"PreferNoSchedule", TaintEffect::prefer_no_schedule},
         {"NoExecute", TaintEffect::no_execute}}};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    for (const auto& [name, effect] : effects) {
        if (text.substr(colon + 1) != name) continue;
        const std::string_view pair = text.substr(0, colon);
        const std::size_t equals = pair.find('=');
        return Taint{std::string(pair.substr(0, equals)),
                     equals == std::string_view::npos ? std::string() : std::string(pair.substr(equals + 1)), effect};
    }
    return std::nullopt;
}

BootstrapSettings read_bootstrap(const Reader& command) {
    BootstrapSettings settings;
    FlagReading flags(settings);
    if (command.is_text()) {
        command.mark_used();
        flags.read(command, command.value().text);
    } else if (command.expect_map()) {
        const auto spec = command.member("spec");
        const auto kubelet = spec && spec->is_map() ? spec->member("kubelet") : std::nullopt;
        if (!kubelet || !kubelet->expect_map()) return settings;
        if (const auto config = kubelet->member("config"); config && config->expect_map())
            settings.kubelet_config = config;
        for (const Reader& flag : kubelet->items("flags")) {
            if (const auto text = flag.text()) flags.read(flag, *text);
        }
    }
    flags.warn_of_the_rest(command);
    return settings;
}

}  // namespace eks
