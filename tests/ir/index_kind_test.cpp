// What may stand on an axis is what the parser reads there. Tried is every small index expression over two indices, on
// axes of all sorts of kinds.
#include "ir/analysis/index_kind.h"

#include <gtest/gtest.h>

#include <array>

#include "ir/print/print.h"
#include "ir/text/parser.h"

namespace ricci::ir {
namespace {

Kind named(std::string_view name) {
    return Kind::named(name);
}

TEST(IndexKind, NamesTheSpelling) {
    const std::vector<Index> indices = {
        {"c", kinds::channel(), 2}, {"y", kinds::height(), 3}, {"dy", kinds::tap_h(), 2}, {"u", kinds::width(), 1}};
    const Affine c = Affine::of(0), y = Affine::of(1), dy = Affine::of(2), u = Affine::of(3);
    auto on = [&](const Affine& at, Kind kind, std::int64_t extent) { return spelling(at, indices, {kind, extent}); };
    EXPECT_EQ(on(Affine::constant(3), kinds::time(), 5), Spelling::constant);
    EXPECT_EQ(on(2 * y + dy - Affine::constant(1), kinds::height(), 8), Spelling::sum);
    EXPECT_EQ(on(dy, kinds::height(), 8), Spelling::none) << "a tap without its position";
    EXPECT_EQ(on(3 * c + y, kinds::feature(), 6), Spelling::tuple);
    EXPECT_EQ(on(3 * c + y + u, kinds::feature(), 6), Spelling::tuple);
    EXPECT_EQ(on(3 * c + y, kinds::feature(), 7), Spelling::radix) << "a tuple fills its axis";
    EXPECT_EQ(on(3 * c + y, kinds::channel(), 6), Spelling::none);
    EXPECT_EQ(on(2 * c + y, kinds::feature(), 6), Spelling::none) << "y reaches into c";
    EXPECT_EQ(on(c, kinds::feature(), 2), Spelling::tuple) << "of one";
    EXPECT_EQ(on(c, kinds::feature(), 3), Spelling::none);
    EXPECT_EQ(on(c, kinds::width(), 2), Spelling::none);
}

/// y[i, j] = pad(x[at], 0), printed; where `at` may stand there, the parser must read it back as it is, else refuse it.
void expect_the_parser_agrees(const Affine& at, const std::vector<Index>& indices, const Axis& axis) {
    Graph graph;
    const ValueId x = graph.add({.name = "x", .type = {f32, {axis}}, .role = Role::input});
    TensorType type{f32, {}};
    Equation equation;
    equation.indices = indices;
    equation.body = element({.tensor = x, .at = {at}, .pad = 0.0}, f32);
    for (const Index& index : indices) {
        equation.left.push_back(Affine::of(static_cast<IndexId>(type.axes.size())));
        type.axes.push_back({index.kind, index.extent});
    }
    equation.result = graph.add({.name = "y", .type = type});
    graph.equations.push_back(equation);
    const std::string text = print(graph);
    std::string again;
    try {
        again = print(parse(text));
    } catch (const UserError& error) {
        again = error.what();
    }
    const bool allowed = spelling(at, indices, axis) != Spelling::none;
    ASSERT_EQ(again == text, allowed) << text << again;
}

TEST(IndexKind, TheParserReadsWhatMayStandThereAndNothingElse) {
    const std::array<Kind, 4> kinds_of_indices = {kinds::feature(), kinds::channel(), named("tap_channel"),
                                                  named("tap_tap_channel")};
    const std::array<Kind, 3> kinds_of_axes = {kinds::feature(), kinds::channel(), named("tap_channel")};
    int checked = 0;
    for (Kind first : kinds_of_indices) {
        for (Kind second : kinds_of_indices) {
            for (std::int64_t extents = 0; extents < 4; ++extents) {
                const std::vector<Index> indices = {{"i", first, extents & 1 ? 3 : 1},
                                                    {"j", second, extents & 2 ? 2 : 1}};
                for (std::int64_t a : {-1, 0, 1, 2, 3}) {
                    for (std::int64_t b : {-1, 0, 1, 2, 3}) {
                        for (std::int64_t offset : {0, 1}) {
                            for (Kind kind : kinds_of_axes) {
                                for (std::int64_t extent : {1, 2, 3, 6, 9}) {
                                    const Affine at = a * Affine::of(0) + b * Affine::of(1) + Affine::constant(offset);
                                    expect_the_parser_agrees(at, indices, {kind, extent});
                                    if (HasFatalFailure()) return;
                                    ++checked;
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    EXPECT_EQ(checked, 4 * 4 * 4 * 5 * 5 * 2 * 3 * 5);
}

}  // namespace
}  // namespace ricci::ir
