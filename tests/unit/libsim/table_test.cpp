#include "libsim/table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

struct Box {
    int size = 0;
    bool operator==(const Box&) const = default;
};
void hash_into(sim::Fingerprint& print, const Box& box) { sim::hash_all(print, box.size); }

using BoxId = sim::Id<struct BoxTag>;
using Boxes = sim::Table<BoxId, Box>;

std::uint64_t print_of(const Boxes& boxes) {
    sim::Fingerprint print;
    hash_into(print, boxes);
    return print.value();
}

TEST(Table, ARowIsFoundByItsId) {
    Boxes boxes;
    const BoxId a = boxes.insert({1});
    const BoxId b = boxes.insert({2});
    EXPECT_EQ(boxes[a].size, 1);
    EXPECT_EQ(boxes[b].size, 2);
    EXPECT_EQ(boxes.size(), 2U);
    EXPECT_EQ(boxes.id_at(a.slot), a);
}

TEST(Table, AStaleIdIsFoundOutAlsoWhenItsSlotIsTakenAgain) {
    Boxes boxes;
    const BoxId a = boxes.insert({1});
    boxes.erase(a);
    EXPECT_FALSE(boxes.contains(a));
    const BoxId b = boxes.insert({2});
    EXPECT_EQ(b.slot, a.slot);
    EXPECT_NE(b, a);
    EXPECT_EQ(boxes.find(a), nullptr);
    EXPECT_THROW((void)boxes[a], sim::Defect);
    EXPECT_THROW(boxes.erase(a), sim::Defect);
    EXPECT_EQ(boxes[b].size, 2);
}

TEST(Table, TheEmptyIdNamesNothing) {
    Boxes boxes;
    EXPECT_FALSE(boxes.contains(BoxId{}));
    const BoxId a = boxes.insert({1});
    EXPECT_FALSE(boxes.contains(BoxId{}));
    boxes.erase(a);
    EXPECT_FALSE(boxes.contains(BoxId{}));
    EXPECT_FALSE(boxes.contains(BoxId{0, 2})) << "the generation of a dead slot is no id";
    EXPECT_FALSE(boxes.contains(BoxId{77, 1}));
    EXPECT_EQ(boxes.id_at(0), BoxId{});
    EXPECT_EQ(boxes.id_at(77), BoxId{});
}

TEST(Table, MemoryFollowsTheMostRowsThatLivedAtOnce) {
    Boxes boxes;
    std::vector<BoxId> living;
    for (int i = 0; i < 100'000; ++i) {
        living.push_back(boxes.insert({i}));
        if (living.size() > 10) {
            boxes.erase(living.front());
            living.erase(living.begin());
        }
    }
    EXPECT_EQ(boxes.size(), 10U);
    EXPECT_EQ(boxes.capacity_slots(), 11U);
}

TEST(Table, RowsAreVisitedInTheOrderOfTheirSlots) {
    Boxes boxes;
    std::vector<BoxId> ids;
    for (int i = 0; i < 6; ++i) ids.push_back(boxes.insert({i}));
    boxes.erase(ids[0]);
    boxes.erase(ids[3]);
    boxes.erase(ids[5]);
    std::vector<int> seen;
    for (const auto [id, box] : std::as_const(boxes)) {
        EXPECT_EQ(id, ids[static_cast<std::size_t>(box.size)]);
        seen.push_back(box.size);
    }
    EXPECT_EQ(seen, (std::vector<int>{1, 2, 4}));
    for (auto [id, box] : boxes) box.size += 10;
    EXPECT_EQ(boxes[ids[4]].size, 14);
}

TEST(Table, ALoopMayEraseTheRowItStandsOn) {
    Boxes boxes;
    for (int i = 0; i < 10; ++i) boxes.insert({i});
    for (auto [id, box] : boxes) {
        if (box.size % 2 == 0) boxes.erase(id);
    }
    EXPECT_EQ(boxes.size(), 5U);
}

TEST(Table, ACopyIsEqualAndIndependent) {
    Boxes boxes;
    const BoxId a = boxes.insert({1});
    const BoxId b = boxes.insert({2});
    boxes.erase(a);
    Boxes copy = boxes;
    EXPECT_EQ(copy, boxes);
    EXPECT_EQ(print_of(copy), print_of(boxes));
    copy[b].size = 3;
    EXPECT_NE(copy, boxes);
    EXPECT_NE(print_of(copy), print_of(boxes));
    copy[b].size = 2;
    EXPECT_EQ(copy, boxes);
    EXPECT_EQ(copy.insert({9}), boxes.insert({9})) << "equal tables give out equal ids";
}

TEST(Table, WhatAnErasedRowHeldDoesNotCount) {
    Boxes left;
    Boxes right;
    left.erase(left.insert({1}));
    right.erase(right.insert({2}));
    EXPECT_EQ(left, right);
    EXPECT_EQ(print_of(left), print_of(right));
}

TEST(Table, TablesThatWouldGiveOutOtherIdsAreNotEqual) {
    Boxes left;
    Boxes right;
    for (Boxes* boxes : {&left, &right}) {
        boxes->insert({1});
        boxes->insert({2});
    }
    left.erase({0, 1});
    left.erase({1, 1});
    right.erase({1, 1});
    right.erase({0, 1});
    EXPECT_NE(left, right);
    EXPECT_NE(print_of(left), print_of(right));
}

TEST(Id, OrderIsBySlotThenGeneration) {
    EXPECT_LT((BoxId{1, 9}), (BoxId{2, 1}));
    EXPECT_LT((BoxId{1, 1}), (BoxId{1, 3}));
    EXPECT_FALSE(BoxId::none().valid());
    using Ix = sim::Index<struct IxTag>;
    EXPECT_FALSE(Ix::none().valid());
    EXPECT_TRUE(Ix::of(0).valid());
}

}  // namespace
