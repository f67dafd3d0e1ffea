/// \file passes/products/sample_rows.h
/// Turns an operand of a sum over the samples of a batch tile, so that vectors lie along its rows.
///
///     dw[o, i] = sum(b: batch ?) dy[o, b] * x[i, b]   ->   x.rows[b, i] = x[i, b]                           @tile.rows
///                                                          dw[o, i] = sum(b: batch ?) dy[o, b] * x.rows[b, i]
///
/// As it stands, vectors would lie along the samples, and their lanes be added up for each result. Behind the copy each
/// result has a lane of its own, and as many samples are summed as the call has.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ir/analysis/gemm_form.h"

namespace ricci::passes {

/// Results that a copied element must serve at least for the copy to pay: a limit of the policy. A copy is a load and a
/// store an element; each result saves the sum over the lanes of a vector.
inline constexpr std::int64_t kRowsPay = 16;

/// The copies that a graph has: of columns as rows, and of rows as the columns of a tile.
class RowCopies {
  public:
    void add(const ir::Equation& equation);
    /// The value that has the rows already: an earlier copy, or what the columns are a copy of; -1 for none.
    ir::ValueId rows_of(const ir::Graph& graph, ir::ValueId columns, const std::vector<ir::Axis>& axes) const;

  private:
    std::map<ir::ValueId, ir::ValueId> rows_;     // by their columns
    std::map<ir::ValueId, ir::ValueId> entered_;  // what was copied into a tile, by the copy
};

/// Makes the equation read rows of samples. Returns the copy that goes before it, or nothing. There is nothing where
/// such a value exists already, its columns serve too few rows, or they are no plain axes of a local value.
/// \param copies  of the equations of the graph, so that none is made twice.
std::optional<ir::Equation> turn_samples_into_rows(ir::Graph& graph, ir::Equation& equation, const ir::GemmForm& form,
                                                   const RowCopies& copies);

}  // namespace ricci::passes
