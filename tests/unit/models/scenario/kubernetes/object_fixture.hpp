// Reads Kubernetes objects and patches as a scenario does, without a cluster around them.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/objects.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace object_fixture {

class ReadObjects {
  public:
    // `document` is a map with the members `manifests` and, where wanted, `patches` and `timeZones`.
    explicit ReadObjects(std::string_view document, std::int32_t kubernetes_minor = 34)
        : reading_{origins_, diagnostics_} {
        EXPECT_TRUE(eks::parse_json(document, origins_.add_document(), origins_, diagnostics_, document_)) << document;
        run(kubernetes_minor);
    }
    explicit ReadObjects(eks::JsonValue document, std::int32_t kubernetes_minor = 34)
        : reading_{origins_, diagnostics_}, document_(std::move(document)) {
        forget_origins(document_);
        run(kubernetes_minor);
    }
    ReadObjects(const ReadObjects&) = delete;
    ReadObjects& operator=(const ReadObjects&) = delete;

    const eks::Spec& spec() const { return builder_->spec; }
    const eks::ScenarioBuilder& builder() const { return *builder_; }
    const eks::JsonValue& document() const { return document_; }
    eks::Complaints errors() const { return diagnostics_.errors(); }
    eks::Complaints warnings() const { return diagnostics_.warnings(); }

    const eks::Workload* find(std::string_view title) const {
        for (const eks::WorkloadIx workload : builder_->workloads_matching(title)) return &builder_->spec[workload];
        return nullptr;
    }
    const eks::Workload& workload(std::string_view title) const {
        static const eks::Workload none;
        const eks::Workload* found = find(title);
        EXPECT_NE(found, nullptr) << title;
        return found != nullptr ? *found : none;
    }
    const eks::PodTemplate& pod(std::string_view title) const {
        static const eks::PodTemplate none;
        const eks::Workload* found = find(title);
        EXPECT_NE(found, nullptr) << title;
        return found != nullptr ? builder_->spec[found->pod_template] : none;
    }
    // Of the user's own workloads.
    std::vector<std::string> titles() const {
        std::vector<std::string> titles;
        for (std::uint32_t i = 0; i < builder_->spec.workloads.size(); ++i) {
            if (!builder_->spec.workloads[i].is_addon) titles.push_back(builder_->title_of(eks::WorkloadIx{i}));
        }
        return titles;
    }
    bool is_ignored(std::string_view path) const {
        return std::any_of(builder_->ignored.begin(), builder_->ignored.end(),
                           [&](const auto& each) { return each.path == path; });
    }
    bool has_complaint(const eks::Complaints& complaints, eks::Rule rule, std::string_view pointer) const {
        return std::any_of(complaints.begin(), complaints.end(),
                           [&](const eks::Complaint& each) { return each.rule == rule && each.pointer == pointer; });
    }

  private:
    static void forget_origins(eks::JsonValue& value) {
        value.origin = 0;
        value.used = false;
        for (eks::JsonValue& item : value.items) forget_origins(item);
        for (eks::JsonMember& member : value.members) forget_origins(member.value);
    }

    void run(std::int32_t kubernetes_minor) {
        builder_ = std::make_unique<eks::ScenarioBuilder>(reading_, eks::Catalog::builtin());
        builder_->spec.kubernetes.minor = kubernetes_minor;
        const eks::Reader root(document_, reading_);
        if (const auto zones = root.member("timeZones")) builder_->read_time_zones(*zones);
        eks::read_objects(root.member("manifests"), root.member("patches"), *builder_);
        eks::complete(builder_->spec);
    }

    eks::Origins origins_;
    eks::Diagnostics diagnostics_;
    eks::Reading reading_;
    eks::JsonValue document_;
    std::unique_ptr<eks::ScenarioBuilder> builder_;
};

// What went wrong, for messages of tests.
inline std::string listed(const eks::Complaints& complaints) {
    std::string text;
    for (const eks::Complaint& complaint : complaints) text += complaint.pointer + " " + to_text(complaint) + "\n";
    return text;
}

}  // namespace object_fixture
