// Adds up, kernel by kernel, what equations compute and what bytes they move.
#include "passes/cost/program_cost.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "ir/analysis/convolution_form.h"
#include "ir/analysis/gemm_form.h"
#include "ir/analysis/look_ups.h"
#include "ir/analysis/work.h"
#include "ir/core/routines.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "passes/convolution/choose_convolution.h"
#include "passes/products/product_cost.h"

namespace ricci::passes {
namespace {

using namespace ir;

class Cost {
  public:
    Cost(const Graph& graph, std::int64_t batch, const Machine& machine)
        : graph_(graph), batch_(batch), machine_(machine), readers_(graph.readers()), leaves_(leaving(graph)) {}

    /// Of the equations [first, last), which are one kernel.
    double seconds(std::size_t first, std::size_t last) const {
        double computing = 0;
        std::map<ValueId, double> bytes;  // that the kernel's memory traffic has, by value; a product counts its own
        for (std::size_t place = first; place < last; ++place) {
            const Equation& equation = graph_.equations[place];
            if (const double own = product(equation); own > 0) {
                computing += own;
                continue;
            }
            computing += operations(equation) / (machine_.blas_flop_per_second / kFlopOfOperation) * width(equation);
            std::set<ValueId> touched = {equation.result};
            for (const Access* access : accesses(equation.body)) touched.insert(access->tensor);
            for (ValueId value : touched) {
                if (!is_passed_on(value, first, last)) bytes.emplace(value, moved(equation, value));
            }
        }
        double moving = 0;
        for (const auto& [value, seconds] : bytes) moving += seconds;
        return std::max(computing, moving) + calls(graph_.equations[first]) * machine_.kernel_call_seconds;
    }

  private:
    static constexpr double kFlopOfOperation = 2;  // FLOP of a multiply-add
    static constexpr double kAccessOperations = 0.5;  // operations of a load or store: a core loads as many vectors a cycle as it multiplies

    static constexpr double kWaitingVectors = 2;  // vectors that could be computed while the operations of one wait for each other

    static double width(const Equation& equation) {
        return static_cast<double>(size_of(equation.body->dtype)) / static_cast<double>(size_of(f32));
    }
    double bytes_of(ValueId value) const {
        const TensorType& type = graph_.value(value).type;
        return static_cast<double>(type.count(batch_)) * static_cast<double>(size_of(type.dtype));
    }
    /// How often the kernel of this equation runs.
    double calls(const Equation& equation) const {
        if (equation.tile < 0) return 1;
        const std::int64_t samples = graph_.tiles[equation.tile].samples;
        return static_cast<double>((batch_ + samples - 1) / samples);
    }
    /// Samples that are computed: those of the last tile all, whether there are as many or not.
    double samples(const Equation& equation) const {
        if (equation.tile < 0) return static_cast<double>(batch_);
        return calls(equation) * static_cast<double>(graph_.tiles[equation.tile].samples);
    }

    /// Seconds of a product of matrices or of a convolution; 0 for any other equation.
    double product(const Equation& equation) const {
        if (equation.schedule.how == How::library && equation.schedule.routine->form == Routine::Form::product) {
            const std::optional<GemmForm> product = gemm_form(types_, equation, Factors::bf16);
            if (!product) return 0;
            const bool by_samples = std::ranges::any_of(equation.extents(), [](std::int64_t extent) { return extent == kOpen; });
            return bf16_product_seconds(types_, equation, *product, machine_) * (by_samples ? samples(equation) : 1);
        }
        if (equation.schedule.how == How::library) {
            const auto form = convolution_form(graph_, equation);
            const Routine* routine = equation.schedule.routine;
            if (!form || routine == nullptr) return 0;
            const auto count = static_cast<double>(form->batch == kOpen ? batch_ : form->batch);
            return count * routine_seconds(*form, *routine, count, machine_);
        }
        if (!multiplies_matrices(equation)) return 0;
        const bool call = equation.schedule.how == How::blas;
        const ProductCost cost =
            predict_product(types_, equation, call ? gemm_form(types_, equation) : std::nullopt, machine_);
        const bool loops = equation.schedule.how == How::loops;
        const Prediction& own = call                                         ? cost.blas
                                : loops || !cost.contraction.why_not.empty() ? cost.loops
                                                                             : cost.contraction;
        return own.seconds * (cost.by_samples ? samples(equation) : 1);
    }

    /// Lanes of a vector that compute something, as a part of one; less where they wait. Inside the shared loops of a kernel an equation has its
    /// other indices for vectors; in a batch tile samples fill them.
    double filled(const Equation& equation) const {
        if (equation.tile >= 0 || equation.kernel < 0) return 1;
        const std::vector<std::string>& loops = graph_.kernels[equation.kernel].loops;
        double inner = 1;
        for (const Index& index : equation.indices) {
            if (std::ranges::find(loops, index.name) != loops.end()) continue;
            inner *= static_cast<double>(index.extent == kOpen ? batch_ : index.extent);
        }
        const double lanes = std::max(1.0, static_cast<double>(machine_.f32_lanes) / width(equation));
        return inner / (std::max(std::ceil(inner / lanes), kWaitingVectors) * lanes);
    }

    /// Operations of an equation that is no product, one each element of its vectors, empty lanes among them.
    double operations(const Equation& equation) const {
        double points = 1;
        for (std::int64_t extent : equation.extents())
            points *= extent == kOpen ? samples(equation) : static_cast<double>(extent);
        if (equation.tile < 0) {
            for (const LookUp& found : look_ups(graph_, equation)) {
                const std::int64_t extent = equation.indices[found.index].extent;
                points /= extent == kOpen ? samples(equation) : static_cast<double>(extent);
            }
        }
        double a_point = equation.reduce == Reduce::none ? 0 : 1;
        walk(equation.body, [&](const Expr& node) {
            if (node.form == Expr::Form::cast) ++a_point;
            if (node.form == Expr::Form::call) a_point += info(node.function).operations;
        });
        const double touched = static_cast<double>(accesses(equation.body).size()) + (equation.reduced().empty() ? 1 : 0);
        return points / filled(equation) * (a_point + kAccessOperations * touched);
    }

    /// True for what the equations [first, last) alone write and read.
    bool is_passed_on(ValueId value, std::size_t first, std::size_t last) const {
        if (leaves_[value]) return false;
        const auto written = [&](std::size_t place) { return graph_.equations[place].result == value; };
        bool inside = false;
        for (std::size_t place = first; place < last; ++place) inside = inside || written(place);
        return inside && std::ranges::all_of(readers_[value], [&](EquationId reader) {
                   return reader.place() >= first && reader.place() < last;
               });
    }

    /// Seconds that the bytes of a value take into the kernel of an equation, or out of it.
    double moved(const Equation& equation, ValueId value) const {
        const double bytes = bytes_of(value);
        const Copy copy = equation.schedule.copy;
        if (copy == Copy::im2col || copy == Copy::col2im) {
            return bytes / (equation.tile >= 0 ? machine_.tile_patch_bytes_per_second : machine_.patch_bytes_per_second);
        }
        const bool local = types_.tile_of(value) >= 0;
        if (local || bytes <= static_cast<double>(machine_.l2_bytes)) {
            const bool shared = equation.tile >= 0 && !graph_.value(value).type.is_open();
            return (shared ? calls(equation) : 1) * bytes / machine_.l2_bytes_per_second;
        }
        return bytes / machine_.memory_bytes_per_second;
    }

    const Graph& graph_;
    const StoredTypes types_{graph_};
    std::int64_t batch_;
    const Machine& machine_;
    IdVector<ValueId, std::vector<EquationId>> readers_;
    IdVector<ValueId, bool> leaves_;
};

}  // namespace

std::vector<KernelSeconds> kernel_seconds(const Graph& graph, std::int64_t batch, const Machine& machine) {
    const Cost cost(graph, batch, machine);
    std::vector<KernelSeconds> found;
    for (std::size_t first = 0; first < graph.equations.size();) {
        std::size_t last = first + 1;
        const KernelId kernel = graph.equations[first].kernel;
        while (kernel >= 0 && last < graph.equations.size() && graph.equations[last].kernel == kernel) ++last;
        const std::string& name = kernel < 0 ? graph.value(graph.equations[first].result).name
                                             : graph.kernels[kernel].name;
        found.push_back({name, cost.seconds(first, last)});
        first = last;
    }
    return found;
}

double program_seconds(const Graph& graph, std::int64_t batch, const Machine& machine) {
    double seconds = 0;
    for (const KernelSeconds& kernel : kernel_seconds(graph, batch, machine)) seconds += kernel.seconds;
    return seconds;
}

}  // namespace ricci::passes
