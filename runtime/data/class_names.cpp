// A line is a name.
#include "runtime/data/class_names.h"

#include "ir/base/error.h"
#include "runtime/base/text.h"
#include "runtime/file/files.h"

namespace ricci::runtime {

std::vector<std::string> read_class_names(const std::filesystem::path& path, std::int64_t classes) {
    constexpr std::int64_t kMostBytes = 1 << 20;
    const std::vector<std::byte> bytes = read_file(path, kMostBytes);
    std::vector<std::string> names = lines_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    while (!names.empty() && names.back().empty()) names.pop_back();
    if (static_cast<std::int64_t>(names.size()) != classes)
        user_error("{} names {} classes but there are {}", path.string(), names.size(), classes);
    return names;
}

}  // namespace ricci::runtime
