// `ricci bench micro`: the door of the repository, ./ricci, builds the Google Benchmark programs and runs them.
#include <string>

#include "frontend/cli/commands.h"
#include "ir/base/error.h"

namespace ricci::cli {

int bench_micro(Arguments arguments) {
    Options options("bench micro",
                    "Times parts of Ricci by themselves with Google Benchmark: products, convolutions, functions of\n"
                    "vectors, copies, optimizers, threads, the pipeline of data, the compiler. The door ./ricci builds the\n"
                    "programs, and runs those benchmarks whose names match.");
    std::string filter = ".";
    options.word("FILTER", filter, "a regular expression on names, such as sweep/adam", false);
    if (!options.parse(arguments)) return kOk;
    user_error("bench micro is a command of ./ricci at the root of the repository, which builds the programs that it runs");
}

}  // namespace ricci::cli
