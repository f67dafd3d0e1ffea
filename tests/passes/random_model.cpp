// Each layer reads the values before it and writes one line, or a parameter and a line.
#include "tests/passes/random_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace ricci::passes::testing {
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

using At = std::map<std::string, std::string>;  // index expression by kind

const At kPlain = {{"batch", "b"}, {"channel", "c"}, {"height", "y"}, {"width", "x"}, {"feature", "f"}};

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : engine_(seed) {}

    std::string write(int steps) {
        const int channels = pick(1, 2), height = pick(4, 7), width = pick(4, 7);
        const ValueText images{"images", {{"batch", 0}, {"channel", channels}, {"height", height}, {"width", width}}};
        inputs_ = "input images: " + type(images.axes) + "\n";
        values_.push_back(images);
        for (int step = 0; step < steps; ++step) {
            layer();
        }
        loss();
        return "ricci 1 model drawn\n" + inputs_ + body_;
    }

  private:
    int pick(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }

    std::string type(const std::vector<AxisText>& axes) {
        std::vector<std::string> parts;
        for (const AxisText& axis : axes) {
            parts.push_back(axis.kind + " " + (axis.extent == 0 ? "?" : std::to_string(axis.extent)));
        }
        return fmt::format("f64[{}]", fmt::join(parts, ", "));
    }

    static std::string read(const ValueText& value, const At& at = kPlain) {
        std::vector<std::string> parts;
        for (const AxisText& axis : value.axes) parts.push_back(at.at(axis.kind));
        return fmt::format("{}[{}]", value.name, fmt::join(parts, ", "));
    }

    static int extent(const ValueText& value, std::string_view kind) {
        for (const AxisText& axis : value.axes) {
            if (axis.kind == kind) return axis.extent;
        }
        return 0;
    }

    std::string parameter(const std::string& axes) {
        std::string name = fmt::format("w{}", values_.size());
        inputs_ += fmt::format("parameter {}: f64[{}] = uniform(-0.5, 0.5)\n", name, axes);
        return name;
    }

    void add(std::vector<AxisText> axes, const std::string& right, const std::string& tag = "") {
        ValueText value{fmt::format("v{}", values_.size()), std::move(axes)};
        body_ += fmt::format("{}: {}\n{} = {}{}\n", value.name, type(value.axes), read(value), right, tag);
        values_.push_back(std::move(value));
    }

    void layer() {
        const int last = static_cast<int>(values_.size()) - 1;
        const ValueText from = values_[static_cast<std::size_t>(pick(0, 3) == 0 ? pick(0, last) : last)];
        const bool image = extent(from, "channel") > 0;
        switch (pick(0, image ? 7 : 3)) {
            case 0: return pointwise(from);
            case 1: return residual(from);
            case 2: return bias(from);
            case 3: return image ? flatten(from) : linear(from);
            case 4:
            case 5: return convolution(from);
            case 6: return pooling(from);
            default: return transposition(from);
        }
    }

    void pointwise(const ValueText& from) {
        static constexpr const char* kBodies[] = {"tanh({0})", "max({0}, 0)", "exp(-abs({0}))", "{0} * {0} + 1 * {0}",
                                                  "select({0} > 0, {0}, 0.1 * {0})", "pow({0}, 3) - 0"};
        add(from.axes, fmt::format(fmt::runtime(kBodies[pick(0, 5)]), read(from)));
    }

    /// With the last value of the same axes, which may be the same value.
    void residual(const ValueText& from) {
        const ValueText* other = &from;
        for (const ValueText& value : values_) {
            if (value.axes == from.axes) other = &value;
        }
        add(from.axes, fmt::format("{} {} {}", read(from), pick(0, 1) == 0 ? "+" : "*", read(*other)));
    }

    void bias(const ValueText& from) {
        const std::string kind = extent(from, "channel") > 0 ? "channel" : "feature";
        const std::string name = parameter(fmt::format("{} {}", kind, extent(from, kind)));
        add(from.axes, fmt::format("{} + {}[{}]", read(from), name, kPlain.at(kind)));
    }

    void flatten(const ValueText& from) {
        const int count = extent(from, "channel") * extent(from, "height") * extent(from, "width");
        ValueText value{fmt::format("v{}", values_.size()), {{"batch", 0}, {"feature", count}}};
        body_ += fmt::format("{}: {}\n{}[b, (c, y, x)] = {}\n", value.name, type(value.axes), value.name, read(from));
        values_.push_back(value);
    }

    void linear(const ValueText& from) {
        const int out = pick(1, 4);
        const std::string name = parameter(fmt::format("feature {}, feature {}", out, extent(from, "feature")));
        At at = kPlain;
        at["feature"] = "g";
        add({{"batch", 0}, {"feature", out}},
            fmt::format("sum(g: feature {}) {} * {}[f, g]", extent(from, "feature"), read(from, at), name));
    }

    struct Reach {
        int stride, pad, dilation, taps, out;
    };

    /// A window that gives at least one position along an axis of that extent.
    Reach window(int axis) {
        Reach w{pick(1, 2), pick(0, 1), pick(1, 2), pick(1, 3), 0};
        if (w.dilation * (w.taps - 1) + 1 > axis + 2 * w.pad) w.dilation = w.taps = 1;
        if (w.taps == 1) w.pad = 0;  // or the maximum of a window may be of no element at all
        w.out = (axis + 2 * w.pad - w.dilation * (w.taps - 1) - 1) / w.stride + 1;
        return w;
    }

    static std::string reach(const Reach& w, const std::string& position, const std::string& tap) {
        return fmt::format("{}*{} + {}*{} - {}", w.stride, position, w.dilation, tap, w.pad);
    }

    std::vector<AxisText> windowed(const ValueText& from, int channels, const Reach& h, const Reach& w) {
        std::vector<AxisText> axes = from.axes;
        for (AxisText& axis : axes) {
            if (axis.kind == "channel") axis.extent = channels;
            if (axis.kind == "height") axis.extent = h.out;
            if (axis.kind == "width") axis.extent = w.out;
        }
        return axes;
    }

    void convolution(const ValueText& from) {
        const int in = extent(from, "channel");
        const int out = pick(1, 3);
        const Reach h = window(extent(from, "height"));
        const Reach w = window(extent(from, "width"));
        const std::string name =
            parameter(fmt::format("channel {}, channel {}, tap_h {}, tap_w {}", out, in, h.taps, w.taps));
        At at = kPlain;
        at["channel"] = "i";
        at["height"] = reach(h, "y", "dy");
        at["width"] = reach(w, "x", "dx");
        add(windowed(from, out, h, w),
            fmt::format("sum(i: channel {}, dy: tap_h {}, dx: tap_w {}) pad({}, 0) * {}[c, i, dy, dx]", in, h.taps,
                        w.taps, read(from, at), name),
            "  @conv2d");
    }

    void pooling(const ValueText& from) {
        const Reach h = window(extent(from, "height"));
        const Reach w = window(extent(from, "width"));
        At at = kPlain;
        at["height"] = reach(h, "y", "dy");
        at["width"] = reach(w, "x", "dx");
        const bool average = pick(0, 1) == 0;
        add(windowed(from, extent(from, "channel"), h, w),
            fmt::format("{}(dy: tap_h {}, dx: tap_w {}) {}pad({}, {})", average ? "sum" : "max", h.taps, w.taps,
                        average ? "0.25 * " : "", read(from, at), average ? "0" : "-inf"),
            average ? "  @avg_pool2d" : "  @max_pool2d");
    }

    void transposition(const ValueText& from) {
        std::vector<AxisText> axes = from.axes;
        std::shuffle(axes.begin(), axes.end(), engine_);
        add(std::move(axes), read(from));
    }

    /// Mean over the samples of the sum of squares of the last value.
    void loss() {
        const ValueText& last = values_.back();
        std::vector<std::string> over;
        for (const AxisText& axis : last.axes) {
            over.push_back(fmt::format("{}: {} {}", kPlain.at(axis.kind), axis.kind,
                                       axis.extent == 0 ? "?" : std::to_string(axis.extent)));
        }
        const std::string name = parameter("");
        body_ += fmt::format("loss: f64[]\nloss[] = sum({0}) {2}[] * {1} * {1} / f64(extent(b))\n",
                             fmt::join(over, ", "), read(last), name);
        body_ += fmt::format("output last = {}\noutput loss\n", last.name);
        body_ += "train loss with sgd(learning_rate = 0.1, momentum = 0.9)\n";
    }

    std::mt19937_64 engine_;
    std::string inputs_;
    std::string body_;
    std::vector<ValueText> values_;
};

}  // namespace

std::string random_model(std::uint64_t seed, int steps) { return Writer(seed).write(steps); }

}  // namespace ricci::passes::testing
