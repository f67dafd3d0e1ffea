/// \file tests/frontend/refused_notation.cpp
/// Equations that must be refused, each with its exact message; above all mix-ups that equal extents would hide.
#include "ricci/model.h"
#include "ricci/notation.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class RefusedNotation : public testing::Test {
  protected:
    Model m{"notation"};
    Tensor images = m.input("images", f32, {batch(), height(28), width(28), channel(3)});
    Tensor labels = m.input("labels", i32, {batch()});
    Tensor scores = m.input("scores", f32, {batch(), classes(10)});
    Tensor hidden = m.input("hidden", f32, {batch(), feature(10)});
    Tensor kernel = m.parameter("kernel", f32, {channel(8), tap_h(5), tap_w(5), channel(3)});
    Tensor weight = m.parameter("weight", f32, {classes(10), feature(10)});
    Tensor bias = m.parameter("bias", f32, {channel(8)}, zeros());
    Tensor out = m.tensor("out");
    Index b{"b", batch}, y{"y", height}, x{"x", width}, n{"n", channel}, i{"i", channel}, dy{"dy"}, dx{"dx"};
    Index k{"k", classes}, f{"f", feature};
};

TEST_F(RefusedNotation, MixUpsOfEqualExtents) {
    expect_refused(
        "height for width at 28 x 28", [&] { out[b, y, x, i] = images[b, x, y, i]; },
        "out[b, y, x, i]: index x has kind width, but axis 1 of images is height (both 28); did you mean y?");
    expect_refused(
        "height for width, kinds not said",
        [&] {
            Index p("p"), q("q");
            out[b, p, q, i] = images[b, p, q, i] + images[b, q, p, i];
        },
        "out[b, p, q, i]: index q has kind width, but axis 1 of images is height (both 28); did you mean p?");
    expect_refused(
        "height for channel", [&] { out[b, y] = images[b, y, x, y]; },
        "out[b, y]: index y has kind height, but axis 3 of images is channel (28 and 3)");
    expect_refused(
        "class for feature", [&] { out[b, k] = weight[k, k] * hidden[b, k]; },
        "out[b, k]: index k has kind class, but axis 1 of weight is feature (both 10)");
    expect_refused(
        "a weight the wrong way round", [&] { out[b, k] = sum(f)(weight[f, k] * hidden[b, f]); },
        "out[b, k]: index f has kind feature, but axis 0 of weight is class (both 10); did you mean k?");
    expect_refused(
        "tap for position",
        [&] {
            Index r("r", tap_h(28));
            out[b, r] = images[b, r, x, i];
        },
        "out[b, r]: index r has kind tap_h, but axis 1 of images is height (both 28); a tap is added to a position, as "
        "in y + r");
    expect_refused(
        "tap_h along the width", [&] { out[b, y, x, n] = kernel[n, dy, dx, i] * images[b, y + dx, x + dy, i]; },
        "out[b, y, x, n]: index dx has kind tap_w, but axis 1 of images is height (5 and 28); did you mean y?");
    expect_refused(
        "the batch as a class", [&] { out[b] = scores[b, b]; },
        "out[b]: index b has kind batch, but axis 1 of scores is class (? and 10)");
    expect_refused(
        "a position added to a position", [&] { out[b, y] = images[b, y + x, x, i]; },
        "out[b, y]: index x has kind width, but axis 1 of images is height (both 28); did you mean y?");
}

TEST_F(RefusedNotation, Shapes) {
    expect_refused(
        "too few indices", [&] { out[b, k] = scores[k]; },
        "out[b, k]: scores has 2 axes, but 1 index expression stands here; its type is f32[batch ?, class 10]");
    expect_refused(
        "too many indices", [&] { out[b] = labels[b, k] + 1; },
        "out[b]: labels has 1 axis, but 2 index expressions stand here; its type is i32[batch ?]");
    expect_refused(
        "extents that differ", [&] { out[b, n] = bias[n] * images[b, y, x, n]; },
        "out[b, n]: index n is 8 in bias (axis 0, channel) but 3 in images (axis 3, channel)");
    expect_refused(
        "a kernel larger than the image",
        [&] {
            Index r("r", tap_h(40));
            out[b, y, x, i] = sum(r)(images[b, y + r, x, i]);
        },
        "out[b, y, x, i]: index y has no room: y + r does not fit into axis 1 of images (height 28)");
    expect_refused(
        "a read before the first element",
        [&] {
            Index r("r", tap_h(3));
            out[b, y, x, i] = sum(r)(images[b, y + r - 1, x, i]);
        },
        "out[b, y, x, i]: y + r - 1 on axis 1 of images (height 28) runs from -1 to 27, before the first element; "
        "pad(images[...], 0) reads 0 there");
    expect_refused(
        "a declared extent that goes outside",
        [&] {
            Index long_y("y", height(30));
            out[b, long_y, x, i] = images[b, long_y, x, i];
        },
        "out[b, y, x, i]: index y is declared 30 but 28 in images (axis 1, height)");
    expect_refused(
        "an index of nothing", [&] { out[b, n, y] = scores[b, k] * bias[n]; },
        "out[b, n, y]: extent of index y is not determined by any use; declare it, as in where y: height 2");
    expect_refused(
        "an extent that nothing says",
        [&] {
            Index r("r", tap_h);
            out[b, y, x, i] = sum(r)(images[b, y + r, x, i]);
        },
        "out[b, y, x, i]: extent of index y is not determined by any use; declare it, as in where y: height 2");
    expect_refused(
        "indices multiplied", [&] { out[b, y] = images[b, y * y, x, i]; },
        "out[b, y]: y*y multiplies two indices; an index is only scaled by an integer");
}

TEST_F(RefusedNotation, Types) {
    expect_refused(
        "an integer added to a float", [&] { out[b, k] = scores[b, k] + labels[b]; },
        "out[b, k]: add: labels is i32 but meets f32; write f32(...) around one of them");
    expect_refused(
        "a fraction compared with an integer", [&] { out[b] = select(labels[b] == 0.5, 1.0, 0.0); },
        "out[b]: the number 0.5 meets an i32; write f32(...) around the integers");
    expect_refused(
        "exp of an integer", [&] { out[b] = exp(labels[b]); },
        "out[b]: exp takes floating-point numbers but meets i32; write f32(...) around its argument");
    expect_refused(
        "a select on a number", [&] { out[b, k] = select(scores[b, k], 1, scores[b, k]); },
        "out[b, k]: select: scores is f32 but meets bool; write bool(...) around one of them");
    expect_refused(
        "f64 with f32",
        [&] {
            Tensor wide = m.input("wide", f64, {batch(), classes(10)});
            out[b, k] = scores[b, k] * wide[b, k];
        },
        "out[b, k]: mul: wide is f64 but meets f32; write f32(...) around one of them");
}

TEST_F(RefusedNotation, Declarations) {
    expect_refused(
        "an index without a name", [] { Index("", height); },
        "index \"\": a name is letters, digits and '_', from a letter on");
    expect_refused(
        "an index with a dot", [] { Index("conv1.y", height); },
        "index \"conv1.y\": a name is letters, digits and '_', from a letter on");
    expect_refused(
        "an index of extent 0",
        [] {
            Index("y", Axis{height, 0});
        },
        "index \"y\": height 0; an extent is at least 1");
    expect_refused(
        "one name for two kinds",
        [&] {
            Index other("y", width);
            out[b, y, other, i] = images[b, y, other, i];
        },
        "index y is declared as height and as width; give the two indices different names");
    expect_refused(
        "one name for two extents",
        [&] {
            Index r("r", tap_h(3)), s("r", tap_h(5));
            out[b, y, x, i] = sum(r)(images[b, y + s, x, i]);
        },
        "index r is declared with extent 3 and with extent 5; give the two indices different names");
    expect_refused(
        "a reduction over an index that the body does not use", [&] { out[b] = sum(y)(scores[b, k]); },
        "sum over y: the body does not use y; leave it out or index with it");
    expect_refused(
        "two equations for one tensor",
        [&] {
            Tensor once = m["once"];
            once[b] = scores[b, k];
            once[b] = scores[b, k];
        },
        "once has an equation already (refused_notation.cpp:#); use m.tensor(\"...\") for a new value");
    expect_refused(
        "an equation for an input", [&] { scores[b, k] = scores[b, k] + 1; },
        "scores is an input and cannot be given an equation; use m.tensor(\"...\") for a new value");
    expect_refused(
        "an equation for a parameter", [&] { bias[n] += kernel[n, dy, dx, i]; },
        "bias is a parameter and cannot be given an equation; use m.tensor(\"...\") for a new value");
    expect_refused(
        "a tensor of itself", [&] { out[b, k] = scores[b, k] + out[b, k]; },
        "out: out is read but has no equation yet; give it one first, out[...] = ...");
    expect_refused(
        "a tensor of another model",
        [&] {
            Model other("other");
            out[b, k] = scores[b, k] + other.input("z", f32, {batch(), classes(10)})[b, k];
        },
        "out: scores belongs to model \"notation\" but z belongs to model \"other\"");
    expect_refused(
        "an element of nothing", [&] { out[b, k] = Tensor()[b, k]; },
        "an element of a tensor without a value; assign it from a model first");
}

}  // namespace
}  // namespace ricci::test
