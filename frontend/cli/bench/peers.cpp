// Where the peers' scripts are, and what surrounds each of their processes.
#include "frontend/cli/bench/peers.h"

#include <fmt/format.h>
#include <sched.h>

#include <cstdlib>

#include "frontend/cli/process.h"
#include "ir/base/error.h"
#include "runtime/call/blas.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

/// One processor to stay on, as text for taskset: the last that this process may use, farthest from interrupts.
std::string one_processor() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return "";
    for (int i = CPU_SETSIZE - 1; i >= 0; --i) {
        if (CPU_ISSET(i, &set)) return fmt::format("{}", i);
    }
    return "";
}

}  // namespace

fs::path peer_scripts(const std::string& asked) {
    std::vector<fs::path> places;
    if (!asked.empty()) {
        places = {asked};
    } else {
        for (fs::path above = own_executable().parent_path(); above.has_relative_path(); above = above.parent_path()) {
            places.push_back(above / "bench/peers");
            places.push_back(above / "share/ricci/peers");
        }
    }
    for (const fs::path& place : places) {
        if (runtime::is_there(place / "measure.py")) return place;
    }
    if (!asked.empty()) user_error("--peers {}: there is no measure.py; name bench/peers of Ricci's sources", asked);
    user_error("the peers' scripts are not near {}; name bench/peers of Ricci's sources with --peers",
               own_executable().string());
}

std::map<std::string, std::string> peer_environment(std::int64_t threads) {
    std::map<std::string, std::string> set = {{"OPENBLAS_NUM_THREADS", fmt::format("{}", threads)},
                                              {"OMP_NUM_THREADS", fmt::format("{}", threads)},
                                              // Memory that is freed is kept: a new process would else ask the
                                              // system for the pages of each large result again.
                                              {"MALLOC_MMAP_THRESHOLD_", "1073741824"},
                                              {"MALLOC_TRIM_THRESHOLD_", "1073741824"},
                                              {"PYTHONDONTWRITEBYTECODE", "1"},
                                              {"JAX_PLATFORMS", "cpu"},
                                              {"DEV", "CPU"}};
    if (threads == 1) {
        set["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1";
    }
    const char* own = std::getenv("OPENBLAS_CORETYPE");
    const std::string core = own != nullptr ? own : runtime::blas_core_for_this_cpu();
    if (!core.empty()) set["OPENBLAS_CORETYPE"] = core;
    return set;
}

std::vector<std::string> pinned(std::int64_t threads) {
    if (threads != 1 || run_program({"taskset", "--version"}, {.quiet = true}).status != 0) return {};
    return {"taskset", "-c", one_processor()};
}

}  // namespace ricci::cli
