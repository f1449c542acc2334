// What the changes that a timeline makes to objects (`apply`) mean for the Spec: each way in which the objects can be
// changed at some time is read as if they had been so from the start, compared with what held before, and kept as a
// revision of the Spec, or refused where a run could not follow it. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace eks {

class ObjectHistory {
  public:
    // The builder has read the contents of the document; its revisions are filled here.
    ObjectHistory(const Reader& document, ScenarioBuilder& builder);
    ~ObjectHistory();
    ObjectHistory(const ObjectHistory&) = delete;
    ObjectHistory& operator=(const ObjectHistory&) = delete;

    // An entry of the timeline that changes objects; its number.
    std::size_t add(const Reader& entry);

    // What an entry does when it takes effect. How many replicas a workload should have is no matter of revisions: a
    // number is set, and what scales the workload later sets another.
    struct Effect {
        std::uint32_t revision = 0;
        std::vector<std::pair<WorkloadIx, std::int32_t>> replicas;
    };
    // To be called in the order of time.
    Effect begin(std::size_t change);
    // The revision that holds once the entry has no effect any more.
    std::uint32_t end(std::size_t change);

  private:
    // The contents with some of the changes in force, oldest first.
    struct Contents;

    const Contents& in_force(const Reader& at);
    void read(Contents& contents);
    void take_rows(Contents& contents);
    void take_offers(const Spec& from, ScenarioBuilder::Revision& rows);
    TemplateIx template_of(const ScenarioBuilder& from, WorkloadIx workload);
    std::uint32_t edition_of(const ScenarioBuilder& from, WorkloadIx workload);
    void take_complaints(const ScenarioBuilder& from);
    void list_ignored(const ScenarioBuilder& from);
    void refuse_what_cannot_follow(const Reader& entry, const Contents& before, const Contents& now);

    Reader document_;
    ScenarioBuilder& builder_;
    std::vector<Reader> changes_;
    std::vector<bool> has_begun_;
    std::vector<std::size_t> active_;
    std::map<std::vector<std::size_t>, Contents> contents_;       // by what is active
    std::map<std::uint32_t, std::vector<TemplateIx>> templates_;  // by WorkloadIx: those it has had
    std::map<std::uint32_t, std::vector<JsonValue>> editions_;    // likewise: what was written, but for the first
};

// The revisions as whole Specs, once the first of them is complete.
void complete_revisions(ScenarioBuilder& builder);

}  // namespace eks
