// Mutates JSON as JSON, so that most of what a fuzz target gets is a document: values change their kind, keys go, come
// twice, move or are misspelt, and parts of one document stand in another. Now and then bytes change as they do without
// it, for what reads the text itself.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace eks::fuzz {

using Json = nlohmann::ordered_json;

class JsonMutator {
  public:
    explicit JsonMutator(std::uint32_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

    // A few changes somewhere below the root.
    void change(Json& root) {
        for (std::uint64_t changes = 1 + below(3); changes > 0; --changes) change_one(root, root);
    }
    // The same with parts of another document.
    void cross(Json& root, const Json& donor) {
        Json& at = *some_place(root);
        const Json part = *some_place(const_cast<Json&>(donor));
        if (at.is_object() && part.is_object())
            at.update(part);
        else if (at.is_array() && !part.is_array())
            at.push_back(part);
        else if (&at != &root)
            at = part;
    }

    std::uint64_t below(std::uint64_t bound) {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ % bound;
    }

  private:
    static void collect(Json& value, std::vector<Json*>& places, int depth) {
        places.push_back(&value);
        if (depth == 0 || !value.is_structured()) return;
        for (Json& item : value) collect(item, places, depth - 1);
    }
    Json* some_place(Json& root) {
        std::vector<Json*> places;
        collect(root, places, 40);
        return places[below(places.size())];
    }

    Json odd_scalar() {
        static const std::vector<Json> values{nullptr,
                                              true,
                                              false,
                                              0,
                                              1,
                                              2,
                                              -1,
                                              7,
                                              100,
                                              1'000'000,
                                              2'147'483'647,
                                              -2'147'483'648LL,
                                              4'294'967'296LL,
                                              9'007'199'254'740'992LL,
                                              INT64_MAX,
                                              INT64_MIN,
                                              UINT64_MAX,
                                              0.5,
                                              1e-9,
                                              1e300,
                                              -0.0,
                                              "",
                                              " ",
                                              "0",
                                              "1",
                                              "-1",
                                              "100%",
                                              "0%",
                                              "101%",
                                              "50%",
                                              "1e9",
                                              "1Gi",
                                              "0.001m",
                                              "9E",
                                              "10m",
                                              "1h",
                                              "0s",
                                              "1us",
                                              "200000h",
                                              "-5s",
                                              "* * * * *",
                                              "@every 1s",
                                              "10.0.0.0/8",
                                              "10.0.0.0/32",
                                              "0.0.0.0/0",
                                              "true",
                                              "null",
                                              "*",
                                              "**/*",
                                              "a/b/c",
                                              "\u00e9\u4e2d\U0001f600",
                                              "\u0000",
                                              "999999999999999999999",
                                              "1000/s",
                                              "5Mi/s",
                                              "2026-11-02T08:00:00Z",
                                              "eu-central-1a",
                                              "Europe/Berlin",
                                              "1.10",
                                              "1.34",
                                              "m5.large",
                                              "Deployment/shop/web",
                                              Json::array(),
                                              Json::object(),
                                              Json::array({1, 2}),
                                              Json::object({{"constant", "1s"}})};
        return values[below(values.size())];
    }

    void change_text(std::string& text) {
        const std::size_t at = text.empty() ? 0 : below(text.size());
        switch (below(5)) {
            case 0: text = text.substr(0, at); break;
            case 1: text.insert(at, 1, static_cast<char>(' ' + below(95))); break;
            case 2: text += text; break;
            case 3: text.insert(at, std::to_string(below(100'000))); break;
            default:
                if (!text.empty()) text.erase(at, 1);
        }
    }

    void change_number(Json& value) {
        const std::int64_t n = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX
                                   ? INT64_MAX
                                   : value.get<std::int64_t>();
        switch (below(4)) {
            case 0: value = n == INT64_MAX ? n : n + 1; break;
            case 1: value = n == INT64_MIN ? n : n - 1; break;
            case 2: value = n / 2; break;
            default: value = n > 1'000'000'000 || n < -1'000'000'000 ? n : n * 10;
        }
    }

    void change_one(Json& value, Json& root) {
        Json& at = *some_place(value);
        if (below(4) == 0 && &at != &root) {
            at = below(3) == 0 ? Json(*some_place(root)) : odd_scalar();
        } else if (at.is_string()) {
            change_text(at.get_ref<std::string&>());
        } else if (at.is_number_integer()) {
            change_number(at);
        } else if (at.is_array() && !at.empty()) {
            const auto which = static_cast<Json::difference_type>(below(at.size()));
            if (below(2) == 0)
                at.erase(at.begin() + which);
            else
                at.insert(at.begin() + which, Json(at[static_cast<std::size_t>(which)]));
        } else if (at.is_object() && !at.empty()) {
            change_map(at, root);
        } else if (&at != &root) {
            at = odd_scalar();
        }
    }

    void change_map(Json& map, Json& root) {
        auto which = map.begin();
        std::advance(which, static_cast<std::ptrdiff_t>(below(map.size())));
        switch (below(3)) {
            case 0: map.erase(which.key()); break;
            case 1: {
                std::string key = which.key();
                Json value = which.value();
                change_text(key);
                map[key] = std::move(value);
                break;
            }
            default: {
                // A member of some other map, with its key.
                const Json donor = *some_place(root);
                if (!donor.is_object() || donor.empty()) return;
                auto member = donor.begin();
                std::advance(member, static_cast<std::ptrdiff_t>(below(donor.size())));
                map[member.key()] = member.value();
            }
        }
    }

    std::uint64_t state_;
};

// What libFuzzer's hook of the same purpose does, for targets whose inputs are JSON.
inline std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t max_size, std::uint32_t seed) {
    JsonMutator mutator(seed);
    if (mutator.below(16) == 0) return LLVMFuzzerMutate(data, size, max_size);
    Json root = Json::parse(data, data + size, nullptr, false);
    if (root.is_discarded()) return LLVMFuzzerMutate(data, size, max_size);
    mutator.change(root);
    const std::string text = root.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    text.copy(reinterpret_cast<char*>(data), text.size());
    return text.size();
}

inline std::size_t cross_json(const std::uint8_t* data1, std::size_t size1, const std::uint8_t* data2,
                              std::size_t size2, std::uint8_t* out, std::size_t max_out_size, std::uint32_t seed) {
    JsonMutator mutator(seed);
    Json root = Json::parse(data1, data1 + size1, nullptr, false);
    const Json donor = Json::parse(data2, data2 + size2, nullptr, false);
    if (root.is_discarded() || donor.is_discarded()) return 0;
    mutator.cross(root, donor);
    const std::string text = root.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > max_out_size) return 0;
    text.copy(reinterpret_cast<char*>(out), text.size());
    return text.size();
}

}  // namespace eks::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
    return eks::fuzz::mutate_json(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* data1, std::size_t size1,
                                                 const std::uint8_t* data2, std::size_t size2, std::uint8_t* out,
                                                 std::size_t max_out_size, unsigned int seed) {
    return eks::fuzz::cross_json(data1, size1, data2, size2, out, max_out_size, seed);
}
