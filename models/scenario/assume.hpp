// The section `assume`: latencies, limits and defaults that a user replaces with measurements of their own. What each
// of them means and where its default comes from stands in models/spec/latencies.hpp. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>

namespace eks {

// Fills builder.spec.latencies and scheduler settings and builder.defaults; needs the version. The section may be
// missing.
void read_assume(const std::optional<Reader>& assume, ScenarioBuilder& builder);

// A size of an image: "200Mi" (compressed), or {compressed: 200Mi, unpacked: 600Mi}.
struct ImageSize {
    Bytes compressed_bytes = 0;
    Bytes unpacked_bytes = 0;
};
std::optional<ImageSize> read_image_size(const Reader& at);

}  // namespace eks
