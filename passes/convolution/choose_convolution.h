/// \file passes/convolution/choose_convolution.h
/// How a convolution is best computed: the cost model of lower-conv2d.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "passes/convolution/convolution_roles.h"
#include "passes/pass.h"

namespace ricci::passes {

struct ConvolutionChoice {
    std::string method;  // the word of a choice, or the name of a routine
    std::string reason;  // for people; with what the methods considered are predicted to take
    std::vector<Candidate> candidates;  // with the seconds of a sample of a batch
    double batch = 0;                   // of a fixed one; 1 of an open one, 0 without any

    bool is(ricci::Convolution choice) const { return method == name_of(choice); }
    /// Predicted seconds of a sample.
    double seconds() const;
};

/// What a user chooses to have a method: the one of its word, else winograd, which takes the filtering that applies.
ricci::Convolution choice_of(std::string_view method);

/// The method that is asked for where it applies, with "auto" the one with the least predicted time. Inside a batch
/// tile a library routine is not allowed: it would compute all samples at once. That leaves direct, im2col and naive.
/// The same holds for convolutions of few operations a sample: what surrounds them counts for more, and nothing fuses
/// with a call. The times are those of options.machine. \param tiled it will run for a few samples at a time
/// (passes/tiles/tile_plan.h).
ConvolutionChoice choose_convolution(const ir::Graph& graph, const ir::Equation& equation,
                                     const Convolution& convolution, const Options& options, bool tiled);

/// Predicted seconds of a sample in a routine of the runtime. \param samples  of a call.
double routine_seconds(const ir::ConvolutionForm& form, const ir::Routine& routine, double samples,
                       const Machine& machine);

}  // namespace ricci::passes
