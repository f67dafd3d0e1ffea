/// \file tests/frontend/refused_model.cpp
/// Inputs, parameters and names that a model must refuse, each with its exact message.
#include <limits>

#include "ricci/model.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

TEST(RefusedModel, ExtentsThatAreNone) {
    expect_refused(
        "an extent of zero", [] { channel(0); }, "axis channel 0: an extent is at least 1");
    expect_refused(
        "a negative extent", [] { height(-28); }, "axis height -28: an extent is at least 1");
    expect_refused(
        "a batch of -1 for an open one", [] { batch(-1); },
        "axis batch -1: an extent is at least 1; batch() leaves it open until the call");
    expect_refused(
        "a kind that is no name", [] { axis("Head", 8); },
        "index kind \"Head\": a kind is spelt with lower-case letters, digits and '_', from a letter on");
    expect_refused(
        "an axis built by hand",
        [] {
            Model("m").input("x", f32, {batch(), Axis{height, 0}});
        },
        "input \"x\": axis 1 is height 0; an extent is at least 1");
    expect_refused(
        "an open axis that is not the batch",
        [] {
            Model("m").input("x", f32, {Axis{channel, kOpen}});
        },
        "input \"x\": axis 0 is channel ?; the batch alone may be open");
    expect_refused(
        "three open axes",
        [] {
            Model("m").input("x", f32, {batch(), batch(), batch()});
        },
        "input \"x\": 3 axes are of the open batch; a value has 2 at the most");
    expect_refused(
        "an open parameter",
        [] {
            Model("m").parameter("w", f32, {batch(), feature(3)});
        },
        "parameter \"w\": f32[batch ?, feature 3] has an open axis; a parameter's extents are fixed");
}

TEST(RefusedModel, Names) {
    expect_refused(
        "a model without a name", [] { Model(""); },
        "model \"\": a name is letters, digits and '_', from a letter on, in parts joined by '.'");
    expect_refused(
        "a name with a space", [] { Model("m").input("my images", f32, {batch()}); },
        "input \"my images\": a name is letters, digits and '_', from a letter on, in parts joined by '.'");
    expect_refused(
        "a name that ends in a dot", [] { Model("m").parameter("conv1.", f32, {channel(6)}, zeros()); },
        "parameter \"conv1.\": a name is letters, digits and '_', from a letter on, in parts joined by '.'");
    expect_refused(
        "a tensor declared twice",
        [] {
            Model m("m");
            m.tensor("L1");
            m.tensor("L1");
        },
        "tensor \"L1\": model \"m\" has a value of that name already (refused_model.cpp:#); choose another name");
    expect_refused(
        "an input and a parameter of one name",
        [] {
            Model m("m");
            m.input("x", f32, {batch()});
            m.parameter("x", f32, {channel(6)}, zeros());
        },
        "parameter \"x\": model \"m\" has a value of that name already (refused_model.cpp:#); choose another name");
}

TEST(RefusedModel, Parameters) {
    const double inf = std::numeric_limits<double>::infinity();
    expect_refused(
        "an integer parameter", [] { Model("m").parameter("w", i32, {channel(6)}, zeros()); },
        "parameter \"w\": i32 cannot be trained; use f32 or f64");
    expect_refused(
        "a fan of a vector", [] { Model("m").parameter("b", f32, {channel(6)}, glorot()); },
        "parameter \"b\": initializer glorot needs the fan of 2 axes or more, but f32[channel 6] has 1; use "
        "zeros() or uniform(low, high)");
    expect_refused(
        "bounds in the wrong order", [] { Model("m").parameter("b", f32, {channel(6)}, uniform(1, -1)); },
        "parameter \"b\": uniform(1, -1) is empty; give the lower bound first");
    expect_refused(
        "a negative deviation", [] { Model("m").parameter("b", f32, {channel(6)}, normal(0, -0.1)); },
        "parameter \"b\": normal(0, -0.1) has a negative deviation");
    expect_refused(
        "an infinite constant", [&] { Model("m").parameter("b", f32, {channel(6)}, constant(inf)); },
        "parameter \"b\": initializer constant(inf, 0) is not finite");
    expect_refused(
        "more elements than memory has addresses",
        [] {
            Model("m").parameter("w", f32, {feature(1LL << 40), feature(1LL << 40)});
        },
        "parameter \"w\": f32[feature 1099511627776, feature 1099511627776] has more than 2^63 - 1 elements");
}

TEST(RefusedModel, Outputs) {
    expect_refused(
        "a tensor of nothing", [] { Model("m").output("y", Tensor()); },
        "output \"y\": operand 0 is a tensor without a value");
    expect_refused(
        "a tensor without an equation",
        [] {
            Model m("m");
            m.output("y", m.tensor("L1"));
        },
        "output \"y\": L1 is read but has no equation yet; give it one first, L1[...] = ...");
    expect_refused(
        "another model's tensor",
        [] {
            Model m("m"), n("n");
            m.output("y", n.input("x", f32, {batch()}));
        },
        "output \"y\": x belongs to model \"n\", not to \"m\"");
    expect_refused(
        "one name for two outputs",
        [] {
            Model m("m");
            m.output("y", m.input("a", f32, {batch()}));
            m.output("y", m.input("b", f32, {batch()}));
        },
        "output \"y\": the model has an output of that name already, a; choose another name");
}

}  // namespace
}  // namespace ricci::test
