// Merges the kernel of an operand with that of the contraction that multiplies it.
#include "passes/kernel_operands.h"

#include <algorithm>

#include "ir/tile.h"
#include "passes/inline_pointwise.h"

namespace ricci::passes {
namespace {

using namespace ir;

/// Vector registers that hold no result: operands, what they are computed from, and a sum that is made on the way.
constexpr std::int64_t kOtherRegisters = 5;

/// The equations [first, last) of a kernel.
struct Span {
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t count() const { return last - first; }
};

Span kernel_at(const Graph& graph, std::size_t place) {
    Span span{place, place + 1};
    const int kernel = graph.equations[place].kernel;
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
    for (IndexId i = 0; i < static_cast<IndexId>(contraction.indices.size()); ++i) {
        auto uses = [&](const Affine& at) { return at.uses(i); };
        const std::int64_t extent = contraction.indices[static_cast<std::size_t>(i)].extent;
        const bool other = extent != kOpen && std::ranges::none_of(access.at, uses);
        if (other && std::ranges::any_of(contraction.left, uses)) results *= extent;
    }
    return results;
}

class Joining {
  public:
    Joining(const Graph& graph, int registers, Remarks& remarks)
        : graph_(graph), registers_(registers), remarks_(remarks) {}

    Graph run() {
        for (std::size_t place = 0; place < graph_.equations.size(); ++place) {
            if (!is_tiled_contraction(graph_.equations[place]) || kernel_at(graph_, place).count() > 1) continue;
            for (const Access* access : accesses(graph_.equations[place].body)) {
                const int writer = graph_.producers()[static_cast<std::size_t>(access->tensor)];
                if (writer < 0 || !may_join(static_cast<std::size_t>(writer), place, *access)) continue;
                join(static_cast<std::size_t>(writer), place);
                break;
            }
        }
        return std::move(graph_);
    }

  private:
    const std::string& name(const Equation& equation) const { return graph_.value(equation.result).name; }

    /// True when the operand heads a kernel that nothing but sums and the contraction at `place` takes something from.
    bool may_join(std::size_t head, std::size_t place, const Access& access) {
        const Equation& operand = graph_.equations[head];
        const Equation& contraction = graph_.equations[place];
        const Span kernel = kernel_at(graph_, head);
        if (kernel.first != head || operand.reduce != Reduce::none || operand.clipped || access.pad ||
            operand.tile != contraction.tile || stands_alone(operand)) {
            return false;
        }
        for (std::size_t i = head + 1; i < kernel.last; ++i) {
            if (!is_sum_of(graph_.equations[i], operand.result)) return false;
        }
        const std::vector<std::vector<int>> readers = graph_.readers();
        const std::vector<int>& of = readers[static_cast<std::size_t>(operand.result)];
        const auto multiply = std::ranges::count_if(
            of, [&](int r) { return is_tiled_contraction(graph_.equations[static_cast<std::size_t>(r)]); });
        if (multiply > 1) {
            if (of.back() == static_cast<int>(place)) {
                remark(fmt::format("{}: stored, for {} contractions multiply it", name(operand), multiply));
            }
            return false;
        }
        if (of.size() != kernel.count() || crossing(graph_, operand.result) != Crossing::local) return false;
        // Nothing between the two kernels may wait for the first.
        for (std::size_t i = kernel.first; i < kernel.last; ++i) {
            for (int reader : readers[static_cast<std::size_t>(graph_.equations[i].result)]) {
                const auto at = static_cast<std::size_t>(reader);
                if (at >= kernel.last && at < place) return false;
            }
        }
        const std::int64_t results = results_of_element(contraction, access);
        const bool fits = results + kOtherRegisters <= registers_;
        remark(fmt::format("{}: {} an element goes into {} results of {}, and registers hold {}", name(operand),
                           fits ? "may be computed where it is multiplied, for" : "stored, for", results,
                           name(contraction), registers_ - kOtherRegisters));
        return fits;
    }

    void join(std::size_t head, std::size_t place) {
        const Span kernel = kernel_at(graph_, head);
        const int joined = graph_.equations[place].kernel;
        const int gone = graph_.equations[head].kernel;
        KernelGroup& group = graph_.kernels[static_cast<std::size_t>(joined)];
        group.name = name(graph_.equations[head]) + ".to." + group.name;
        group.loops.clear();
        for (std::size_t i = kernel.first; i < kernel.last; ++i) graph_.equations[i].kernel = joined;
        auto at = [&](std::size_t i) { return graph_.equations.begin() + static_cast<std::ptrdiff_t>(i); };
        std::rotate(at(kernel.first), at(kernel.last), at(place));
        graph_.kernels.erase(graph_.kernels.begin() + gone);
        for (Equation& equation : graph_.equations) equation.kernel -= equation.kernel > gone;
    }

    void remark(std::string text) { remarks_.push_back({"fuse", std::move(text)}); }

    Graph graph_;
    int registers_;
    Remarks& remarks_;
};

}  // namespace

Graph join_operands(const Graph& graph, int registers, Remarks& remarks) {
    return Joining(graph, registers, remarks).run();
}

}  // namespace ricci::passes
