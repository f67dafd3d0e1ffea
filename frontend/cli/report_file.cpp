// One line of what a command prints for each file that it writes.
#include "frontend/cli/report_file.h"

#include <fmt/format.h>

#include "runtime/file/files.h"

namespace ricci::cli {

void save_report(const std::string& file, const std::string& text) {
    runtime::write_file(file, text);
    fmt::print("saved     {}\n", file);
}

}  // namespace ricci::cli
