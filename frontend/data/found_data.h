/// \file frontend/data/found_data.h
/// Arrays that files hold, sorted into training and test. Internal.
#pragma once

#include <string>
#include <vector>

#include "ricci/data_files.h"

namespace ricci::detail {

/// Every seventh sample.
inline constexpr std::int64_t kTestEach = 7;

/// Moves the samples kTestEach - 1, 2 * kTestEach - 1, ... into a second set.
std::vector<NamedArray> split_off(std::vector<NamedArray>& arrays);

/// The mean and the deviation of each column of a table, f64[n, columns].
std::vector<PixelScale> column_scales(const Array& table);
void scale_columns(Array& table, const std::vector<PixelScale>& scales);

}  // namespace ricci::detail
