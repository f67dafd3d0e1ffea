// Binding ops to operands: layouts, broadcasting, families of attributes, and what is refused, with the exact message.
#include <gtest/gtest.h>

#include <random>

#include "ir/interpret/interpreter.h"
#include "ir/ops/call/instantiate.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "tests/seed.h"

namespace ricci::ir {
namespace {

Graph model(const std::string& lines) {
    return parse("ricci 1 model m\n" + lines, "m.ein");
}

std::string equation(const std::string& lines) {
    Graph graph = model(lines + "\noutput y\n");
    return to_string(graph.value(graph.find("y")).type) + " " + print(graph, graph.equations.back());
}

std::string refusal(const std::string& lines) {
    try {
        return "accepted: " + print(model(lines + "\n"));
    } catch (const UserError& error) {
        return error.what();
    }
}

TEST(Instantiate, TakesAnyOrderOfAxes) {
    EXPECT_EQ(equation("input x: f32[batch 2, height 8, width 9, channel 3]\n"
                       "input w: f32[channel 4, tap_h 3, tap_w 2, channel 3]\n"
                       "y = conv2d(x, w, stride_h = 2)"),
              "f32[batch 2, height 3, width 8, channel 4] y[b, y, x, o] = sum(i: channel 3, dy: tap_h 3, dx: tap_w 2) "
              "x[b, 2*y + dy, x + dx, i] * w[o, dy, dx, i]  @conv2d");
    EXPECT_EQ(equation("input x: f32[feature 5, batch 2]\ninput w: f32[feature 5, class 4]\ny = linear(x, w)"),
              "f32[class 4, batch 2] y[o, b] = sum(i: feature 5) x[i, b] * w[i, o]  @linear");
}

TEST(Instantiate, GivesTheSameFeaturesForAnyLayout) {
    EXPECT_EQ(equation("input x: f32[batch ?, height 4, width 5, channel 3]\ny = flatten(x)"),
              "f32[batch ?, feature 60] y[b, (c, y, x)] = x[b, y, x, c] where c: channel 3, y: height 4, x: width 5  "
              "@flatten");
}

TEST(Instantiate, SetsAFamilyOfAttributesAtOnce) {
    EXPECT_EQ(equation("input x: f32[batch 1, channel 1, height 9, width 9]\ninput w: f32[channel 1, channel 1, tap_h "
                       "3, tap_w 3]\n"
                       "y = conv2d(x, w, stride = 2, pad = 1, stride_w = 1, pad_left = 0)"),
              "f32[batch 1, channel 1, height 5, width 8] y[b, o, y, x] = sum(i: channel 1, dy: tap_h 3, dx: tap_w 3) "
              "pad(x[b, i, 2*y + dy - 1, x + dx], 0) * w[o, i, dy, dx]  @conv2d");
}

TEST(Instantiate, RepeatsAnExtentOfOne) {
    EXPECT_EQ(equation("input a: f32[batch 2, channel 3, height 1]\ninput b: f32[height 4, channel 1]\ny = sub(a, b)"),
              "f32[batch 2, channel 3, height 4] y[b, c, y] = a[b, c, 0] - b[y, 0]  @sub");
}

TEST(Instantiate, CountsTheOpenBatchWhenCalled) {
    EXPECT_EQ(equation("input x: f32[batch ?, height 4]\ny = mean(x)"),
              "f32[] y[] = sum(b: batch ?, y: height 4) x[b, y] / f32(extent(b) * 4)  @mean");
}

TEST(Instantiate, NamesTheValuesInBetweenAfterTheResult) {
    Graph graph =
        model("input z: f32[batch ?, class 4]\np = softmax(z, over = class)\nq = softmax(z, over = class)\noutput q\n");
    EXPECT_NE(graph.find("p.total"), ValueId());
    EXPECT_NE(graph.find("q.total"), ValueId());
}

TEST(Instantiate, LeavesTheGraphAsItWasOnRefusal) {
    Graph graph = model("input z: f32[batch ?, class 4]\ninput t: f64[batch ?, class 4]\n");
    EXPECT_THROW(instantiate(graph, {.op = "mse", .operands = {0, 1}}), UserError);
    EXPECT_THROW(instantiate(graph, {.op = "softmax", .operands = {0}}), UserError);
    EXPECT_EQ(graph.values.size(), 2u);
    EXPECT_TRUE(graph.equations.empty());
}

/// Reads input[permuted] for `input` with its axes reversed.
Array reversed(const Array& array) {
    Array result{.extents = {array.extents.rbegin(), array.extents.rend()}, .elements = {}};
    result.elements.resize(array.elements.size());
    for (std::size_t i = 0; i < array.elements.size(); ++i) {
        std::size_t rest = i;
        std::size_t to = 0;
        std::size_t stride = array.elements.size();
        for (std::size_t axis = array.extents.size(); axis-- > 0;) {
            std::size_t extent = static_cast<std::size_t>(array.extents[axis]);
            stride /= extent;
            to += rest % extent * stride;
            rest /= extent;
        }
        result.elements[to] = array.elements[i];
    }
    return result;
}

TEST(Instantiate, GivesTheSameValuesInReversedLayouts) {
    const std::string chain =
        "c = conv2d(x, w, stride_h = 2, pad_left = 1)\nn = bias_add(c, v)\np = max_pool2d(n, window = 2, stride = 1)\n"
        "s = softmax(p, over = channel)\nf = flatten(s)\ny = mean(f, over = feature)\noutput y\n";
    const std::string kernel = "input w: f64[channel 3, channel 2, tap_h 2, tap_w 3]\ninput v: f64[channel 3]\n";
    Graph forward = model("input x: f64[batch 2, channel 2, height 6, width 5]\n" + kernel + chain);
    Graph backward = model("input x: f64[width 5, height 6, channel 2, batch 2]\n" + kernel + chain);
    std::mt19937_64 random(test::seed());
    std::uniform_real_distribution<double> number(-1, 1);
    Arrays given;
    for (const Value& value : forward.values) {
        if (value.role != Role::input) continue;
        Array array;
        for (const Axis& axis : value.type.axes) array.extents.push_back(axis.extent);
        for (std::int64_t i = 0; i < value.type.count(); ++i) array.elements.push_back(number(random));
        given[value.name] = std::move(array);
    }
    Arrays permuted = given;
    permuted["x"] = reversed(given["x"]);
    std::vector<double> a = interpret(forward, given).at("y").elements;
    std::vector<double> b = interpret(backward, permuted).at("y").elements;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-14);
}

const std::string kImages = "input x: f32[batch 2, channel 6, height 4, width 4]\n";

TEST(RefusedOp, ChannelsThatDiffer) {
    EXPECT_EQ(refusal("input pool1: f32[batch 2, channel 6, height 4, width 4]\n"
                      "parameter w: f32[channel 8, channel 3, tap_h 3, tap_w 3]\nconv2 = conv2d(pool1, w)"),
              "m.ein:4: conv2d \"conv2\": x (pool1) has 6 channels (axis 1) but w expects 3 (axis 1), groups = 1");
}

TEST(RefusedOp, GroupsThatDoNotDivide) {
    EXPECT_EQ(refusal(kImages + "input w: f32[channel 5, channel 3, tap_h 3, tap_w 3]\ny = conv2d(x, w, groups = 2)"),
              "m.ein:4: conv2d \"y\": w gives 5 channels (axis 0), which groups = 2 does not divide");
}

TEST(RefusedOp, AKernelLargerThanTheImage) {
    EXPECT_EQ(
        refusal(kImages + "input w: f32[channel 5, channel 6, tap_h 5, tap_w 3]\ny = conv2d(x, w)"),
        "m.ein:4: conv2d \"y\": a kernel of 5 rows, 5 with its dilation, does not fit into x: height 4, pad_top 0, "
        "pad_bottom 0");
}

TEST(RefusedOp, PoolingWindowsThatDoNotFit) {
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x, window = 5)"),
              "m.ein:3: max_pool2d \"y\": windows of 5 rows do not fit into x: height 4, pad_top 0, pad_bottom 0");
    EXPECT_EQ(refusal(kImages + "y = avg_pool2d(x, window = 2, pad = 2)"),
              "m.ein:3: avg_pool2d \"y\": padding of 2 rows is more than half a window of 2");
}

TEST(RefusedOp, ImagesWhereFeaturesBelong) {
    EXPECT_EQ(refusal(kImages + "input w: f32[feature 3, feature 96]\nfc1 = linear(x, w)"),
              "m.ein:4: linear \"fc1\": x has no feature axis, its type is f32[batch 2, channel 6, height 4, width 4]; "
              "linear "
              "takes x[..., feature]; flatten gives one: flatten(x)");
    EXPECT_EQ(refusal("input z: f32[batch 2, channel 96]\ninput w: f32[feature 3, feature 96]\nfc1 = linear(z, w)"),
              "m.ein:4: linear \"fc1\": x (z) has no feature axis, its type is f32[batch 2, channel 96]; linear takes "
              "x[..., feature]; flatten gives one: flatten(x)");
}

TEST(RefusedOp, FeaturesWhereImagesBelong) {
    EXPECT_EQ(
        refusal("input z: f32[batch 2, feature 96]\nq = max_pool2d(z, window = 2)"),
        "m.ein:3: max_pool2d \"q\": x (z) has no channel axis, its type is f32[batch 2, feature 96]; max_pool2d takes "
        "x[batch, channel, height, width]");
}

TEST(RefusedOp, AnAxisTooMany) {
    EXPECT_EQ(refusal("input z: f32[batch 2, channel 1, time 3, height 4, width 4]\nq = max_pool2d(z, window = 2)"),
              "m.ein:3: max_pool2d \"q\": x (z) has a time axis too many (axis 2); max_pool2d takes x[batch, channel, "
              "height, "
              "width]");
}

TEST(RefusedOp, FeaturesOfAnotherExtent) {
    EXPECT_EQ(refusal("input z: f32[batch 2, feature 96]\ninput w: f32[feature 3, feature 84]\nfc1 = linear(z, w)"),
              "m.ein:4: linear \"fc1\": w has feature 84 (axis 1) but x (z) has feature 96 (axis 1)");
}

TEST(RefusedOp, SoftmaxOverTheBatch) {
    EXPECT_EQ(refusal("input z: f32[batch 10, class 10]\np = softmax(z, over = batch)"),
              "m.ein:3: softmax \"p\": softmax over batch of x (f32[batch 10, class 10]): it mixes the samples; over = "
              "class is "
              "the axis of the classes; if the batch is meant, write it with indices");
    EXPECT_EQ(
        refusal("input z: f32[batch 10, class 10]\np = argmax(z, over = batch)"),
        "m.ein:3: argmax \"p\": argmax over batch of x (f32[batch 10, class 10]): it compares the samples; if that is "
        "meant, write it with indices, as in y[c] = argmax(b) x[b, c]");
}

TEST(RefusedOp, MeanOverTheBatchOfMore) {
    EXPECT_EQ(
        refusal("input z: f32[batch 10, class 10]\np = mean(z, over = batch)"),
        "m.ein:3: mean \"p\": mean over batch of x (f32[batch 10, class 10]): it mixes the samples; if that is meant, "
        "write it with indices, as in y[c] = sum(b) x[b, c] / f32(extent(b))");
    EXPECT_TRUE(refusal("input x: f32[batch 10, class 10]\ny[c] = sum(b) x[b, c] / f32(extent(b))").starts_with("accepted"));
}

TEST(RefusedOp, AKindThatIsNotThere) {
    EXPECT_EQ(refusal("input z: f32[batch 10, class 10]\np = softmax(z, over = channel)"),
              "m.ein:3: softmax \"p\": x (z) has no channel axis to go over; its type is f32[batch 10, class 10]");
    EXPECT_EQ(refusal("input z: f32[batch 10, class 10]\np = softmax(z)"),
              "m.ein:3: softmax \"p\": softmax needs the kind that it goes over, as in over = class");
    EXPECT_EQ(refusal("input z: f32[batch 10, class 10]\np = relu(z, over = class)"),
              "m.ein:3: relu \"p\": relu takes no kind to go over");
}

TEST(RefusedOp, ExtentsThatAreNotRepeated) {
    EXPECT_EQ(refusal("input p: f32[batch 2, channel 3]\ninput q: f32[channel 2]\nr = add(p, q)"),
              "m.ein:4: add \"r\": a (p) has channel 3 (axis 1) but b (q) has channel 2 (axis 0); only an extent of 1 "
              "is repeated");
}

TEST(RefusedOp, LabelsThatAreNotIntegers) {
    EXPECT_EQ(
        refusal("input z: f32[batch 2, class 3]\ninput labels: f32[batch 2]\nl = softmax_cross_entropy(z, labels)"),
        "m.ein:4: softmax_cross_entropy \"l\": labels is f32; its numbers are i32 or i64");
}

TEST(RefusedOp, TypesThatMeet) {
    EXPECT_EQ(refusal("input p: f32[batch 2]\ninput q: f64[batch 2]\nr = add(p, q)"),
              "m.ein:4: add \"r\": add: b (q) is f64 but meets f32; write f32(...) around one of them");
}

TEST(RefusedOp, NamesThatAreNotKnown) {
    EXPECT_EQ(refusal(kImages + "y = rellu(x)"), "m.ein:3: unknown op \"rellu\"; did you mean relu?");
    EXPECT_EQ(refusal(kImages + "y = backwards(x)"),
              "m.ein:3: unknown op \"backwards\"; ricci opt --list-ops names the ops");
    EXPECT_EQ(refusal(kImages + "y = leaky_relu(x, slop = 1)"),
              "m.ein:3: leaky_relu \"y\": leaky_relu has no attribute slop; it has slope");
    EXPECT_EQ(refusal(kImages + "y = relu(x, slope = 1)"),
              "m.ein:3: relu \"y\": relu has no attribute slope; it has none");
}

TEST(RefusedOp, AttributesOutOfRange) {
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x)"),
              "m.ein:3: max_pool2d \"y\": max_pool2d needs window_h: rows of a window");
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x, window = 0)"),
              "m.ein:3: max_pool2d \"y\": window_h is 0; at least 1 is needed");
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x, window = 1.5)"),
              "m.ein:3: max_pool2d \"y\": window_h is 1.5; an integer is needed");
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x, window = 3000000000)"),
              "m.ein:3: max_pool2d \"y\": window_h is 3000000000; at most 1000000000 is allowed");
    EXPECT_EQ(refusal(kImages + "y = max_pool2d(x, window = 2, pad_top = -3000000000)"),
              "m.ein:3: max_pool2d \"y\": pad_top is -3000000000; at least 0 is needed");
}

TEST(RefusedOp, AWrongNumberOfOperands) {
    EXPECT_EQ(refusal(kImages + "y = conv2d(x)"), "m.ein:3: conv2d \"y\": conv2d takes 2 operands (x, w), got 1");
}

}  // namespace
}  // namespace ricci::ir
