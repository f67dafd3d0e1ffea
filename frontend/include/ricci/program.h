/// \file ricci/program.h
/// What is compiled: the part of a model that some values need, and whether it trains.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/model.h"
#include "ricci/optimizer.h"
#include "ricci/tensor.h"

namespace ricci {

namespace detail {
struct ProgramState;
}

/// Inputs, parameters and equations that its outputs need, and no others. A handle: copies are the same program, and
/// what is compiled from them shares one learning rate and one optimizer state.
class Program {
  public:
    // Moved is copied, so that what was moved from is still the same program.
    Program(const Program&) = default;
    Program& operator=(const Program&) = default;

    /// The program as equations, in the text form that `ricci run` reads.
    std::string text() const;

  private:
    friend struct detail::Internals;
    explicit Program(std::shared_ptr<const detail::ProgramState> state) : state_(std::move(state)) {}
    std::shared_ptr<const detail::ProgramState> state_;
};

/// What a step of training does beside lowering the loss.
struct StepOptions {
    std::vector<Tensor> outputs{};    // computed with the loss, in the same reading: an accuracy, logits
    std::vector<Tensor> gradients{};  // put out as "gradient.NAME": of the loss by these values
    std::vector<Tensor> by{};         // parameters that the step changes; none: all that the optimizer does not freeze
};

/// One step of training: forward, gradients of all parameters that `loss` depends on, update. Its output is "loss".
/// \throws UserError unless loss is one floating-point number that depends on a parameter.
Program training_step(const Tensor& loss, const Optimizer& optimizer,
                      std::source_location where = std::source_location::current());
/// The same with more outputs behind the loss, in the order of the options: values, then gradients. They are as this
/// call computes them, before the update.
/// \throws UserError also for values of other models, gradients by values without one, and `by` that is no parameter.
Program training_step(const Tensor& loss, const Optimizer& optimizer, const StepOptions& options,
                      std::source_location where = std::source_location::current());

/// These values and nothing else: logits to test with. Outputs have the names of their tensors, in this order; one that
/// is given again is NAME.2, NAME.3, ...
/// \throws UserError for none, or values of several models.
Program forward(const std::vector<Tensor>& outputs, std::source_location where = std::source_location::current());
/// Everything that Model::output() made one.
Program forward(const Model& model, std::source_location where = std::source_location::current());

/// `of` and its gradients by each of `by`, or by all parameters when it is empty. The outputs are called as `of` is,
/// then "gradient.NAME", in this order. One that is given again is gradient.NAME.2.
/// \throws UserError unless `of` is one floating-point number, and each of `by` is floating point.
Program gradients(const Tensor& of, const std::vector<Tensor>& by = {},
                  std::source_location where = std::source_location::current());

}  // namespace ricci

template <>
struct fmt::formatter<ricci::Program> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::Program& program, Context& context) const {
        return fmt::formatter<std::string_view>::format(program.text(), context);
    }
};
