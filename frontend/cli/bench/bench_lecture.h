/// \file frontend/cli/bench/bench_lecture.h
/// `ricci bench conv --lecture`: one convolution in each form that lectures compare.
#pragma once

#include <string>

#include "ricci/compile.h"

namespace ricci::cli {

struct LectureOptions {
    double seconds = 0.3;  // a form and direction, of which the median is given
    std::string only{};    // of the lectures, those whose title holds it
    std::string svg{};     // a file for the drawing; "" for none
    std::string print{};   // a form whose texts are printed in place of times; "" for none
    DType dtype = f32;
    CompileOptions compile{};
};

/// Times forward and both gradients of each form on the lectures' sizes, and checks that all forms give what naive gives.
/// \returns an exit status.  \throws UserError when no title holds `only`, and for a form to print that is none.
int bench_lecture(const LectureOptions& options);

}  // namespace ricci::cli
