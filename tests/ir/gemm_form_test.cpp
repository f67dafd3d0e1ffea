// The GEMM form: what collapses in the cases that matter, and that plain GEMM calls by the form give the equation's
// sums.
#include "ir/analysis/gemm_form.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/seed.h"

namespace ricci::ir {
namespace {

using Extents = std::vector<std::pair<std::string, std::int64_t>>;
/// Axes from outermost in; each axis is the row-major tuple of the indices named.
using Axes = std::vector<std::vector<std::string>>;

struct Case {
    Graph graph;
    const Equation& equation() const { return graph.equations.front(); }
};

/// c[left] += scale * a[...] * b[...] over the indices given.
Case contraction(const Extents& extents, const Axes& left, const Axes& a, const Axes& b, double scale = 1) {
    Case made;
    Equation equation;
    for (const auto& [name, extent] : extents) {
        equation.indices.push_back({name, extent == kOpen ? kinds::batch() : kinds::feature(), extent});
    }
    auto place = [&](const std::string& name, const Axes& axes, Role role, std::vector<Affine>& at) {
        TensorType type{f64, {}};
        for (const std::vector<std::string>& tuple : axes) {
            Affine position;
            std::int64_t size = 1;
            for (std::size_t i = tuple.size(); i-- > 0;) {
                IndexId index = equation.index_named(tuple[i]);
                position = position + Affine::of(index, size);
                std::int64_t extent = equation.indices[index].extent;
                size = extent == kOpen ? kOpen : size * extent;
            }
            type.axes.push_back({size == kOpen ? kinds::batch() : kinds::feature(), size});
            at.push_back(position);
        }
        return made.graph.add({.name = name, .type = type, .role = role});
    };
    Access read_a;
    Access read_b;
    read_a.tensor = place("a", a, Role::input, read_a.at);
    read_b.tensor = place("b", b, Role::input, read_b.at);
    equation.result = place("c", left, Role::temporary, equation.left);
    equation.reduce = Reduce::sum;
    ExprRef product = element(read_a, f64) * element(read_b, f64);
    equation.body = scale == 1 ? product : constant(scale, f64) * product;
    made.graph.equations.push_back(std::move(equation));
    return made;
}

std::string names(const Equation& equation, const std::vector<IndexId>& ids) {
    std::string text;
    for (IndexId i : ids) text += (text.empty() ? "" : " ") + equation.indices[i].name;
    return text;
}

std::string names(const Equation& equation, const std::vector<GemmForm::Loop>& loops) {
    std::vector<IndexId> ids;
    for (const GemmForm::Loop& loop : loops) ids.push_back(loop.index);
    return names(equation, ids);
}

/// "m | n | k | parallel | accumulate", and t for each transposed operand.
std::string summary(const Case& made) {
    std::optional<GemmForm> form = gemm_form(made.graph, made.equation());
    if (!form) return "none";
    const Equation& e = made.equation();
    return fmt::format("{}{} | {}{} | {} | {} | {}", names(e, form->m), form->transpose_a ? "^t" : "",
                       names(e, form->n), form->transpose_b ? "^t" : "", names(e, form->k), names(e, form->parallel),
                       names(e, form->accumulate));
}

std::vector<std::int64_t> bound(std::vector<std::int64_t> extents, std::int64_t batch) {
    for (std::int64_t& extent : extents) extent = extent == kOpen ? batch : extent;
    return extents;
}

/// Calls `visit` with every point of the extents, in row-major order.
void for_each_point(const std::vector<std::int64_t>& extents,
                    const std::function<void(const std::vector<std::int64_t>&)>& visit) {
    std::int64_t points = std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<std::int64_t> point(extents.size());
    for (std::int64_t p = 0; p < points; ++p) {
        std::int64_t rest = p;
        for (std::size_t i = extents.size(); i-- > 0; rest /= extents[i]) point[i] = rest % extents[i];
        visit(point);
    }
}

std::int64_t element_number(const TensorType& type, const std::vector<Affine>& at,
                            const std::vector<std::int64_t>& point, std::int64_t batch) {
    std::vector<std::int64_t> strides = type.strides(batch);
    std::int64_t number = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
        std::int64_t position = at[axis].offset;
        for (const Affine::Term& term : at[axis].terms) {
            position += term.coefficient * point[static_cast<std::size_t>(term.index)];
        }
        number += strides[axis] * position;
    }
    return number;
}

std::vector<double> by_equation(const Case& made, const std::vector<double>& a, const std::vector<double>& b,
                                double scale, std::int64_t batch) {
    const Equation& e = made.equation();
    std::vector<const Access*> reads = accesses(e.body);
    const TensorType& type = made.graph.value(e.result).type;
    std::vector<double> c(static_cast<std::size_t>(type.count(batch)));
    for_each_point(bound(e.extents(), batch), [&](const std::vector<std::int64_t>& point) {
        auto number = [&](const Access& read) {
            return static_cast<std::size_t>(element_number(made.graph.value(read.tensor).type, read.at, point, batch));
        };
        c[static_cast<std::size_t>(element_number(type, e.left, point, batch))] +=
            scale * a[number(*reads[0])] * b[number(*reads[1])];
    });
    return c;
}

std::vector<double> by_form(const GemmForm& form, const std::vector<double>& a, const std::vector<double>& b,
                            std::size_t size, std::int64_t batch) {
    std::vector<double> c(size, 1e300);  // beta = 0 must overwrite what was there
    std::int64_t m = form.rows.at(batch), n = form.columns.at(batch), k = form.depth.at(batch);
    EXPECT_GE(form.lda.at(batch), form.transpose_a ? m : k);
    EXPECT_GE(form.ldb.at(batch), form.transpose_b ? k : n);
    EXPECT_GE(form.ldc.at(batch), n);
    auto call = [&](std::int64_t at_a, std::int64_t at_b, std::int64_t at_c, double beta) {
        for (std::int64_t i = 0; i < m; ++i) {
            for (std::int64_t j = 0; j < n; ++j) {
                double sum = 0;
                for (std::int64_t l = 0; l < k; ++l) {
                    std::int64_t from_a = form.transpose_a ? l * form.lda.at(batch) + i : i * form.lda.at(batch) + l;
                    std::int64_t from_b = form.transpose_b ? j * form.ldb.at(batch) + l : l * form.ldb.at(batch) + j;
                    sum +=
                        a.at(static_cast<std::size_t>(at_a + from_a)) * b.at(static_cast<std::size_t>(at_b + from_b));
                }
                double& to = c.at(static_cast<std::size_t>(at_c + i * form.ldc.at(batch) + j));
                to = form.alpha * sum + (beta == 0 ? 0 : beta * to);
            }
        }
    };
    auto extents = [&](const std::vector<GemmForm::Loop>& loops) {
        std::vector<std::int64_t> found;
        for (const GemmForm::Loop& loop : loops) found.push_back(loop.extent.at(batch));
        return found;
    };
    for_each_point(extents(form.parallel), [&](const std::vector<std::int64_t>& outer) {
        double beta = 0;
        for_each_point(extents(form.accumulate), [&](const std::vector<std::int64_t>& inner) {
            std::int64_t at_a = form.offset_a.at(batch), at_b = form.offset_b.at(batch), at_c = form.offset_c.at(batch);
            auto step = [&](const std::vector<GemmForm::Loop>& loops, const std::vector<std::int64_t>& point) {
                for (std::size_t i = 0; i < loops.size(); ++i) {
                    at_a += loops[i].a.at(batch) * point[i];
                    at_b += loops[i].b.at(batch) * point[i];
                    at_c += loops[i].c.at(batch) * point[i];
                }
            };
            step(form.parallel, outer);
            step(form.accumulate, inner);
            call(at_a, at_b, at_c, beta);
            beta = 1;
        });
    });
    return c;
}

TEST(GemmForm, ALinearLayerIsOneProductOverTheWholeBatch) {
    Extents all = {{"b", kOpen}, {"o", 84}, {"i", 120}};
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"o"}}, {{"b"}, {"i"}}, {{"o"}, {"i"}})), "b | o^t | i |  | ");
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"i"}}, {{"b"}, {"o"}}, {{"o"}, {"i"}})), "b | i | o |  | ");
    EXPECT_EQ(summary(contraction(all, {{"o"}, {"i"}}, {{"b"}, {"o"}}, {{"b"}, {"i"}})), "o^t | i | b |  | ");
}

TEST(GemmForm, ChannelFirstPatchesGiveAProductPerSample) {
    Extents all = {{"b", kOpen}, {"o", 6}, {"y", 28}, {"x", 28}, {"i", 3}, {"r", 5}, {"s", 5}};
    Axes patches = {{"b"}, {"i"}, {"r"}, {"s"}, {"y"}, {"x"}};
    Axes image = {{"b"}, {"o"}, {"y"}, {"x"}};
    Axes kernel = {{"o"}, {"i"}, {"r"}, {"s"}};
    EXPECT_EQ(summary(contraction(all, image, patches, kernel)), "o | y x | i r s | b | ");
    EXPECT_EQ(summary(contraction(all, kernel, image, patches)), "o | i r s^t | y x |  | b");
    EXPECT_EQ(summary(contraction(all, patches, kernel, image)), "i r s^t | y x | o | b | ");
}

TEST(GemmForm, ChannelLastPatchesGiveOneProduct) {
    Extents all = {{"b", kOpen}, {"y", 28}, {"x", 28}, {"o", 6}, {"r", 5}, {"s", 5}, {"i", 3}};
    Axes patches = {{"b"}, {"y"}, {"x"}, {"r"}, {"s"}, {"i"}};
    Axes image = {{"b"}, {"y"}, {"x"}, {"o"}};
    Axes kernel = {{"o"}, {"r"}, {"s"}, {"i"}};
    EXPECT_EQ(summary(contraction(all, image, patches, kernel)), "b y x | o^t | r s i |  | ");
    EXPECT_EQ(summary(contraction(all, kernel, image, patches)), "o^t | r s i | b y x |  | ");
    EXPECT_EQ(summary(contraction(all, patches, image, kernel)), "b y x | r s i | o |  | ");
}

TEST(GemmForm, GroupsAreALoopAndKeepTheWholeBatchTogether) {
    Extents all = {{"b", kOpen}, {"y", 7}, {"x", 5}, {"g", 2}, {"o", 6}, {"r", 3}, {"s", 3}, {"i", 4}};
    Axes patches = {{"b"}, {"y"}, {"x"}, {"g"}, {"r"}, {"s"}, {"i"}};
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"y"}, {"x"}, {"g", "o"}}, patches, {{"g", "o"}, {"r"}, {"s"}, {"i"}})),
              "b y x | o^t | r s i | g | ");
}

TEST(GemmForm, IndicesOfExtentOneAreInNoList) {
    Extents all = {{"b", kOpen}, {"o", 1}, {"i", 9}};
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"o"}}, {{"b"}, {"i"}}, {{"o"}, {"i"}})), "b |  | i |  | ");
}

TEST(GemmForm, RefusesWhatIsNoProductOfMatrices) {
    Extents all = {{"b", kOpen}, {"o", 4}, {"i", 9}};
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"o"}}, {{"b"}, {"o"}}, {{"b"}, {"i"}})), "none")
        << "i is in one operand";
    EXPECT_EQ(summary(contraction(all, {{"b"}, {"o"}}, {{"b"}}, {{"o"}})), "none") << "nothing is contracted";
    Case made = contraction(all, {{"b"}, {"o"}}, {{"b"}, {"i"}}, {{"o"}, {"i"}});
    made.graph.equations[0].reduce = Reduce::max;
    EXPECT_EQ(summary(made), "none");
    made.graph.equations[0].reduce = Reduce::sum;
    made.graph.equations[0].body = made.equation().body + constant(1, f64);
    EXPECT_EQ(summary(made), "none");
    made = contraction(all, {{"b"}, {"o"}}, {{"b"}, {"i"}}, {{"o"}, {"i"}});
    made.graph.equations[0].body = rewrite(made.equation().body, [](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access) return nullptr;
        Access padded = node->access;
        padded.pad = 0;
        return element(std::move(padded), node->dtype);
    });
    EXPECT_EQ(summary(made), "none");
}

TEST(GemmForm, PlainGemmCallsByTheFormGiveTheSumsOfTheEquation) {
    const std::uint64_t seed = test::seed();
    std::mt19937_64 random(seed);
    auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
    int found = 0;
    for (int trial = 0; trial < 4000; ++trial) {
        // Indices of each class (m, n, k, shared by all), one of them the batch, in random order on every tensor.
        Extents all;
        std::vector<std::string> in_a, in_b, in_c;
        const char* classes[] = {"m", "n", "k", "p"};
        for (int which = 0; which < 4; ++which) {
            int count = draw(which == 3 ? 0 : 1, which == 3 ? 1 : 3);
            for (int i = 0; i < count; ++i) {
                std::string name = fmt::format("{}{}", classes[which], i);
                all.push_back({name, draw(0, 4) == 0 ? 1 : draw(2, 3)});
                if (which != 1) in_a.push_back(name);
                if (which != 0) in_b.push_back(name);
                if (which != 2) in_c.push_back(name);
            }
        }
        std::string batch_index = all[static_cast<std::size_t>(draw(0, static_cast<int>(all.size()) - 1))].first;
        bool open = draw(0, 1) == 1;
        for (auto& [name, extent] : all) {
            if (open && name == batch_index) extent = kOpen;
        }
        auto axes = [&](std::vector<std::string> names) {
            if (draw(0, 2) == 0) std::shuffle(names.begin(), names.end(), random);
            Axes made;
            for (const std::string& name : names) {
                bool alone = made.empty() || (open && (name == batch_index || made.back().back() == batch_index));
                if (alone || draw(0, 1) == 0) made.push_back({});
                made.back().push_back(name);
            }
            return made;
        };
        double scale = draw(0, 1) == 0 ? 1 : -1;
        Axes left = axes(in_c);
        Case made = contraction(all, left, axes(in_a), axes(in_b), scale);
        std::optional<GemmForm> form = gemm_form(made.graph, made.equation());
        if (!form) continue;
        ++found;
        constexpr std::int64_t kBatch = 3;
        std::vector<double> a(static_cast<std::size_t>(made.graph.value(0).type.count(kBatch)));
        std::vector<double> b(static_cast<std::size_t>(made.graph.value(1).type.count(kBatch)));
        for (double& element : a) element = draw(-4, 4);
        for (double& element : b) element = draw(-4, 4);
        std::vector<double> expected = by_equation(made, a, b, scale, kBatch);
        if (form->a_operand == 1) std::swap(a, b);
        ASSERT_EQ(by_form(*form, a, b, expected.size(), kBatch), expected)
            << "trial " << trial << " of seed " << seed << ": " << summary(made);
    }
    EXPECT_GT(found, 2000);
}

}  // namespace
}  // namespace ricci::ir
