// The attributes of ops whose windows move along sequences, images and volumes.
#include "ir/ops/entries/directions.h"

namespace ricci::ir {

std::vector<OpAttribute> convolution_attributes(const Extended& of) {
    std::vector<OpAttribute> attributes;
    for (const Direction& d : of.directions)
        attributes.push_back({fmt::format("stride{}", d.suffix), 1, fmt::format("{} from one window to the next", d.what), true, 1});
    for (const Direction& d : of.directions) {
        attributes.push_back({d.first, 0, fmt::format("{} of zeros before the first", d.what), true, 0});
        attributes.push_back({d.last, 0, fmt::format("{} of zeros after the last", d.what), true, 0});
    }
    for (const Direction& d : of.directions)
        attributes.push_back({fmt::format("dilation{}", d.suffix), 1, fmt::format("{} from one tap to the next", d.what), true, 1});
    attributes.push_back({"groups", 1, "parts that the channels are split into, each with kernels of its own", true, 1});
    return attributes;
}

std::vector<OpAttribute> window_attributes(const Extended& of) {
    std::vector<OpAttribute> attributes;
    for (const Direction& d : of.directions)
        attributes.push_back({fmt::format("window{}", d.suffix), OpAttribute::kRequired, fmt::format("{} of a window", d.what), true, 1});
    for (const Direction& d : of.directions) {
        attributes.push_back({fmt::format("stride{}", d.suffix), 0,
                              fmt::format("{0} from one window to the next; 0: the {0} of a window", d.what), true, 0});
    }
    return attributes;
}

}  // namespace ricci::ir
