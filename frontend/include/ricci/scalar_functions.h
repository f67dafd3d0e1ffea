/// \file ricci/scalar_functions.h
/// The one list of the functions of one argument that bodies and tensors may call.
///
/// The language's words, the functions of terms and of tensors in C++, the ops and docs/language.md follow from it.
/// Values, derivatives and costs are the rows of ir/core/scalar.cpp.
#pragma once

// clang-format off
/// Calls F(name, meaning) for each function.
#define RICCI_SCALAR_FUNCTIONS(F)                                                       \
    F(abs,           "the absolute value")                                              \
    F(sign,          "-1, 0 or 1")                                                      \
    F(floor,         "the largest integer not above")                                   \
    F(ceil,          "the smallest integer not below")                                  \
    F(trunc,         "the integer part, toward 0")                                      \
    F(round,         "the nearest integer; of two as near the even one")                \
    F(round_bf16,    "the nearest number that bf16 holds; its derivative is 1")         \
    F(sin,           "the sine of an angle in radians, of any size")                    \
    F(cos,           "the cosine of an angle in radians, of any size")                  \
    F(exp,           "the exponential")                                                 \
    F(expm1,         "exp(x) - 1, with all digits near 0")                              \
    F(log,           "the natural logarithm")                                           \
    F(log1p,         "log(1 + x), with all digits near 0")                              \
    F(tanh,          "the hyperbolic tangent")                                          \
    F(sigmoid,       "the logistic function 1 / (1 + exp(-x)), with all digits far below 0") \
    F(softplus,      "log(1 + exp(x)), with all digits far below 0")                    \
    F(sqrt,          "the square root")                                                 \
    F(erf,           "the error function")                                              \
    F(normal_cdf,    "the normal distribution function, with all digits far below 0")   \
    F(stop_gradient, "the value, with derivative 0")
// clang-format on
