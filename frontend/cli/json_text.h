/// \file frontend/cli/json_text.h
/// Reports as JSON, whatever bytes the names and paths in them have.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ricci::cli {

/// Two spaces a level, and the end of a line behind it. A byte that is no UTF-8 becomes U+FFFD, as JSON has none.
std::string json_text(const nlohmann::ordered_json& report);
/// The same on one line.
std::string json_line(const nlohmann::ordered_json& report);

}  // namespace ricci::cli
