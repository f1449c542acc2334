#include "models/world/subnet_verbs.hpp"

#include "libsim/check.hpp"
#include "models/spec/streams.hpp"

#include <algorithm>
#include <bit>

namespace eks {

namespace {

constexpr std::uint32_t bits_per_word = 64;
constexpr std::uint32_t block_addresses = addresses_a_prefix;

bool bit_at(const std::vector<std::uint64_t>& bits, std::size_t first_word, std::uint32_t at) {
    return (bits[first_word + at / bits_per_word] >> (at % bits_per_word)) & 1;
}

bool is_taken(const World& world, const SubnetState& subnet, std::uint32_t offset) {
    return bit_at(world.subnet_bits, subnet.first_word, offset);
}

// Which addresses and blocks of a subnet a request may be served from (IPAM-206).
bool serves_single(const Subnet& subnet, std::uint32_t offset) {
    return std::ranges::none_of(subnet.reservations, [&](const CidrReservation& r) {
        const std::uint32_t from = r.first_address - subnet.first_address;
        return offset >= from && offset - from < r.size();
    });
}

enum class BlockUse : std::uint8_t { none, reserved_prefixes, prefixes };

// A block goes to prefixes whole or not at all: one that a reservation cuts, or that is kept from automatic use, serves
// none.
BlockUse use_of_block(const Subnet& subnet, std::uint32_t block) {
    const std::uint32_t first = block * block_addresses;
    for (const CidrReservation& r : subnet.reservations) {
        const std::uint32_t from = r.first_address - subnet.first_address;
        if (from >= first + block_addresses || from + r.size() <= first) continue;
        return r.is_for_prefixes && r.size() >= block_addresses ? BlockUse::reserved_prefixes : BlockUse::none;
    }
    return BlockUse::prefixes;
}

void mark_taken(World& world, SubnetState& state, const Subnet& subnet, std::uint32_t offset) {
    CHECK(!is_taken(world, state, offset), "an address was taken twice");
    world.subnet_bits[state.first_word + offset / bits_per_word] |= std::uint64_t{1} << (offset % bits_per_word);
    --state.free;
    if (serves_single(subnet, offset)) --state.free_single;
    const std::uint32_t block = offset / block_addresses;
    std::uint64_t& blocks = world.subnet_block_bits[state.first_block_word + block / bits_per_word];
    const std::uint64_t bit = std::uint64_t{1} << (block % bits_per_word);
    if ((blocks & bit) != 0) return;
    blocks |= bit;
    if (use_of_block(subnet, block) != BlockUse::none) --state.free_blocks;
}

void mark_free(World& world, SubnetState& state, const Subnet& subnet, std::uint32_t offset) {
    CHECK(is_taken(world, state, offset), "an address was given back twice");
    std::uint64_t& word = world.subnet_bits[state.first_word + offset / bits_per_word];
    word &= ~(std::uint64_t{1} << (offset % bits_per_word));
    ++state.free;
    if (serves_single(subnet, offset)) ++state.free_single;
    const std::uint32_t block = offset / block_addresses;
    const std::uint64_t in_block = (word >> (offset % bits_per_word / block_addresses * block_addresses)) & 0xFFFF;
    if (in_block != 0) return;
    world.subnet_block_bits[state.first_block_word + block / bits_per_word] &=
        ~(std::uint64_t{1} << (block % bits_per_word));
    if (use_of_block(subnet, block) != BlockUse::none) ++state.free_blocks;
}

// The position of the clear bit with `before` clear ones below it.
std::uint32_t nth_clear(const std::vector<std::uint64_t>& bits, std::size_t first_word, std::uint64_t before) {
    for (std::size_t word = first_word;; ++word) {
        std::uint64_t clear = ~bits[word];
        const auto here = static_cast<std::uint64_t>(std::popcount(clear));
        if (before >= here) {
            before -= here;
            continue;
        }
        for (; before > 0; --before) clear &= clear - 1;
        return static_cast<std::uint32_t>((word - first_word) * bits_per_word +
                                          static_cast<std::size_t>(std::countr_zero(clear)));
    }
}

std::uint64_t draw(const Spec& spec, World& world, sim::RunKey key, SubnetIx subnet, std::uint64_t bound) {
    if (spec.subnet_choice == SubnetChoice::lowest) return 0;
    return sim::draw_below(key, {stream::subnet_address, subnet.value, world.subnet_draws++, 0}, bound);
}

std::uint32_t pick_single(const Spec& spec, World& world, sim::RunKey key, SubnetIx ix) {
    const SubnetState& state = world.subnets[ix.value];
    const std::uint64_t before = draw(spec, world, key, ix, static_cast<std::uint64_t>(state.free_single));
    if (spec[ix].reservations.empty()) return nth_clear(world.subnet_bits, state.first_word, before);
    std::uint64_t seen = 0;
    for (std::uint32_t offset = 0;; ++offset) {
        if (is_taken(world, state, offset) || !serves_single(spec[ix], offset)) continue;
        if (seen++ == before) return offset;
    }
}

// Blocks wholly free that are of this use.
std::vector<std::uint32_t> free_blocks_for(const Spec& spec, const World& world, SubnetIx ix, BlockUse use) {
    std::vector<std::uint32_t> found;
    const SubnetState& state = world.subnets[ix.value];
    const auto blocks = static_cast<std::uint32_t>(spec[ix].size() / block_addresses);
    for (std::uint32_t block = 0; block < blocks; ++block) {
        if (bit_at(world.subnet_block_bits, state.first_block_word, block)) continue;
        if (use_of_block(spec[ix], block) == use) found.push_back(block);
    }
    return found;
}

std::uint32_t pick_block(const Spec& spec, World& world, sim::RunKey key, SubnetIx ix) {
    const SubnetState& state = world.subnets[ix.value];
    if (spec[ix].reservations.empty()) {
        const std::uint64_t before = draw(spec, world, key, ix, static_cast<std::uint64_t>(state.free_blocks));
        return nth_clear(world.subnet_block_bits, state.first_block_word, before);
    }
    std::vector<std::uint32_t> blocks = free_blocks_for(spec, world, ix, BlockUse::reserved_prefixes);
    if (blocks.empty()) blocks = free_blocks_for(spec, world, ix, BlockUse::prefixes);
    return blocks[draw(spec, world, key, ix, blocks.size())];
}

}  // namespace

void add_subnets(const Spec& spec, World& world) {
    for (const Subnet& subnet : spec.subnets) {
        SubnetState state;
        state.first_word = world.subnet_bits.size();
        state.first_block_word = world.subnet_block_bits.size();
        state.free = subnet.size();
        const auto size = static_cast<std::uint32_t>(subnet.size());
        for (std::uint32_t offset = 0; offset < size; ++offset) {
            if (serves_single(subnet, offset)) ++state.free_single;
        }
        const std::uint32_t blocks = size / block_addresses;
        for (std::uint32_t block = 0; block < blocks; ++block)
            state.free_blocks += use_of_block(subnet, block) != BlockUse::none ? 1 : 0;
        world.subnet_bits.resize(state.first_word + (size + bits_per_word - 1) / bits_per_word);
        world.subnet_block_bits.resize(state.first_block_word + (blocks + bits_per_word - 1) / bits_per_word);
        // Bits beyond the end are never free.
        if (size < bits_per_word) world.subnet_bits[state.first_word] |= ~std::uint64_t{0} << size;
        if (blocks % bits_per_word != 0)
            world.subnet_block_bits.back() |= ~std::uint64_t{0} << (blocks % bits_per_word);
        for (const std::uint32_t kept : {0U, 1U, 2U, 3U, size - 1}) mark_taken(world, state, subnet, kept);
        world.subnets.push_back(state);
    }
}

bool take_addresses(const Spec& spec, World& world, sim::RunKey key, SubnetIx ix, std::int32_t count,
                    std::uint32_t* taken) {
    SubnetState& state = world.subnets[ix.value];
    if (state.free_single < count) return false;
    for (std::int32_t i = 0; i < count; ++i) {
        const std::uint32_t offset = pick_single(spec, world, key, ix);
        mark_taken(world, state, spec[ix], offset);
        taken[i] = spec[ix].first_address + offset;
    }
    return true;
}

bool take_prefixes(const Spec& spec, World& world, sim::RunKey key, SubnetIx ix, std::int32_t count,
                   std::uint32_t* taken) {
    if (world.subnets[ix.value].free_blocks < count) return false;
    for (std::int32_t i = 0; i < count; ++i) {
        const std::uint32_t first = pick_block(spec, world, key, ix) * block_addresses;
        for (std::uint32_t n = 0; n < block_addresses; ++n)
            mark_taken(world, world.subnets[ix.value], spec[ix], first + n);
        taken[i] = spec[ix].first_address + first;
    }
    return true;
}

void give_back_address(const Spec& spec, World& world, SubnetIx ix, std::uint32_t address) {
    mark_free(world, world.subnets[ix.value], spec[ix], address - spec[ix].first_address);
}

void give_back_prefix(const Spec& spec, World& world, SubnetIx ix, std::uint32_t network) {
    for (std::uint32_t n = 0; n < block_addresses; ++n) give_back_address(spec, world, ix, network + n);
}

void hold_for_others(const Spec& spec, World& world, sim::RunKey key) {
    for (std::size_t i = 0; i < spec.subnets.size(); ++i) {
        const SubnetIx ix = SubnetIx::of(i);
        for (std::int32_t n = 0; n < spec[ix].in_use; ++n) {
            std::uint32_t address = 0;
            if (!take_addresses(spec, world, key, ix, 1, &address)) break;
            world.held_by_others.push_back({ix, address, 0});
        }
    }
}

bool take_this_address(const Spec& spec, World& world, SubnetIx ix, std::uint32_t address) {
    SubnetState& state = world.subnets[ix.value];
    const std::uint32_t offset = address - spec[ix].first_address;
    if (offset >= spec[ix].size() || is_taken(world, state, offset)) return false;
    mark_taken(world, state, spec[ix], offset);
    return true;
}

}  // namespace eks
