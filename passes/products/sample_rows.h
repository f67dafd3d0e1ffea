/// \file passes/products/sample_rows.h
/// Turns an operand of a sum over the samples of a batch tile, so that vectors lie along its rows.
///
///     dw[o, i] = sum(b: batch ?) dy[o, b] * x[i, b]   ->   x.rows[b, i] = x[i, b]                           @tile.rows
///                                                          dw[o, i] = sum(b: batch ?) dy[o, b] * x.rows[b, i]
///
/// As it stands, vectors would lie along the samples, and their lanes be added up for each result. Behind the copy each
/// result has a lane of its own, and as many samples are summed as the call has.
#pragma once

#include <optional>

#include "ir/analysis/gemm_form.h"

namespace ricci::passes {

/// Results that a copied element must serve at least for the copy to pay: a limit of the policy. A copy is a load and a
/// store an element; each result saves the sum over the lanes of a vector.
inline constexpr std::int64_t kRowsPay = 16;

/// Makes the equation read rows of samples. Returns the copy that goes before it, or nothing where there is
/// such a value already or the equation stays as it is: its columns serve too few rows, or are no plain axes of a local value.
std::optional<ir::Equation> turn_samples_into_rows(ir::Graph& graph, ir::Equation& equation, const ir::GemmForm& form);

}  // namespace ricci::passes
