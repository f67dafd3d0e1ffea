/// \file frontend/lecture/convolution_forms.h
/// One convolution written in several forms: loops, a product for each tap, im2col, a matrix of 0 and 1, a view, the op.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "passes/pass.h"
#include "ricci/dtype.h"

namespace ricci::lecture {

struct Convolution {
    std::int64_t batch = 1, in = 1, out = 1, height = 1, width = 1, tap_h = 1, tap_w = 1;
    std::int64_t stride = 1, padding = 0;
    bool channels_last = false;        // images are [batch, height, width, channel]; else [batch, channel, height, width]
    bool kernel_channels_last = false;  // kernels are [tap_h, tap_w, in, out]; else [out, in, tap_h, tap_w]
    DType dtype = DType::f32;

    std::int64_t rows() const { return (height + 2 * padding - tap_h) / stride + 1; }
    std::int64_t columns() const { return (width + 2 * padding - tap_w) / stride + 1; }
    /// Elements of the matrix that im2col is: an image times the columns that its patches have together.
    std::int64_t matrix_elements() const;
};

struct Form {
    std::string_view name;     // "im2col-matrix"
    std::string_view summary;
    std::string_view gemm{};   // what the option --gemm says, where the text alone does not make the form
};
/// From the simplest to the compiler's own.
std::span<const Form> forms();

/// Bytes that the dense matrix of 0 and 1 may take. LeNet-5's first layer has 80 MB of f32, and 160 MB of f64.
inline constexpr std::int64_t kMostMatrixBytes = 100'000'000;

struct FormOptions {
    bool gradients = false;     // also by x and by w, of the sum of y * dy, with dy as a third input
    bool given_matrix = false;  // im2col-matrix: what x is multiplied by is an input, else an equation
};
/// A text at stage model: inputs x and w, output y.
/// \throws UserError for a form that is none; for im2col-matrix above kMostMatrixBytes, with the bytes that it would take.
std::string text_of(std::string_view form, const Convolution& sizes, const FormOptions& options = {});
/// The matrix alone, as a text without inputs whose output is called matrix. \throws UserError as text_of().
std::string matrix_text(const Convolution& sizes);

/// What the compiler is told so that the form runs as its name says: naive is plain loops, view is register tiles.
passes::Options options_of(std::string_view form, passes::Options options = {});

}  // namespace ricci::lecture
