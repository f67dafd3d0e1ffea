/// \file frontend/cli/bench/compile_models.h
/// How long compile() takes for the training steps of named models: cold, and with plan and code from the cache.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ricci::cli {

/// Wall-clock seconds, the least of so many rounds. Each round begins with an empty cache, in a folder of its own that goes
/// at the end. Parameters have been drawn before. As text, or a line of JSON for each.
void time_compiling_models(const std::vector<std::string>& models, std::int64_t rounds, bool json);

}  // namespace ricci::cli
