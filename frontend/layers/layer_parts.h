/// \file frontend/layers/layer_parts.h
/// What layers are put together from: a name, parameters, checks of their options, a bias.
#pragma once

#include <map>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "ricci/error.h"
#include "ricci/layers.h"
#include "ricci/sequences.h"

namespace ricci::detail {

struct ModelState;

/// The name of a layer: the user's, or a numbered one. Its parameters' names must be free too.
std::string layer_name(const std::shared_ptr<ModelState>& model, const char* op, const std::string& given,
                       const char* base, const Location& where);

Tensor add_parameter(const std::shared_ptr<ModelState>& model, std::string name, DType dtype, std::vector<Axis> axes,
                     const Initializer& initializer, const Location& where);

/// The axis of that kind. \throws UserError naming the layer, the tensor and its type when there is none, or several.
Axis axis_of(const std::string& what, const Tensor& x, const AxisName& kind, const char* remedy, const Location& where);

void check_at_least(const std::string& what, const char* option, std::int64_t value, std::int64_t least,
                    const Location& where);
void check_window(const std::string& what, const char* window_name, const Pair& window, const Pair& stride,
                  const Sides& padding, const Location& where);

/// How windows move over images, or along the time, as attributes of their ops.
std::map<std::string, double> window_attributes(const Pair& stride, const Sides& padding);
std::map<std::string, double> window_attributes(std::int64_t stride, const Ends& padding);

/// What a pool takes of its window.
enum class Pool : bool { average, largest };

/// The axis that a softmax is over when none is named: class, or else feature.
Kind scores(const char* op, const TensorAt& x);

/// The layer's result: sum + a new parameter along the axis `along`, uniform in +-1/sqrt(fan_in). The sum of products
/// is LAYER.sum from then on, as sums inside of equations are called.
Tensor add_bias(const std::shared_ptr<ModelState>& model, const Tensor& product, const std::string& layer,
                const Axis& along, double fan_in, std::source_location where);

}  // namespace ricci::detail
