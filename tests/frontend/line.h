/// \file tests/frontend/line.h
/// A small model to call: y = w x + c over a batch, with the mean of squared errors as its loss.
#pragma once

#include <vector>

#include "ricci/notation.h"
#include "ricci/compile.h"

namespace ricci::test {

/// An argument of a call: floats, as rows of one feature or as they are.
struct Floats {
    std::vector<float> values;
    std::vector<std::int64_t> extents;
    operator Argument() const { return Argument(std::span<const float>(values), extents); }
};
inline Floats rows(std::vector<float> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return {std::move(values), {count, 1}};
}
inline Floats list(std::vector<float> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return {std::move(values), {count}};
}

struct Line {
    Line() {
        y[b] = sum(k)(w[k] * x[b, k]) + c[];
        loss[] = sum(b)((y[b] - target[b]) * (y[b] - target[b]) / cast(extent(b), f32));
        penalty[] = sum(k)(w[k] * w[k]) + c[] * c[];
    }

    Index b{"b", batch}, k{"k", feature};
    Model m{"line"};
    Tensor x = m.input("x", f32, {batch(), feature(1)});
    Tensor target = m.input("target", f32, {batch()});
    Tensor w = m.parameter("w", f32, {feature(1)}, constant(2));
    Tensor c = m.parameter("c", f32, {}, constant(0.5));
    Tensor y = m.tensor("y");
    Tensor loss = m.tensor("loss");
    Tensor penalty = m.tensor("penalty");
};

inline float number(const Array& array) {
    return array.span<float>()[0];
}

}  // namespace ricci::test
