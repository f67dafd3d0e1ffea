// Each step reads a value before it and writes one equation; kinds are drawn without regard to what an axis was.
#include "tests/frontend/random_shapes.h"

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
    friend bool operator==(const AxisText&, const AxisText&) = default;
};

struct ValueText {
    std::string name;
    std::vector<AxisText> axes;
};

constexpr const char* kKinds[] = {"channel", "height", "width", "feature", "feature", "time", "class", "left"};
constexpr int kMostElements = 400;

std::string tap_of(const std::string& kind) {
    return kind == "height" ? "tap_h" : kind == "width" ? "tap_w" : "tap_" + kind;
}

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : engine_(seed) {}

    std::string write(int equations) {
        static const std::vector<std::vector<AxisText>> kStarts = {
            {{"batch", 0}, {"channel", 6}, {"height", 4}, {"width", 5}},
            {{"batch", 0}, {"height", 4}, {"width", 3}, {"channel", 5}},
            {{"batch", 0}, {"channel", 4}, {"height", 1}, {"width", 1}},
            {{"batch", 0}, {"feature", 12}},
            {{"channel", 6}, {"time", 2}},
            {{"batch", 2}, {"time", 6}, {"feature", 4}}};
        add_input(kStarts[static_cast<std::size_t>(pick(0, static_cast<int>(kStarts.size()) - 1))]);
        for (int tries = 0; made_ < equations && tries < 40 * equations; ++tries) step();
        std::string text = "ricci 1 model shapes\n" + inputs_ + body_;
        const ValueText& last = values_.back();
        const std::string sum = last.axes.empty() ? "" : fmt::format("sum({}) ", declared(last.axes, all(last)));
        text += fmt::format("loss[] = {}{} * {}\noutput loss\n", sum, at(last, all(last)), at(last, all(last)));
        for (const std::string& name : outputs_) {
            if (name != last.name) text += fmt::format("output {}\n", name);
        }
        if (pick(0, 2) == 0 && parameters_ > 0) return text + "train loss with sgd(learning_rate = 0.1)\n";
        for (const std::string& name : wanted_) text += fmt::format("gradient d{} = d loss / d {}\n", name, name);
        return text;
    }

  private:
    int pick(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
    std::string kind() { return kKinds[pick(0, 7)]; }

    static std::string extent_text(int extent) { return extent == 0 ? "?" : std::to_string(extent); }

    static std::string type(const std::vector<AxisText>& axes) {
        std::vector<std::string> parts;
        for (const AxisText& axis : axes) parts.push_back(axis.kind + " " + extent_text(axis.extent));
        return fmt::format("f64[{}]", fmt::join(parts, ", "));
    }

    /// Index names of a value's axes: i0, i1, ...
    static std::vector<std::string> all(const ValueText& value) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < value.axes.size(); ++i) names.push_back(fmt::format("i{}", i));
        return names;
    }

    static std::string at(const ValueText& value, const std::vector<std::string>& indices) {
        return fmt::format("{}[{}]", value.name, fmt::join(indices, ", "));
    }

    static std::string declared(const std::vector<AxisText>& axes, const std::vector<std::string>& names) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            parts.push_back(fmt::format("{}: {} {}", names[i], axes[i].kind, extent_text(axes[i].extent)));
        }
        return fmt::format("{}", fmt::join(parts, ", "));
    }

    static int count(const std::vector<AxisText>& axes) {
        int product = 1;
        for (const AxisText& axis : axes) product *= axis.extent == 0 ? 1 : axis.extent;
        return product;
    }

    void add_input(std::vector<AxisText> axes) {
        ValueText value{fmt::format("x{}", values_.size()), std::move(axes)};
        inputs_ += fmt::format("input {}: {}\n", value.name, type(value.axes));
        wanted_.push_back(value.name);
        values_.push_back(std::move(value));
    }

    std::string add_parameter(const std::vector<AxisText>& axes) {
        std::string name = fmt::format("w{}", ++parameters_);
        inputs_ += fmt::format("parameter {}: {} = uniform(-0.5, 0.5)\n", name, type(axes));
        wanted_.push_back(name);
        return name;
    }

    /// result[left] OP body
    void add(std::vector<AxisText> axes, const std::vector<std::string>& left, const std::string& body,
             const std::string& assign = "=") {
        if (axes.size() > 5 || count(axes) > kMostElements) return;
        ValueText value{fmt::format("v{}", values_.size()), std::move(axes)};
        body_ += fmt::format("{}: {}\n{} {} {}\n", value.name, type(value.axes), at(value, left), assign, body);
        if (pick(0, 3) == 0) outputs_.push_back(value.name);
        values_.push_back(std::move(value));
        ++made_;
    }

    void step() {
        const int last = static_cast<int>(values_.size()) - 1;
        const ValueText from = values_[static_cast<std::size_t>(pick(0, 3) == 0 ? pick(0, last) : last)];
        if (from.axes.empty()) return pointwise(from);
        // An axis that is not the batch, or the batch where there is no other.
        const std::size_t axis =
            static_cast<std::size_t>(pick(from.axes.size() > 1 ? 1 : 0, static_cast<int>(from.axes.size()) - 1));
        const bool open = from.axes[axis].extent == 0;
        const int what = pick(0, 22);
        if (is_image(from) && pick(0, 2) == 0) return image_op(from);
        if (what <= 3 || open) return pointwise(from);
        if (what >= 20) return look_up(from, axis);
        if (what >= 18) return gate(from, axis);
        if (what <= 5) return flatten(from);
        if (what <= 7) return split(from, axis);
        switch (what) {
            case 8:
                return transpose(from);
            case 9:
                return relabel(from, axis);
            case 10:
                return unit(from);
            case 11:
                return fixed(from, axis);
            case 12:
                return slice(from, axis);
            case 13:
                return padded(from, axis);
            case 14:
                return pool(from, axis);
            case 15:
                return product(from, axis);
            case 16:
                return scatter(from, axis);
            default:
                return radix(from, axis);
        }
    }

    void pointwise(const ValueText& from) {
        static constexpr const char* kBodies[] = {"tanh({0})",
                                                  "relu({0})",
                                                  "2 * {0}",
                                                  "{0} * {0} + 1",
                                                  "select({0} > 0, {0}, 0.1 * {0})",
                                                  "{0} * f64(index(i0 + 1))"};
        const std::string body =
            fmt::format(fmt::runtime(kBodies[pick(0, from.axes.empty() ? 4 : 5)]), at(from, all(from)));
        // With another value of the same axes, or of one axis alone as a bias.
        const ValueText& other = values_[static_cast<std::size_t>(pick(0, static_cast<int>(values_.size()) - 1))];
        if (other.axes == from.axes && pick(0, 1) == 0) {
            return add(from.axes, all(from), body + " + " + at(other, all(other)));
        }
        if (from.axes.size() > 1 && from.axes.back().extent != 0 && pick(0, 3) == 0) {
            const std::string bias = add_parameter({from.axes.back()});
            return add(from.axes, all(from), fmt::format("{} + {}[{}]", body, bias, all(from).back()));
        }
        add(from.axes, all(from), body);
    }

    /// Some neighbouring axes become one of features, or of their kind where they have one.
    void flatten(const ValueText& from) {
        const int rank = static_cast<int>(from.axes.size());
        const int first = pick(0, rank - 1);
        const int end = pick(first + 1, rank);
        std::vector<AxisText> axes;
        std::vector<std::string> left;
        std::vector<std::string> members;
        int extent = 1;
        for (int i = 0; i < rank; ++i) {
            const AxisText& axis = from.axes[static_cast<std::size_t>(i)];
            const std::string name = fmt::format("i{}", i);
            if (i < first || i >= end) {
                axes.push_back(axis);
                left.push_back(name);
                continue;
            }
            if (axis.extent == 0) return;
            members.push_back(name);
            extent *= axis.extent;
            if (i + 1 < end) continue;
            const bool one_kind = std::all_of(from.axes.begin() + first, from.axes.begin() + end,
                                              [&](const AxisText& a) { return a.kind == axis.kind; });
            axes.push_back({one_kind && pick(0, 1) == 0 ? axis.kind : "feature", extent});
            left.push_back(fmt::format("({})", fmt::join(members, ", ")));
        }
        add(std::move(axes), left, maybe(at(from, all(from))));
    }

    /// Sometimes with a function around it: then the equation is no copy.
    std::string maybe(const std::string& read) {
        const int what = pick(0, 3);
        return what == 0 ? fmt::format("tanh({})", read) : what == 1 ? fmt::format("0.5 * {}", read) : read;
    }

    /// An axis of features becomes several of any kinds, one of another kind becomes several of that kind.
    void split(const ValueText& from, std::size_t axis) {
        const AxisText whole = from.axes[axis];
        std::vector<int> parts;
        int rest = whole.extent;
        for (int part : {pick(1, 4), pick(1, 3)}) {
            if (rest % part == 0) parts.push_back(part), rest /= part;
        }
        parts.push_back(rest);
        std::shuffle(parts.begin(), parts.end(), engine_);
        std::vector<AxisText> axes;
        std::vector<std::string> left;
        std::vector<std::string> right;
        for (std::size_t i = 0; i < from.axes.size(); ++i) {
            if (i != axis) {
                axes.push_back(from.axes[i]);
                left.push_back(fmt::format("i{}", i));
                right.push_back(left.back());
                continue;
            }
            std::vector<std::string> members;
            for (std::size_t p = 0; p < parts.size(); ++p) {
                axes.push_back({whole.kind == "feature" ? kind() : whole.kind, parts[p]});
                members.push_back(fmt::format("p{}", p));
                left.push_back(members.back());
            }
            right.push_back(fmt::format("({})", fmt::join(members, ", ")));
        }
        add(std::move(axes), left, maybe(at(from, right)));
    }

    void transpose(const ValueText& from) {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < from.axes.size(); ++i) order.push_back(i);
        std::shuffle(order.begin(), order.end(), engine_);
        std::vector<AxisText> axes;
        std::vector<std::string> left;
        for (std::size_t i : order) {
            axes.push_back(from.axes[i]);
            left.push_back(fmt::format("i{}", i));
        }
        add(std::move(axes), left, maybe(at(from, all(from))));
    }

    /// The same elements with an axis of another kind: by a tuple of one.
    void relabel(const ValueText& from, std::size_t axis) {
        std::vector<AxisText> axes = from.axes;
        std::vector<std::string> there = all(from);
        there[axis] = "(" + there[axis] + ")";
        if (axes[axis].kind == "feature") {
            axes[axis].kind = kind();
            return add(std::move(axes), all(from), maybe(at(from, there)));
        }
        axes[axis].kind = "feature";
        add(std::move(axes), there, maybe(at(from, all(from))));
    }

    void unit(const ValueText& from) {
        const int place = pick(0, static_cast<int>(from.axes.size()));
        std::vector<AxisText> axes = from.axes;
        axes.insert(axes.begin() + place, {kind(), 1});
        std::vector<std::string> left = all(from);
        left.insert(left.begin() + place, "u");
        add(std::move(axes), left, maybe(at(from, all(from))));
    }

    void fixed(const ValueText& from, std::size_t axis) {
        std::vector<AxisText> axes = from.axes;
        std::vector<std::string> left = all(from);
        std::vector<std::string> right = left;
        right[axis] = std::to_string(pick(0, from.axes[axis].extent - 1));
        axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
        left.erase(left.begin() + static_cast<std::ptrdiff_t>(axis));
        add(std::move(axes), left, maybe(at(from, right)));
    }

    void slice(const ValueText& from, std::size_t axis) {
        const int stride = pick(1, 2);
        const int begin = pick(0, from.axes[axis].extent - 1);
        const int most = (from.axes[axis].extent - 1 - begin) / stride + 1;
        std::vector<AxisText> axes = from.axes;
        axes[axis].extent = pick(1, most);
        std::vector<std::string> right = all(from);
        right[axis] = fmt::format("{}*{} + {}", stride, right[axis], begin);
        add(std::move(axes), all(from), maybe(at(from, right)));
    }

    void padded(const ValueText& from, std::size_t axis) {
        const int stride = pick(1, 2);
        std::vector<AxisText> axes = from.axes;
        axes[axis].extent += pick(0, 2);
        std::vector<std::string> right = all(from);
        right[axis] = fmt::format("{}*{} - {}", stride, right[axis], pick(0, 2));
        add(std::move(axes), all(from), maybe(fmt::format("pad({}, 0)", at(from, right))));
    }

    /// Windows without or with overlap; one time in two the window is the whole axis, which leaves one position.
    void pool(const ValueText& from, std::size_t axis) {
        const int extent = from.axes[axis].extent;
        const int taps = pick(0, 1) == 0 ? extent : pick(1, extent);
        const int stride = pick(0, 1) == 0 ? taps : pick(1, 2);
        std::vector<AxisText> axes = from.axes;
        axes[axis].extent = (extent - taps) / stride + 1;
        std::vector<std::string> right = all(from);
        right[axis] = fmt::format("{}*{} + t", stride, right[axis]);
        add(std::move(axes), all(from),
            fmt::format("{}(t: {} {}) {}", pick(0, 1) == 0 ? "sum" : "max", tap_of(from.axes[axis].kind), taps,
                        at(from, right)));
    }

    void product(const ValueText& from, std::size_t axis) {
        const AxisText in = from.axes[axis];
        const AxisText out{kind(), pick(1, 4)};
        const std::string w = add_parameter({out, in});
        std::vector<AxisText> axes = from.axes;
        axes[axis] = out;
        std::vector<std::string> right = all(from);
        right[axis] = "k";
        add(std::move(axes), all(from),
            fmt::format("sum(k: {} {}) {} * {}[i{}, k]", in.kind, in.extent, at(from, right), w, axis));
    }

    static int extent(const ValueText& value, std::string_view kind) {
        const auto found = std::ranges::find(value.axes, kind, &AxisText::kind);
        return found == value.axes.end() ? -1 : found->extent;
    }

    static bool is_image(const ValueText& value) {
        return value.axes.size() == 4 && value.axes[0] == AxisText{"batch", 0} && extent(value, "channel") > 0 &&
               extent(value, "height") > 0 && extent(value, "width") > 0;
    }

    /// A convolution, a pool or a flatten of the op table; windows often leave one pixel.
    void image_op(const ValueText& from) {
        const int h = pick(0, 1) == 0 ? extent(from, "height") : pick(1, extent(from, "height"));
        const int w = pick(0, 1) == 0 ? extent(from, "width") : pick(1, extent(from, "width"));
        ValueText value{fmt::format("v{}", values_.size()), from.axes};
        std::string call;
        switch (pick(0, 3)) {
            case 0: {
                int features = 1;
                for (const AxisText& axis : from.axes) features *= axis.extent == 0 ? 1 : axis.extent;
                value.axes = {{"batch", 0}, {"feature", features}};
                call = fmt::format("flatten({})", from.name);
                break;
            }
            case 1:
            case 2: {
                const int out = pick(1, 4);
                const std::string kernel =
                    add_parameter({{"channel", out}, {"channel", extent(from, "channel")}, {"tap_h", h}, {"tap_w", w}});
                for (AxisText& axis : value.axes) {
                    if (axis.kind == "channel") axis.extent = out;
                    if (axis.kind == "height") axis.extent += 1 - h;
                    if (axis.kind == "width") axis.extent += 1 - w;
                }
                call = fmt::format("conv2d({}, {})", from.name, kernel);
                break;
            }
            default:
                for (AxisText& axis : value.axes) {
                    if (axis.kind == "height") axis.extent /= h;
                    if (axis.kind == "width") axis.extent /= w;
                }
                call = fmt::format("{}_pool2d({}, window_h = {}, window_w = {})", pick(0, 1) == 0 ? "avg" : "max",
                                   from.name, h, w);
        }
        body_ += fmt::format("{} = {}\n", value.name, call);
        if (pick(0, 3) == 0) outputs_.push_back(value.name);
        values_.push_back(std::move(value));
        ++made_;
    }

    /// Times a value that has one number for each element of that axis, of whatever kind.
    void gate(const ValueText& from, std::size_t axis) {
        const AxisText& own = from.axes[axis];
        for (const ValueText& other : values_) {
            if (other.axes.size() != 2 || other.axes[0] != from.axes[0] || axis == 0) continue;
            if (other.axes[1].extent != own.extent) continue;
            if (other.axes[1].kind != own.kind && other.axes[1].kind != "feature") continue;
            return add(from.axes, all(from), fmt::format("{} * {}[i0, (i{})]", at(from, all(from)), other.name, axis));
        }
        pointwise(from);
    }

    /// Ids that number the positions of `on`, one for each element of `along`.
    std::string add_ids(const AxisText& on, const AxisText& along) {
        std::string name = fmt::format("ids{}", ++ids_);
        inputs_ += fmt::format("input {}: {}<{} {}>[{} {}]\n", name, pick(0, 1) == 0 ? "i32" : "i64", on.kind, on.extent,
                               along.kind, extent_text(along.extent));
        return name;
    }

    /// The axis read by ids, written by ids, or chosen from by ids; then its index may have another kind than the axis.
    void look_up(const ValueText& from, std::size_t axis) {
        std::vector<AxisText> axes = from.axes;
        std::vector<std::string> own = all(from);
        const AxisText was = from.axes[axis];
        if (axes.size() > 5) return;
        switch (pick(0, 3)) {
            case 0: {  // read
                axes[axis] = {kind(), pick(1, 5)};
                std::vector<std::string> right = own;
                right[axis] = fmt::format("{}[{}]", add_ids(was, axes[axis]), own[axis]);
                return add(std::move(axes), own, maybe(at(from, right)));
            }
            case 1: {  // written
                axes[axis] = {kind(), pick(1, 5)};
                std::vector<std::string> left = own;
                left[axis] = fmt::format("{}[{}]", add_ids(axes[axis], was), own[axis]);
                const std::string body = fmt::format("{} where {}", maybe(at(from, own)), declared(from.axes, own));
                return add(std::move(axes), left, body, "+=");
            }
            case 2: {  // chosen: an element of the axis for each of the first axis
                if (axis == 0) return pointwise(from);
                const AxisText chosen{was.kind == "feature" ? kind() : was.kind, was.extent};
                std::vector<std::string> right = own;
                right[axis] = chosen.kind == was.kind ? "k" : "(k)";
                const std::string ids = add_ids(chosen, from.axes[0]);
                axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(axis));
                std::vector<std::string> left = own;
                left.erase(left.begin() + static_cast<std::ptrdiff_t>(axis));
                return add(std::move(axes), left,
                           fmt::format("sum(k: {} {}) select({}[i0] == k, {}, 0)", chosen.kind, chosen.extent, ids,
                                       maybe(at(from, right))));
            }
            default: {  // all but the chosen one become 0, on an axis of that kind
                if (axis == 0) return pointwise(from);
                axes[axis].kind = was.kind == "feature" ? kind() : was.kind;
                std::vector<std::string> right = own;
                if (axes[axis].kind != was.kind) right[axis] = fmt::format("({})", own[axis]);
                const std::string body = fmt::format("select({}[i0] == {}, {}, 0)", add_ids(axes[axis], from.axes[0]),
                                                     own[axis], maybe(at(from, right)));
                return add(std::move(axes), own, body);
            }
        }
    }

    void scatter(const ValueText& from, std::size_t axis) {
        const bool clip = pick(0, 2) == 0;
        std::vector<AxisText> axes = from.axes;
        std::vector<std::string> left = all(from);
        const int stride = pick(1, 2);
        const int shift = pick(clip ? -1 : 0, 2);
        axes[axis].extent =
            stride * (axes[axis].extent - 1) + 1 + std::max(shift, 0) + pick(0, 2) - (clip ? pick(0, 1) : 0);
        if (axes[axis].extent < 1) return;
        left[axis] = fmt::format("{}*{} {} {}", stride, left[axis], shift < 0 ? "-" : "+", std::abs(shift));
        const std::string body = fmt::format("{} where {}", maybe(at(from, all(from))), declared(from.axes, all(from)));
        if (axes.size() > 5 || count(axes) > kMostElements) return;
        ValueText value{fmt::format("v{}", values_.size()), std::move(axes)};
        body_ += fmt::format("{}: {}\n{}{} += {}\n", value.name, type(value.axes), clip ? "clip " : "", at(value, left),
                             body);
        values_.push_back(std::move(value));
        ++made_;
    }

    /// Part of an axis, read at 3*p + q: a tuple that does not fill it.
    void radix(const ValueText& from, std::size_t axis) {
        const AxisText whole = from.axes[axis];
        const int inner = pick(1, 3);
        const int outer = whole.extent / (inner + 1);
        if (outer < 1) return;
        std::vector<AxisText> axes = from.axes;
        std::vector<std::string> left = all(from);
        std::vector<std::string> right = left;
        axes[axis] = {whole.kind == "feature" ? kind() : whole.kind, outer};
        left[axis] = "p";
        axes.insert(axes.begin() + static_cast<std::ptrdiff_t>(axis) + 1,
                    {whole.kind == "feature" ? kind() : whole.kind, inner});
        left.insert(left.begin() + static_cast<std::ptrdiff_t>(axis) + 1, "q");
        right[axis] = fmt::format("{}*p + q", inner + 1);
        add(std::move(axes), left, maybe(at(from, right)));
    }

    std::mt19937_64 engine_;
    std::vector<ValueText> values_{};
    std::vector<std::string> outputs_{};
    std::vector<std::string> wanted_{};
    std::string inputs_{};
    std::string body_{};
    int parameters_ = 0;
    int ids_ = 0;
    int made_ = 0;
};

}  // namespace

std::string random_shapes(std::uint64_t seed, int equations) {
    return Writer(seed).write(equations);
}

}  // namespace ricci::testing
