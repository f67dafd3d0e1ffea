/// \file tests/frontend/second_order_test.cpp
/// Second derivatives of the layers of C++ by their input and their parameters, in machine code, against central
/// differences. tests/passes/gradient_test.cpp does so for the ops of the table, in the interpreter.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <ostream>
#include <regex>
#include <set>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/source_tree.h"

namespace ricci::test {
namespace {

struct Layer {
    const char* name;
    std::vector<Axis> input;
    Tensor (*apply)(Model& m, const Tensor& x);
    friend void PrintTo(const Layer& layer, std::ostream* out) { *out << layer.name; }
};

std::vector<Axis> image() {
    return {batch(2), channel(4), height(4), width(5)};
}
std::vector<Axis> sequence() {
    return {batch(2), time(5), feature(4)};
}
std::vector<Axis> sound() {
    return {batch(2), channel(4), time(6)};
}
std::vector<Axis> volume() {
    return {batch(2), channel(2), depth(3), height(3), width(4)};
}

Kind steps() {
    return Kind::named("time");
}

/// Ids that a constant holds, so that the layers have one input.
Tensor ids(Model& m, const Axis& on, const std::vector<Axis>& axes) {
    std::int64_t count = 1;
    for (const Axis& axis : axes) count *= axis.extent;
    std::vector<Number> numbers;
    for (std::int64_t i = 0; i < count; ++i) numbers.emplace_back((i * i + 1) % on.extent);
    return m.constant("ids", i64, of(on), axes, numbers);
}

const std::vector<Layer>& layers() {
    static const std::vector<Layer> kLayers = {
        {"conv2d", image(), [](Model&, const Tensor& x) { return conv2d(x, {.out = 4, .kernel = 3, .padding = 1, .groups = 2}); }},
        {"linear", sequence(), [](Model&, const Tensor& x) { return linear(x, feature(3)); }},
        {"avg_pool2d", image(), [](Model&, const Tensor& x) { return avg_pool2d(x, {.window = 2, .stride = 1, .padding = 1}); }},
        {"batch_norm", image(), [](Model&, const Tensor& x) { return batch_norm(x); }},
        {"layer_norm", sequence(), [](Model&, const Tensor& x) { return layer_norm(x); }},
        {"flatten", image(), [](Model&, const Tensor& x) { return flatten(x); }},
        {"transpose", image(), [](Model&, const Tensor& x) { return transpose(x, {width, channel, batch, height}); }},
        {"softmax", sequence(), [](Model&, const Tensor& x) { return softmax(x, steps()); }},
        {"log_softmax", sequence(), [](Model&, const Tensor& x) { return log_softmax(x, feature); }},
        {"mse", sequence(), [](Model&, const Tensor& x) { return mse(x, tanh(x)); }},
        {"sum", image(), [](Model&, const Tensor& x) { return sum(x, {height}); }},
        {"prod", image(), [](Model&, const Tensor& x) { return prod(x, {height}); }},
        {"mean", image(), [](Model&, const Tensor& x) { return mean(x, {height, channel}); }},
        {"depthwise_conv2d", image(), [](Model&, const Tensor& x) { return depthwise_conv2d(x, {.kernel = 3, .stride = 2, .padding = 1}); }},
        {"separable_conv2d", image(), [](Model&, const Tensor& x) { return separable_conv2d(x, {.out = 3, .kernel = 2}); }},
        {"global_avg_pool2d", image(), [](Model&, const Tensor& x) { return global_avg_pool2d(x); }},
        {"adaptive_avg_pool2d", image(), [](Model&, const Tensor& x) { return adaptive_avg_pool2d(x, {3, 2}); }},
        {"lp_pool2d", image(), [](Model&, const Tensor& x) { return lp_pool2d(x, {.window = {3, 2}, .stride = Pair(2), .p = 3, .ceil = true}); }},
        {"max_unpool2d", {batch(2), channel(2), height(2), width(3)},
         [](Model& m, const Tensor& x) {
             return max_unpool2d(x, ids(m, feature(12), {batch(2), channel(2), height(2), width(3)}), 3, 4);
         }},
        {"conv1d", sound(), [](Model&, const Tensor& x) { return conv1d(x, {.out = 3, .kernel = 3, .padding = 1, .dilation = 2}); }},
        {"avg_pool1d", sound(), [](Model&, const Tensor& x) { return avg_pool1d(x, {.window = 4, .stride = 3, .ceil = true}); }},
        {"global_avg_pool1d", sound(), [](Model&, const Tensor& x) { return global_avg_pool1d(x); }},
        {"adaptive_avg_pool1d", sound(), [](Model&, const Tensor& x) { return adaptive_avg_pool1d(x, 3); }},
        {"lp_pool1d", sound(), [](Model&, const Tensor& x) { return lp_pool1d(x, {.window = 2, .stride = 1}, 4); }},
        {"max_unpool1d", {batch(2), channel(2), time(3)},
         [](Model& m, const Tensor& x) { return max_unpool1d(x, ids(m, time(6), {batch(2), channel(2), time(3)}), 6); }},
        {"conv3d", volume(), [](Model&, const Tensor& x) { return conv3d(x, {.out = 2, .kernel = 2, .padding = 1, .groups = 2}); }},
        {"avg_pool3d", volume(), [](Model&, const Tensor& x) { return avg_pool3d(x, {.window = 2, .stride = Triple(1)}); }},
        {"global_avg_pool3d", volume(), [](Model&, const Tensor& x) { return global_avg_pool3d(x); }},
        {"adaptive_avg_pool3d", volume(), [](Model&, const Tensor& x) { return adaptive_avg_pool3d(x, {2, 1, 2}); }},
        {"max_unpool3d", {batch(2), channel(1), depth(1), height(2), width(2)},
         [](Model& m, const Tensor& x) {
             return max_unpool3d(x, ids(m, feature(18), {batch(2), channel(1), depth(1), height(2), width(2)}), {2, 3, 3});
         }},
        {"conv_transpose1d", sound(), [](Model&, const Tensor& x) { return conv_transpose1d(x, {.out = 2, .kernel = 3, .stride = 2}, 1); }},
        {"conv_transpose2d", image(), [](Model&, const Tensor& x) { return conv_transpose2d(x, {.out = 2, .kernel = 3, .stride = 2, .padding = 1}); }},
        {"conv_transpose3d", volume(), [](Model&, const Tensor& x) { return conv_transpose3d(x, {.out = 1, .kernel = 2}); }},
        {"multi_head_attention", sequence(),
         [](Model&, const Tensor& x) { return multi_head_attention(x, flip(x, steps()), {.heads = 2}); }},
        {"self_attention", sequence(), [](Model&, const Tensor& x) { return self_attention(x, {.heads = 2, .causal = true}); }},
        {"lstm", sequence(), [](Model&, const Tensor& x) { return lstm(x, {.hidden = 3}); }},
        {"gru", sequence(), [](Model&, const Tensor& x) { return gru(x, {.hidden = 3, .reversed = true}); }},
        {"embedding", {batch(2), time(3), feature(4)},
         [](Model& m, const Tensor& x) {
             return x * embedding(ids(m, axis("vocab", 5), {batch(2), time(3)}), feature(4), {.dtype = f64});
         }},
        {"gather", sequence(), [](Model& m, const Tensor& x) { return gather(x, ids(m, time(5), {batch(2)}), steps()); }},
        {"take_along", sequence(), [](Model& m, const Tensor& x) { return take_along(x, ids(m, time(5), {batch(2), feature(4), channel(3)}), steps()); }},
        {"index_select", sequence(), [](Model& m, const Tensor& x) { return index_select(x, ids(m, feature(4), {channel(6)}), feature); }},
        {"scatter_add", sequence(),
         [](Model& m, const Tensor& x) { return scatter_add(x, ids(m, axis("row", 4), {batch(2), time(5)}), axis("row", 4)); }},
        {"group_norm", image(), [](Model&, const Tensor& x) { return group_norm(x, 2); }},
        {"instance_norm", image(), [](Model&, const Tensor& x) { return instance_norm(x); }},
        {"rms_norm", sequence(), [](Model&, const Tensor& x) { return rms_norm(x); }},
        {"local_response_norm", image(), [](Model&, const Tensor& x) { return local_response_norm(x, {.size = 3, .alpha = 0.5}); }},
        {"sparse_matmul", {batch(2), feature(3)},
         [](Model&, const Tensor& x) {
             return sparse_matmul(x, SparseMatrix::of_dense(4, 3, std::vector<double>{1, 0, 2, 0, 0, 3, 0, 4, 0, 0, 0, 5}), feature, {.trained = true});
         }},
        {"sparse_matmul", {batch(2), feature(3)},
         [](Model&, const Tensor& x) {
             return sparse_matmul(x, SparseMatrix::of_dense(2, 3, std::vector<double>{1, 0, 2, 0, 4, 3}), feature,
                                  {.trained = true, .even_rows = true});
         }},
    };
    return kLayers;
}

/// Layers of these headers that have no second derivative to look at, each with the reason.
const std::map<std::string, std::string> kLeftOut = {
    {"max_pool2d", "it has kinks"},
    {"max_pool1d", "it has kinks"},
    {"max_pool3d", "it has kinks"},
    {"global_max_pool1d", "it has kinks"},
    {"global_max_pool2d", "it has kinks"},
    {"global_max_pool3d", "it has kinks"},
    {"adaptive_max_pool1d", "it has kinks"},
    {"adaptive_max_pool2d", "it has kinks"},
    {"adaptive_max_pool3d", "it has kinks"},
    {"max", "it has kinks"},
    {"min", "it has kinks"},
    {"argmax", "it gives integers"},
    {"one_hot", "it takes integers"},
    {"softmax_cross_entropy", "an op of the table takes its operands as they are"},
    {"mean_cross_entropy", "a quotient of ops of the table by a number of labels"},
    {"mean_nll", "a quotient of ops of the table by a number of labels"},
};

double wave(std::size_t i, std::size_t phase) {
    return std::sin(1.7 * static_cast<double>(i) + 0.6 * static_cast<double>(phase) + 0.3);
}

Array waves(const std::vector<Axis>& axes, std::size_t phase) {
    Array array(f64, axes);
    const std::span<double> numbers = array.span<double>();
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = wave(i, phase);
    return array;
}

class SecondOrder : public ::testing::TestWithParam<Layer> {};

/// `bend` is the sum of the first derivatives of sum(c y y), each times a number. Its gradient is of second order.
TEST_P(SecondOrder, IsTheCentralDifference) {
    const Layer& layer = GetParam();
    Model m(layer.name);
    const Tensor x = m.input("x", f64, layer.input);
    const Tensor y = layer.apply(m, x);
    std::vector<Tensor> by = {x};
    for (const std::string& name : m.parameters().names()) by.push_back(m[name]);
    std::map<std::string, Array> numbers;
    const auto weight = [&](const std::string& name, const Tensor& like) {
        numbers.emplace(name, waves(like.type().axes, numbers.size() + 1));
        return m.input(name, f64, like.type().axes);
    };
    const std::vector<Tensor> first = grad(sum(weight("c", y) * y * y), by);
    Tensor bend = sum(first[0] * weight("c0", first[0]));
    for (std::size_t i = 1; i < first.size(); ++i) bend = bend + sum(first[i] * weight(fmt::format("c{}", i), first[i]));
    Parameters parameters = m.parameters();
    for (const std::string& name : parameters.names()) {
        const std::span<double> elements = parameters[name].span<double>();
        for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = 0.5 * wave(i, name.size()) + (name.ends_with(".scale") ? 1 : 0);
    }
    Array at = waves(layer.input, 0);
    Function f = compile_forced(gradients(bend, by), {.threads = 2});
    const auto run = [&] {
        std::vector<NamedArgument> arguments = {{"x", at}};
        for (const auto& [name, array] : numbers) arguments.emplace_back(name, array);
        return f.run(arguments);
    };
    std::vector<Array> derivatives;  // results are gone with the next call
    const Results results = run();
    for (const Tensor& one : by) derivatives.push_back(results["gradient." + one.name()]);
    int moved = 0;
    for (std::size_t which = 0; which < by.size(); ++which) {
        const std::span<double> elements = which == 0 ? at.span<double>() : parameters[by[which].name()].span<double>();
        const std::span<const double> gradient = std::as_const(derivatives[which]).span<double>();
        double scale = 1;
        for (const double element : gradient) scale = std::max(scale, std::abs(element));
        for (std::size_t i = 0; i < elements.size(); i += 1 + elements.size() / 4) {
            constexpr double kStep = 1e-5;
            const double before = elements[i];
            elements[i] = before + kStep;
            const double above = run()[0].scalar();
            elements[i] = before - kStep;
            const double below = run()[0].scalar();
            elements[i] = before;
            EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 2e-6 * scale) << by[which].name() << " " << i;
            ++moved;
        }
    }
    EXPECT_GE(moved, 2 * static_cast<int>(by.size()) - 1);
}

INSTANTIATE_TEST_SUITE_P(Layers, SecondOrder, ::testing::ValuesIn(layers()),
                         [](const auto& layer) { return fmt::format("{}_{}", layer.param.name, layer.index); });

TEST(SecondOrderLayers, AreAllOfTheHeaders) {
    std::set<std::string> known;
    for (const Layer& layer : layers()) known.insert(layer.name);
    std::set<std::string> left_out;
    for (const char* header : {"layers", "images", "sequences", "volumes", "attention", "recurrent", "look_ups", "norms", "sparse"}) {
        for (const std::string& line : source_file(fmt::format("frontend/include/ricci/{}.h", header)).lines) {
            static const std::regex kLayer(R"(^Tensor ([a-z_0-9]+)\(TensorAt .*)");
            std::smatch found;
            if (!std::regex_match(line, found, kLayer)) continue;
            const std::string name = found[1];
            if (kLeftOut.contains(name)) {
                left_out.insert(name);
            } else {
                EXPECT_TRUE(known.contains(name)) << header << ".h: " << name << " needs a row above, or a reason to be left out";
            }
        }
    }
    EXPECT_EQ(left_out.size(), kLeftOut.size());
}

}  // namespace
}  // namespace ricci::test
