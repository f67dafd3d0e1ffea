// LeNet-5 of 1998: sparse connections as convolutions along the channels, and an output of distances.
#include "ricci/lenet5_1998.h"

#include <array>
#include <string_view>

#include "frontend/models/classifier_parts.h"
#include "ir/base/error.h"
#include "ricci/arithmetic.h"
#include "ricci/notation.h"
#include "ricci/pieces.h"

namespace ricci {
namespace {

constexpr std::int64_t kCodeRows = 12, kCodeColumns = 7;

/// The digits as bitmaps of 7 columns and 12 rows, in the manner of the paper's figure 3.
constexpr std::array<std::string_view, 10> kCodes = {
    ".......  ..###..  .##.##.  ##...##  ##...##  ##...##  ##...##  ##...##  ##...##  .##.##.  ..###..  .......",
    ".......  ...##..  ..###..  .####..  ...##..  ...##..  ...##..  ...##..  ...##..  ...##..  .######  .......",
    ".......  .#####.  ##...##  ##...##  .....##  ....##.  ...##..  ..##...  .##....  ##.....  #######  .......",
    ".......  .#####.  ##...##  .....##  .....##  ..####.  .....##  .....##  .....##  ##...##  .#####.  .......",
    ".......  ....##.  ...###.  ..####.  .##.##.  ##..##.  #######  ....##.  ....##.  ....##.  ....##.  .......",
    ".......  #######  ##.....  ##.....  ######.  .....##  .....##  .....##  .....##  ##...##  .#####.  .......",
    ".......  ..####.  .##....  ##.....  ##.....  ######.  ##...##  ##...##  ##...##  ##...##  .#####.  .......",
    ".......  #######  .....##  .....##  ....##.  ....##.  ...##..  ...##..  ..##...  ..##...  ..##...  .......",
    ".......  .#####.  ##...##  ##...##  ##...##  .#####.  ##...##  ##...##  ##...##  ##...##  .#####.  .......",
    ".......  .#####.  ##...##  ##...##  ##...##  .######  .....##  .....##  .....##  ....##.  .####..  .......",
};

std::vector<Number> codes() {
    std::vector<Number> numbers;
    for (std::string_view code : kCodes) {
        for (char point : code) {
            if (point != ' ') numbers.emplace_back(point == '#' ? 1 : -1);
        }
    }
    return numbers;
}

Tensor squash(const Tensor& x) {
    return 1.7159 * tanh(2.0 / 3 * x);
}

/// Each map times a factor of its own, summed over 2 x 2 points, plus a bias of its own.
Tensor subsample(Model& m, const Tensor& x, const std::string& name, std::int64_t channels) {
    Tensor factor = m.parameter(name + ".factor", x.dtype(), {channel(channels)}, uniform(0.2, 0.3));
    Tensor bias = m.parameter(name + ".bias", x.dtype(), {channel(channels)}, zeros());
    return squash(avg_pool2d(x, {.window = 2}) * 4 * factor + bias);
}

/// Table I of the paper. Maps 0 to 5 see three maps in a row, beginning at each map and going round. Maps 6 to 11 see four in
/// a row, 12 to 14 two pairs with a gap between them, and the last sees all. So each group is a convolution along the channels.
Tensor connected(Model& m, const Tensor& x) {
    const DType dtype = x.dtype();
    // Going round: the first three maps again behind the last.
    const Tensor round = concat({x, slice(x, channel, {.stop = 3})}, channel);
    const bool channels_last = x.type().axes.back().kind == Kind(channel);
    const Index b("b"), y("y"), z("z"), dy("dy"), dz("dz");
    const auto at = [&](const Tensor& t, const Position& c, const Position& row, const Position& column) {
        return channels_last ? t[b, row, column, c] : t[b, c, row, column];
    };
    const auto group = [&](int number, std::int64_t maps, std::int64_t outer, std::int64_t inner) {
        const std::string name = "c3." + std::to_string(number);
        const Kind tap = Kind(channel).tap();
        const Index o("o", channel(maps)), r("r", Axis{tap, outer}), s("s", Axis{tap, inner});
        Tensor kernel = m.parameter(name + ".kernel", dtype,
                                    {channel(maps), Axis{tap, outer}, Axis{tap, inner}, tap_h(5), tap_w(5)}, fan_in_uniform());
        Tensor made = m.tensor(name);
        at(made, o, y, z) = sum(r, s, dy, dz)(kernel[o, r, s, dy, dz] * at(round, o + 3 * r + s, y + dy, z + dz));
        return made;
    };
    const Tensor maps = concat({group(1, 6, 1, 3), group(2, 6, 1, 4), group(3, 3, 2, 2), group(4, 1, 1, 6)}, channel);
    return maps + m.parameter("c3.bias", dtype, {channel(16)}, zeros());
}

}  // namespace

Classifier lenet5_1998(const ImageModelOptions& options) {
    const ImageModelOptions o = detail::with_sizes("lenet5-1998", options, {1, 32, 10});
    if (o.channels != 1 || o.height != 32 || o.width != 32 || o.classes != 10) {
        user_error("lenet5-1998: {} channels of {} x {} and {} classes are asked for; it has 1 of 32 x 32 and 10", o.channels,
                   o.height, o.width, o.classes);
    }
    Model m("lenet5_1998");
    const detail::ImageInputs in = detail::image_inputs(m, o);
    Tensor h = squash(conv2d(in.images, {.out = 6, .kernel = 5, .name = "c1"}));
    h = subsample(m, h, "s2", 6);
    h = subsample(m, squash(connected(m, h)), "s4", 16);
    h = squash(conv2d(h, {.out = 120, .kernel = 5, .name = "c5"}));
    h = squash(linear(flatten(h), kCodeRows * kCodeColumns, {.name = "f6"}));

    const Tensor code = m.constant("codes", o.dtype, {classes(10), feature(kCodeRows * kCodeColumns)}, codes());
    const Index b("b"), k("k"), f("f");
    Tensor distance = m.tensor("distance");
    distance[b, k] = sum(f)((h[b, f] - code[k, f]) * (h[b, f] - code[k, f]));
    Tensor logits = -distance;
    // Equation 9: the distance of the right class is to be small, and that of all others large. exp(-0.1) keeps what is far
    // away already from counting.
    Tensor each = m.tensor("penalty");
    each[b] = sum(k)(select(in.labels[b] == Term(k), distance[b, k], 0)) + log(0.9048374180359595 + sum(k)(exp(-distance[b, k])));
    Tensor loss = mean(each);
    Tensor predicted = argmax(logits, classes);
    m.output("logits", logits);
    m.output("loss", loss);
    m.output("predicted", predicted);
    return {std::move(m), in.images, in.labels, logits, loss, predicted};
}

}  // namespace ricci
