/// \file frontend/plot/svg.h
/// Pieces of SVG that plots and other drawings share.
#pragma once

#include <string>
#include <string_view>

#include "ricci/drawing.h"

namespace ricci::svg {

/// Characters that mean something to XML, spelt out.
std::string escaped(std::string_view text);
/// Text whose `anchor` (start, middle, end) is at x and whose base line is at y, in pixels.
std::string text(double x, double y, std::string_view anchor, std::string_view words, std::string_view more = "");
/// A PNG as an address that an SVG image can have.
std::string png_address(const Picture& picture);

}  // namespace ricci::svg
