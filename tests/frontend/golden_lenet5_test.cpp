// LeNet-5 against the reference run of another system (golden/lenet5), in both float types and layouts, with and
// without patches. Compared are the logits and gradients of the first step, the losses of 50 steps on MNIST, and the
// weights after them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "ricci/lenet5.h"
#include "ricci/compile.h"
#include "ricci/data.h"
#include "tests/frontend/call_terms.h"
#include "tests/frontend/function.h"
#include "tests/frontend/golden.h"

namespace ricci::testing {
namespace {

constexpr std::size_t kSteps = 50;

struct Way {
    DType dtype;
    std::string layout;
    std::string conv;
    std::string tile;

    // Relative to the terms of each element.
    double first_step() const { return dtype == f64 ? 1e-10 : 2e-5; }
    double later() const { return dtype == f64 ? 1e-9 : 1e-4; }
};

class golden_lenet5 : public ::testing::TestWithParam<Way> {};

/// "conv1.kernel" is conv1.weight there.
std::string golden_name(std::string name) {
    const std::size_t at = name.find(".kernel");
    if (at != std::string::npos) name.replace(at, std::string::npos, ".weight");
    return name;
}

std::filesystem::path mnist_folder() {
    const char* given = std::getenv("RICCI_DATA");
    if (given != nullptr && *given != '\0') return given;
    return std::filesystem::path(RICCI_SOURCE_DIR) / ".." / "shared" / "data" / "mnist";
}

void load_initial(const Parameters& parameters, const std::filesystem::path& folder) {
    for (const std::string& name : parameters.names()) {
        const ir::Array array = read_golden(folder / fmt::format("init.{}.npy", golden_name(name)));
        runtime::Buffer& buffer = *detail::Internals::shared(parameters, name);
        ASSERT_EQ(buffer.spec().extents, array.extents) << name;
        for (std::int64_t i = 0; i < buffer.elements(); ++i) {
            set_element(buffer, i, array.elements[static_cast<std::size_t>(i)]);
        }
    }
}

TEST_P(golden_lenet5, AgreesWithTheReferenceRun) {
    const std::filesystem::path folder = golden_folder() / "lenet5";
    for (const std::filesystem::path& needed : {folder, mnist_folder()}) {
        if (!std::filesystem::exists(needed)) GTEST_SKIP() << "there is no " << needed.string();
    }
    const Way& way = GetParam();
    const passes::Options how = test::forced({.layout = way.layout, .conv = way.conv, .tile = way.tile});
    const CompileOptions options{.threads = 1};
    const Classifier net = lenet5({.dtype = way.dtype});
    Function logits = detail::compile_with(how, forward({net.logits}), options);
    Function gradient = detail::compile_with(how, gradients(net.loss), options);
    Function step = detail::compile_with(
        how, training_step(net.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})), options);
    load_initial(step.parameters(), folder);

    const ImageData images(load_mnist(mnist_folder()).train, net.images.type());
    const ir::Array losses = read_golden(folder / "losses.npy");
    ASSERT_EQ(losses.elements.size(), kSteps);
    double worst_first = 0;
    double worst_loss = 0;
    std::size_t number = 0;
    std::function<ir::Arrays()> terms;  // of each weight after the first step: itself, and what its gradient sums
    for (const Batch& batch : images.batches(64)) {
        if (number == 0) {
            terms = terms_of(step, {batch.images, batch.labels});
            const ir::Arrays scores = arrays_of(logits, logits(batch.images));
            EXPECT_EQ(difference({{scores.begin()->first, read_golden(folder / "step0.logits.npy")}}, scores,
                                 {.relative = way.first_step(), .terms = terms_of(logits, {batch.images})}, &worst_first), "");
            ir::Arrays slopes;
            for (const std::string& name : step.parameters().names())
                slopes["gradient." + name] = read_golden(folder / fmt::format("step0.grad.{}.npy", golden_name(name)));
            EXPECT_EQ(difference(slopes, arrays_of(gradient, gradient(batch.images, batch.labels)),
                                 {.relative = way.first_step(), .terms = terms_of(gradient, {batch.images, batch.labels})},
                                 &worst_first), "");
        }
        const double loss = step(batch.images, batch.labels).scalar();
        const double apart = std::fabs(loss / losses.elements[number] - 1);
        EXPECT_LE(apart, way.later()) << "loss of step " << number << " is " << loss << ", expected "
                                      << losses.elements[number];
        worst_loss = std::max(worst_loss, apart);
        if (++number == kSteps) break;
    }
    EXPECT_EQ(number, kSteps);
    double worst_final = 0;
    ir::Arrays expected, got;
    for (const std::string& name : step.parameters().names()) {
        expected[name] = read_golden(folder / fmt::format("final.{}.npy", golden_name(name)));
        got[name] = to_array(step.parameters()[name]);
    }
    EXPECT_EQ(difference(expected, got, {.relative = way.later(), .terms = terms}, &worst_final), "");
    std::cout << fmt::format("largest distances: first step {:.1e}, losses {:.1e}, final weights {:.1e}\n", worst_first,
                             worst_loss, worst_final);
}

std::vector<Way> ways() {
    std::vector<Way> all;
    for (DType dtype : {f64, f32}) {
        for (const char* layout : {"nchw", "nhwc"}) {
            for (const char* conv : {"im2col", "blocks", "naive"}) all.push_back({dtype, layout, conv, "off"});
            for (const char* tile : {"auto", "5"}) all.push_back({dtype, layout, "auto", tile});
        }
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Ways, golden_lenet5, ::testing::ValuesIn(ways()), [](const auto& given) {
    return fmt::format("{}_{}_{}_tile_{}", name_of(given.param.dtype), given.param.layout, given.param.conv,
                       given.param.tile);
});

}  // namespace
}  // namespace ricci::testing
