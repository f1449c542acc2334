#include "models/metrics/label_pattern.hpp"

#include <utility>

namespace eks {

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
        if (!error_.empty()) return std::nullopt;
        pattern_.steps_.push_back({LabelPattern::Step::Kind::done, 0, 0, 0});
        pattern_.start_ = build(root, 0);
        return std::move(pattern_);
    }

  private:
    enum class Part : std::uint8_t { nothing, set, sequence, choice, star, plus, optional };
    struct PartNode {
        Part part = Part::nothing;
        std::uint32_t set = 0;
        std::uint32_t a = 0;
        std::uint32_t b = 0;
    };
    static constexpr int depth_max = 50;

    std::uint32_t add(PartNode node) {
        nodes_.push_back(node);
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    bool ends() const { return at_ >= text_.size() || !error_.empty(); }

    std::uint32_t alternatives(int depth) {
        if (depth > depth_max) error_ = "its brackets are nested too deeply";
        std::uint32_t left = sequence(depth);
        while (!ends() && text_[at_] == '|') {
            ++at_;
            const std::uint32_t right = sequence(depth);
            left = add({Part::choice, 0, left, right});
        }
        return left;
    }

    std::uint32_t sequence(int depth) {
        std::uint32_t all = add({});
        while (!ends() && text_[at_] != '|' && text_[at_] != ')') {
            const std::uint32_t next = repeated(depth);
            all = add({Part::sequence, 0, all, next});
        }
        return all;
    }

    std::uint32_t repeated(int depth) {
        std::uint32_t inner = single(depth);
        while (!ends() && (text_[at_] == '*' || text_[at_] == '+' || text_[at_] == '?')) {
            const Part part = text_[at_] == '*' ? Part::star : text_[at_] == '+' ? Part::plus : Part::optional;
            inner = add({part, 0, inner, 0});
            ++at_;
        }
        if (!ends() && text_[at_] == '{') error_ = "counted repetitions ({m,n}) are not understood";
        return inner;
    }

    std::uint32_t single(int depth) {
        if (ends()) return add({});
        const char c = text_[at_++];
        std::bitset<256> set;
        switch (c) {
            case '(': {
                if (!ends() && text_[at_] == '?') error_ = "groups of the form (?…) are not understood";
                const std::uint32_t inner = alternatives(depth + 1);
                if (error_.empty() && (at_ >= text_.size() || text_[at_] != ')'))
                    error_ = "a closing bracket is missing";
                ++at_;
                return inner;
            }
            case '*':
            case '+':
            case '?': error_ = "there is nothing to repeat before the " + std::string(1, c); return add({});
            case '.': set.set(); break;
            case '^':
            case '$': return add({});  // always matched against the whole value
            case '[': set = bracket(); break;
            case '\\': set = escaped(); break;
            default: set.set(static_cast<unsigned char>(c)); break;
        }
        pattern_.sets_.push_back(set);
        return add({Part::set, static_cast<std::uint32_t>(pattern_.sets_.size() - 1), 0, 0});
    }

    std::bitset<256> escaped() {
        std::bitset<256> set;
        if (ends()) {
            error_ = "it ends in a backslash";
            return set;
        }
        const char c = text_[at_++];
        const auto range = [&set](unsigned char from, unsigned char to) {
            for (std::size_t i = from; i <= to; ++i) set.set(i);
        };
        switch (c) {
            case 'd': range('0', '9'); break;
            case 'w':
                range('0', '9');
                range('a', 'z');
                range('A', 'Z');
                set.set('_');
                break;
            case 's':
                set.set(' ');
                set.set('\t');
                set.set('\n');
                break;
            default:
                if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
                    error_ = "\\" + std::string(1, c) + " is not understood";
                }
                set.set(static_cast<unsigned char>(c));
        }
        return set;
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
        return inverted ? ~set : set;
    }

    std::uint32_t emit(LabelPattern::Step step) {
        pattern_.steps_.push_back(step);
        return static_cast<std::uint32_t>(pattern_.steps_.size() - 1);
    }

    // The entry of the machine for a part that goes on at `after`.
    std::uint32_t build(std::uint32_t part, std::uint32_t after) {
        using Kind = LabelPattern::Step::Kind;
        const PartNode node = nodes_[part];
        switch (node.part) {
            case Part::nothing: return after;
            case Part::set: return emit({Kind::one_of, node.set, after, 0});
            case Part::sequence: return build(node.a, build(node.b, after));
            case Part::choice: {
                const std::uint32_t a = build(node.a, after);
                const std::uint32_t b = build(node.b, after);
                return emit({Kind::fork, 0, a, b});
            }
            case Part::optional: return emit({Kind::fork, 0, build(node.a, after), after});
            case Part::star:
            case Part::plus: {
                const std::uint32_t loop = emit({Kind::fork, 0, 0, after});
                const std::uint32_t body = build(node.a, loop);
                pattern_.steps_[loop].next = body;
                return node.part == Part::star ? loop : body;
            }
        }
        return after;
    }

    std::string_view text_;
    std::string& error_;
    std::size_t at_ = 0;
    std::vector<PartNode> nodes_;
    LabelPattern pattern_;
};

std::optional<LabelPattern> LabelPattern::parse(std::string_view text, std::string& error) {
    error.clear();
    return LabelPatternParser(text, error).parse();
}

bool LabelPattern::matches(std::string_view value) const {
    std::vector<std::uint32_t> now;
    std::vector<std::uint32_t> next;
    std::vector<std::uint32_t> to_visit;
    std::vector<char> seen(steps_.size());

    const auto reach = [&](std::uint32_t from, std::vector<std::uint32_t>& into) {
        to_visit.assign(1, from);
        while (!to_visit.empty()) {
            const std::uint32_t at = to_visit.back();
            to_visit.pop_back();
            if (seen[at]) continue;
            seen[at] = 1;
            if (steps_[at].kind == Step::Kind::fork) {
                to_visit.push_back(steps_[at].other);
                to_visit.push_back(steps_[at].next);
            } else {
                into.push_back(at);
            }
        }
    };

    reach(start_, now);
    for (const char c : value) {
        next.clear();
        seen.assign(steps_.size(), 0);
        for (const std::uint32_t at : now) {
            if (steps_[at].kind == Step::Kind::one_of && sets_[steps_[at].set].test(static_cast<unsigned char>(c))) {
                reach(steps_[at].next, next);
            }
        }
        now.swap(next);
    }
    for (const std::uint32_t at : now) {
        if (steps_[at].kind == Step::Kind::done) return true;
    }
    return false;
}

}  // namespace eks
