/// \file ir/text/loops_parser.h
/// Reads the loops of a kernel. The equations that they name stand behind them.
#pragma once

#include <string>
#include <vector>

#include "ir/core/loops.h"
#include "ir/surface/lexer.h"

namespace ricci::ir {

/// A name, and where it stands.
struct WrittenName {
    std::string name{};
    Location where{};
};

/// Loops as they are written, with names for values.
struct WrittenLoops {
    LoopNest nest{};
    WrittenName result{};
    WrittenName operand{};
    std::vector<WrittenName> alongside{};
    std::vector<WrittenName> following{};
};

/// True when the line here is the first of some loops: `for`, `first`, `compute` or `transpose`, and a name behind it.
bool begins_loops(const Tokens& tokens);

/// The lines of some loops. \throws UserError with the line, what was found and what was expected.
WrittenLoops parse_loops(Tokens& tokens);

}  // namespace ricci::ir
