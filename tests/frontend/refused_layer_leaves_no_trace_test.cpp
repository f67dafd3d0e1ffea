/// \file tests/frontend/refused_layer_leaves_no_trace_test.cpp
/// A layer that is refused leaves its model as it was: equations, parameters, and the numbers in later names.
#include <gtest/gtest.h>

#include <functional>

#include "ricci/arithmetic.h"
#include "ricci/error.h"
#include "ricci/layers.h"
#include "ricci/model.h"

namespace ricci::test {
namespace {

struct Operands {
    Tensor images, vectors, scores, labels, strange;
};
struct Refused {
    const char* name;
    std::function<void(const Operands&)> wrong;
    std::function<void(const Operands&)> right;
};

std::vector<Refused> all() {
    return {
        {"conv2d", [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 29}); },
         [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5}); }},
        {"conv2d_bias", [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5, .name = "strange.sum"}); },
         [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5}); }},
        {"conv2d_groups", [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5, .groups = 4}); },
         [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5}); }},
        {"conv2d_kernel", [](auto& o) { conv2d(o.images, o.vectors); },
         [](auto& o) { conv2d(o.images, {.out = 6, .kernel = 5}); }},
        {"linear", [](auto& o) { linear(o.images, 10); }, [](auto& o) { linear(o.vectors, 10); }},
        {"linear_initializer", [](auto& o) { linear(o.vectors, 10, {.initializer = uniform(1, 0)}); },
         [](auto& o) { linear(o.vectors, 10); }},
        {"avg_pool2d", [](auto& o) { avg_pool2d(o.images, {.window = 29}); },
         [](auto& o) { avg_pool2d(o.images, {.window = 2}); }},
        {"max_pool2d", [](auto& o) { max_pool2d(o.vectors, {.window = 2}); },
         [](auto& o) { max_pool2d(o.images, {.window = 2}); }},
        {"batch_norm", [](auto& o) { batch_norm(o.labels); }, [](auto& o) { batch_norm(o.images); }},
        {"batch_norm_eps", [](auto& o) { batch_norm(o.images, {.eps = -1}); }, [](auto& o) { batch_norm(o.images); }},
        {"layer_norm", [](auto& o) { layer_norm(o.images); }, [](auto& o) { layer_norm(o.vectors); }},
        {"flatten", [](auto& o) { flatten(o.labels * 0.5); }, [](auto& o) { flatten(o.images); }},
        {"transpose", [](auto& o) { transpose(o.vectors, {batch}); },
         [](auto& o) { transpose(o.vectors, {feature, batch}); }},
        {"softmax", [](auto& o) { softmax(o.vectors, channel); }, [](auto& o) { softmax(o.vectors); }},
        {"log_softmax", [](auto& o) { log_softmax(o.images); }, [](auto& o) { log_softmax(o.vectors); }},
        {"softmax_cross_entropy", [](auto& o) { softmax_cross_entropy(o.vectors, o.labels, -1); },
         [](auto& o) { softmax_cross_entropy(o.scores, o.labels); }},
        {"mse", [](auto& o) { mse(o.vectors, o.images); }, [](auto& o) { mse(o.vectors, o.vectors); }},
        {"sum", [](auto& o) { sum(o.vectors, {feature, channel}); }, [](auto& o) { sum(o.vectors, {feature}); }},
        {"mean", [](auto& o) { mean(o.images, {height, width, feature}); }, [](auto& o) { mean(o.images); }},
        {"max", [](auto& o) { max(o.vectors, channel); }, [](auto& o) { max(o.vectors, feature); }},
        {"argmax", [](auto& o) { argmax(o.vectors, channel); }, [](auto& o) { argmax(o.vectors, feature); }},
        {"add", [](auto& o) { o.vectors + o.images; }, [](auto& o) { o.vectors + o.vectors; }},
        {"mul_by_a_number", [](auto& o) { o.labels * 0.5; }, [](auto& o) { o.vectors * 0.5; }},
        {"tanh", [](auto& o) { apply("tanh", {o.vectors}, {.over = feature}); }, [](auto& o) { tanh(o.vectors); }},
        {"apply", [](auto& o) { apply("relu", {o.vectors}, {.attributes = {{"slope", 1}}}); },
         [](auto& o) { apply("relu", {o.vectors}); }},
    };
}

/// The text of a model after `wrong`, if any, was refused and `right` was taken.
std::string text_after(const Refused& layer, bool with_wrong) {
    Model m("m");
    Operands o{m.input("images", f32, {batch(), channel(6), height(28), width(28)}),
               m.input("vectors", f32, {batch(), feature(20)}), m.input("scores", f32, {batch(), classes(10)}),
               m.input("labels", i32, {batch()}), {}};
    // A name that the bias of a convolution called "strange.sum" would take.
    o.strange = m.parameter("strange.sum.bias", f32, {channel(6)}, zeros());
    const std::string before = m.text();
    if (with_wrong) {
        EXPECT_THROW(layer.wrong(o), UserError) << layer.name;
        EXPECT_EQ(m.text(), before) << layer.name;
    }
    layer.right(o);
    return m.text();
}

TEST(RefusedLayer, LeavesNoTrace) {
    for (const Refused& layer : all()) EXPECT_EQ(text_after(layer, true), text_after(layer, false)) << layer.name;
}

}  // namespace
}  // namespace ricci::test
