// Seconds from sizes: operations at the speed of each method, what comes from memory, what a call costs.
#include "passes/products/product_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ir/analysis/convolution_form.h"
#include "ir/core/tile.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// The steps of all accesses of one equation, and what a call of it sees.
class ProductWork {
  public:
    ProductWork(const StoredTypes& types, const Equation& equation) : equation_(equation) {
        const Graph& graph = types.graph();
        const std::size_t count = equation.indices.size();
        if (equation.tile >= 0) samples_ = graph.tiles[equation.tile].samples;
        batch_ = samples_ > 0 ? samples_ : graph.typical_samples();
        auto add = [&](ValueId value, const std::vector<Affine>& at) {
            const TensorType type = types.type(value);
            streams_.push_back(address(type, at, count));
            bytes_.push_back(static_cast<double>(type.count(batch())) * static_cast<double>(size_of(type.dtype)));
            open_ = open_ || type.is_open();
        };
        add(equation.result, equation.left);
        for (const Access* access : accesses(equation.body)) add(access->tensor, access->at);
    }

    std::int64_t batch() const { return batch_; }
    bool by_samples() const { return open_ || samples_ > 0; }

    double extent(IndexId i) const {
        return static_cast<double>(Size::of(equation_.indices[i].extent).at(batch()));
    }
    double points(bool reduced_ones) const {
        const std::vector<IndexId> reduced = equation_.reduced();
        double points = 1;
        for (IndexId i : equation_.indices.ids()) {
            if ((std::ranges::find(reduced, i) != reduced.end()) == reduced_ones) points *= extent(i);
        }
        return points;
    }
    double flop() const { return 2 * points(false) * points(true); }
    double bytes() const {
        double sum = 0;
        for (double bytes : bytes_) sum += bytes;
        return sum;
    }
    /// Bytes that one point of the outermost index of the result goes over: what the cache should hold meanwhile.
    double bytes_of_one_round() const {
        const auto steps = [&](IndexId i) { return streams_[0].strides[i].at(batch()); };
        IndexId outermost = -1;
        for (IndexId i : equation_.indices.ids()) {
            if (steps(i) != 0 && (outermost < 0 || steps(i) > steps(outermost))) outermost = i;
        }
        double sum = 0;
        for (std::size_t s = 0; s < streams_.size(); ++s) {
            sum += outermost >= 0 && uses(streams_[s], outermost) ? bytes_[s] / extent(outermost) : bytes_[s];
        }
        return sum;
    }

    /// Elements that lie one after another in every access that moves, or 0 when vectors cannot lie along this index.
    double run_along(IndexId index) const {
        const bool reduced = !uses(streams_[0], index);
        const bool open = equation_.indices[index].extent == kOpen;
        if ((open && samples_ == 0) || extent(index) == 1) return 0;
        bool moves = false;
        for (std::size_t s = reduced ? 1 : 0; s < streams_.size(); ++s) {
            const std::int64_t step = streams_[s].strides[index].at(batch());
            if (step != 0 && step != 1) return 0;
            moves = moves || (s > 0 && step == 1);
        }
        if (!moves || (!reduced && streams_[0].strides[index].at(batch()) != 1)) return 0;
        double length = extent(index);
        for (bool grown = true; grown;) {
            grown = false;
            for (IndexId next : equation_.indices.ids()) {
                if (next == index || extent(next) == 1 || uses(streams_[0], next) == reduced) continue;
                const bool goes_on = std::ranges::all_of(streams_, [&](const Address& stream) {
                    const auto own = static_cast<double>(stream.strides[index].at(batch()));
                    return static_cast<double>(stream.strides[next].at(batch())) ==
                           own * length;
                });
                if (!goes_on) continue;
                length *= extent(next);
                grown = true;
            }
        }
        return length;
    }
    bool is_reduced(IndexId index) const { return !uses(streams_[0], index); }

  private:
    static bool uses(const Address& stream, IndexId index) {
        return stream.strides[index] != Size{};
    }

    const Equation& equation_;
    std::int64_t samples_ = 0;      // of the batch tile it is in
    std::int64_t batch_ = 0;        // samples of a call
    std::vector<Address> streams_;  // the result, then what is read
    std::vector<double> bytes_;     // of each
    bool open_ = false;
};

/// Bytes of a number of the body, in those of f32: what a rate of f32 is divided by.
double width(const Equation& equation) {
    return static_cast<double>(size_of(equation.body->dtype)) / static_cast<double>(size_of(f32));
}

double lanes_of(const Equation& equation, const Machine& machine) {
    return std::max(1.0, static_cast<double>(machine.f32_lanes) / width(equation));
}

Prediction predict_blas(const ProductWork& product, const Equation& equation, const std::optional<GemmForm>& form,
                        const Machine& machine) {
    const IndexId sample = equation.tile >= 0 ? sample_index(equation) : -1;
    if (!form) return {.why_not = "it has no GEMM form"};
    if (!sums_any_batch(*form, sample))
        return {.why_not = "it sums over the samples and more at once, and a call may have fewer samples"};
    const std::int64_t batch = product.batch();
    double calls = 1;
    for (const auto* loops : {&form->parallel, &form->accumulate}) {
        for (const GemmForm::Loop& loop : *loops) calls *= static_cast<double>(loop.extent.at(batch));
    }
    return {width(equation) * calls *
            blas_seconds(static_cast<double>(form->rows.at(batch)), static_cast<double>(form->columns.at(batch)),
                         static_cast<double>(form->depth.at(batch)), form->transpose_b, machine)};
}

/// Of vectors along a summed index, where operands are near: as much faster than far ones as vectors along the result are.
double near_summed_flop_per_second(const Machine& machine) {
    const double nearer = machine.near_tile_flop_per_second / machine.register_tile_flop_per_second;
    return std::min(machine.near_tile_flop_per_second, machine.summed_tile_flop_per_second * nearer);
}

Prediction predict_contraction(const ProductWork& product, const Equation& equation, const Machine& machine) {
    if (!is_float(equation.body->dtype)) return {.why_not = "its numbers are whole"};
    if (product.points(true) < static_cast<double>(machine.least_tile_points))
        return {.why_not = fmt::format("its sums have fewer than {} points", machine.least_tile_points)};
    const double lanes = lanes_of(equation, machine);
    const bool streams = product.bytes_of_one_round() > static_cast<double>(machine.l2_bytes);
    const bool window = slides(equation);
    // In a batch tile the cache has what a round of the result reads, outside of one it has what all rounds do.
    const bool near = !window && (equation.tile >= 0 ? product.bytes_of_one_round() <= machine.operand_bytes()
                                                     : product.bytes() <= static_cast<double>(machine.l1_bytes));
    double best = 0;
    for (IndexId i : equation.indices.ids()) {
        const double run = product.run_along(i);
        if (run == 0) continue;
        const bool samples = equation.indices[i].extent == kOpen;
        const bool reduced = product.is_reduced(i);
        double flop_per_second = reduced   ? near ? near_summed_flop_per_second(machine) : machine.summed_tile_flop_per_second
                                 : samples ? machine.sample_tile_flop_per_second
                                 : near    ? machine.near_tile_flop_per_second
                                           : machine.register_tile_flop_per_second;
        if (window) {
            flop_per_second = reduced ? machine.summed_window_flop_per_second
                                      : flop_per_second * machine.window_speedup_ratio;
        } else if (streams) {
            flop_per_second = machine.streamed_tile_flop_per_second;
        }
        double seconds =
            product.flop() * width(equation) / flop_per_second * std::ceil(run / lanes) * lanes / run;
        if (reduced) seconds += machine.lane_sum_seconds * product.points(false);
        best = best == 0 ? seconds : std::min(best, seconds);
    }
    if (best == 0) return {.why_not = "no index lies along rows of all that it touches"};
    return {best};
}

}  // namespace

double blas_seconds(double m, double n, double k, bool transpose_b, const Machine& machine) {
    const double product = m * n * k;
    const double transposed = !transpose_b                                   ? 1
                              : product <= machine.blas_packs_above_products ? machine.blas_small_transposed_ratio
                                                                             : machine.blas_large_transposed_ratio;
    return machine.blas_call_seconds +
           2 * product / machine.blas_flop_per_second * (1 + machine.blas_call_rows / m) * transposed;
}

double bf16_seconds(double m, double n, double k, const Machine& machine) {
    return machine.blas_call_seconds + 2 * m * n * k / machine.bf16_flop_per_second * (1 + machine.blas_call_rows / m) +
           (m + n) * k * machine.bf16_packed_number_seconds;
}

double bf16_product_seconds(const StoredTypes& types, const Equation& equation, const GemmForm& form, const Machine& machine) {
    const ProductWork product(types, equation);
    const std::int64_t batch = product.batch();
    const auto m = static_cast<double>(form.rows.at(batch)), n = static_cast<double>(form.columns.at(batch)),
               k = static_cast<double>(form.depth.at(batch));
    double seconds = bf16_seconds(m, n, k, machine);
    // A left operand that the innermost loop does not move is packed once.
    if (!form.parallel.empty() && form.parallel.back().a == Size{}) {
        const auto times = static_cast<double>(form.parallel.back().extent.at(batch));
        seconds -= (1 - 1 / times) * m * k * machine.bf16_packed_number_seconds;
    }
    for (const auto* loops : {&form.parallel, &form.accumulate}) {
        for (const GemmForm::Loop& loop : *loops) seconds *= static_cast<double>(loop.extent.at(batch));
    }
    if (product.bytes() > static_cast<double>(machine.l2_bytes)) seconds += product.bytes() / machine.memory_bytes_per_second;
    return product.by_samples() ? seconds / static_cast<double>(batch) : seconds;
}

ProductCost predict_product(const StoredTypes& types, const Equation& equation, const std::optional<GemmForm>& form,
                            const Machine& machine) {
    const ProductWork product(types, equation);
    ProductCost cost{.blas = predict_blas(product, equation, form, machine),
                     .contraction = predict_contraction(product, equation, machine),
                     .loops = {product.flop() / machine.loop_flop_per_second * width(equation)},
                     .by_samples = product.by_samples()};
    const bool fits = product.bytes() <= static_cast<double>(machine.l2_bytes);
    const double memory = fits ? 0 : product.bytes() / machine.memory_bytes_per_second;
    for (Prediction* way : {&cost.blas, &cost.contraction, &cost.loops}) {
        way->seconds += memory;
        if (cost.by_samples) way->seconds /= static_cast<double>(product.batch());
    }
    return cost;
}

double predicted_seconds(const Graph& graph, const Machine& machine) {
    const StoredTypes types(graph);
    double seconds = 0;
    for (const Equation& equation : graph.equations) {
        const Copy copy = equation.schedule.copy;
        if (copy == Copy::im2col || copy == Copy::col2im) {
            const ValueId patches = copy == Copy::im2col ? equation.result : accesses(equation.body)[0]->tensor;
            const TensorType& type = graph.value(patches).type;
            seconds += static_cast<double>(type.count(1)) * static_cast<double>(size_of(type.dtype)) /
                       machine.patch_bytes_per_second;
        }
        if (!multiplies_matrices(equation) || equation.schedule.how == How::library) continue;
        const bool call = equation.schedule.how == How::blas;
        const ProductCost cost =
            predict_product(types, equation, call ? gemm_form(types, equation) : std::nullopt, machine);
        const bool loops = equation.schedule.how == How::loops;
        const Prediction& own = call                                         ? cost.blas
                                : loops || !cost.contraction.why_not.empty() ? cost.loops
                                                                             : cost.contraction;
        seconds += cost.by_samples ? own.seconds : 0;
    }
    return seconds;
}

std::string time_text(double seconds) {
    return seconds < 1e-4 ? fmt::format("{:.2g} us", seconds * 1e6) : fmt::format("{:.3g} ms", seconds * 1e3);
}

}  // namespace ricci::passes
