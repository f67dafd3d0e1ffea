// The pattern that unwritten memory holds while somebody looks for it.
#include "runtime/base/fill.h"

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "ir/base/error.h"

namespace ricci::runtime {

bool fills_memory() {
    static const bool on = [] {
        const char* text = std::getenv("RICCI_FILL");
        const std::string_view value = text == nullptr ? "" : text;
        if (!value.empty() && value != "nan") user_error("RICCI_FILL is \"{}\"; it is \"nan\", or not set", value);
        return value == "nan";
    }();
    return on;
}

void fill_unwritten(void* memory, std::int64_t bytes) {
    if (!fills_memory()) return;
    auto* at = static_cast<unsigned char*>(memory);
    const std::int64_t whole = bytes / 4 * 4;
    for (std::int64_t i = 0; i < whole; i += 4) std::memcpy(at + i, &kUnwritten, 4);
    std::memcpy(at + whole, &kUnwritten, static_cast<std::size_t>(bytes - whole));
}

}  // namespace ricci::runtime
