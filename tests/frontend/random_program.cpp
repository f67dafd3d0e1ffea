// Each step reads the values before it and writes one equation.
#include "tests/frontend/random_program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <vector>

namespace ricci::testing {
namespace {

enum class Sort { real, whole, wide, truth };  // f64, i32, i64, bool

struct AxisText {
    std::string kind;
    int extent;  // 0 is open
    friend bool operator==(const AxisText&, const AxisText&) = default;
};

struct ValueText {
    std::string name;
    Sort sort = Sort::real;
    std::vector<AxisText> axes;
    bool given = false;  // an input: casts and comparisons of it jump at no computed bit
};

constexpr int kMostElements = 600;
constexpr int kMostAxes = 4;

std::string_view dtype(Sort sort) {
    constexpr std::string_view kNames[] = {"f64", "i32", "i64", "bool"};
    return kNames[static_cast<int>(sort)];
}

bool is_whole(Sort sort) {
    return sort == Sort::whole || sort == Sort::wide;
}

int elements(const std::vector<AxisText>& axes) {
    int product = 1;
    for (const AxisText& axis : axes) product *= std::max(axis.extent, 3);
    return product;
}

std::string type(Sort sort, const std::vector<AxisText>& axes) {
    std::vector<std::string> parts;
    for (const AxisText& axis : axes)
        parts.push_back(fmt::format("{} {}", axis.kind, axis.extent == 0 ? "?" : std::to_string(axis.extent)));
    return fmt::format("{}[{}]", dtype(sort), fmt::join(parts, ", "));
}

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : seed_(seed) {}

    std::string write(int steps) {
        restart(0);
        const int inputs = pick(1, 3);
        for (int number = 0; number < inputs; ++number) input(number == 0 ? Sort::real : static_cast<Sort>(pick(0, 2)));
        for (int step = 0; step < steps; ++step) {
            restart(static_cast<std::uint64_t>(step) + 1);
            const std::size_t before = values_.size();
            for (int tries = 0; tries < 20 && values_.size() == before; ++tries) equation();
        }
        restart(1000);
        finish();
        return "ricci 1 model program\n" + inputs_ + body_;
    }

  private:
    // Numbers of a step do not depend on how many the steps before have drawn.
    void restart(std::uint64_t step) { engine_.seed(seed_ * 1009 + step); }
    int pick(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
    bool one_in(int n) { return pick(1, n) == 1; }
    template <typename T, std::size_t n>
    T of(const T (&choices)[n]) {
        return choices[pick(0, static_cast<int>(n) - 1)];
    }

    const ValueText& any() { return values_[static_cast<std::size_t>(pick(0, static_cast<int>(values_.size()) - 1))]; }

    /// The last value that fits, or one before it; none: an empty name.
    template <typename Fits>
    ValueText some(Fits&& fits) {
        std::vector<const ValueText*> fitting;
        for (const ValueText& value : values_) {
            if (fits(value)) fitting.push_back(&value);
        }
        if (fitting.empty()) return {};
        return one_in(3) ? *fitting[static_cast<std::size_t>(pick(0, static_cast<int>(fitting.size()) - 1))]
                         : *fitting.back();
    }

    std::string kind() {
        constexpr const char* kKinds[] = {"row", "time", "feature", "channel", "height", "width"};
        return of(kKinds);
    }

    AxisText axis() { return {kind(), one_in(4) ? 1 : one_in(6) ? pick(16, 40) : pick(2, 6)}; }

    void input(Sort sort) {
        ValueText value{fmt::format("x{}", values_.size()), sort, {}, true};
        if (!one_in(3)) value.axes.push_back({"batch", one_in(4) ? pick(1, 3) : 0});
        const int more = pick(value.axes.empty() ? 1 : 0, 3);
        for (int i = 0; i < more; ++i) value.axes.push_back(axis());
        if (value.axes.size() > 1 && one_in(5)) value.axes.back().kind = value.axes[value.axes.size() - 2].kind;
        if (value.axes.back().kind == "batch" && value.axes.size() > 1) value.axes.back().kind = "row";
        while (elements(value.axes) > kMostElements) value.axes.pop_back();
        inputs_ += fmt::format("input {}: {}\n", value.name, type(sort, value.axes));
        values_.push_back(std::move(value));
    }

    std::string next_name() const { return fmt::format("v{}", values_.size()); }

    static std::vector<std::string> indices(std::size_t count) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) names.push_back(std::string(1, static_cast<char>('a' + i)));
        return names;
    }

    static std::string read(const ValueText& value, const std::vector<std::string>& at) {
        return fmt::format("{}[{}]", value.name, fmt::join(at, ", "));
    }
    static std::string read(const ValueText& value) { return read(value, indices(value.axes.size())); }

    /// The equation with the type of its result before it, but where an op gives the type.
    void add(Sort sort, std::vector<AxisText> axes, const std::string& left, const std::string& right,
             bool typed = true) {
        if (elements(axes) > kMostElements || axes.size() > kMostAxes) return;
        ValueText value{next_name(), sort, std::move(axes), false};
        if (typed) body_ += fmt::format("{}: {}\n", value.name, type(sort, value.axes));
        body_ += fmt::format("{} {}\n", left, right);
        values_.push_back(std::move(value));
    }

    void add_bare(Sort sort, const std::vector<AxisText>& axes, const std::string& right) {
        add(sort, axes, fmt::format("{}[{}] =", next_name(), fmt::join(indices(axes.size()), ", ")), right);
    }

    void equation() {
        switch (pick(0, 13)) {
            case 0:
            case 1:
                return real_pointwise();
            case 2:
                return whole_pointwise();
            case 3:
                return conversion();
            case 4:
                return reduction();
            case 5:
                return windowed_read();
            case 6:
                return fixed_read();
            case 7:
                return scatter();
            case 8:
                return stretched_scatter();
            case 9:
                return regroup();
            case 10:
                return transposition();
            case 11:
                return op_of_the_table();
            case 12:
                return product();
            default:
                return concatenation();
        }
    }

    /// Another value whose axes all stand among these, read at their indices; else the same one.
    std::string other(const ValueText& like) {
        const ValueText found = some([&](const ValueText& value) {
            return value.sort == like.sort && value.name != like.name &&
                   std::ranges::all_of(value.axes, [&](const AxisText& axis) {
                       return std::ranges::count(like.axes, axis) == 1 && std::ranges::count(value.axes, axis) == 1;
                   });
        });
        if (found.name.empty()) return read(like);
        std::vector<std::string> at;
        for (const AxisText& axis : found.axes) {
            const auto place = std::ranges::find(like.axes, axis) - like.axes.begin();
            at.emplace_back(1, static_cast<char>('a' + place));
        }
        return read(found, at);
    }

    void real_pointwise() {
        const ValueText x = some([](const ValueText& value) { return value.sort == Sort::real; });
        if (x.name.empty()) return;
        constexpr const char* kBodies[] = {"tanh({0})",
                                           "max({0}, 0)",
                                           "min({0}, {1})",
                                           "exp(-abs({0}))",
                                           "0.5 * {0} * {1} / (1 + {0} * {0})",
                                           "select({0} > {1}, {0}, 0.1 * {1})",
                                           "max({0}, {1}) - 0.25 * {1}",
                                           "-{0}",
                                           "0 - {0}",
                                           "{0} + 0",
                                           "2 * (0.25 * {0})",
                                           "sqrt(abs({0}) + 1)",
                                           "erf({0})",
                                           "{0} / 4 - {1}",
                                           "select({0} == {0}, {0}, 1)",
                                           "max({0}, nan)",
                                           "0 * {0}",
                                           "log(1 + abs({0}))",
                                           "1 / (2 + {0} * {0})"};
        add_bare(Sort::real, x.axes, fmt::format(fmt::runtime(of(kBodies)), read(x), other(x)));
    }

    void whole_pointwise() {
        const ValueText x = some([](const ValueText& value) { return is_whole(value.sort); });
        if (x.name.empty()) return;
        constexpr const char* kBodies[] = {"{0} + {1}",
                                           "{0} - {1}",
                                           "{0} * {1}",
                                           "{0} / {1}",
                                           "{0} / -1",
                                           "{0} / 3",
                                           "{0} / ({1} - {1})",
                                           "-{0}",
                                           "abs({0})",
                                           "sign({0})",
                                           "min({0}, {1})",
                                           "max({0}, {1})",
                                           "{0} * 65537",
                                           "2147483647 - {0}",
                                           "select({0} < {1}, {0}, {1} + 1)",
                                           "(0 - 2147483647 - 1) / {0}",
                                           "{0} + {0}",
                                           "0 - {0}",
                                           "-1 * {0}",
                                           "0 * {0}"};
        add_bare(x.sort, x.axes, fmt::format(fmt::runtime(of(kBodies)), read(x), other(x)));
    }

    void conversion() {
        const ValueText x = some([](const ValueText& value) { return value.given || is_whole(value.sort); });
        if (x.name.empty()) return;
        if (x.sort == Sort::real) {
            const Sort to = one_in(3) ? Sort::truth : one_in(2) ? Sort::whole : Sort::wide;
            constexpr const char* kScales[] = {"{}", "3 * {}", "1e10 * {}", "1e300 * {}"};
            return add_bare(to, x.axes,
                            fmt::format("{}({})", dtype(to), fmt::format(fmt::runtime(of(kScales)), read(x))));
        }
        if (one_in(3)) return add_bare(Sort::truth, x.axes, fmt::format("{} >= {}", read(x), other(x)));
        const Sort to = of({Sort::real, Sort::whole, Sort::wide, Sort::truth});
        if (to == Sort::real) return add_bare(to, x.axes, fmt::format("tanh(f64({}))", read(x)));
        add_bare(to, x.axes, fmt::format("{}({})", dtype(to), read(x)));
    }

    template <typename T>
    T of(std::initializer_list<T> choices) {
        return choices.begin()[pick(0, static_cast<int>(choices.size()) - 1)];
    }

    void reduction() {
        const ValueText x =
            some([](const ValueText& value) { return value.sort != Sort::truth && !value.axes.empty(); });
        if (x.name.empty()) return;
        const std::vector<std::string> names = indices(x.axes.size());
        std::vector<AxisText> kept;
        std::vector<std::string> left, over;
        for (std::size_t i = 0; i < x.axes.size(); ++i) {
            if (one_in(2)) {
                kept.push_back(x.axes[i]);
                left.push_back(names[i]);
            } else {
                over.push_back(fmt::format("{}: {} {}", names[i], x.axes[i].kind,
                                           x.axes[i].extent == 0 ? "?" : std::to_string(x.axes[i].extent)));
            }
        }
        if (over.empty()) return;
        std::shuffle(over.begin(), over.end(), engine_);
        const std::string how = of({"sum", "sum", "max", "min", "prod", "argmax"});
        if (how == "argmax" && !x.given) return;  // of computed values a last bit would decide
        std::string body = read(x);
        if (x.sort == Sort::real && how == "prod") body = "tanh(" + body + ")";
        if (x.sort == Sort::real && how == "sum") body = "0.125 * " + body;
        add(how == "argmax" ? Sort::wide : x.sort, kept, fmt::format("{}[{}] =", next_name(), fmt::join(left, ", ")),
            fmt::format("{}({}) {}", how, fmt::join(over, ", "), body));
    }

    /// One axis read at stride*i + offset, padded where it leaves the tensor.
    void windowed_read() {
        const ValueText x = any();
        if (x.axes.empty() || x.sort == Sort::truth) return;
        const auto axis = static_cast<std::size_t>(pick(0, static_cast<int>(x.axes.size()) - 1));
        const int extent = x.axes[axis].extent;
        if (extent == 0) return;
        const int stride = of({1, 1, 2, 3, -1});
        const int offset = pick(-2, extent);
        const int positions = pick(1, extent + 2);
        std::vector<std::string> at = indices(x.axes.size());
        const std::string i = at[axis];
        at[axis] = fmt::format("{}*{} + {}", stride, i, offset);
        std::vector<AxisText> axes = x.axes;
        axes[axis].extent = positions;
        const int last = stride * (positions - 1) + offset;
        const bool inside = offset >= 0 && offset < extent && last >= 0 && last < extent;
        std::string body = read(x, at);
        if (!inside)
            body = fmt::format("pad({}, {})", body, x.sort == Sort::real ? of({"0", "1.5", "-inf", "nan"}) : "7");
        if (x.sort == Sort::real) body = "0.5 * " + body;
        add_bare(x.sort, axes, fmt::format("{} where {}: {} {}", body, i, axes[axis].kind, positions));
    }

    /// One axis read at a constant place.
    void fixed_read() {
        const ValueText x = any();
        if (x.axes.empty() || x.sort == Sort::truth) return;
        const auto axis = static_cast<std::size_t>(pick(0, static_cast<int>(x.axes.size()) - 1));
        if (x.axes[axis].extent == 0) return;
        std::vector<AxisText> axes = x.axes;
        axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
        std::vector<std::string> at = indices(axes.size());
        at.insert(at.begin() + static_cast<std::ptrdiff_t>(axis), std::to_string(pick(0, x.axes[axis].extent - 1)));
        add_bare(x.sort, axes, fmt::format("{} + 1", read(x, at)));
    }

    std::string where(const std::vector<AxisText>& axes) const {
        const std::vector<std::string> names = indices(axes.size());
        std::vector<std::string> said;
        for (std::size_t i = 0; i < axes.size(); ++i)
            said.push_back(fmt::format("{}: {} {}", names[i], axes[i].kind,
                                       axes[i].extent == 0 ? "?" : std::to_string(axes[i].extent)));
        return fmt::format("{}", fmt::join(said, ", "));
    }

    std::string scattering(Sort sort) {
        return sort == Sort::real ? of({"+=", "+=", "max=", "min="}) : of({"+=", "*=", "max=", "min="});
    }

    /// Points of one axis sent to stride*i + offset of an axis that may be shorter or longer than what they cover.
    void scatter() {
        const ValueText x = any();
        if (x.axes.empty() || x.sort == Sort::truth) return;
        const auto axis = static_cast<std::size_t>(pick(0, static_cast<int>(x.axes.size()) - 1));
        if (x.axes[axis].extent == 0) return;
        const int stride = of({1, 1, 2, -1});
        const int offset = pick(0, 3);
        std::vector<AxisText> axes = x.axes;
        axes[axis].extent = pick(1, x.axes[axis].extent * std::max(stride, 1) + 3);
        const int last = stride * (x.axes[axis].extent - 1) + offset;
        const bool inside = offset < axes[axis].extent && last >= 0 && last < axes[axis].extent;
        std::vector<std::string> left = indices(axes.size());
        left[axis] = fmt::format("{}*{} + {}", stride, left[axis], offset);
        add(x.sort, axes,
            fmt::format("{}{}[{}] {}", inside && one_in(2) ? "" : "clip ", next_name(), fmt::join(left, ", "),
                        scattering(x.sort)),
            fmt::format("{} where {}", read(x), where(x.axes)));
    }

    /// A bare index that stops short of its axis, or a shorter read of a longer axis by `i + 0`.
    void stretched_scatter() {
        const ValueText x = any();
        if (x.axes.empty() || x.sort == Sort::truth) return;
        const auto axis = static_cast<std::size_t>(pick(0, static_cast<int>(x.axes.size()) - 1));
        if (x.axes[axis].extent < 2) return;
        std::vector<std::string> at = indices(x.axes.size());
        if (one_in(2)) {
            std::vector<AxisText> axes = x.axes;
            axes[axis].extent += pick(1, 18);
            at[axis] += " + 0";
            return add(x.sort, axes, fmt::format("{}[{}] {}", next_name(), fmt::join(at, ", "), scattering(x.sort)),
                       fmt::format("{} where {}", read(x), where(x.axes)));
        }
        std::vector<AxisText> axes = x.axes;
        axes[axis].extent = pick(1, x.axes[axis].extent - 1);
        const std::string i = at[axis];
        at[axis] += " + 0";
        add_bare(x.sort, axes, fmt::format("{} where {}: {} {}", read(x, at), i, axes[axis].kind, axes[axis].extent));
    }

    /// Axes flattened into a tuple on the left, or a tuple read: extents of 1 among them.
    void regroup() {
        const ValueText x = any();
        if (x.sort == Sort::truth) return;
        if (one_in(2)) {
            if (x.axes.size() < 2) return;
            const auto first = static_cast<std::size_t>(pick(0, static_cast<int>(x.axes.size()) - 2));
            if (x.axes[first].extent == 0 || x.axes[first + 1].extent == 0) return;
            std::vector<AxisText> axes = x.axes;
            const std::string kind = axes[first].kind == axes[first + 1].kind ? axes[first].kind : "feature";
            axes[first] = {kind, axes[first].extent * axes[first + 1].extent};
            axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(first) + 1);
            std::vector<std::string> left = indices(x.axes.size());
            left[first] = fmt::format("({}, {})", left[first], left[first + 1]);
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(first) + 1);
            return add(x.sort, axes, fmt::format("{}[{}] =", next_name(), fmt::join(left, ", ")),
                       fmt::format("{} where {}", read(x), where(x.axes)));
        }
        std::vector<std::size_t> splittable;
        for (std::size_t i = 0; i < x.axes.size(); ++i) {
            if (x.axes[i].kind == "feature") splittable.push_back(i);
        }
        if (splittable.empty()) return;
        const std::size_t axis = splittable[static_cast<std::size_t>(pick(0, static_cast<int>(splittable.size()) - 1))];
        const int extent = x.axes[axis].extent;
        int factor = pick(1, extent);
        while (extent % factor != 0) --factor;
        std::vector<AxisText> axes = x.axes;
        axes[axis] = {kind(), factor};
        AxisText inner{kind(), extent / factor};
        if (inner.kind == axes[axis].kind && inner.kind != "feature") inner.kind = "tone";
        axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(axis) + 1, inner);
        std::vector<std::string> at = indices(axes.size());
        at[axis] = fmt::format("({}, {})", at[axis], at[axis + 1]);
        at.erase(at.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
        add_bare(x.sort, axes, read(x, at));
    }

    void transposition() {
        const ValueText x = any();
        std::vector<std::size_t> order(x.axes.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::shuffle(order.begin(), order.end(), engine_);
        std::vector<AxisText> axes;
        std::vector<std::string> left;
        for (std::size_t i : order) {
            axes.push_back(x.axes[i]);
            left.emplace_back(1, static_cast<char>('a' + i));
        }
        add(x.sort, axes, fmt::format("{}[{}] =", next_name(), fmt::join(left, ", ")), read(x));
    }

    void op_of_the_table() {
        const ValueText x =
            some([](const ValueText& value) { return value.sort == Sort::real && !value.axes.empty(); });
        if (x.name.empty()) return;
        const std::string over = x.axes.back().kind;
        const bool alone = std::ranges::count(x.axes, over, &AxisText::kind) == 1 && over != "batch";
        const std::string op =
            of({"relu", "sigmoid", "silu", "softplus", "elu", "gelu", "tanh", "softmax", "log_softmax"});
        const bool reduces = op == "softmax" || op == "log_softmax";
        if (reduces && !alone) return;
        add(Sort::real, x.axes, next_name() + " =",
            fmt::format("{}({}{})", op, x.name, reduces ? ", over = " + over : ""), false);
    }

    /// A sum of products: x[..., k] * w[k, n], w a new input.
    void product() {
        const ValueText x = some([](const ValueText& value) {
            return value.sort != Sort::truth && !value.axes.empty() && value.axes.back().extent > 0;
        });
        if (x.name.empty()) return;
        const std::string w = fmt::format("w{}", values_.size());
        std::vector<AxisText> axes = x.axes;
        const AxisText depth = axes.back();
        axes.back() = {one_in(3) ? depth.kind : "class", one_in(3) ? pick(16, 33) : pick(1, 5)};
        if (elements(axes) > kMostElements) return;
        inputs_ += fmt::format("{} {}: {}\n", "input", w, type(x.sort, {axes.back(), {depth.kind, depth.extent}}));
        std::vector<std::string> at = indices(axes.size());
        const std::string out = at.back();
        at.back() = "k";
        add_bare(x.sort, axes,
                 fmt::format("sum(k: {} {}) {}{} * {}[{}, k]", depth.kind, depth.extent,
                             x.sort == Sort::real ? "0.1 * " : "", read(x, at), w, out));
    }

    /// Two values of one type along an axis, by a select of padded reads.
    void concatenation() {
        const ValueText x =
            some([](const ValueText& value) { return value.sort == Sort::real && !value.axes.empty(); });
        if (x.name.empty() || x.axes.back().extent == 0) return;
        std::vector<AxisText> axes = x.axes;
        axes.back().extent *= 2;
        const int extent = x.axes.back().extent;
        std::vector<std::string> at = indices(axes.size());
        const std::string i = at.back();
        at.back() = i + " + 0";
        const std::string first = read(x, at);
        at.back() = fmt::format("{} - {}", i, extent);
        add_bare(Sort::real, axes,
                 fmt::format("select({0} < {1}, pad({2}, 0), pad({3}, 0)) where {0}: {4} {5}", i, extent, first,
                             read(x, at), axes.back().kind, 2 * extent));
    }

    /// Outputs in any order, some twice, and gradients of a loss over some real values.
    void finish() {
        std::vector<std::string> lines;
        for (const ValueText& value : values_) {
            if (value.name == values_.back().name || one_in(3)) lines.push_back("output " + value.name);
            if (one_in(12)) lines.push_back(fmt::format("output again.{0} = {0}", value.name));
        }
        const ValueText last = some([](const ValueText& value) { return value.sort == Sort::real && !value.given; });
        if (!last.name.empty() && !one_in(4)) {
            std::vector<std::string> over;
            for (std::size_t i = 0; i < last.axes.size(); ++i)
                over.push_back(fmt::format("{}: {}", indices(last.axes.size())[i], last.axes[i].kind));
            body_ += fmt::format("loss: f64[]\nloss[] = {}tanh({})\n",
                                 over.empty() ? "" : fmt::format("sum({}) ", fmt::join(over, ", ")), read(last));
            lines.push_back("output loss");
            for (const ValueText& value : values_) {
                if (value.given && value.sort == Sort::real && !one_in(3))
                    lines.push_back(fmt::format("gradient d.{0} = d loss / d {0}", value.name));
            }
        }
        std::shuffle(lines.begin(), lines.end(), engine_);
        for (const std::string& line : lines) body_ += line + "\n";
    }

    std::uint64_t seed_;
    std::mt19937_64 engine_;
    std::string inputs_;
    std::string body_;
    std::vector<ValueText> values_;
};

}  // namespace

std::string random_program(std::uint64_t seed, int steps) {
    return Writer(seed).write(steps);
}

}  // namespace ricci::testing
