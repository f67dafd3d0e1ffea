/// \file tests/frontend/attention_mask_test.cpp
/// Masks of attention: of truth values and of numbers, beside each other and beside `causal`.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

constexpr AxisName time_kind{"time"};
constexpr std::int64_t kSteps = 4, kFeatures = 6;

/// What attention gives of 2 sequences with these options, whose weights are drawn by one seed.
std::vector<double> attended(const std::function<AttentionOptions(Model&)>& options, const Array* mask = nullptr) {
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), Axis{time_kind, kSteps}, feature(kFeatures)});
    Function f = compile_forced(self_attention(x, options(m)), {.threads = 1});
    m.parameters().draw(3);
    std::vector<double> xs(2 * kSteps * kFeatures);
    for (std::size_t i = 0; i < xs.size(); ++i) xs[i] = std::sin(static_cast<double>(i * i % 31));
    const Array given(xs, {2, kSteps, kFeatures});
    return mask == nullptr ? f({{"x", given}})[0].to_vector<double>() : f({{"x", given}, {"mask", *mask}})[0].to_vector<double>();
}

std::vector<Axis> square() {
    return {Axis{time_kind, kSteps}, Axis{time_kind, kSteps}};
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
}

TEST(AttentionMask, OfEarlierStepsIsCausal) {
    const std::vector<double> causal = attended([](Model&) { return AttentionOptions{.heads = 2, .causal = true, .name = "a"}; });
    const std::vector<double> all = attended([](Model&) { return AttentionOptions{.heads = 2, .name = "a"}; });
    EXPECT_NE(causal, all);
    std::vector<double> added(kSteps * kSteps, 0);
    for (std::size_t t = 0; t < kSteps; ++t)
        for (std::size_t u = t + 1; u < kSteps; ++u) added[t * kSteps + u] = -1e30;
    const Array numbers(added, square());
    expect_near(attended([](Model& m) { return AttentionOptions{.heads = 2, .mask = m.input("mask", f64, square()), .name = "a"}; }, &numbers),
                causal);
    // The same as truth values, one for each head and sample too.
    for (const Axis& front : {batch(), Axis{Kind::named("head"), 2}}) {
        std::vector<Axis> axes = square();
        axes.insert(axes.begin(), front);
        std::vector<double> twice = added;
        twice.insert(twice.end(), added.begin(), added.end());
        std::vector<Axis> bound = axes;
        bound[0].extent = 2;
        const Array own(twice, bound);
        expect_near(attended(
                        [&](Model& m) {
                            const Tensor mask = m.input("mask", f64, axes);
                            return AttentionOptions{.heads = 2, .mask = mask >= 0, .name = "a"};
                        },
                        &own),
                    causal);
    }
}

TEST(AttentionMask, OfOtherAxesIsRefused) {
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), Axis{time_kind, kSteps}, feature(kFeatures)});
    const Tensor flat = m.input("flat", f64, {Axis{time_kind, kSteps}});
    EXPECT_EQ(refusal_text([&] { self_attention(x, {.heads = 2, .mask = flat}); }),
              "multi_head_attention \"attention1\": the mask flat is f64[time 4]; it is bool or a float of [time, time], with a batch or "
              "a head in front if wished");
}

}  // namespace
}  // namespace ricci::test
