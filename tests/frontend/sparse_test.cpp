/// \file tests/frontend/sparse_test.cpp
/// Sparse matrices: from dense, entries and CSR; products and gradients against plain loops; what is refused.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/text/parser.h"
#include "ricci.h"
#include "tests/frontend/function.h"
#include "tests/frontend/refusal.h"

namespace ricci::test {
namespace {

/// 4 x 6 with an empty row, an empty column, and a row of three.
SparseMatrix small() {
    return SparseMatrix::of_entries(4, 6, {{3, 5, 0.5}, {0, 1, 2}, {2, 0, -1}, {2, 4, 3}, {2, 1, 0.25}, {0, 5, -4}});
}

TEST(SparseMatrix, KeepsEntriesInTheOrderOfRows) {
    const SparseMatrix matrix = small();
    EXPECT_EQ(matrix.count(), 6);
    EXPECT_EQ(matrix.values(), (std::vector<double>{2, -4, -1, 0.25, 3, 0.5}));
    EXPECT_EQ(matrix.row_ids(), (std::vector<std::int64_t>{0, 0, 2, 2, 2, 3}));
    EXPECT_EQ(matrix.column_ids(), (std::vector<std::int64_t>{1, 5, 0, 1, 4, 5}));
    EXPECT_EQ(matrix.row_starts(), (std::vector<std::int64_t>{0, 2, 2, 5, 6}));
}

TEST(SparseMatrix, IsTheSameFromDenseElementsEntriesAndCsr) {
    const SparseMatrix matrix = small();
    const std::vector<double> dense = matrix.dense();
    ASSERT_EQ(dense.size(), 24U);
    EXPECT_EQ(dense[1], 2);
    EXPECT_EQ(dense[2 * 6 + 4], 3);
    for (const SparseMatrix& other : {SparseMatrix::of_dense(4, 6, dense),
                                      SparseMatrix::of_csr(4, 6, matrix.values(), matrix.column_ids(), matrix.row_starts())}) {
        EXPECT_EQ(other.values(), matrix.values());
        EXPECT_EQ(other.row_ids(), matrix.row_ids());
        EXPECT_EQ(other.column_ids(), matrix.column_ids());
    }
    const SparseMatrix turned = matrix.transposed();
    EXPECT_EQ(turned.rows(), 6);
    EXPECT_EQ(turned.row_starts(), (std::vector<std::int64_t>{0, 1, 3, 3, 3, 4, 6}));
    EXPECT_EQ(turned.transposed().dense(), dense);
}

TEST(SparseMatrix, AddsUpEntriesOfOnePlace) {
    const SparseMatrix matrix = SparseMatrix::of_entries(2, 2, {{1, 0, 1}, {0, 0, 5}, {1, 0, 2.5}});
    EXPECT_EQ(matrix.values(), (std::vector<double>{5, 3.5}));
}

TEST(SparseMatrix, RefusesArraysThatDoNotFit) {
    const auto text = [](const std::function<void()>& program) { return refusal_text(program); };
    EXPECT_EQ(text([] { SparseMatrix::of_dense(2, 3, std::vector<double>{1, 2}); }),
              "sparse matrix: 2 x 3 has 6 elements, but 2 are given");
    EXPECT_EQ(text([] { SparseMatrix::of_dense(1, 2, std::vector<double>{0, 0}); }),
              "sparse matrix: 1 x 2 without an entry; its product is 0, which no matrix is needed for");
    EXPECT_EQ(text([] { SparseMatrix::of_entries(0, 3, {}); }), "sparse matrix: rows are 0; there are 1 to 2147483647");
    EXPECT_EQ(text([] { SparseMatrix::of_entries(2, 3'000'000'000, {}); }),
              "sparse matrix: columns are 3000000000; there are 1 to 2147483647");
    EXPECT_EQ(text([] { SparseMatrix::of_entries(2, 3, {{0, 0, 1}, {1, 3, 1}}); }),
              "sparse matrix: entry 1 is at row 1, column 3, outside of 2 x 3");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(2, 3, {1, 2}, {0}, {0, 1, 2}); }),
              "sparse matrix: 2 values, but 1 column ids; each value has one");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(2, 3, {1, 2}, {0, 1}, {0, 2}); }),
              "sparse matrix: 2 row starts for 2 rows; there is one a row, and the end");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(2, 3, {1, 2}, {0, 1}, {0, 1, 3}); }),
              "sparse matrix: row starts go from 0 to 3, but 2 values from 0 to 2");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(3, 3, {1, 2}, {0, 1}, {0, 2, 1, 2}); }),
              "sparse matrix: row 1 starts at 2, but the next one at 1");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(2, 3, {1, 2}, {0, 1}, {0, 5, 2}); }),
              "sparse matrix: row 0 ends at 5, but there are 2 values");
    EXPECT_EQ(text([] { SparseMatrix::of_csr(1, 3, {1, 2}, {0, -1}, {0, 2}); }),
              "sparse matrix: entry 1 is at row 0, column -1, outside of 1 x 3");
}

TEST(SparseMatmul, RefusesAnAxisOfAnotherExtent) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(5)});
    EXPECT_EQ(refusal_text([&] { sparse_matmul(x, small(), feature, {.name = "graph"}); }),
              "sparse_matmul \"graph\": the matrix has 6 columns, but x has feature 5");
    EXPECT_EQ(refusal_text([&] { sparse_matmul(x, small(), channel); }),
              "sparse_matmul \"sparse1\": x is f32[batch ?, feature 5], which has no axis of kind channel");
    const Tensor z = m.input("z", f32, {batch(), feature(6)});
    EXPECT_EQ(refusal_text([&] { sparse_matmul(z, small(), feature, {.even_rows = true}); }),
              "sparse_matmul \"sparse1\": even_rows, but row 1 has 0 entries and row 0 has 2");
    EXPECT_EQ(m.text().find("sparse"), std::string::npos) << "a refused layer leaves no trace";
}

/// What a product is made of: its sizes and numbers, each from a simple rule.
struct Example {
    std::int64_t rows, columns, entries, samples;
    bool sample_last;
    bool even_rows = false;

    SparseMatrix matrix() const {
        std::vector<SparseMatrix::Entry> all;
        for (std::int64_t n = 0; n < entries; ++n)
            all.push_back({row_of(n), column_of(n), std::sin(static_cast<double>(n + 1))});
        return SparseMatrix::of_entries(rows, columns, std::move(all));
    }
    std::int64_t row_of(std::int64_t n) const { return even_rows ? n % rows : n * 7 % rows; }
    std::int64_t column_of(std::int64_t n) const {
        return even_rows ? (n % rows + n / rows * (columns * rows / entries)) % columns : (n * n + 3 * n) % columns;
    }
    std::size_t at(std::int64_t sample, std::int64_t place, std::int64_t places) const {
        return static_cast<std::size_t>(sample_last ? place * samples + sample : sample * places + place);
    }
    std::vector<Axis> axes(std::int64_t places) const {
        const Axis sample = batch(samples), place = feature(places);
        return sample_last ? std::vector{place, sample} : std::vector{sample, place};
    }
};

template <typename T>
std::vector<T> numbers(std::size_t count, double step) {
    std::vector<T> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = static_cast<T>(std::cos(step * static_cast<double>(i + 1)));
    return all;
}

template <typename T>
void expect_near(const Array& got, const std::vector<double>& expected, const char* what) {
    const std::vector<T> values = got.to_vector<T>();
    ASSERT_EQ(values.size(), expected.size()) << what;
    for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(values[i], expected[i], sizeof(T) == 4 ? 2e-5 : 1e-13) << what << " " << i;
}

/// The product and both gradients against loops over the entries; for 1, 2 and 3 threads, of equal bits.
template <typename T>
void check(const Example& of, DType dtype, Engine engine) {
    const SparseMatrix matrix = of.matrix();
    Model m("m");
    const Tensor x = m.input("x", dtype, of.axes(of.columns));
    const Tensor upstream = m.input("upstream", dtype, of.axes(of.rows));
    const Tensor y = sparse_matmul(x, matrix, feature, {.trained = true, .even_rows = of.even_rows, .name = "graph"});
    EXPECT_EQ(y.type(), (TensorType{dtype, of.axes(of.rows)}));
    const Tensor loss = sum(y * upstream);
    const Tensor values = m["graph.values"];
    const auto elements = [&](std::int64_t places) { return static_cast<std::size_t>(of.samples * places); };
    const std::vector<T> xs = numbers<T>(elements(of.columns), 0.7), gs = numbers<T>(elements(of.rows), 1.3);
    std::vector<double> product(gs.size(), 0), by_x(xs.size(), 0), by_values(matrix.values().size(), 0);
    for (std::size_t n = 0; n < by_values.size(); ++n) {
        const double value = static_cast<T>(matrix.values()[n]);
        for (std::int64_t sample = 0; sample < of.samples; ++sample) {
            const std::size_t to = of.at(sample, matrix.row_ids()[n], of.rows);
            const std::size_t from = of.at(sample, matrix.column_ids()[n], of.columns);
            product[to] += value * static_cast<double>(xs[from]);
            by_x[from] += value * static_cast<double>(gs[to]);
            by_values[n] += static_cast<double>(xs[from]) * static_cast<double>(gs[to]);
        }
    }
    const Array given(xs, of.axes(of.columns)), back(gs, of.axes(of.rows));
    std::vector<Array> first;
    for (const int threads : {1, 2, 3}) {
        Function forwards = compile_forced(y, {.threads = threads, .engine = engine});
        Function backwards = compile_forced(gradients(loss, {x, values}), {.threads = threads, .engine = engine});
        const Array result = forwards({{"x", given}})[0];
        const Results both = backwards({{"x", given}, {"upstream", back}});
        const std::vector<Array> all = {result, both["gradient.x"], both["gradient.graph.values"]};
        expect_near<T>(all[0], product, "product");
        expect_near<T>(all[1], by_x, "gradient by x");
        expect_near<T>(all[2], by_values, "gradient by the values");
        if (first.empty()) first = all;
        for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], first[i]) << threads << " threads, result " << i;
    }
}

TEST(SparseMatmul, GivesWhatALoopOverTheEntriesGives) {
    for (const Engine engine : {Engine::jit, Engine::interpreter}) {
        for (const bool sample_last : {false, true}) {
            const Example few{.rows = 4, .columns = 6, .entries = 9, .samples = 3, .sample_last = sample_last};
            check<double>(few, f64, engine);
            check<float>(few, f32, engine);
            const Example even{.rows = 5, .columns = 7, .entries = 15, .samples = 3, .sample_last = sample_last, .even_rows = true};
            check<double>(even, f64, engine);
            check<float>(even, f32, engine);
        }
    }
    const Example even{.rows = 300, .columns = 70, .entries = 1200, .samples = 37, .sample_last = false, .even_rows = true};
    check<double>(even, f64, Engine::jit);
    check<float>(even, f32, Engine::jit);
    // More rows than columns, rows without an entry, and samples that fill vectors.
    const Example many{.rows = 300, .columns = 70, .entries = 900, .samples = 37, .sample_last = false};
    check<double>(many, f64, Engine::jit);
    check<float>(many, f32, Engine::jit);
}

TEST(SparseMatmul, TakesAnOpenBatchAndAxesBesideIt) {
    Model m("m");
    const Tensor x = m.input("x", f64, {batch(), feature(6), channel(2)});
    const Tensor y = sparse_matmul(x, small(), feature);
    EXPECT_EQ(fmt::format("{}", y), "sparse1: f64[batch ?, feature 4, channel 2]");
    const std::vector<double> xs = numbers<double>(24, 0.9);
    const Array got = compile_forced(y, {.threads = 1})({{"x", Array(xs, {batch(2), feature(6), channel(2)})}})[0];
    const std::vector<double> dense = small().dense();
    for (std::size_t b = 0; b < 2; ++b)
        for (std::size_t r = 0; r < 4; ++r)
            for (std::size_t c = 0; c < 2; ++c) {
                double sum = 0;
                for (std::size_t k = 0; k < 6; ++k) sum += dense[r * 6 + k] * xs[(b * 6 + k) * 2 + c];
                EXPECT_NEAR(got.to_vector<double>()[(b * 4 + r) * 2 + c], sum, 1e-13);
            }
}

TEST(SparseMatmul, TrainsTheValuesAlone) {
    Model m("m");
    const Tensor x = m.input("x", f32, {batch(), feature(6)});
    const Tensor target = m.input("target", f32, {batch(), feature(4)});
    const Tensor y = sparse_matmul(x, small(), feature, {.trained = true});
    EXPECT_EQ(m.parameter_count(), 6);
    Function step = compile_forced(training_step(mean(mse(y, target)), sgd({.learning_rate = 0.1})), {.threads = 1});
    const Array one(std::vector<float>{1, 1, 1, 1, 1, 1}, {batch(1), feature(6)});
    const Array zero(std::vector<float>(4, 0), {batch(1), feature(4)});
    const double before = step({{"x", one}, {"target", zero}}).scalar();
    double after = before;
    for (int i = 0; i < 20; ++i) after = step({{"x", one}, {"target", zero}}).scalar();
    EXPECT_LT(after, before / 2);
    EXPECT_EQ(sparse_matmul(x, small(), feature).name(), "sparse2");
    EXPECT_EQ(m.parameter_count(), 6) << "values that are not trained are a constant";
}

TEST(SparseMatmul, IsAsTextWhatItIsInCxx) {
    Model m("m");
    m.output("y", sparse_matmul(m.input("x", f32, {batch(), feature(6)}), small(), feature, {.name = "graph"}));
    const std::string text = m.text();
    for (const char* line : {"constant graph.values: f32[entry 6] = {2, -4, -1, 0.25, 3, 0.5}\n",
                             "constant graph.rows: i32<feature 4>[entry 6] = {0, 0, 2, 2, 2, 3}\n",
                             "constant graph.columns: i32<feature 6>[entry 6] = {1, 5, 0, 1, 4, 5}\n"}) {
        EXPECT_NE(text.find(line), std::string::npos) << text;
    }
    EXPECT_EQ(parse_model(text).model.text(), text);
}

TEST(Constants, ThatNumberPositionsAreCheckedAtOnce) {
    Model m("m");
    const Tensor ids = m.constant("ids", i32, of(classes(4)), {feature(3)}, {0, 3, 1});
    EXPECT_NE(m.text().find("constant ids: i32<class 4>[feature 3] = {0, 3, 1}"), std::string::npos) << m.text();
    EXPECT_EQ(refusal_text([&] { m.constant("more", i32, of(classes(4)), {feature(2)}, {0, 4}); }),
              "constant \"more\" numbers class 4, but number 1 is 4; there are 0 to 3");
    EXPECT_EQ(refusal_text([&] { m.constant("more", f32, of(classes(4)), {feature(2)}, {0, 1}); }),
              "constant \"more\": f32 numbers no positions; i32 and i64 do");
    EXPECT_EQ(refusal_text([&] { m.constant("more", i32, of(batch()), {feature(2)}, {0, 1}); }),
              "constant \"more\" numbers batch ?, whose extent is open; what is numbered has a fixed extent");
}

}  // namespace
}  // namespace ricci::test
