// A place where a pod may go, as its requirements are while the pod is tried there: those that it has, and what the pod
// and its constraints would make of them. Nothing is changed until the pod is placed.
#pragma once

#include "models/systems/autoscaling/karpenter/requirements.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace eks::karpenter {

class Place {
  public:
    Place(const Vocabulary& words, KeyIx hostname_key) : words_(words), hostname_key_(hostname_key) {}

    void begin(const Requirements& has, ValueIx host) {
        has_ = &has;
        host_ = host;
        host_requirement_.reset();
        narrowed_.clear();
    }

    ValueIx host() const { return host_; }
    // Every place has one host name, which nothing narrows.
    const Requirement* find(KeyIx key) const {
        if (key == hostname_key_) {
            if (!host_requirement_) host_requirement_ = Requirement::one_of(Bits(host_));
            return &*host_requirement_;
        }
        for (const auto& [k, requirement] : narrowed_) {
            if (k == key) return &requirement;
        }
        return has_->find(key);
    }

    void narrow(KeyIx key, const Requirement& requirement) {
        if (key == hostname_key_) return;
        const Requirement* existing = find(key);
        if (existing == nullptr) {
            narrowed_.emplace_back(key, requirement);
            return;
        }
        Requirement both = intersection(requirement, *existing, words_.numbers(key));
        if (both == *existing) return;
        set(key, std::move(both));
    }
    void set(KeyIx key, Requirement requirement) {
        for (auto& [k, narrowed] : narrowed_) {
            if (k != key) continue;
            narrowed = std::move(requirement);
            return;
        }
        narrowed_.emplace_back(key, std::move(requirement));
    }

    // What the pod would change.
    const std::vector<std::pair<KeyIx, Requirement>>& narrowed() const { return narrowed_; }

  private:
    const Vocabulary& words_;
    KeyIx hostname_key_;
    const Requirements* has_ = nullptr;
    ValueIx host_ = 0;
    mutable std::optional<Requirement> host_requirement_;
    std::vector<std::pair<KeyIx, Requirement>> narrowed_;
};

}  // namespace eks::karpenter
