// Pointwise ops: one scalar function applied to each element. Bodies may call them too: relu(x[i] + 1).
#include "ir/ops/entries/entries.h"

namespace ricci::ir {

Op pointwise(std::string name, std::string summary, const std::string& body, std::vector<OpAttribute> attributes,
             std::string source) {
    return {.name = std::move(name),
            .summary = std::move(summary),
            .signature = {"x[...]"},
            .equations = "y[...] = " + body,
            .attributes = std::move(attributes),
            .source = std::move(source),
            .examples = {"x: f32[batch 2, channel 3, height 4, width 5]", "x: f64[feature 7]", "x: f32[]"}};
}

void add_pointwise_ops(std::vector<Op>& table) {
    auto add = [&](Op op) { table.push_back(std::move(op)); };
    for (const ScalarFunction& scalar : scalar_functions()) {
        const std::string name(scalar.name);
        const std::string source(info(scalar.function).source);
        add(pointwise(name, std::string(scalar.meaning), name + "(x[...])", {}, source));
    }
    add(pointwise("neg", "the negative", "-x[...]"));
    add(pointwise("rsqrt", "one over the square root", "1 / sqrt(x[...])"));
    add(pointwise("reciprocal", "one over the value", "1 / x[...]"));
    add(pointwise("square", "the value times itself", "x[...] * x[...]"));
    // Points on the unit circle: near 1 and -1, 1 - x and 1 + x have all digits, where 1 - x * x has not. With a root for
    // each, the slope there is infinite and not nan.
    const std::string other = "sqrt(1 - x[...]) * sqrt(1 + x[...])";
    add(pointwise("asin", "the angle from -pi/2 to pi/2 whose sine is x", "atan2(x[...], " + other + ")"));
    add(pointwise("acos", "the angle from 0 to pi whose cosine is x", "atan2(" + other + ", x[...])"));
    add(pointwise("atan", "the angle from -pi/2 to pi/2 whose tangent is x", "atan2(x[...], 1)"));
    // Near 0 by expm1, for the digits of sinh and of the slope of cosh. Far out one exponential counts, as a square:
    // exp(x) would overflow before its half does.
    const std::string root = "exp(0.5 * abs(x[...]))";
    const std::string bounded = "max(min(x[...], 40), -40)";
    const std::string near = "max(min(x[...], 1), -1)";
    const std::string half = "(0.5 * (expm1(0.5 * " + near + ") - expm1(-0.5 * " + near + ")))";  // sinh(x / 2)
    add(pointwise("sinh", "the hyperbolic sine",
                  "select(abs(x[...]) < 40, 0.5 * (expm1(" + bounded + ") - expm1(-" + bounded +
                      ")), sign(x[...]) * (0.5 * " + root + ") * " + root + ")"));
    add(pointwise("cosh", "the hyperbolic cosine",
                  "select(abs(x[...]) < 1, 1 + 2 * " + half + " * " + half + ", select(abs(x[...]) < 40, 0.5 * (exp(" +
                      bounded + ") + exp(-" + bounded + ")), 0.5 * " + root + " * " + root + "))"));
    add({.name = "random_uniform",
         .summary = "a random number from 0 up to 1, a multiple of 2^-52, for a place of a stream",
         .signature = {"key[...]", "place[...]", "stream[...]"},
         .equations = "y[...] = f64(f64(random_bits(key[...], place[...], stream[...])) * 2.220446049250313e-16)",
         .integers = {"key", "place", "stream"},
         .source = "Salmon, Moraes, Dror and Shaw 2011",
         .examples = {"key: i64[feature 7], place: i64[feature 7], stream: i64[feature 7]"}});
    // The steps from 0 to 1 are 2^-52; the logarithm is of 1 at most, and never of 0. The angle has bits of its own.
    const auto bits = [](const std::string& stream) { return "f64(random_bits(key[...], place[...], " + stream + "))"; };
    add({.name = "random_normal",
         .summary = "a random number of mean 0 and deviation 1, for a place of a stream",
         .signature = {"key[...]", "place[...]", "stream[...]"},
         .equations = "y[...] = f64(sqrt(-2 * log((" + bits("stream[...]") + " + 1) * 2.220446049250313e-16)) * cos(" +
                      bits("bit_not(stream[...])") + " * 1.3951473992034527e-15))",
         .integers = {"key", "place", "stream"},
         .source = "Box, Muller 1958; Salmon, Moraes, Dror and Shaw 2011",
         .examples = {"key: i64[feature 7], place: i64[feature 7], stream: i64[feature 7]"}});
}

}  // namespace ricci::ir
