/// \file frontend/data/feed.h
/// Which field of the samples each input of a function takes. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ricci/compile.h"
#include "ricci/data_source.h"

namespace ricci::detail {

/// Calls a function with the samples of one source. Inputs take the fields of their names; where no input has the name
/// of any field, inputs and fields are paired by place.
class Feed {
  public:
    /// \throws UserError naming inputs and fields, when an input has no field.
    Feed(Function function, const DataSource& source);

    Results operator()(const Samples& samples);

  private:
    Function function_;
    std::vector<std::string> inputs_;
    std::vector<std::size_t> fields_;  // by input
};

/// The field that predictions are compared with: "labels", or else the last one.
std::size_t label_field(const DataSource& source);

/// How many of the predicted classes are the labels. \throws UserError unless these are as many whole numbers.
std::int64_t count_right(const Array& predicted, const Array& labels);

}  // namespace ricci::detail
