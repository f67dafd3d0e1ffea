// Sizes and text of tensor types.
#include "ir/core/type.h"

#include <fmt/ranges.h>

#include "ir/base/checked.h"
#include "ir/base/places.h"

namespace ricci {
namespace {

std::int64_t bound(std::int64_t extent, std::int64_t batch) { return extent == kOpen ? batch : extent; }

}  // namespace

int TensorType::open_axes() const {
    int open = 0;
    for (const Axis& axis : axes) open += axis.extent == kOpen;
    return open;
}

std::vector<std::int64_t> TensorType::extents(std::int64_t batch) const {
    std::vector<std::int64_t> extents;
    for (const Axis& axis : axes) extents.push_back(bound(axis.extent, batch));
    return extents;
}

std::int64_t TensorType::count(std::int64_t batch) const {
    std::int64_t count = 1;
    for (const Axis& axis : axes) count = checked_mul(count, bound(axis.extent, batch), "elements of a tensor");
    return count;
}

std::vector<std::int64_t> TensorType::strides(std::int64_t batch) const {
    std::vector<std::int64_t> strides(axes.size());
    std::int64_t step = 1;
    for (std::size_t i = axes.size(); i-- > 0;) {
        strides[i] = step;
        step = checked_mul(step, bound(axes[i].extent, batch), "elements of a tensor");
    }
    return strides;
}

std::optional<std::size_t> TensorType::axis_of(Kind kind) const {
    const std::size_t place = place_of(axes, kind, &Axis::kind);
    return place < axes.size() ? std::optional(place) : std::nullopt;
}

std::string extent_text(std::int64_t extent) { return extent == kOpen ? "?" : std::to_string(extent); }

std::string to_string(const Axis& axis) { return fmt::format("{} {}", axis.kind.name(), extent_text(axis.extent)); }

std::string to_string(const TensorType& type) {
    std::vector<std::string> axes;
    for (const Axis& axis : type.axes) axes.push_back(to_string(axis));
    return fmt::format("{}[{}]", name_of(type.dtype), fmt::join(axes, ", "));
}

}  // namespace ricci
