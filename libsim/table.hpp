// Table<IdT, Row> holds the rows of one kind: dense, addressed by id, in the order of their slots.
//
//   Table<PodId, Pod> pods;
//   const PodId id = pods.insert({...});
//   pods[id].phase = Phase::running;
//   for (auto [id, pod] : pods) ...          // slot order
//   pods.erase(id);                          // id is stale from here on, and found out when used
//
// Slots of erased rows are taken again, the last one freed first, so memory follows the most rows that ever lived at
// once and not the number that ever existed. Rows are plain data, so copying a table is copying memory. An insert may
// move the rows: references to rows and iterators do not survive it. An erase moves nothing; a loop may erase the row
// it stands on.
#pragma once

#include "libsim/check.hpp"
#include "libsim/fingerprint.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace sim {

template <class IdT, class Row>
class Table {
    static_assert(std::is_trivially_copyable_v<Row>,
                  "a row is plain data: relations are ids, containers belong in tables of their own");

  public:
    using id_type = IdT;
    using row_type = Row;

    template <class RowT>
    struct Entry {
        IdT id;
        RowT& row;
    };

    IdT insert(const Row& row) {
        if (free_.empty()) {
            CHECK(rows_.size() < std::numeric_limits<std::uint32_t>::max(), "a table outgrew its 32-bit slots");
            rows_.push_back(row);
            generations_.push_back(1);
            return {static_cast<std::uint32_t>(rows_.size() - 1), 1};
        }
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        rows_[slot] = row;
        return {slot, ++generations_[slot]};
    }

    void erase(IdT id) {
        CHECK(contains(id), "a row that does not exist was erased");
        // A slot whose generations are used up is never taken again, so no stale id can ever match.
        if (++generations_[id.slot] != last_generation)
            free_.push_back(id.slot);
        else
            ++retired_;
    }

    [[nodiscard]] bool contains(IdT id) const {
        return id.slot < generations_.size() && generations_[id.slot] == id.generation && lives(id.generation);
    }

    [[nodiscard]] Row& operator[](IdT id) {
        CHECK(contains(id), "a stale or empty id was used");
        return rows_[id.slot];
    }
    [[nodiscard]] const Row& operator[](IdT id) const {
        CHECK(contains(id), "a stale or empty id was used");
        return rows_[id.slot];
    }
    // Null when the id is stale or empty. Valid until the next insert.
    [[nodiscard]] Row* find(IdT id) { return contains(id) ? &rows_[id.slot] : nullptr; }
    [[nodiscard]] const Row* find(IdT id) const { return contains(id) ? &rows_[id.slot] : nullptr; }

    [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size() - retired_; }
    [[nodiscard]] bool empty() const { return size() == 0; }
    // One more than the highest slot ever used: the size that an array running beside this table needs.
    [[nodiscard]] std::size_t capacity_slots() const { return rows_.size(); }
    // The id of the row that lives in this slot, or none.
    [[nodiscard]] IdT id_at(std::uint32_t slot) const {
        return slot < generations_.size() && lives(generations_[slot]) ? IdT{slot, generations_[slot]} : IdT{};
    }
    void reserve(std::size_t rows) {
        rows_.reserve(rows);
        generations_.reserve(rows);
    }

    template <class TableT, class RowT>
    class Iterator {
      public:
        using value_type = Entry<RowT>;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(TableT* table, std::uint32_t slot) : table_(table), slot_(slot) { skip_dead(); }
        Entry<RowT> operator*() const { return {IdT{slot_, table_->generations_[slot_]}, table_->rows_[slot_]}; }
        Iterator& operator++() {
            ++slot_;
            skip_dead();
            return *this;
        }
        Iterator operator++(int) {
            Iterator before = *this;
            ++*this;
            return before;
        }
        bool operator==(const Iterator& other) const { return slot_ == other.slot_; }

      private:
        void skip_dead() {
            while (slot_ < table_->generations_.size() && !lives(table_->generations_[slot_])) ++slot_;
        }
        TableT* table_ = nullptr;
        std::uint32_t slot_ = 0;
    };

    auto begin() { return Iterator<Table, Row>(this, 0); }
    auto end() { return Iterator<Table, Row>(this, static_cast<std::uint32_t>(rows_.size())); }
    auto begin() const { return Iterator<const Table, const Row>(this, 0); }
    auto end() const { return Iterator<const Table, const Row>(this, static_cast<std::uint32_t>(rows_.size())); }

    // Equal tables behave alike for ever: same rows at the same ids, and the same ids given out next.
    friend bool operator==(const Table& a, const Table& b) {
        if (a.generations_ != b.generations_ || a.free_ != b.free_) return false;
        for (std::size_t slot = 0; slot < a.rows_.size(); ++slot) {
            if (lives(a.generations_[slot]) && !(a.rows_[slot] == b.rows_[slot])) return false;
        }
        return true;
    }

    friend void hash_into(Fingerprint& print, const Table& table) {
        print.hash_u64(table.rows_.size());
        for (std::size_t slot = 0; slot < table.rows_.size(); ++slot) {
            print.hash_u64(table.generations_[slot]);
            if (lives(table.generations_[slot])) hash_into(print, table.rows_[slot]);
        }
        for (const std::uint32_t slot : table.free_) print.hash_u64(slot);
    }

  private:
    // A slot's generation is odd while a row lives in it; each insert and each erase adds one.
    static constexpr bool lives(std::uint32_t generation) { return generation % 2 == 1; }
    static constexpr std::uint32_t last_generation = std::numeric_limits<std::uint32_t>::max() - 1;

    std::vector<Row> rows_;
    std::vector<std::uint32_t> generations_;
    std::vector<std::uint32_t> free_;
    std::size_t retired_ = 0;
};

}  // namespace sim
