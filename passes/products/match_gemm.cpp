// Schedules matrix multiplications: calls of BLAS, register tiles, or plain loops.
#include "passes/products/match_gemm.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "ir/core/rollback.h"
#include "ir/core/tile.h"
#include "passes/build.h"
#include "passes/products/product_cost.h"
#include "passes/products/sample_rows.h"

namespace ricci::passes {
namespace {

using namespace ir;


std::string names(const Equation& equation, const std::vector<GemmForm::Loop>& loops) {
    std::vector<std::string_view> found;
    for (const GemmForm::Loop& loop : loops)
        found.push_back(equation.indices[loop.index].name);
    return fmt::format("{}", fmt::join(found, ", "));
}

std::string sizes(const Equation& equation, const GemmForm& form) {
    std::string said = size_text(form);
    if (!form.parallel.empty()) said += fmt::format(", for each {}", names(equation, form.parallel));
    if (!form.accumulate.empty()) said += fmt::format(", summed over {}", names(equation, form.accumulate));
    return said;
}

/// A sum of products of two tensors or more that serves several results with each element.
bool is_product_of_matrices(const Equation& equation) {
    return equation.reduce == Reduce::sum && !equation.clipped && is_product(equation.body) &&
           accesses(equation.body).size() >= 2 && multiplies_matrices(equation);
}

/// Whether the sum runs over the samples and nothing else.
bool sums_samples_alone(const Equation& equation, const std::optional<GemmForm>& form) {
    return form && form->k == std::vector<IndexId>{sample_index(equation)} && form->accumulate.empty();
}

/// M * N * K of all calls, with the typical samples of an open batch.
double multiplications(const Graph& graph, const Equation& equation) {
    double count = 1;
    for (std::int64_t extent : equation.extents())
        count *= static_cast<double>(extent == kOpen ? graph.typical_samples() : extent);
    return count;
}

/// One product, and the ways to compute it.
class ProductChoice {
  public:
    /// \param form   gemm_form of the equation.
    /// \param graph  gets what the product needs before it at the end of its equations.
    ProductChoice(const StoredTypes& whole, Graph& graph, Equation& equation, std::optional<GemmForm> form,
                  const Options& options, RowCopies& copies)
        : graph_(graph),
          copies_(copies),
          equation_(equation),
          options_(options),
          form_(std::move(form)),
          cost_(predict_product(whole, equation, form_, options.machine)) {
        if (equation.tile < 0 || !sums_samples_alone(equation, form_)) return;
        const Rollback trial(graph);
        Equation turned = equation;
        turn_samples_into_rows(graph, turned, *form_, copies);
        if (operand(turned) == form_->b) return;
        along_rows_ = true;
        // The copy has no equation yet; its types are those of the graph, with the samples of the tile.
        const StoredTypes types(graph, StoredTypes::kAllGlobal);
        cost_.contraction = predict_product(types, turned, std::nullopt, options.machine).contraction;
    }

    /// Schedules the equation. \returns the remark.
    std::string choose() {
        std::string reason;
        const Gemm way = choose(reason);
        method_ = way;
        std::string said = form_ ? sizes(equation_, *form_) + ": " : "";
        said += name_of(way);
        if (way == Gemm::contraction && along_rows_) {
            said += fmt::format(" along rows of {}", graph_.value(form_->b).name);
            if (std::optional<Equation> copy = turn_samples_into_rows(graph_, equation_, *form_, copies_)) {
                copies_.add(*copy);
                graph_.equations.push_back(std::move(*copy));
            }
        } else if (way == Gemm::contraction && equation_.tile >= 0 && sample_index(equation_) >= 0) {
            said += " along the samples";
        }
        if (!undecided_) {
            equation_.schedule = Schedule::by(way == Gemm::blas          ? How::blas
                                              : way == Gemm::contraction ? How::register_tile
                                                                         : How::loops);
        }
        return fmt::format("{}{}; {}{}", said, reason.empty() ? "" : ", " + reason, times(way),
                           cost_.by_samples ? " a sample" : "");
    }

    /// What choose() compared. \pre it has chosen.
    Comparison compared() const {
        Comparison choice{graph_.value(equation_.result).name, std::string(name_of(method_)), {}, cost_.by_samples};
        for (const Gemm way : kWays) {
            if (cost(way).why_not.empty()) choice.candidates.push_back({std::string(name_of(way)), cost(way).seconds});
        }
        return choice;
    }

  private:
    ValueId operand(const Equation& equation) const {
        return accesses(equation.body)[form_->b_operand]->tensor;
    }

    static constexpr std::array kWays = {Gemm::blas, Gemm::contraction, Gemm::loops};

    const Prediction& cost(Gemm way) const {
        return way == Gemm::blas ? cost_.blas : way == Gemm::contraction ? cost_.contraction : cost_.loops;
    }

    Gemm fastest() const {
        Gemm best = Gemm::loops;
        for (const Gemm way : {Gemm::blas, Gemm::contraction}) {
            if (cost(way).why_not.empty() && cost(way).seconds < cost(best).seconds) best = way;
        }
        return best;
    }

    Gemm choose(std::string& reason) {
        if (options_.gemm == Gemm::automatic) {
            if (equation_.tile < 0 && multiplications(graph_, equation_) < kSmallestProduct) {
                undecided_ = true;
                reason = fmt::format("for fewer than {} multiplications are no work apart", kSmallestProduct);
                return Gemm::loops;
            }
            return fastest();
        }
        const Gemm asked = options_.gemm;
        if (cost(asked).why_not.empty()) {
            reason = "as asked for";
            return asked;
        }
        reason = fmt::format("not {}, for {}", name_of(asked), cost(asked).why_not);
        return fastest();
    }

    std::string times(Gemm chosen) const {
        std::string text = fmt::format("predicted {}", time_text(cost(chosen).seconds));
        for (const Gemm way : kWays) {
            if (way == chosen) continue;
            text += ", " + (cost(way).why_not.empty() ? fmt::format("{} {}", name_of(way), time_text(cost(way).seconds))
                                                      : fmt::format("no {}", name_of(way)));
        }
        return text;
    }

    Graph& graph_;
    RowCopies& copies_;
    Equation& equation_;
    const Options& options_;
    std::optional<GemmForm> form_;
    ProductCost cost_;
    bool along_rows_ = false;  // as a contraction, of a turned copy of what BLAS would take as B
    bool undecided_ = false;
    Gemm method_ = Gemm::loops;
};

/// A product whose factors are of bf16, and no choice that forbids calls.
bool takes_bf16_call(const StoredTypes& types, const Equation& equation, const Options& options) {
    const bool calls = options.gemm == Gemm::automatic || options.gemm == Gemm::blas;
    if (!calls || equation.tile >= 0 || equation.schedule.decided() || equation.body->dtype != f32) return false;
    if (options.gemm == Gemm::automatic && multiplications(types.graph(), equation) < kSmallestProduct) return false;
    return gemm_form(types, equation, Factors::bf16).has_value();
}

}  // namespace

Graph match_gemm(const Graph& graph, const Options& options, Remarks& remarks) {
    const StoredTypes types(graph);
    RowCopies copies;
    Graph result = graph;
    result.equations.clear();
    for (Equation equation : graph.equations) {
        if (takes_bf16_call(types, equation, options)) {
            equation.schedule = Schedule::by(*routine_named("bf16"));
            remarks.push_back({"match-gemm", fmt::format("{}: {}, for its factors are of bf16",
                                                         graph.value(equation.result).name, print(equation.schedule))});
        }
        const bool chosen = equation.schedule.decided();
        std::optional<GemmForm> form = chosen ? std::nullopt : gemm_form(types, equation);
        if (form || (!chosen && is_product_of_matrices(equation))) {
            const std::string name = graph.value(equation.result).name;
            ProductChoice product(types, result, equation, std::move(form), options, copies);
            const std::string said = product.choose();
            remarks.push_back({"match-gemm", fmt::format("{}: {}", name, said), product.compared()});
        }
        copies.add(equation);
        result.equations.push_back(std::move(equation));
    }
    return result;
}

}  // namespace ricci::passes
