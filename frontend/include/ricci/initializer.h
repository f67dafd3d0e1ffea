/// \file ricci/initializer.h
/// How parameters begin: named schemes, whose bounds follow from the shape of the parameter.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ricci/number.h"
#include "ricci/type.h"

namespace ricci {

class Array;

/// A scheme for the first values of a parameter. Schemes by fan need two axes or more. The first axis counts the
/// outputs, the taps are the window, and the others count the inputs. So fan_in = inputs * window, and fan_out =
/// outputs * window.
struct Initializer {
    enum class Scheme : std::uint8_t { constant, uniform, normal, glorot, he, fan_in, values } scheme = Scheme::constant;
    Number a{};  // the constant, the lower bound, the mean, the gain
    double b = 0;    // the upper bound, the standard deviation
    std::shared_ptr<const std::vector<Number>> table{};  // a number for each element, row-major
};

/// Every element the same.
Initializer constant(const Number& value);
Initializer zeros();
/// These numbers, row-major: values({1, 2, 1}). \throws UserError where it is used, unless they are as many as elements.
Initializer values(std::vector<Number> numbers);
/// The elements of an array; values(Array::load("k.npy")) takes those of a file.
Initializer values(const Array& array);
/// Uniform in [low, high).
Initializer uniform(double low, double high);
Initializer normal(double mean, double deviation);
/// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)). Source: Glorot, Bengio 2010, equation 16.
Initializer glorot(double gain = 1);
/// Normal with deviation gain * sqrt(2 / fan_in). Source: He et al. 2015, section 2.2.
Initializer he(double gain = 1);
/// Uniform in +-gain / sqrt(fan_in): how PyTorch begins convolutions and linear layers.
Initializer fan_in_uniform(double gain = 1);

/// The number of products summed into one element of what a weight of this type makes; see Initializer.
std::int64_t fan_in(const TensorType& weight);
std::int64_t fan_out(const TensorType& weight);

}  // namespace ricci
