/// \file ricci/array_data.h
/// Samples from arrays in memory: tables, features, anything with a row for each sample.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ricci/array.h"
#include "ricci/data_source.h"

namespace ricci {

/// A field by its name, and an array whose first axis counts the samples.
struct NamedArray {
    std::string name;
    Array array;
};

/// ArrayData({{"x", x}, {"labels", y}}) has a field for each array.
class ArrayData : public DataSource {
  public:
    /// \throws UserError naming both arrays when their numbers of samples differ; for none, and for an array whose axes
    ///         have no kinds: with_axes() says them.
    explicit ArrayData(std::vector<NamedArray> arrays, std::string name = "arrays");
    /// The same, with the dtype and the kinds of these fields, paired by place. Numbers are converted.
    /// \throws UserError naming array and field, when the extents differ, or a number does not fit into the dtype.
    ArrayData(std::vector<NamedArray> arrays, const std::vector<Field>& as, std::string name = "arrays");

    std::string name() const override;
    std::int64_t count() const override;
    const std::vector<Field>& fields() const override;
    void fill(const SampleRequest& request, const Rows& rows) const override;
    bool is_quick() const override { return true; }

  private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ricci
