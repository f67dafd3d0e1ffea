/// \file ir/core/schedule.h
/// How an equation runs. A schedule changes no value but in its last digits. Passes choose it and say why. The verifier
/// checks that the equation's form allows it (V14). A person may change it in the text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ir/core/routines.h"

namespace ricci::ir {

enum class How : std::uint8_t {
    undecided,      // no pass has chosen; code generation takes the cheapest loops
    loops,          // plain loops, one sum at a time
    register_tile,  // loops that hold several sums in registers, so that what is loaded serves all of them
    blas,           // calls of BLAS
    library,        // one call of a routine of the runtime
    copy,           // loops that move numbers for the sake of other equations
};

/// What a copy is for.
enum class Copy : std::uint8_t {
    none,
    im2col,  // patches of an image, for a product of matrices
    col2im,  // the gradient of such a copy: patches are added up where they overlap
    repack,  // a kernel in the order of such a product
    layout,  // an input in the order of axes of the program
    enter,   // into a batch tile
    leave,   // out of a batch tile
    rows,    // the samples of a batch tile as rows
};

struct Schedule {
    How how = How::undecided;
    Copy copy = Copy::none;              // where `how` is copy
    const Routine* routine = nullptr;    // where `how` is library

    static Schedule by(How how) { return {.how = how}; }
    static Schedule by(const Routine& routine) { return {.how = How::library, .routine = &routine}; }
    static Schedule of(Copy copy) { return {.how = How::copy, .copy = copy}; }

    bool decided() const { return how != How::undecided; }
    /// True for a call, whose loops nothing shares.
    bool is_call() const { return how == How::blas || how == How::library; }
    friend bool operator==(const Schedule&, const Schedule&) = default;
};

/// "loops", "register tile", "blas", "library winograd4", "copy im2col"; "" for undecided. Behind an equation it follows
/// the word `by`.
std::string print(const Schedule& schedule);

/// One way to write a schedule, and what it means.
struct ScheduleWords {
    std::string text;  // "register tile"
    Schedule schedule;
    std::string_view meaning;
};
/// All schedules that there are, in the order of the enumerators.
std::span<const ScheduleWords> schedules();

}  // namespace ricci::ir
