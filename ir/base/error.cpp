// Messages of the two kinds of error.
#include "ir/base/error.h"

namespace ricci {

UserError::~UserError() = default;
InternalError::~InternalError() = default;

Location Location::of(const std::source_location& where) {
    std::string file = where.file_name();
    if (auto slash = file.rfind('/'); slash != std::string::npos) file.erase(0, slash + 1);
    return {std::move(file), where.line()};
}

std::string Location::prefix() const { return line == 0 ? std::string() : fmt::format("{}:{}: ", file, line); }

namespace detail {

void check_failed(const char* condition, const char* file, int line, const std::string& message) {
    throw InternalError(fmt::format("internal error at {}:{}: {}: {} (a bug in Ricci; please report it)", file, line,
                                    condition, message));
}

}  // namespace detail
}  // namespace ricci
