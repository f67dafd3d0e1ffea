/// \file passes/pass.h
/// What every pass is: a pure function from graph to graph, with options and a place for remarks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/core/graph.h"
#include "passes/choice.h"
#include "passes/machine.h"

namespace ricci::passes {

/// Choices that the user can force: ricci/choices.h says what each is.
struct Options {
    Choice<Layout> layout{};             // choose-layout
    Choice<ricci::Convolution> conv{};   // lower-conv2d
    bool winograd = true;                // lower-conv2d: "auto" may choose Winograd's filtering, which rounds more
    Choice<Gemm> gemm{};                 // match-gemm
    Choice<Precision> precision{};       // lower-precision
    std::string tile = "auto";           // tile-batch: "auto", "off", or a number of samples
    std::string memory{};                // recompute: bytes of the arena, as "200M"; "" is no bound
    std::int64_t memory_samples = 0;     // recompute: of the call that the bound is for; 0: Graph::typical_samples
    bool fuse = true;                    // fuse-pool, fuse
    bool verify_values = false;          // run the interpreter before and after each pass on shrunken extents
    Machine machine{};                   // that will run the program; whoever compiles says which
    std::optional<Machine> measured{};   // in place of the table's row for the target, where somebody measured it
};

/// One way to compute something.
struct Candidate {
    std::string method;
    double seconds = 0;      // predicted, of a sample or of a call
    bool automatic = true;   // false: only where it is asked for
};

/// The ways that a pass compared.
struct Comparison {
    std::string value;   // the name of what is computed
    std::string method;  // of the candidate that was taken
    std::vector<Candidate> candidates;
    bool by_samples = false;  // the seconds are those of a sample of an open batch
};

/// What a pass did or could not do, for people: numbers, names, reasons; for programs, what it chose between.
struct Remark {
    std::string pass;
    std::string text;
    std::optional<Comparison> choice{};
};
using Remarks = std::vector<Remark>;

}  // namespace ricci::passes
