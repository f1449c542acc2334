// What traffic servers and queues were like a while ago: whoever scales by them sees them late. A change is kept as
// long as anybody may still look so far back; between changes all grows evenly.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>

namespace eks {

// Traffic has been worked out anew: keeps what has changed. Answers whether anything has.
bool note_past(const Spec& spec, World& world, sim::Time now);

// Instants are microseconds, because some lie before the run began: it was then as it is at its beginning.
ServerPast server_at(const World& world, std::uint32_t server, std::int64_t at_us);
// Its growth is the one from then on.
QueuePast queue_at(const World& world, std::uint32_t queue, std::int64_t at_us);
// Whether it is longer or shorter at one instant than at another from then on until now.
bool queue_moves_since(const World& world, std::uint32_t queue, std::int64_t at_us);

}  // namespace eks
