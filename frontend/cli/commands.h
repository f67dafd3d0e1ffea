/// \file frontend/cli/commands.h
/// Every command of `ricci`: what follows its name goes in, the exit status comes out.
#pragma once

#include "frontend/cli/options.h"

namespace ricci::cli {

inline constexpr int kOk = 0;
inline constexpr int kDiffers = 1;         // a check found a difference
inline constexpr int kUserError = 2;       // what was asked for cannot be done
inline constexpr int kInternalError = 70;  // Ricci's own mistake
inline constexpr int kSignalled = 128;     // to this the number of the signal that ended it is added, as shells have it

/// All \throw UserError for options, files and models that do not do.
int train(Arguments arguments);
int eval(Arguments arguments);
int predict(Arguments arguments);
int summary(Arguments arguments);
int run(Arguments arguments);
int models(Arguments arguments);
int opt(Arguments arguments);
int bench_step(Arguments arguments);
int bench_conv(Arguments arguments);
int bench_peers(Arguments arguments);
int bench_machine(Arguments arguments);
int bench_choices(Arguments arguments);
int bench_kernel(Arguments arguments);
int bench_compile(Arguments arguments);
int bench_micro(Arguments arguments);
int bench_net(Arguments arguments);
int data_mnist(Arguments arguments);

/// Ricci, LLVM, BLAS, the CPU and its threads, a line each.
int version();
/// "ricci 0.1.0", as the benchmarks call it beside its peers.
std::string name_and_version();

}  // namespace ricci::cli
