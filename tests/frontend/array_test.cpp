/// \file tests/frontend/array_test.cpp
/// Arrays: how they are made, read, compared, printed and kept in files.
#include "ricci/array.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <sstream>

#include "ricci/compile.h"
#include "tests/frontend/line.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

const std::vector<float> kSix = {0, 1, 2, 3, 4, 5};

TEST(Array, HasTheElementsItIsGiven) {
    const Array typed(kSix, {batch(2), feature(3)});
    EXPECT_EQ(typed.dtype(), f32);
    EXPECT_EQ(typed.size(), 6);
    EXPECT_EQ(typed.axes(), (std::vector<Axis>{batch(2), feature(3)}));
    EXPECT_EQ(typed.to_vector<float>(), kSix);
    EXPECT_EQ(typed.at({1, 0}), 3);
    const Array untyped(std::span<const float>(kSix), {2, 3});
    EXPECT_TRUE(untyped.axes().empty());
    EXPECT_TRUE(std::ranges::equal(untyped.extents(), std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(Array(i64, {batch(2)}).to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 0}));
    EXPECT_EQ(Array(std::vector<double>{2.5}, {}).scalar(), 2.5);
}

TEST(Array, IsAValue) {
    Array a(kSix, {feature(6)});
    const Array b = a;
    a.span<float>()[0] = 9;
    EXPECT_EQ(b.at({0}), 0);
    a = b;
    EXPECT_EQ(a, b);
    const Array moved = std::move(a);
    EXPECT_EQ(moved, b);
}

TEST(Array, ThatWasMovedFromIsNoArray) {
    Array from(std::vector<float>{1, 2}, {2});
    const Array to = std::move(from);
    EXPECT_EQ(from, Array());
    EXPECT_EQ(from.size(), 0);
    EXPECT_EQ(to_string(from), to_string(Array()));
    EXPECT_EQ(to.size(), 2);
    from = to;
    EXPECT_EQ(from, to);
    EXPECT_EQ(Array(), Array(f32, {0}));
    Array last = std::move(from);
    from = std::move(last);
    EXPECT_EQ(from, to);
    EXPECT_EQ(last, Array());
}

TEST(Array, IsComparedByTypeAndElements) {
    const Array a(kSix, {batch(2), feature(3)});
    EXPECT_EQ(a, Array(kSix, {2, 3}));  // which says nothing of kinds
    EXPECT_NE(a, Array(kSix, {batch(2), channel(3)}));
    EXPECT_NE(a, Array(kSix, {batch(3), feature(2)}));
    EXPECT_NE(a, Array(std::vector<double>{0, 1, 2, 3, 4, 5}, {batch(2), feature(3)}));
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(Array(std::vector<float>{nan}, {1}), Array(std::vector<float>{nan}, {1}));
    EXPECT_NE(Array(std::vector<float>{nan}, {1}), Array(std::vector<float>{0}, {1}));
    const Array near(std::vector<float>{0, 1, 2, 3, 4, 5.00001F}, {2, 3});
    EXPECT_NE(a, near);
    EXPECT_TRUE(is_close(a, near));
    EXPECT_FALSE(is_close(a, near, 1e-7));
    EXPECT_FALSE(is_close(a, Array(kSix, {3, 2})));
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_FALSE(is_close(Array(std::vector<float>{1}, {1}), Array(std::vector<float>{infinity}, {1})));
}

TEST(Array, IsPrintedRowByRow) {
    const Array a(kSix, {batch(2), feature(3)});
    const std::string text = "f32[batch 2, feature 3] [[0, 1, 2],\n [3, 4, 5]]";
    EXPECT_EQ(fmt::format("{}", a), text);
    std::ostringstream stream;
    stream << a;
    EXPECT_EQ(stream.str(), text);
    EXPECT_EQ(to_string(Array(std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6, 7}, {8})),
              "i32[8] [0, 1, 2, ..., 5, 6, 7]");
    EXPECT_EQ(to_string(Array(f64, {})), "f64[] 0");
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(to_string(Array(std::vector<float>{nan, -nan}, {2})), "f32[2] [nan, nan]");
    EXPECT_EQ(to_string(Array(f32, {0})), "f32[0] []");
}

TEST(Array, IsTheSameAfterAFile) {
    const auto file = std::filesystem::temp_directory_path() / "ricci_array_test.npy";
    const Array a(kSix, {batch(2), feature(3)});
    a.save(file);
    const Array b = Array::load(file);
    std::filesystem::remove(file);
    EXPECT_EQ(a, b);
    EXPECT_TRUE(b.axes().empty());
    EXPECT_EQ(b.with_axes({batch(2), feature(3)}).axes(), a.axes());
}

TEST(Array, OfAnotherSizeOrTypeIsRefused) {
    EXPECT_EQ(refusal([] { Array(kSix, {batch(2), feature(2)}); }),
              "an array of 6 elements has axes f32[batch 2, feature 2], which are 4 elements");
    EXPECT_EQ(refusal([] { Array(f32, {batch(), feature(2)}); }),
              "array: f32[batch ?, feature 2]: an array needs every extent; batch(N) says that of the batch");
    const Array a(kSix, {batch(2), feature(3)});
    EXPECT_EQ(refusal([&] { a.span<double>(); }), "an array f32[batch 2, feature 3] was read as f64");
    EXPECT_EQ(refusal([&] { a.at({1}); }), "an element of f32[batch 2, feature 3] has 2 indices, but 1 are given");
    EXPECT_EQ(refusal([&] { a.at({1, 3}); }),
              "index 3 of axis 1 is outside of f32[batch 2, feature 3]; it is from 0 to 2");
    EXPECT_EQ(refusal([&] { a.scalar(); }), "array f32[batch 2, feature 3] is not one number; read its elements");
    EXPECT_EQ(refusal([&] { a.with_axes({batch(2)}); }),
              "6 elements of f32[batch 2, feature 3] cannot have axes f32[batch 2], which are 2 elements");
}

TEST(Array, OfAParameterKeepsItsMemory) {
    for (const Engine engine : {Engine::interpreter, Engine::jit}) {
        Line line;
        Function predict = compile(line.y, {.threads = 1, .engine = engine});
        predict.parameters()["w"] = Array(std::vector<float>{7}, {feature(1)});
        EXPECT_EQ(predict(rows({1}))[0].scalar(), 7.5);
        // What is moved from a parameter is its memory too.
        Array w = std::move(predict.parameters()["w"]);
        w.span<float>()[0] = 3;
        EXPECT_EQ(predict(rows({1}))[0].scalar(), 3.5);
        EXPECT_EQ(refusal([&] { predict.parameters()["w"] = Array(f32, {feature(2)}); }),
                  "w: f32[feature 1] cannot take the elements of f32[feature 2]; convert or reshape them");
    }
}

}  // namespace
}  // namespace ricci::test
