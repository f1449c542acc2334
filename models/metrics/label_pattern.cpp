#include "models/metrics/label_pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace eks {

namespace {

bool is_pattern_digit(char c) { return c >= '0' && c <= '9'; }
bool is_pattern_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_pattern_word(char c) { return is_pattern_digit(c) || is_pattern_letter(c) || c == '_'; }

using CharacterTest = bool (*)(unsigned char);

std::bitset<256> set_of(CharacterTest test) {
    std::bitset<256> set;
    for (unsigned i = 0; i < 256; ++i) set.set(i, test(static_cast<unsigned char>(i)));
    return set;
}

bool is_ascii_digit(unsigned char c) { return is_pattern_digit(static_cast<char>(c)); }
bool is_ascii_letter(unsigned char c) { return is_pattern_letter(static_cast<char>(c)); }
bool is_ascii_word(unsigned char c) { return is_pattern_word(static_cast<char>(c)); }
bool is_ascii_space(unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

constexpr std::array<std::pair<std::string_view, CharacterTest>, 14> character_classes{{
    {"alnum", [](unsigned char c) { return is_ascii_digit(c) || is_ascii_letter(c); }},
    {"alpha", is_ascii_letter},
    {"ascii", [](unsigned char c) { return c < 0x80; }},
    {"blank", [](unsigned char c) { return c == ' ' || c == '\t'; }},
    {"cntrl", [](unsigned char c) { return c < 0x20 || c == 0x7F; }},
    {"digit", is_ascii_digit},
    {"graph", [](unsigned char c) { return c > 0x20 && c < 0x7F; }},
    {"lower", [](unsigned char c) { return c >= 'a' && c <= 'z'; }},
    {"print", [](unsigned char c) { return c >= 0x20 && c < 0x7F; }},
    {"punct", [](unsigned char c) { return c > 0x20 && c < 0x7F && !is_ascii_digit(c) && !is_ascii_letter(c); }},
    {"space", [](unsigned char c) { return is_ascii_space(c) || c == '\v'; }},
    {"upper", [](unsigned char c) { return c >= 'A' && c <= 'Z'; }},
    {"word", is_ascii_word},
    {"xdigit", [](unsigned char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }},
}};

std::bitset<256> with_both_cases(std::bitset<256> set) {
    constexpr unsigned from_upper_to_lower = 'a' - 'A';
    for (unsigned upper = 'A'; upper <= 'Z'; ++upper) {
        if (!set.test(upper) && !set.test(upper + from_upper_to_lower)) continue;
        set.set(upper);
        set.set(upper + from_upper_to_lower);
    }
    return set;
}

}  // namespace

// Recursive descent; each function returns the entry of a machine that goes on at `after`. Machines are built from the
// back, so that each part knows where it leads: the text is read into a tree first.
class LabelPatternParser {
  public:
    LabelPatternParser(std::string_view text, std::string& error) : text_(text), error_(error) {}

    std::optional<LabelPattern> parse() {
        if (text_.size() > LabelPattern::length_max) {
            error_ = "it is longer than 400 characters";
            return std::nullopt;
        }
        const std::uint32_t root = alternatives(0);
        if (error_.empty() && at_ < text_.size()) error_ = "an opening bracket is missing";
        if (error_.empty() && nodes_[root].size > size_max) error_ = "its repetitions make it too large";
        if (!error_.empty()) return std::nullopt;
        pattern_.steps_.push_back({LabelPattern::Step::Kind::done, 0, 0, 0});
        pattern_.start_ = build(root, 0);
        return std::move(pattern_);
    }

  private:
    using Kind = LabelPattern::Step::Kind;
    enum class Part : std::uint8_t { nothing, set, place, sequence, choice, repetition };
    struct PartNode {
        Part part = Part::nothing;
        std::uint32_t set = 0;
        std::uint32_t a = 0;
        std::uint32_t b = 0;
        Kind place = Kind::done;
        int least = 0;
        int most = 0;
        std::size_t size = 1;         // steps that it takes
        std::size_t repetitions = 1;  // of the innermost part
    };
    static constexpr int depth_max = 50;
    static constexpr int unbounded = -1;
    // RE2's limit for one repetition and for those within one another.
    static constexpr int repetitions_max = 1000;
    static constexpr std::size_t size_max = 100'000;

    std::uint32_t add(PartNode node) {
        switch (node.part) {
            case Part::nothing:
            case Part::set:
            case Part::place: break;
            case Part::sequence:
            case Part::choice:
                node.size = nodes_[node.a].size + nodes_[node.b].size + 1;
                node.repetitions = std::max(nodes_[node.a].repetitions, nodes_[node.b].repetitions);
                break;
            case Part::repetition: {
                const auto copies = static_cast<std::size_t>(std::max({node.least, node.most, 1}));
                node.size = (nodes_[node.a].size + 1) * copies + 1;
                node.repetitions = nodes_[node.a].repetitions * copies;
                if (node.repetitions > repetitions_max) error_ = "it repeats something more than 1000 times";
                break;
            }
        }
        nodes_.push_back(node);
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }

    std::uint32_t add_set(const std::bitset<256>& set) {
        pattern_.sets_.push_back(ignores_case_ ? with_both_cases(set) : set);
        PartNode node;
        node.part = Part::set;
        node.set = static_cast<std::uint32_t>(pattern_.sets_.size() - 1);
        return add(node);
    }

    std::uint32_t add_place(Kind place) {
        PartNode node;
        node.part = Part::place;
        node.place = place;
        return add(node);
    }

    std::uint32_t add_pair(Part part, std::uint32_t a, std::uint32_t b) {
        PartNode node;
        node.part = part;
        node.a = a;
        node.b = b;
        return add(node);
    }

    bool ends() const { return at_ >= text_.size() || !error_.empty(); }

    std::uint32_t alternatives(int depth) {
        if (depth > depth_max) error_ = "its brackets are nested too deeply";
        std::uint32_t left = sequence(depth);
        while (!ends() && text_[at_] == '|') {
            ++at_;
            const std::uint32_t right = sequence(depth);
            left = add_pair(Part::choice, left, right);
        }
        return left;
    }

    std::uint32_t sequence(int depth) {
        std::uint32_t all = add({});
        while (!ends() && text_[at_] != '|' && text_[at_] != ')') {
            const std::uint32_t next = repeated(depth);
            all = add_pair(Part::sequence, all, next);
        }
        return all;
    }

    struct Repetition {
        int least = 0;
        int most = 0;
    };

    // A repetition at this place, passed over; nothing if there is none. A brace that holds no counts is a literal.
    std::optional<Repetition> repetition() {
        if (ends()) return std::nullopt;
        switch (text_[at_]) {
            case '*': ++at_; return Repetition{0, unbounded};
            case '+': ++at_; return Repetition{1, unbounded};
            case '?': ++at_; return Repetition{0, 1};
            case '{': return counted();
            default: return std::nullopt;
        }
    }

    std::optional<Repetition> counted() {
        const std::size_t start = at_++;
        const auto number = [&]() -> std::optional<int> {
            const std::size_t first = at_;
            int value = 0;
            for (; at_ < text_.size() && is_pattern_digit(text_[at_]); ++at_)
                value = std::min(10 * value + (text_[at_] - '0'), repetitions_max + 1);
            return at_ == first ? std::nullopt : std::optional(value);
        };
        const std::optional<int> least = number();
        std::optional<int> most = least;
        if (least && at_ < text_.size() && text_[at_] == ',') {
            ++at_;
            most = number();
            if (!most) most = unbounded;
        }
        if (!least || at_ >= text_.size() || text_[at_] != '}') {
            at_ = start;
            return std::nullopt;
        }
        ++at_;
        if (*least > repetitions_max || *most > repetitions_max || (*most != unbounded && *most < *least))
            error_ = "a counted repetition is above 1000 or runs backwards";
        return Repetition{*least, *most};
    }

    std::uint32_t repeated(int depth) {
        if (repetition()) {
            error_ = "there is nothing to repeat before a repetition";
            return add({});
        }
        const std::uint32_t inner = single(depth);
        const auto times = repetition();
        if (!times || !error_.empty()) return inner;
        // Which of several matches is found does not matter here.
        if (!ends() && text_[at_] == '?') ++at_;
        if (repetition()) error_ = "a repetition is repeated";
        if (!error_.empty()) return inner;
        PartNode node;
        node.part = Part::repetition;
        node.a = inner;
        node.least = times->least;
        node.most = times->most;
        return add(node);
    }

    std::uint32_t single(int depth) {
        if (ends()) return add({});
        const char c = text_[at_++];
        std::bitset<256> set;
        switch (c) {
            case '(': return group(depth);
            case '.': set.set(); break;
            case '^': return add_place(Kind::begin);
            case '$': return add_place(Kind::end);
            case '[': set = bracket(); break;
            case '\\':
                if (!ends()) {
                    if (const auto place = place_named(text_[at_])) {
                        ++at_;
                        return add_place(*place);
                    }
                }
                set = escaped();
                break;
            default: set.set(static_cast<unsigned char>(c)); break;
        }
        return add_set(set);
    }

    static std::optional<Kind> place_named(char c) {
        switch (c) {
            case 'A': return Kind::begin;
            case 'z': return Kind::end;
            case 'b': return Kind::word_edge;
            case 'B': return Kind::no_word_edge;
            default: return std::nullopt;
        }
    }

    std::uint32_t group(int depth) {
        const bool outer = ignores_case_;
        if (!ends() && text_[at_] == '?') {
            ++at_;
            if (is_name()) {
                at_ = text_.find('>', at_) + 1;
            } else if (read_flags()) {
                return add({});  // they hold up to the end of the group around them
            }
        }
        const std::uint32_t inner = alternatives(depth + 1);
        if (error_.empty() && (at_ >= text_.size() || text_[at_] != ')')) error_ = "a closing bracket is missing";
        ++at_;
        ignores_case_ = outer;
        return inner;
    }

    // `P<name>` or `<name>`.
    bool is_name() const {
        const std::string_view rest = text_.substr(at_);
        const std::size_t open = rest.starts_with("P<") ? 2 : rest.starts_with('<') ? 1 : 0;
        if (open == 0) return false;
        const std::size_t close = rest.find('>');
        if (close == std::string_view::npos || close == open) return false;
        for (const char c : rest.substr(open, close - open)) {
            if (!is_pattern_word(c)) return false;
        }
        return true;
    }

    // The flags of `(?i)` or `(?i:…)`; true where the bracket closes behind them. Those about lines and greed change
    // nothing for one line that is matched or not.
    bool read_flags() {
        bool sets = true;
        bool says_one = false;
        for (; !ends(); ++at_) {
            const char c = text_[at_];
            if (c == ')' || c == ':') {
                if (!sets && !says_one) break;
                ++at_;
                return c == ')';
            }
            if (c == '-' && sets) {
                sets = says_one = false;
                continue;
            }
            if (c != 'i' && c != 'm' && c != 's' && c != 'U') break;
            says_one = true;
            if (c == 'i') ignores_case_ = sets;
        }
        error_ = "a group (?…) is not understood";
        return true;
    }

    std::bitset<256> escaped() {
        std::bitset<256> set;
        if (ends()) {
            error_ = "it ends in a backslash";
            return set;
        }
        const char c = text_[at_++];
        switch (c) {
            case 'd': return set_of(is_ascii_digit);
            case 'D': return ~set_of(is_ascii_digit);
            case 'w': return set_of(is_ascii_word);
            case 'W': return ~set_of(is_ascii_word);
            case 's': return set_of(is_ascii_space);
            case 'S': return ~set_of(is_ascii_space);
            case 'x': return set.set(hexadecimal());
            case 't': return set.set('\t');
            case 'n': return set.set('\n');
            case 'r': return set.set('\r');
            case 'f': return set.set('\f');
            case 'v': return set.set('\v');
            case 'a': return set.set('\a');
            default:
                if (is_pattern_digit(c) || is_pattern_letter(c))
                    error_ = "\\" + std::string(1, c) + " is not understood";
                return set.set(static_cast<unsigned char>(c));
        }
    }

    std::size_t hexadecimal() {
        constexpr std::size_t digits = 2;
        std::size_t value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char c = at_ < text_.size() ? text_[at_++] : ' ';
            const char lower = static_cast<char>(c | 0x20);
            if (is_pattern_digit(c))
                value = 16 * value + static_cast<std::size_t>(c - '0');
            else if (lower >= 'a' && lower <= 'f')
                value = 16 * value + static_cast<std::size_t>(lower - 'a') + 10;
            else
                error_ = "\\x stands before two hexadecimal digits";
        }
        return value & 0xFF;
    }

    std::bitset<256> bracket() {
        std::bitset<256> set;
        const bool inverted = !ends() && text_[at_] == '^';
        if (inverted) ++at_;
        bool first = true;
        while (!ends() && (text_[at_] != ']' || first)) {
            first = false;
            if (text_[at_] == '\\') {
                ++at_;
                set |= escaped();
                continue;
            }
            if (text_.substr(at_).starts_with("[:")) {
                set |= named_class();
                continue;
            }
            const unsigned char from = static_cast<unsigned char>(text_[at_++]);
            unsigned char to = from;
            if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
                to = static_cast<unsigned char>(text_[at_ + 1]);
                at_ += 2;
            }
            if (to < from) error_ = "a range in [ ] runs backwards";
            for (unsigned i = from; i <= to; ++i) set.set(i);
        }
        if (error_.empty() && at_ >= text_.size()) error_ = "a closing ] is missing";
        ++at_;
        if (ignores_case_) set = with_both_cases(set);
        return inverted ? ~set : set;
    }

    // [:alpha:] and [:^alpha:], within brackets.
    std::bitset<256> named_class() {
        const std::size_t end = text_.find(":]", at_ + 2);
        std::string_view name = text_.substr(at_ + 2, end == std::string_view::npos ? end : end - at_ - 2);
        const bool inverted = name.starts_with('^');
        if (inverted) name.remove_prefix(1);
        for (const auto& [known, test] : character_classes) {
            if (end == std::string_view::npos || known != name) continue;
            at_ = end + 2;
            return inverted ? ~set_of(test) : set_of(test);
        }
        error_ = "there is no class [:" + std::string(name) + ":]";
        return {};
    }

    std::uint32_t emit(LabelPattern::Step step) {
        pattern_.steps_.push_back(step);
        return static_cast<std::uint32_t>(pattern_.steps_.size() - 1);
    }

    // The entry of the machine for a part that goes on at `after`.
    std::uint32_t build(std::uint32_t part, std::uint32_t after) {
        const PartNode node = nodes_[part];
        switch (node.part) {
            case Part::nothing: return after;
            case Part::set: return emit({Kind::one_of, node.set, after, 0});
            case Part::place: return emit({node.place, 0, after, 0});
            case Part::sequence: return build(node.a, build(node.b, after));
            case Part::choice: {
                const std::uint32_t a = build(node.a, after);
                const std::uint32_t b = build(node.b, after);
                return emit({Kind::fork, 0, a, b});
            }
            case Part::repetition: return build_repetition(node, after);
        }
        return after;
    }

    std::uint32_t build_repetition(const PartNode& node, std::uint32_t after) {
        std::uint32_t entry = after;
        if (node.most == unbounded) {
            const std::uint32_t loop = emit({Kind::fork, 0, 0, after});
            pattern_.steps_[loop].next = build(node.a, loop);
            entry = loop;
        }
        for (int i = node.least; i < node.most; ++i) entry = emit({Kind::fork, 0, build(node.a, entry), after});
        for (int i = 0; i < node.least; ++i) entry = build(node.a, entry);
        return entry;
    }

    std::string_view text_;
    std::string& error_;
    std::size_t at_ = 0;
    bool ignores_case_ = false;
    std::vector<PartNode> nodes_;
    LabelPattern pattern_;
};

std::optional<LabelPattern> LabelPattern::parse(std::string_view text, std::string& error) {
    error.clear();
    return LabelPatternParser(text, error).parse();
}

bool LabelPattern::matches(std::string_view value) const { return walk(value, false); }
bool LabelPattern::is_found_in(std::string_view value) const { return walk(value, true); }

bool LabelPattern::holds(Step::Kind kind, std::string_view value, std::size_t position) {
    const bool is_at_edge = (position > 0 && is_pattern_word(value[position - 1])) !=
                            (position < value.size() && is_pattern_word(value[position]));
    switch (kind) {
        case Step::Kind::begin: return position == 0;
        case Step::Kind::end: return position == value.size();
        case Step::Kind::word_edge: return is_at_edge;
        case Step::Kind::no_word_edge: return !is_at_edge;
        case Step::Kind::one_of:
        case Step::Kind::fork:
        case Step::Kind::done: break;
    }
    return false;
}

bool LabelPattern::walk(std::string_view value, bool anywhere) const {
    std::vector<std::uint32_t> now;
    std::vector<std::uint32_t> next;
    std::vector<std::uint32_t> to_visit;
    std::vector<char> seen(steps_.size());
    bool is_done = false;  // at the present position

    const auto reach = [&](std::uint32_t from, std::size_t position, std::vector<std::uint32_t>& into) {
        to_visit.assign(1, from);
        while (!to_visit.empty()) {
            const std::uint32_t at = to_visit.back();
            to_visit.pop_back();
            if (seen[at]) continue;
            seen[at] = 1;
            const Step& step = steps_[at];
            if (step.kind == Step::Kind::fork) {
                to_visit.push_back(step.other);
                to_visit.push_back(step.next);
            } else if (step.kind == Step::Kind::one_of) {
                into.push_back(at);
            } else if (step.kind == Step::Kind::done) {
                is_done = true;
            } else if (holds(step.kind, value, position)) {
                to_visit.push_back(step.next);
            }
        }
    };

    reach(start_, 0, now);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (anywhere && is_done) return true;
        next.clear();
        seen.assign(steps_.size(), 0);
        is_done = false;
        for (const std::uint32_t at : now) {
            if (sets_[steps_[at].set].test(static_cast<unsigned char>(value[i]))) reach(steps_[at].next, i + 1, next);
        }
        if (anywhere) reach(start_, i + 1, next);
        now.swap(next);
    }
    return is_done;
}

}  // namespace eks
