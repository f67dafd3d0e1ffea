/// \file ricci/model.h
/// A model under construction: named inputs, parameters and equations. Every mistake is reported on the line it is
/// made.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/axes.h"
#include "ricci/initializer.h"
#include "ricci/tensor.h"
#include "ricci/dtype.h"

namespace ricci {

class Parameters;

/// A name, and the line it was written on.
struct NameAt {
    NameAt(const char* from, std::source_location at = std::source_location::current()) : name(from), where(at) {}
    NameAt(std::string from, std::source_location at = std::source_location::current())
        : name(std::move(from)), where(at) {}

    std::string name;
    std::source_location where;
};

/// What the elements of an input number: the positions along an axis, from 0 on.
struct Numbering {
    Axis axis;
};
/// m.input("tokens", i32, of(axis("vocab", 65)), {batch(), time(32)}): each token is the number of an entry of a vocabulary.
Numbering of(const Axis& axis);

class Model {
  public:
    /// Names are letters, digits and '_', from a letter on, in parts joined by '.'. \throws UserError for another name.
    explicit Model(std::string name, std::source_location where = std::source_location::current());
    // Moved is copied, so that what was moved from is still the same model.
    Model(const Model&) = default;
    Model& operator=(const Model&) = default;

    /// A value that each call brings. `axes` in the order of memory, the last one contiguous.
    /// \throws UserError for a bad or taken name, or an extent below 1.
    Tensor input(std::string name, DType dtype, std::vector<Axis> axes,
                 std::source_location where = std::source_location::current());
    /// Ids: each call is refused whose elements are no positions of that axis, and nothing else looks up by them.
    /// \throws UserError as input(), for a dtype that is no integer, and for an open axis to number.
    Tensor input(std::string name, DType dtype, const Numbering& numbers, std::vector<Axis> axes,
                 std::source_location where = std::source_location::current());
    /// A value that training changes. \throws as input(), for an integer dtype, an open axis, or an initializer that
    /// does not fit.
    Tensor parameter(std::string name, DType dtype, std::vector<Axis> axes, Initializer initializer = fan_in_uniform(),
                     std::source_location where = std::source_location::current());
    /// A value that is kept between calls, and that update() changes: running statistics, counters, moving averages. All
    /// programs of the model share it. \throws as parameter(), but for an integer dtype.
    Tensor state(std::string name, DType dtype, std::vector<Axis> axes, Initializer initializer = zeros(),
                 std::source_location where = std::source_location::current());
    /// After each step of training, `state` holds `value`. Programs that do not train leave it as it is. A step makes the
    /// updates that need no other inputs than its loss.
    /// \throws UserError unless `state` is one of this model without an update yet, and `value` is of its type.
    void update(const Tensor& state, const Tensor& value, std::source_location where = std::source_location::current());
    /// A value that nothing changes, given by its numbers: a table, a filter. No file of weights holds it.
    /// \throws as state(), and unless there are as many numbers as elements.
    Tensor constant(std::string name, DType dtype, std::vector<Axis> axes, std::vector<Number> numbers,
                    std::source_location where = std::source_location::current());
    /// Ids that are known: the columns of a sparse matrix. \throws UserError for a number that is no position, too.
    Tensor constant(std::string name, DType dtype, const Numbering& numbers, std::vector<Axis> axes,
                    std::vector<Number> ids, std::source_location where = std::source_location::current());
    /// A truth value, bool[]: true in training_step() and gradients(), false in forward(). What select() does not take of it
    /// costs nothing. In a text it is an input called "training".
    Tensor training();
    /// A value to be defined by an equation of the index notation. \throws UserError for a bad or taken name.
    Tensor tensor(std::string name, std::source_location where = std::source_location::current());
    /// The same with its type: the equation is to give elements and axes like these. What the type says needs no index that
    /// says it. \throws as input(), too.
    Tensor tensor(std::string name, DType dtype, std::vector<Axis> axes,
                  std::source_location where = std::source_location::current());
    /// The value of that name, or a new one to be defined by an equation.
    Tensor operator[](NameAt name);

    /// Makes `value` an output of the model called `name`. \throws UserError for a bad name, one that is already an
    /// output of another value, or a value of another model.
    void output(std::string name, const Tensor& value, std::source_location where = std::source_location::current());

    std::string name() const;
    /// The model so far as equations, in the text form that `ricci run` reads.
    std::string text() const;
    /// Elements of all parameters: 61706 for LeNet-5.
    std::int64_t parameter_count() const;

    /// The numbers that all programs of this model share, unless their options give others: parameters().draw(seed)
    /// begins anew. Made on first use.
    Parameters parameters();

  private:
    friend struct detail::Internals;
    std::shared_ptr<detail::ModelState> state_;
};

}  // namespace ricci

/// The model as equations, in the text form that the parser reads.
template <>
struct fmt::formatter<ricci::Model> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const ricci::Model& model, Context& context) const {
        return fmt::formatter<std::string_view>::format(model.text(), context);
    }
};
