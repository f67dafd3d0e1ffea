/// \file ricci/composed_functions.h
/// The one list of the functions of one argument that are composed of others: pointwise ops of the table.
///
/// Bodies call them by name, as terms and tensors of C++ do. What each computes is its entry in
/// ir/ops/entries/pointwise.cpp; `ricci opt --list-ops` and docs/language.md say it.
#pragma once

// clang-format off
/// Calls F(name) for each function that has no settings.
#define RICCI_SCALAR_COMPOSITIONS(F) \
    F(asin) F(acos) F(atan) F(sinh) F(cosh) F(rsqrt) F(reciprocal) F(square) \
    F(relu) F(relu6) F(selu) F(silu) F(gelu) F(gelu_tanh) F(mish) F(hard_sigmoid) F(hard_swish) F(softsign) \
    F(tanh_shrink) F(log_sigmoid)

/// Calls F(name) for each whose settings terms leave as they are; ricci/activations.h has them for tensors.
#define RICCI_SCALAR_ADJUSTABLES(F) F(leaky_relu) F(elu) F(celu) F(hard_tanh) F(soft_shrink) F(hard_shrink)
// clang-format on
