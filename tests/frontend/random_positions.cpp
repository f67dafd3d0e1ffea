// Each equation takes the indices of an earlier value or new ones, and sends them to its result or reduces over them.
#include "tests/frontend/random_positions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <vector>

namespace ricci::testing {
namespace {

struct AxisText {
    std::string kind;
    int extent;  // 0 is open
};

struct ValueText {
    std::string name;
    std::vector<AxisText> axes;
};

struct IndexText {
    std::string name;
    std::string kind;
    int extent;  // 0 is open
};

std::string text_of(const AxisText& axis) {
    return axis.kind + " " + (axis.extent == 0 ? "?" : std::to_string(axis.extent));
}

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : engine_(seed) {
        constexpr const char* kTypes[] = {"f32", "f32", "f64", "i32", "i64"};
        dtype_ = kTypes[engine_() % 5];
        // An open batch that nothing binds is no program.
        inputs_ = fmt::format("input all: {}[batch ?]\n", dtype_);
        values_.push_back({"all", {{"batch", 0}}});
    }

    std::string write(int equations) {
        for (int i = 0; i < equations; ++i) equation();
        std::string outputs;
        for (std::size_t i = 0; i < results_.size(); ++i) {
            if (puts_out_[i] || i + 1 == results_.size()) outputs.insert(0, fmt::format("output {}\n", results_[i]));
        }
        return "ricci 1 model positions\n" + inputs_ + body_ + outputs;
    }

  private:
    int pick(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
    bool chance(int percent) { return pick(1, 100) <= percent; }
    int extent() {
        constexpr int kExtents[] = {1, 2, 3, 3, 4, 5, 8, 9, 17, 20};
        return kExtents[engine_() % 10];
    }

    std::string type(const std::vector<AxisText>& axes, const std::string& dtype) {
        std::vector<std::string> parts;
        for (const AxisText& axis : axes) parts.push_back(text_of(axis));
        return fmt::format("{}[{}]", dtype, fmt::join(parts, ", "));
    }

    IndexText index(const std::string& kind, int extent) {
        indices_.push_back({fmt::format("i{}", indices_.size()), kind, extent});
        return indices_.back();
    }

    /// The indices of an equation, before those that its left adds.
    void choose_indices() {
        indices_.clear();
        source_ = chance(50) ? static_cast<int>(engine_() % values_.size()) : -1;
        if (source_ >= 0) {
            for (const AxisText& axis : values_[static_cast<std::size_t>(source_)].axes) index(axis.kind, axis.extent);
        }
        constexpr const char* kKinds[] = {"batch", "height", "width", "time", "channel", "class", "feature", "height"};
        const int more = pick(source_ >= 0 ? 0 : 1, 3);
        for (int i = 0; i < more; ++i) {
            const char* kind = kKinds[engine_() % 8];
            const bool open = std::string_view(kind) == "batch" && chance(80);
            if (open && std::ranges::count(indices_, 0, &IndexText::extent) >= 2) continue;
            index(kind, open ? 0 : extent());
        }
    }

    static std::string tap_of(const std::string& kind) {
        return kind == "height" ? "tap_h" : kind == "width" ? "tap_w" : kind == "time" ? "tap_time" : "";
    }

    /// What the left makes of an index, and the axis that it lands on.
    std::string position(const IndexText from, AxisText& axis, bool whole) {
        const int m = from.extent;
        axis = {from.kind, m};
        if (m == 0 || whole) return from.name;
        const int more = pick(0, 5);
        const int k = pick(0, 3);
        const int s = pick(1, 3);
        bare_ = false;
        switch (pick(0, 8)) {
            case 0:
                axis.extent = m + more;
                bare_ = true;
                return from.name + " + 0";
            case 1:
                axis.extent = m + k + more;
                return fmt::format("{} + {}", from.name, k);
            case 2:
                axis.extent = s * (m - 1) + k + 1 + more;
                return fmt::format("{}*{} + {}", s, from.name, k);
            case 3: {
                if (tap_of(from.kind).empty()) return from.name + " + 0";
                const IndexText tap = index(tap_of(from.kind), pick(1, 3));
                axis.extent = s * (m - 1) + tap.extent + k + more;
                return fmt::format("{}*{} + {} + {}", s, from.name, tap.name, k);
            }
            case 4: {
                if (tap_of(from.kind).empty()) return from.name + " + 0";
                const IndexText tap = index(tap_of(from.kind), pick(1, 3));
                axis.extent = extent();
                clipped_ = true;
                return fmt::format("{}*{} + {} - {}", s, from.name, tap.name, k);
            }
            case 5:
                axis.extent = extent();
                clipped_ = true;
                return fmt::format("{}*{} + {}", s, from.name, pick(-3, 3));
            case 6:
                axis.extent = m + more;
                return fmt::format("{} - {}", m - 1 + pick(0, more), from.name);
            case 7: {
                if (tap_of(from.kind).empty()) return from.name + " + 0";
                const IndexText tap = index(tap_of(from.kind), pick(1, 4));
                axis.extent = m + tap.extent - 1 + more;
                return fmt::format("{} - {} + {}", from.name, tap.name, tap.extent - 1);
            }
            default:
                axis.extent = m + k + more;
                clipped_ = chance(30);
                return fmt::format("{} + {}", from.name, k);
        }
    }

    /// A read at some of the indices, of a new input.
    std::string operand() {
        std::vector<AxisText> axes;
        std::vector<std::string> at;
        bool padded = false;
        for (const IndexText& i : indices_) {
            if (chance(30)) continue;
            if (i.extent == 0 || chance(80)) {
                axes.push_back({i.kind, i.extent});
                at.push_back(i.name);
            } else {
                const int shift = pick(-2, 2);
                axes.push_back({i.kind, std::max(1, i.extent + pick(-2, 2))});
                at.push_back(fmt::format("{} + {}", i.name, shift));
                padded = true;
            }
        }
        const std::string name = fmt::format("x{}", inputs_count_++);
        inputs_ += fmt::format("input {}: {}\n", name, type(axes, dtype_));
        const std::string read = fmt::format("{}[{}]", name, fmt::join(at, ", "));
        return padded ? fmt::format("pad({}, {})", read, pick(-1, 2)) : read;
    }

    std::string body() {
        std::string first = operand();
        if (source_ >= 0) {
            const ValueText& source = values_[static_cast<std::size_t>(source_)];
            std::vector<std::string> at;
            for (std::size_t i = 0; i < source.axes.size(); ++i) at.push_back(indices_[i].name);
            first = fmt::format("{}[{}]", source.name, fmt::join(at, ", "));
        }
        switch (pick(0, 6)) {
            case 0:
            case 1:
                return fmt::format("{} * {}", first, operand());
            case 2:
                return fmt::format("{} + {}", first, operand());
            case 3:
                return fmt::format("2 * {} - {}", first, operand());
            case 4:
                return fmt::format("max({}, {})", first, operand());
            case 5:
                return fmt::format("abs({})", first);
            default:
                return first;
        }
    }

    void equation() {
        choose_indices();
        clipped_ = false;
        bool all_bare = true;
        const bool plain = chance(25);
        std::vector<AxisText> axes;
        std::vector<std::string> left;
        const std::vector<IndexText> base = indices_;
        bool reduces = false;
        for (const IndexText& i : base) {
            if (chance(plain ? 15 : 30)) {
                reduces = true;
                continue;
            }
            AxisText axis;
            bare_ = true;
            left.push_back(position(i, axis, plain || chance(35)));
            all_bare = all_bare && bare_;
            axes.push_back(axis);
        }
        if (chance(8) && !axes.empty() && !plain) {  // a constant position
            const int n = extent();
            axes.push_back({"cell", n});
            left.push_back(std::to_string(pick(0, n - 1)));
            all_bare = false;
        }
        // The order of the axes is free, but two open ones stay as they are or change places.
        if (chance(30) && axes.size() > 1) {
            const std::size_t by = 1 + engine_() % (axes.size() - 1);
            std::ranges::rotate(axes, axes.begin() + static_cast<std::ptrdiff_t>(by));
            std::ranges::rotate(left, left.begin() + static_cast<std::ptrdiff_t>(by));
        }
        constexpr const char* kReductions[] = {"+=", "+=", "+=", "+=", "max=", "min=", "*=", "argmax="};
        const int most = all_bare && reduces ? 7 : 6;
        std::string assign = kReductions[pick(0, most)];
        if (plain && !reduces) assign = chance(50) ? "=" : "+=";
        const std::string name = fmt::format("v{}", results_.size());
        const std::string right = body();
        std::vector<std::string> declared;
        for (const IndexText& i : indices_) declared.push_back(i.name + ": " + text_of({i.kind, i.extent}));
        const bool argmax = assign == "argmax=";
        body_ += fmt::format("{}: {}\n", name, type(axes, argmax ? "i64" : dtype_));
        body_ += fmt::format("{}{}[{}] {} {} where {}\n", clipped_ ? "clip " : "", name, fmt::join(left, ", "), assign,
                             right, fmt::join(declared, ", "));
        results_.push_back(name);
        puts_out_.push_back(chance(60));
        if (!argmax) values_.push_back({name, axes});
    }

    std::mt19937_64 engine_;
    std::string dtype_;
    std::string inputs_, body_;
    std::vector<ValueText> values_;  // that later equations may read
    std::vector<std::string> results_;
    std::vector<bool> puts_out_;
    std::vector<IndexText> indices_;  // of the equation that is being written
    int source_ = -1;                 // the value whose axes are the first of them; -1 for none
    int inputs_count_ = 0;
    bool clipped_ = false;
    bool bare_ = true;
};

}  // namespace

std::string random_positions(std::uint64_t seed, int equations) {
    return Writer(seed).write(equations);
}

}  // namespace ricci::testing
