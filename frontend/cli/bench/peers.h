/// \file frontend/cli/bench/peers.h
/// What the benches that run other systems in processes of their own share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ricci::cli {

/// The folder of the peers' scripts: `asked`, else bench/peers above the program (a build) or share/ricci/peers (an
/// installation). \throws UserError when it is not there.
std::filesystem::path peer_scripts(const std::string& asked);

/// What each child finds in its environment: the same kernels of OpenBLAS and the same number of threads.
std::map<std::string, std::string> peer_environment(std::int64_t threads);

/// What goes before a command so that one thread stays on one processor: taskset, where there is one and threads is 1.
std::vector<std::string> pinned(std::int64_t threads);

}  // namespace ricci::cli
