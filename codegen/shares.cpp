// The size of a kernel's code, and shares of even size.
#include "codegen/shares.h"

#include <algorithm>
#include <numeric>

#include "ir/loops/nest.h"

namespace ricci::codegen {
namespace {

using ir::Equation;

/// Instructions of a kernel without a loop: its arguments, and what LLVM does for any function.
constexpr double kBare = 100;
/// A multiply-add of a register tile, whose loads serve several.
constexpr double kOfMultiplyAdd = 2;
/// Of a copy that is turned over, for each element of a block: loads, shuffles, stores, and again for what blocks leave.
constexpr double kOfTranspose = 4;

double once(const Equation& equation) {
    return 1 + static_cast<double>(ir::accesses(equation.body).size()) + ir::operations(equation.body);
}

/// Copies of what stands in these loops. `samples`: what a batch tile has room for; 0 outside of tiles.
double copies(const std::vector<ir::Loop>& loops, const ir::LoopNest& nest, const Equation& equation,
              std::int64_t samples) {
    double copies = 1;
    for (const ir::Loop& loop : loops) {
        if (loop.look_up) continue;
        double points = 1;
        for (const std::string& name : loop.indices) {
            const ir::IndexId index = equation.index_named(name);
            if (index >= 0) points *= static_cast<double>(ir::Size::of(equation.indices[index].extent).at(samples));
        }
        if (loop.vector) points = std::max(1.0, points / nest.lanes);
        copies *= loop.unrolled ? points : static_cast<double>(loop.by);
    }
    return copies;
}

}  // namespace

double code_size(const ir::Graph& graph, const ir::KernelSource& kernel) {
    double size = kBare;
    if (kernel.group == nullptr) return size;
    const std::int64_t samples = ir::samples_of(graph, kernel);
    auto equation = kernel.equations.begin();
    for (const ir::LoopNest& nest : kernel.group->nests) {
        const auto end = equation + static_cast<std::ptrdiff_t>(nest.equations());
        const auto own = std::find_if(equation, end, [&](const Equation* e) { return e->result == nest.result; });
        if (nest.form == ir::LoopNest::Form::transpose) size += kOfTranspose * nest.lanes * nest.lanes;
        const double results = copies(nest.outer, nest, **own, samples);
        const double points = copies(nest.inner, nest, **own, samples);
        const bool tile = nest.form == ir::LoopNest::Form::register_tile;
        for (; equation != end; ++equation) {
            const bool follows = std::ranges::find(nest.following, (*equation)->result, &ir::Following::result) !=
                                 nest.following.end();
            const double point = tile && equation == own ? kOfMultiplyAdd : once(**equation);
            size += point * results * (follows ? 1 : points);
        }
    }
    return size;
}

std::vector<std::vector<std::size_t>> even_shares(std::span<const double> sizes, std::size_t shares) {
    std::vector<std::vector<std::size_t>> all(std::clamp<std::size_t>(shares, 1, std::max<std::size_t>(1, sizes.size())));
    std::vector<double> sums(all.size(), 0);
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::ranges::greater{}, [&](std::size_t i) { return sizes[i]; });
    for (const std::size_t piece : order) {
        const auto least = static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
        all[least].push_back(piece);
        sums[least] += sizes[piece];
    }
    for (std::vector<std::size_t>& share : all) std::ranges::sort(share);
    std::ranges::sort(all);
    return all;
}

}  // namespace ricci::codegen
