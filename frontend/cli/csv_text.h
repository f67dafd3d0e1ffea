/// \file frontend/cli/csv_text.h
/// Names as fields of CSV files.
#pragma once

#include <string>
#include <string_view>

namespace ricci::cli {

/// The text, in quotes where a comma, a quote or the end of a line would end the field. Source: RFC 4180.
std::string csv_field(std::string_view text);

}  // namespace ricci::cli
