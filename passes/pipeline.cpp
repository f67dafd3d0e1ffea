// The one list of all passes, in their order, with a reason a line; and the ways to run them.
#include "passes/pipeline.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "ir/base/spelling.h"
#include "ir/verify/verify.h"
#include "passes/batch/open_batch.h"
#include "passes/cleanup/cse.h"
#include "passes/cleanup/hoist.h"
#include "passes/cleanup/remove_dead.h"
#include "passes/cleanup/simplify.h"
#include "passes/convolution/lower_conv2d.h"
#include "passes/convolution/solve_scatter.h"
#include "passes/fusion/fuse.h"
#include "passes/fusion/fuse_pool.h"
#include "passes/gradient/apply_optimizer.h"
#include "passes/gradient/differentiate.h"
#include "passes/layout/choose_layout.h"
#include "passes/loops/plan_loops.h"
#include "passes/memory/plan_memory.h"
#include "passes/memory/recompute.h"
#include "passes/precision/lower_precision.h"
#include "passes/products/match_gemm.h"
#include "passes/tiles/tile_batch.h"

namespace ricci::passes {
namespace {

using ir::Stage;

// Passes of one stage stand together. simplify, cse and remove-dead in a row are repeated until they change nothing.
// clang-format off
constexpr std::array kPipeline = {
    Pass{"differentiate",   Stage::step, "while every op is still an equation with its name", differentiate},
    Pass{"apply-optimizer", Stage::step, "needs the gradients", apply_optimizer},
    Pass{"simplify",        Stage::step, "derivatives leave factors of 1 and reads of constants", simplify},
    Pass{"cse",             Stage::step, "gradients mention the same parts of the forward pass", cse},
    Pass{"remove-dead",     Stage::step, "what no gradient needs should not be lowered", remove_dead},
    Pass{"hoist",           Stage::step, "what many points share is computed once; sums become alike", hoist},
    Pass{"simplify",        Stage::step, "a factor that was taken out leaves a 1", simplify},
    Pass{"cse",             Stage::step, "the gradients of a norm repeat its sums and roots", cse},
    Pass{"remove-dead",     Stage::step, "sums that cse made one are computed once", remove_dead},
    Pass{"open-batch",      Stage::lowered, "extents in bodies are numbers; what runs in tiles decides how convolutions are lowered", open_batch},
    Pass{"choose-layout",   Stage::lowered, "gradients exist; strides decide how convolutions become GEMMs", choose_layout},
    Pass{"lower-conv2d",    Stage::lowered, "needs the final order of axes", lower_conv2d},
    Pass{"solve-scatter",   Stage::lowered, "col2im is a scatter until then, and simplify tidies what it leaves", solve_scatter},
    Pass{"simplify",        Stage::lowered, "windows of one element leave indices of extent 1", simplify},
    Pass{"cse",             Stage::lowered, "forward pass and kernel gradient read the same patches", cse},
    Pass{"remove-dead",     Stage::lowered, "patches that cse made one are written once", remove_dead},
    Pass{"tile-batch",      Stage::lowered, "all that will run is there; the axes of what lives in a tile change", tile_batch},
    Pass{"match-gemm",      Stage::lowered, "all contractions are there, and strides are final", match_gemm},
    Pass{"lower-precision", Stage::lowered, "methods are chosen, so their times are known", lower_precision, kBf16Tolerance},
    Pass{"recompute",       Stage::lowered, "knows what is a call and keeps its operands; fuse puts the rest into its readers", recompute},
    Pass{"fuse-pool",       Stage::kernels, "splits indices that fuse then inlines and shares", fuse_pool},
    Pass{"fuse",            Stage::kernels, "knows what is a call and what is a loop nest", fuse},
    Pass{"plan-loops",      Stage::loops, "kernels are complete; what stays in registers needs no memory", plan_loops},
    Pass{"plan-memory",     Stage::planned, "lifetimes count in kernels", plan_memory},
};
// clang-format on

bool is_cleanup(const Pass& pass) {
    return pass.run == simplify || pass.run == cse || pass.run == remove_dead;
}

bool same_equation(const ir::Equation& a, const ir::Equation& b) {
    return a.result == b.result && a.indices == b.indices && a.left == b.left && a.clipped == b.clipped &&
           a.reduce == b.reduce && a.op == b.op && a.schedule == b.schedule && a.tile == b.tile && ir::same(a.body, b.body);
}

/// Whether a round of cleanup changed nothing; it adds and reorders no values.
bool unchanged(const ir::Graph& a, const ir::Graph& b) {
    return a.values.size() == b.values.size() && std::ranges::equal(a.equations, b.equations, same_equation);
}

/// One pass with its checks.
class Runner {
  public:
    Runner(const Options& options, Remarks& remarks, const Observer& observer)
        : options_(options), remarks_(remarks), observer_(observer) {}

    ir::Graph apply(const Pass& pass, const ir::Graph& graph) const {
        ir::Graph result = pass.run(graph, options_, remarks_);
        ir::verify(result, pass.name);
        if (options_.verify_values) verify_values(graph, result, pass.name, remarks_, pass.tolerance);
        if (observer_) observer_(pass, result);
        return result;
    }

    /// The passes in turn, again and again until a round changes nothing.
    ir::Graph to_fixed_point(std::span<const Pass> passes, ir::Graph graph) const {
        // Each round but the last makes the graph smaller, or a rule of simplify goes in circles.
        const std::size_t most = 10 + graph.equations.size();
        for (std::size_t round = 0; round < most; ++round) {
            ir::Graph next = graph;
            for (const Pass& pass : passes) next = apply(pass, next);
            if (unchanged(graph, next)) return next;
            graph = std::move(next);
        }
        RICCI_CHECK(false, "simplify, cse and remove-dead still change \"{}\" after {} rounds", graph.name, most);
        return graph;
    }

  private:
    const Options& options_;
    Remarks& remarks_;
    const Observer& observer_;
};

const Pass& pass_named(std::string_view name) {
    auto found = std::ranges::find(kPipeline, name, &Pass::name);
    if (found != kPipeline.end()) return *found;
    std::set<std::string_view> names;
    for (const Pass& pass : kPipeline) names.insert(pass.name);
    std::vector<std::string_view> near(names.begin(), names.end());
    std::ranges::stable_sort(near, {}, [&](std::string_view known) { return edit_distance(known, name); });
    if (edit_distance(near[0], name) <= 3) user_error("unknown pass \"{}\"; did you mean {}?", name, near[0]);
    user_error("unknown pass \"{}\"; there are {}", name, fmt::join(names, ", "));
}

}  // namespace

std::span<const Pass> pipeline() { return kPipeline; }

ir::Graph run_to(ir::Graph graph, Stage to, const Options& options, Remarks& remarks, const Observer& observer) {
    Runner runner(options, remarks, observer);
    const Stage from = graph.stage;
    ir::verify(graph, "the model");
    for (std::size_t i = 0; i < kPipeline.size();) {
        const Pass& pass = kPipeline[i];
        std::size_t end = i + 1;
        while (is_cleanup(pass) && end < kPipeline.size() && is_cleanup(kPipeline[end]) &&
               kPipeline[end].stage == pass.stage) {
            ++end;
        }
        if (pass.stage > from && pass.stage <= to) {
            std::span<const Pass> passes(&kPipeline[i], end - i);
            graph = is_cleanup(pass) ? runner.to_fixed_point(passes, std::move(graph)) : runner.apply(pass, graph);
            // The stage is reached with its last pass, also when that one found nothing to do.
            bool last = end == kPipeline.size() || kPipeline[end].stage != pass.stage;
            if (last) {
                graph.stage = std::max(graph.stage, pass.stage);
                ir::verify(graph, pass.name);
            }
        }
        i = end;
    }
    return graph;
}

ir::Graph run_only(ir::Graph graph, std::span<const std::string> names, const Options& options, Remarks& remarks,
                   const Observer& observer) {
    Runner runner(options, remarks, observer);
    std::vector<const Pass*> passes;
    for (const std::string& name : names) passes.push_back(&pass_named(name));
    ir::verify(graph, "the model");
    for (const Pass* pass : passes) graph = runner.apply(*pass, graph);
    return graph;
}

}  // namespace ricci::passes
