// Axes made by kind and extent, with the check that an extent is an extent.
#include "ricci/axes.h"

#include "ir/base/error.h"

namespace ricci {

Axis AxisName::operator()(std::int64_t extent, std::source_location where) const {
    return axis(name, extent, where);
}

Axis time(std::int64_t extent, std::source_location where) {
    return axis("time", extent, where);
}

Axis axis(std::string_view kind, std::int64_t extent, std::source_location where) {
    Location location = Location::of(where);
    if (extent < 1) {
        user_error(location, "axis {} {}: an extent is at least 1{}", kind, extent,
                   kind == "batch" ? "; batch() leaves it open until the call" : "");
    }
    try {
        return {Kind::named(kind), extent};
    } catch (const UserError& error) {
        throw UserError(location.prefix() + error.what());
    }
}

}  // namespace ricci
