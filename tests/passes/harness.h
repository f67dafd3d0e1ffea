/// \file tests/passes/harness.h
/// Pass tests as text files: tests/passes/<pass_name>/<case>.ein holds the graph before, a line of dashes, the graph
/// after.
///
/// Comment lines at the top say what is promised, and how the passes run:
///     # A copy of a copy is one copy.
///     # options: layout = nhwc, conv = naive, gemm = loops
///     # passes: simplify, remove-dead          (without it, the pass that the folder is named after)
///     # remark: conv2: stays naive             (some remark must contain this)
///
/// The harness checks the text after, the rules of the verifier, and values: by the interpreter, outputs and updates
/// are the same on random inputs. Tests may run with a choice forced (tests/main.cpp). Where a case leaves that choice
/// open, only rules and values are checked. With RICCI_UPDATE_GOLDEN=1 it writes the part after the dashes again, for
/// review.
/// review.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "passes/pipeline.h"

namespace ricci::passes::testing {

struct PassCase {
    std::filesystem::path file;
    std::string promise{};            // the comment that says it
    std::vector<std::string> passes{};
    std::vector<std::string> remarks{};
    Options options{};
    std::set<std::string> given{};    // the options that it sets
    bool standard = true;             // all others are as they are where nobody says otherwise
    std::string before{};             // with the comments
    std::string after{};
};

/// All cases below tests/passes, by path.
std::vector<std::filesystem::path> pass_case_files();
/// \throws UserError naming the file when it is not made as said above.
PassCase read_case(const std::filesystem::path& file);
/// Writes the file again with another graph after the dashes.
void write_case(const PassCase& test, const std::string& after);

}  // namespace ricci::passes::testing
