// The object cache is led to a folder of this process by RICCI_CACHE.
#include "frontend/cli/bench/compile_models.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "frontend/cli/json_text.h"
#include "frontend/cli/streams.h"
#include "frontend/models/registry.h"
#include "ir/base/error.h"
#include "ricci/ricci.h"

namespace ricci::cli {
namespace {

namespace fs = std::filesystem;

/// A folder for cached code, while it lives; then RICCI_CACHE is as it was.
class CacheOfItsOwn {
  public:
    CacheOfItsOwn() {
        if (const char* before = ::getenv("RICCI_CACHE")) before_ = before;
        folder_ = (fs::temp_directory_path() / "ricci-cache-XXXXXX").string();
        if (::mkdtemp(folder_.data()) == nullptr) user_error("cannot make a folder like {} for cached code", folder_);
        ::setenv("RICCI_CACHE", folder_.c_str(), /*overwrite=*/1);
    }
    ~CacheOfItsOwn() {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
        before_ ? ::setenv("RICCI_CACHE", before_->c_str(), 1) : ::unsetenv("RICCI_CACHE");
    }
    CacheOfItsOwn(const CacheOfItsOwn&) = delete;
    CacheOfItsOwn& operator=(const CacheOfItsOwn&) = delete;

  private:
    std::string folder_;
    std::optional<std::string> before_;
};

double seconds_of(const Program& step) {
    return compile(step).compile_seconds();
}

}  // namespace

void time_compiling_models(const std::vector<std::string>& models, std::int64_t rounds, bool json) {
    constexpr double kMilli = 1e3;
    for (const std::string& name : models) registered_model(name);  // refused before anything runs
    if (!json) fmt::print("{:<16}{:>12}{:>24}\n", "", "cold", "from the cache");
    for (const std::string& name : models) {
        Network network = registered_model(name).build({});
        network.model.parameters();
        const Program step = training_step(network.loss, sgd({.learning_rate = 0.01, .momentum = 0.9}));
        double cold = 0, cached = 0;
        for (std::int64_t round = 0; round < rounds; ++round) {
            const CacheOfItsOwn cache;
            const double first = seconds_of(step), second = std::min(seconds_of(step), seconds_of(step));
            cold = round == 0 ? first : std::min(cold, first);
            cached = round == 0 ? second : std::min(cached, second);
        }
        if (json) {
            const nlohmann::ordered_json line = {{"model", name}, {"cold_s", cold}, {"cached_s", cached}};
            fmt::print("{}", json_line(line));
        } else {
            fmt::print("{:<16}{:>9.3f} s{:>21.1f} ms\n", name, cold, cached * kMilli);
        }
        flush_output();
    }
}

}  // namespace ricci::cli
