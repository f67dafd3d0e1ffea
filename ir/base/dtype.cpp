// Names and sizes of the element types: the one table.
#include "ir/base/dtype.h"

#include <array>
#include <utility>

namespace ricci {
namespace {

struct Entry {
    DType dtype;
    std::string_view name;
    std::size_t size;
};
constexpr std::array<Entry, 5> kTable = {{{DType::f32, "f32", 4},
                                          {DType::f64, "f64", 8},
                                          {DType::i32, "i32", 4},
                                          {DType::i64, "i64", 8},
                                          {DType::boolean, "bool", 1}}};

}  // namespace

std::size_t size_of(DType dtype) { return kTable[std::to_underlying(dtype)].size; }

std::string_view name_of(DType dtype) { return kTable[std::to_underlying(dtype)].name; }

std::optional<DType> dtype_named(std::string_view name) {
    for (const Entry& entry : kTable) {
        if (entry.name == name) return entry.dtype;
    }
    return std::nullopt;
}

}  // namespace ricci
