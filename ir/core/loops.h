/// \file ir/core/loops.h
/// How the equations of a kernel run: in which loops, along which vectors, with which results in registers. It is a
/// schedule: a change of it changes no value but in its last digits. plan-loops chooses it, the verifier checks it
/// (V24), and a person may change it in the text. ir/loops/ reads from it what code generation writes down.
///
///     for y by 2, x by 2, vector b of 16, o by 6:
///         compute conv1.sum in registers over i, dy, unrolled dx
///         then tanh1, stored
///         then pool1, stored
#pragma once

#include <string>
#include <vector>

#include "ir/base/error.h"
#include "ir/core/expr.h"

namespace ricci::ir {

/// A loop over one index, or over several as one, whose addresses run on.
struct Loop {
    std::vector<std::string> indices;  // names in the equation, outermost first
    std::int64_t by = 1;               // points of a round, or vectors of it along the vector: what a register tile holds
    bool vector = false;               // its points are the lanes of vectors
    std::vector<std::string> pair{};   // of a vector: indices whose points are lanes inside each of its own
    bool unrolled = false;             // its rounds stand one after the other
    bool look_up = false;              // no loop: the index takes the number that its id says (ir/analysis/look_ups.h)
};

/// An equation that is computed from registers, in the loops of another.
struct Following {
    ValueId result = -1;
    bool stored = true;
};

/// The own loops of one equation, and of those that are computed in its registers.
struct LoopNest {
    enum class Form : std::uint8_t {
        plain,          // one vector of points after the other
        register_tile,  // a sum of products with several results in registers
        transpose,      // a copy, turned over in registers block by block
    } form = Form::plain;
    ValueId result = -1;                // result of the equation
    bool stored = true;                 // in memory: others than the equations of these loops read it
    int lanes = 1;                      // elements of a vector
    std::vector<Loop> outer;            // over the points of the result, outermost first
    std::vector<Loop> inner;            // over what is reduced, outermost first; of a transpose its rows and its columns
    ValueId operand = -1;               // a factor that is computed where it is multiplied, not stored; -1 for none
    std::vector<ValueId> alongside;     // sums of that operand, which are made on the way
    std::vector<Following> following;   // in their order
    double cycles = 0;                  // predicted, of a vector of points; 0: nobody predicted it
    Location location{};

    /// Its equations.
    std::size_t equations() const { return 1 + (operand >= 0 ? 1 : 0) + alongside.size() + following.size(); }
};

}  // namespace ricci::ir
