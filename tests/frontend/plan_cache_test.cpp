/// \file tests/frontend/plan_cache_test.cpp
/// A program that was compiled before goes through no pass, and is the same function in all that a caller sees.
#include "frontend/program/plan_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "frontend/program/internals.h"
#include "ir/print/print.h"
#include "ricci.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::test {
namespace {

namespace fs = std::filesystem;

/// Kept plans and code lie in a folder of the test.
class PlanCache : public testing::Test {
  protected:
    void SetUp() override {
        if (const char* set = std::getenv("RICCI_CACHE")) before_ = set;
        ::setenv("RICCI_CACHE", folder_.path().c_str(), 1);
    }
    void TearDown() override { before_.empty() ? ::unsetenv("RICCI_CACHE") : ::setenv("RICCI_CACHE", before_.c_str(), 1); }

    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
    }

    runtime::ScratchFolder folder_;
    std::string before_;
};

/// A step whose values the passes number otherwise than its text would.
struct Step {
    Classifier net = convnet({.height = 8, .dropout = 0.5});
    Program program = training_step(net.loss, sgd({.learning_rate = 0.1, .momentum = 0.9}));
};

std::vector<std::string> names(const Function& function) {
    std::vector<std::string> found;
    for (const ir::Value& value : detail::graph_of(function).values) found.push_back(value.name);
    return found;
}

std::vector<std::pair<std::string, std::string>> remarks_of(const Function& function) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& [pass, text] : function.remarks()) found.emplace_back(pass, text);
    return found;
}

TEST_F(PlanCache, WhatIsKeptIsTheSameFunction) {
    const Step step;
    const Function first = compile(step.program);
    const Function second = compile(step.program);
    EXPECT_FALSE(first.from_cache());
    EXPECT_TRUE(second.from_cache());
    EXPECT_EQ(second.text(), first.text());
    EXPECT_EQ(names(second), names(first)) << "code finds values by their numbers";
    EXPECT_EQ(remarks_of(second), remarks_of(first));
    EXPECT_EQ(second.arena_bytes(), first.arena_bytes());
    EXPECT_EQ(entries(), 2u) << "the plan and its code";
}

TEST_F(PlanCache, AKeptStepTrainsToTheSameBits) {
    std::vector<double> losses;
    for (int round = 0; round < 2; ++round) {
        const Step step;
        Function function = compile(step.program);
        EXPECT_EQ(function.from_cache(), round == 1);
        Array images(f32, {batch(20), channel(1), height(8), width(8)});
        float number = 0;
        for (float& pixel : images.span<float>()) pixel = number = 0.9F * number + 0.1F;
        const Array labels(i32, {batch(20)});
        double loss = 0;
        for (int i = 0; i < 3; ++i) loss = function(images, labels)["loss"].scalar();
        losses.push_back(loss);
    }
    EXPECT_EQ(losses[0], losses[1]);
}

TEST_F(PlanCache, OtherOptionsAreOtherPlans) {
    const Step step;
    const codegen::Target target = codegen::Target::host();
    const ir::Graph& graph = detail::graph_of(step.program);
    const std::string key = detail::plan_key(graph, detail::passes_of({}), target);
    EXPECT_EQ(detail::plan_key(graph, detail::passes_of({}), target), key);
    for (const CompileOptions& other : {CompileOptions{.layout = Layout::nhwc}, CompileOptions{.winograd = false},
                                        CompileOptions{.gemm = Gemm::blas}, CompileOptions{.tile = 8}, CompileOptions{.fuse = false}})
        EXPECT_NE(detail::plan_key(graph, detail::passes_of(other), target), key);
    ir::Graph renamed = graph;
    renamed.name = "other";
    EXPECT_NE(detail::plan_key(renamed, detail::passes_of({}), target), key);
}

TEST_F(PlanCache, WhatIsNoPlanIsMadeAgain) {
    const Step step;
    const Function first = compile(step.program);
    const std::string key = detail::plan_key(detail::graph_of(step.program), detail::passes_of({}), codegen::Target::host());
    ASSERT_TRUE(detail::kept_plan(key, detail::graph_of(step.program)));
    for (const std::string& bytes : {std::string("no plan"), std::string(64, '\0')}) {
        runtime::put(folder_ / key, bytes);
        EXPECT_FALSE(detail::kept_plan(key, detail::graph_of(step.program)));
        EXPECT_EQ(compile(step.program).text(), first.text());
        EXPECT_TRUE(detail::kept_plan(key, detail::graph_of(step.program))) << "it is kept again";
    }
}

TEST_F(PlanCache, AnObserverSeesThePasses) {
    const Step step;
    compile(step.program);
    int seen = 0;
    compile(step.program, {.observer = [&](std::string_view, const std::string&) { ++seen; }});
    EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace ricci::test
