/// \file passes/check/magnitudes.h
/// The magnitude of the terms that went into each element of a result: what its rounding error is relative to.
///
/// An element that is the sum of terms that cancel is as exact as its terms, not as its value. A graph of magnitudes
/// follows from the graph, equation by equation, and the interpreter runs it:
///   of a given value or a constant   its absolute value
///   of a sum, a maximum, a minimum   the sum, the largest of the magnitudes of the terms
///   of a * b                         |a| of b + |b| of a
///   of f(a)                          |f(a)| + |f'(a)| of a
/// Integers and bools are exact and have none.
#pragma once

#include <optional>
#include <string>

#include "ir/interpret/interpreter.h"

namespace ricci::passes {

/// The graph whose outputs are magnitudes, by the names that interpret() gives the outputs and updates of `graph`. It
/// has those that are computed and of a floating-point type.
ir::Graph magnitude_graph(const ir::Graph& graph);

/// The same for the last equation of each result alone: the magnitudes of its operands are their absolute values. It has the
/// results of equations that reduce nothing, and copies of them.
ir::Graph last_terms_graph(const ir::Graph& graph);

/// The largest single term of each reduction, and what becomes of it in the equations that follow. The gradient of a bias
/// may be a sum whose terms cancel in every element. It has the results that a reduction is behind.
ir::Graph carried_terms_graph(const ir::Graph& graph);

/// At least each element's absolute value where it is finite; a nan or an infinity where the rule has none.
/// Cost: a few times that of interpret().
ir::Arrays magnitudes(const ir::Graph& graph, const ir::Arrays& given);

/// The magnitudes of a call's results, computed when the first one is asked for. Keeps references to both.
class Terms {
  public:
    Terms(const ir::Graph& graph, const ir::Arrays& given) : graph_(graph), given_(given) {}
    /// Null for a result that is given or exact.
    const ir::Array* of(const std::string& name);
    /// The largest finite term of the equation that computes the result, or of a reduction behind it; 0 without either.
    double largest_of_last(const std::string& name);

  private:
    const ir::Graph& graph_;
    const ir::Arrays& given_;
    std::optional<ir::Arrays> all_{};
    std::optional<ir::Arrays> last_{};
    std::optional<ir::Arrays> carried_{};
};

/// What the bound of one element is relative to: the magnitude in `terms` (null: not known), at most `most`.
double scale_of(const ir::Array* terms, std::size_t element, double most);

}  // namespace ricci::passes
