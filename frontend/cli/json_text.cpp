// Leaves no byte in a report that JSON cannot hold.
#include "frontend/cli/json_text.h"

#include <nlohmann/json.hpp>

namespace ricci::cli {
namespace {

std::string text_of(const nlohmann::ordered_json& report, int indent) {
    return report.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& report) {
    return text_of(report, 2);
}
std::string json_line(const nlohmann::ordered_json& report) {
    return text_of(report, -1);
}

}  // namespace ricci::cli
