/// \file ricci/tensor.h
/// A value of a model, as a user holds it: cheap to copy, never any data.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ricci/number.h"
#include "ricci/type.h"

namespace ricci {

namespace detail {
struct ModelState;
struct Internals;
}
class Element;   // one element of a tensor in an equation: ricci/notation.h
struct IndexAt;  // an index expression and where it was written

class Tensor {
  public:
    /// Nothing yet; every use of it is refused.
    Tensor() = default;

    /// False for a default one and for a Model::tensor that has no equation yet.
    bool defined() const;
    /// \throws UserError unless defined(). The same holds for the next three.
    std::string name() const;
    TensorType type() const;
    DType dtype() const { return type().dtype; }
    int rank() const { return type().rank(); }

    /// An element, for the index notation: read on the right of an equation, written on the left.
    Element operator[]() const;
    Element operator[](IndexAt a) const;
    Element operator[](IndexAt a, IndexAt b) const;
    Element operator[](IndexAt a, IndexAt b, IndexAt c) const;
    Element operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d) const;
    Element operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e) const;
    Element operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e, IndexAt f) const;
    Element operator[](IndexAt a, IndexAt b, IndexAt c, IndexAt d, IndexAt e, IndexAt f, IndexAt g) const;

  private:
    friend struct detail::Internals;
    Tensor(std::shared_ptr<detail::ModelState> model, int handle) : model_(std::move(model)), handle_(handle) {}

    std::shared_ptr<detail::ModelState> model_;
    int handle_ = -1;  // place in ModelState::handles
};

/// The operand of a layer, and the line it was written on.
struct TensorAt {
    TensorAt(Tensor from, std::source_location at = std::source_location::current())
        : tensor(std::move(from)), where(at) {}

    Tensor tensor;
    std::source_location where;
};

/// An operand of arithmetic: a tensor or a number, and the line it was written on.
struct Operand {
    Operand(Tensor from, std::source_location at = std::source_location::current())
        : tensor(std::move(from)), where(at) {}
    template <typename T>
        requires std::is_arithmetic_v<T>
    Operand(T from, std::source_location at = std::source_location::current()) : number(from), where(at) {}

    Tensor tensor{};
    std::optional<Number> number{};
    std::source_location where;
};

}  // namespace ricci

/// "conv1: f32[batch 64, channel 6, height 28, width 28]".
template <>
struct fmt::formatter<ricci::Tensor> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::Tensor& tensor, Context& context) const {
        std::string text = tensor.defined() ? tensor.name() + ": " + to_string(tensor.type()) : "(no value)";
        return fmt::formatter<std::string_view>::format(text, context);
    }
};
