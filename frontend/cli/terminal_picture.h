/// \file frontend/cli/terminal_picture.h
/// Pictures as text.
#pragma once

#include <string>

#include "runtime/data/png.h"

namespace ricci::cli {

/// Two rows of pixels a line in the colours of a terminal, or a character a pixel by its brightness; wide pictures are
/// made smaller.
std::string draw(const runtime::Picture& picture, bool in_colour);

}  // namespace ricci::cli
