// Merges the kernel of an operand with that of the contraction that multiplies it.
#include "passes/fusion/kernel_operands.h"

#include <algorithm>
#include <optional>
#include <set>

#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "passes/fusion/inline_pointwise.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Vector registers that hold no result: two operands, two that they are computed from, and a sum made on the way. A
/// limit of the policy.
constexpr std::int64_t kOtherRegisters = 5;

/// The equations [first, last) of a kernel.
struct Span {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t count() const { return last - first; }
};

Span kernel_at(const Graph& graph, std::size_t place) {
    Span span{place, place + 1};
    const KernelId kernel = graph.equations[place].kernel;
    while (span.first > 0 && graph.equations[span.first - 1].kernel == kernel) --span.first;
    while (span.last < graph.equations.size() && graph.equations[span.last].kernel == kernel) ++span.last;
    return span;
}

/// A sum of all elements of a value that are alike in the indices of its result.
bool is_sum_of(const Equation& equation, ValueId value) {
    return equation.reduce == Reduce::sum && equation.body->form == Expr::Form::access &&
           equation.body->access.tensor == value && !equation.body->access.pad;
}

/// Into how many results of a contraction each element goes that it reads there.
std::int64_t results_of_element(const Equation& contraction, const Access& access) {
    std::int64_t results = 1;
    for (const IndexId i : contraction.indices.ids()) {
        auto uses = [&](const Affine& at) { return at.uses(i); };
        const std::int64_t extent = contraction.indices[i].extent;
        const bool other = extent != kOpen && std::ranges::none_of(access.at, uses);
        if (other && std::ranges::any_of(contraction.left, uses)) results *= extent;
    }
    return results;
}

class Joining {
  public:
    Joining(const Graph& graph, const Machine& machine, Remarks& remarks)
        : graph_(graph),
          uses_(graph),
          crossings_(crossings(graph)),
          written_by_(graph.values.size()),
          gone_(graph.kernels.size(), false),
          registers_(machine.vector_registers),
          remarks_(remarks) {
        for (EquationId id : graph.equations.ids()) {
            results_.push_back(graph.equations[id].result);
            written_by_[graph.equations[id].result] = id;
        }
    }

    Graph join_all() {
        std::set<ValueId> seen;
        for (std::size_t place = 0; place < graph_.equations.size(); ++place) {
            // What moves behind others is met once more.
            if (!seen.insert(graph_.equations[place].result).second || kernel_at(graph_, place).first != place)
                continue;
            if (const std::optional<std::size_t> contraction = contraction_of(place)) join(place, *contraction);
        }
        drop_gone_kernels();
        return std::move(graph_);
    }

  private:
    const Equation& at(EquationId place) const { return graph_.equations[place]; }
    /// Where the equations that read a value stand now, in order.
    std::vector<EquationId> readers(ValueId value) const {
        std::vector<EquationId> places;
        for (EquationId before : uses_.readers(value)) places.push_back(written_by_[results_[before]]);
        std::ranges::sort(places);
        return places;
    }
    const std::string& name(const Equation& equation) const { return graph_.value(equation.result).name; }

    /// The contraction that may compute the result of the pointwise equation that heads a kernel.
    std::optional<std::size_t> contraction_of(std::size_t head) {
        const Equation& operand = graph_.equations[head];
        if (operand.tile < 0 || operand.reduce != Reduce::none || operand.clipped || stands_alone(operand) ||
            crossings_[operand.result] != Crossing::local) {
            return std::nullopt;
        }
        const Span kernel = kernel_at(graph_, head);
        std::vector<EquationId> others;
        for (EquationId reader : readers(operand.result)) {
            if (reader.place() >= kernel.last || !is_sum_of(at(reader), operand.result)) others.push_back(reader);
        }
        const auto contractions =
            std::ranges::count_if(others, [&](EquationId reader) { return is_tiled_contraction(at(reader)); });
        if (contractions > 1) {
            remark(fmt::format("{}: stored, for {} contractions multiply it", name(operand), contractions));
        }
        if (contractions != 1 || others.size() > 1) return std::nullopt;
        const std::size_t place = others[0].place();
        if (kernel_at(graph_, place).count() > 1) return std::nullopt;
        // The sums alone are in its kernel, and nothing before the contraction waits for them.
        for (std::size_t i = head + 1; i < kernel.last; ++i) {
            if (!is_sum_of(graph_.equations[i], operand.result)) return std::nullopt;
            const std::vector<EquationId> of = readers(graph_.equations[i].result);
            if (!of.empty() && of.front() < others[0]) return std::nullopt;
        }
        for (const Access* access : accesses(at(others[0]).body)) {
            // A sum beside a padded read would miss points that the contraction leaves out.
            if (access->pad && kernel.count() > 1) return std::nullopt;
            if (access->tensor != operand.result) continue;
            const bool each_once =
                std::ranges::all_of(access->at, [](const Affine& at) { return at.bare() >= 0 || at.is_constant(); });
            if (access->pad || !each_once) return std::nullopt;
            const std::int64_t results = results_of_element(at(others[0]), *access);
            const bool fits = results + kOtherRegisters <= registers_;
            remark(fmt::format("{}: {} an element goes into {} results of {}, and registers hold {}", name(operand),
                               fits ? "may be computed where it is multiplied, for" : "stored, for", results,
                               name(at(others[0])), registers_ - kOtherRegisters));
            if (!fits) return std::nullopt;
        }
        return place;
    }

    void join(std::size_t head, std::size_t place) {
        const Span kernel = kernel_at(graph_, head);
        const KernelId joined = graph_.equations[place].kernel;
        const KernelId gone = graph_.equations[head].kernel;
        KernelGroup& group = graph_.kernels[joined];
        group.name = name(graph_.equations[head]) + ".to." + group.name;
        group.loops.clear();
        for (std::size_t i = kernel.first; i < kernel.last; ++i) graph_.equations[i].kernel = joined;
        auto from = [&](std::size_t i) { return graph_.equations.begin() + static_cast<std::ptrdiff_t>(i); };
        std::rotate(from(kernel.first), from(kernel.last), from(place));
        for (std::size_t i = kernel.first; i < place; ++i) written_by_[graph_.equations[i].result] = EquationId(i);
        gone_[gone] = true;
    }

    void drop_gone_kernels() {
        IdVector<KernelId, KernelId> numbers;
        IdVector<KernelId, KernelGroup> kept;
        for (const KernelId id : graph_.kernels.ids()) {
            numbers.push_back(kept.next());
            if (!gone_[id]) kept.push_back(std::move(graph_.kernels[id]));
        }
        graph_.kernels = std::move(kept);
        for (Equation& equation : graph_.equations) {
            if (equation.kernel >= 0) equation.kernel = numbers[equation.kernel];
        }
    }

    void remark(std::string text) { remarks_.push_back({"fuse", std::move(text)}); }

    Graph graph_;
    Uses uses_;                                  // of the order before
    IdVector<ValueId, Crossing> crossings_;
    IdVector<EquationId, ValueId> results_;      // in the order before
    IdVector<ValueId, EquationId> written_by_;   // in the order by now
    IdVector<KernelId, bool> gone_;              // kernels that were joined with another
    std::int64_t registers_;
    Remarks& remarks_;
};

}  // namespace

Graph join_operands(const Graph& graph, const Machine& machine, Remarks& remarks) {
    return Joining(graph, machine, remarks).join_all();
}

}  // namespace ricci::passes
