/// \file tests/frontend/parameters_test.cpp
/// Parameters: how they are drawn, shared, hashed, saved and loaded.
#include "ricci/parameters.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "ricci/model.h"
#include "runtime/file/safetensors.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

class ParametersTest : public testing::Test {
  protected:
    ParametersTest() {
        std::filesystem::create_directories(folder);
        m.parameter("w", f32, {feature(40), feature(30)}, uniform(-0.5, 0.25));
        m.parameter("b", f64, {feature(40)}, normal(1, 0.1));
    }
    ~ParametersTest() override { std::filesystem::remove_all(folder); }

    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() /
        (std::string("ricci_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    Model m{"m"};
};

/// The parameters of a graph, drawn from a seed.
Parameters drawn(const ir::Graph& graph, std::uint64_t seed) {
    Parameters parameters(seed);
    detail::Internals::add(parameters, graph);
    return parameters;
}

TEST_F(ParametersTest, AreDrawnWithinTheirBounds) {
    const Parameters parameters = drawn(graph_of(m), 1);
    double sum = 0;
    for (float w : parameters["w"].span<float>()) {
        EXPECT_GE(w, -0.5);
        EXPECT_LE(w, 0.25);
        sum += w;
    }
    EXPECT_NEAR(sum / 1200, -0.125, 0.03);  // 5 standard errors
}

TEST_F(ParametersTest, TheSameSeedDrawsTheSame) {
    EXPECT_EQ(drawn(graph_of(m), 7).sha256(), drawn(graph_of(m), 7).sha256());
    EXPECT_NE(drawn(graph_of(m), 7).sha256(), drawn(graph_of(m), 8).sha256());
}

TEST_F(ParametersTest, WhatOneDrawsDoesNotDependOnTheOthers) {
    Model alone("alone");
    alone.parameter("b", f64, {feature(40)}, normal(1, 0.1));
    EXPECT_EQ(drawn(graph_of(alone), 3)["b"].span<double>()[39], drawn(graph_of(m), 3)["b"].span<double>()[39]);
}

TEST_F(ParametersTest, AModelsOwnCanBeDrawnAnew) {
    const std::string first = m.parameters().sha256();
    m.parameters().draw(5);
    EXPECT_NE(m.parameters().sha256(), first);
    m.parameters().draw(0);
    EXPECT_EQ(m.parameters().sha256(), first);
}

TEST_F(ParametersTest, AreTheSameAfterSavingAndLoading) {
    const Parameters saved = drawn(graph_of(m), 1), loaded = drawn(graph_of(m), 2);
    saved.save(folder / "weights.safetensors");
    Parameters(loaded).load(folder / "weights.safetensors");
    EXPECT_EQ(loaded.sha256(), saved.sha256());
}

TEST_F(ParametersTest, AFileOfAnotherModelIsRefusedAndChangesNothing) {
    Model other("other");
    other.parameter("w", f32, {feature(40), feature(30)});
    other.parameter("b", f64, {feature(41)}, zeros());
    const std::string path = (folder / "other.safetensors").string();
    drawn(graph_of(other), 1).save(path);
    Parameters mine = drawn(graph_of(m), 2);
    const std::string before = mine.sha256();
    EXPECT_EQ(refusal([&] { mine.load(path); }),
              path + ": tensor \"b\" is f64[41] but this model has f64[feature 40]");
    EXPECT_EQ(mine.sha256(), before);
}

TEST_F(ParametersTest, AFileWithoutAParameterIsRefused) {
    Model part("part");
    part.parameter("w", f32, {feature(40), feature(30)});
    const std::string path = (folder / "part.safetensors").string();
    drawn(graph_of(part), 1).save(path);
    EXPECT_EQ(refusal([&] { drawn(graph_of(m), 2).load(path); }),
              path + ": there is no tensor \"b\", which this model needs");
    EXPECT_EQ(refusal([&] { drawn(graph_of(part), 2).load((folder / "none").string()); }),
              "cannot open " + (folder / "none").string() + ": No such file or directory");
}

TEST_F(ParametersTest, OnlyANumberIsSet) {
    Parameters mine = drawn(graph_of(m), 1);
    EXPECT_EQ(refusal([&] { mine.set("b", 1); }), "set(\"b\", 1): b: f64[feature 40] is not a single number");
    EXPECT_EQ(refusal([&] { mine.set("rate", 1); }), "no parameter or state \"rate\"; there is w, b");
}

TEST_F(ParametersTest, AnotherTypeOfTheSameNameIsRefused) {
    Model other("other");
    other.parameter("w", f32, {feature(3), feature(3)});
    Parameters mine = drawn(graph_of(m), 1);
    EXPECT_EQ(
        refusal([&] { detail::Internals::add(mine, graph_of(other)); }),
        "model \"other\" has w: f32[feature 3, feature 3] but the parameters given hold w: f32[feature 40, feature "
        "30]; use parameters of this model");
}

}  // namespace
}  // namespace ricci::test
