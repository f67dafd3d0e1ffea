// Plans in the words of their parts: loops, vectors, register tiles, what stands before and behind a sum.
#include "passes/loops/print_plan.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "ir/print/print.h"
#include "passes/loops/prologue.h"

namespace ricci::codegen {
namespace {

std::string indent(int depth) {
    return std::string(static_cast<std::size_t>(4 * depth), ' ');
}

std::string size_text(ir::Size size) {
    std::string text;
    if (size.fixed != 0 || size.per_batch == 0) text = fmt::format("{}", size.fixed);
    if (size.per_batch == 0) return text;
    const std::string open = size.per_batch == 1 ? "?" : fmt::format("{} ?", size.per_batch);
    return text.empty() ? open : fmt::format("{} + {}", text, open);
}

class Printer {
  public:
    Printer(const ir::Graph& graph, const KernelSource& source, const KernelPlan& plan)
        : graph_(graph), source_(source), plan_(plan) {}

    std::string run() {
        const std::string tile = plan_.samples > 0 ? fmt::format(" in a tile of {} samples", plan_.samples) : "";
        line(0, fmt::format("kernel {}(){} {{", source_.name, tile));
        std::size_t first = 0;
        int depth = 1;
        if (plan_.form != KernelPlan::Form::loops) {
            line(1, ir::print(graph_, *source_.equations[0]));
            line(1, plan_.form == KernelPlan::Form::blas ? "calls BLAS" : "calls the runtime once");
        }
        if (!plan_.shared.empty()) {
            line(1, fmt::format("for {}:{}", fmt::join(plan_.shared, ", "),
                                plan_.split ? fmt::format("  # threads split {}", plan_.shared[0]) : ""));
            ++depth;
        }
        for (const LoopStep& step : plan_.steps) {
            for (std::size_t i = 0; i < step.equations; ++i)
                line(depth, ir::print(graph_, *source_.equations[first + i]));
            first += step.equations;
            std::visit([&](const auto& loops) { print(depth, loops); }, step.loops);
        }
        line(0, "}");
        return std::move(text_);
    }

  private:
    void line(int depth, std::string_view text) { text_ += fmt::format("{}{}\n", indent(depth), text); }

    /// "o 6", "(y, x) 784": the indices of a level and its points.
    static std::string level(const Nest& nest, int number) {
        const Level& level = nest.levels[static_cast<std::size_t>(number)];
        std::vector<std::string_view> names;
        for (ir::IndexId id : level.indices)
            names.push_back(nest.equation->indices[static_cast<std::size_t>(id)].name);
        const std::string joined = fmt::format("{}", fmt::join(names, ", "));
        return fmt::format("{} {}", names.size() == 1 ? joined : "(" + joined + ")", size_text(level.extent));
    }

    static std::string levels(const Nest& nest, const std::vector<int>& numbers) {
        std::vector<std::string> all;
        for (int number : numbers) {
            const bool along = number == nest.vector && nest.reduces_along_vector();
            all.push_back(along ? vector(nest) : level(nest, number));
        }
        return fmt::format("{}", fmt::join(all, ", "));
    }

    /// What threads split, as a comment on the loops of an only step.
    std::string threads(const Nest& nest) const {
        if (!plan_.split || !plan_.shared.empty()) return "";
        const ir::IndexId row = nest.levels[static_cast<std::size_t>(nest.shared)].indices[0];
        return fmt::format("  # threads split {}", nest.equation->indices[static_cast<std::size_t>(row)].name);
    }

    void print(int depth, const PlainLoops& loops) {
        const Nest& nest = loops.nest;
        std::vector<std::string> outer;
        for (int number : loops.left) outer.push_back(level(nest, number));
        if (nest.vector >= 0 && !nest.reduces_along_vector()) outer.push_back(vector(nest));
        if (!outer.empty()) line(depth, fmt::format("for {}:{}", fmt::join(outer, ", "), threads(nest)));
        const int inner = depth + (outer.empty() ? 0 : 1);
        std::vector<std::string> reduced;
        for (int number : loops.reduced) reduced.push_back(level(nest, number));
        if (nest.reduces_along_vector()) reduced.push_back(vector(nest));
        std::string said = reduced.empty() ? "one vector after the other"
                                           : fmt::format("one {} at a time over {}", ir::name_of(nest.equation->reduce),
                                                         fmt::join(reduced, ", "));
        if (nest.vector < 0) said = reduced.empty() ? "one element after the other" : said;
        std::vector<int> written;
        for (int number = 0; number < static_cast<int>(loops.written_out.size()); ++number) {
            if (loops.written_out[static_cast<std::size_t>(number)]) written.push_back(number);
        }
        if (!written.empty()) said += fmt::format(", written out {}", levels(nest, written));
        line(inner, said);
    }

    static std::string vector(const Nest& nest) {
        std::string text = fmt::format("vector {} of {} lanes", level(nest, nest.vector), nest.lanes);
        if (nest.pair >= 0) text += fmt::format(" with {}", level(nest, nest.pair));
        return text;
    }

    void print(int depth, const TransposeLoops& loops) {
        const Transpose& plan = loops.transpose;
        std::vector<int> outer;
        for (int number = loops.nest.shared; number < static_cast<int>(loops.nest.levels.size()); ++number) {
            if (number != plan.row && number != plan.column) outer.push_back(number);
        }
        if (!outer.empty()) line(depth, fmt::format("for {}:{}", levels(loops.nest, outer), threads(loops.nest)));
        const std::string blocks = fmt::format("transposed in registers, blocks of {0} x {0}: {1}, {2}", plan.lanes,
                                               level(loops.nest, plan.row), level(loops.nest, plan.column));
        line(depth + (outer.empty() ? 0 : 1), blocks);
    }

    void print(int depth, const TileLoops& loops) {
        const Contraction& tile = loops.tile;
        const Nest& nest = tile.nest;
        std::vector<std::string> outer;
        for (int number : tile.loops) {
            std::string text = level(nest, number);
            if (number == nest.vector) text = fmt::format("vector {} of {} lanes", text, nest.lanes);
            if (tile.count(number) > 1) text += fmt::format(" by {}", tile.count(number));
            outer.push_back(std::move(text));
        }
        if (!outer.empty()) line(depth, fmt::format("for {}:{}", fmt::join(outer, ", "), threads(nest)));
        const int inner = depth + (outer.empty() ? 0 : 1);
        if (nest.prologue) line(inner, fmt::format("first {}, in registers", operand(*nest.prologue)));
        std::int64_t sums = 1;
        for (const Contraction::Block& block : tile.tile) sums *= block.count;
        std::string said = fmt::format("{} sum{} in registers", sums, sums == 1 ? "" : "s");
        if (!tile.reduced.empty()) said += fmt::format(" over {}", levels(nest, tile.reduced));
        if (!tile.written_out.empty()) said += fmt::format(", written out {}", levels(nest, tile.written_out));
        line(inner, fmt::format("{}  # {:.2f} cycles a vector of products", said, tile.cycles / vectors(tile)));
        if (nest.prologue) {
            for (const Prologue::Rider& rider : nest.prologue->riders)
                line(inner, fmt::format("with it {}", name(rider.equation->result)));
        }
        for (const Follower& step : loops.epilogue.steps) {
            std::vector<int> window;
            for (int number = static_cast<int>(step.inside.size()); number < static_cast<int>(step.nest.levels.size());
                 ++number)
                window.push_back(number);
            line(inner, fmt::format("then {}{}{}", name(step.nest.equation->result),
                                    window.empty() ? "" : fmt::format(" over {}", levels(step.nest, window)),
                                    step.kept ? ", stored" : ""));
        }
    }

    /// The name of what a prologue computes: the value that the equations of the kernel store it under.
    std::string operand(const Prologue& prologue) const {
        for (const ir::Equation* equation : source_.equations) {
            if (equation->reduce != ir::Reduce::none) continue;
            const auto reads = ir::accesses(prologue.equation.body);
            const bool read =
                std::ranges::any_of(reads, [&](const ir::Access* a) { return a->tensor == equation->result; });
            if (!read) return name(equation->result);
        }
        return "its operand";
    }

    /// Vectors of products of all points.
    static double vectors(const Contraction& tile) {
        double count = 1;
        for (int number = tile.nest.shared; number < static_cast<int>(tile.nest.levels.size()); ++number)
            count *= static_cast<double>(tile.units(number));
        return count;
    }

    const std::string& name(ir::ValueId value) const { return graph_.value(value).name; }

    const ir::Graph& graph_;
    const KernelSource& source_;
    const KernelPlan& plan_;
    std::string text_;
};

}  // namespace

std::string print(const ir::Graph& graph, const KernelSource& source, const KernelPlan& plan) {
    return Printer(graph, source, plan).run();
}

}  // namespace ricci::codegen
