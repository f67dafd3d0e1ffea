// What is forced is set once, by main(), and read by the harnesses of the tests.
#include "tests/forced.h"

#include <sstream>

#include "ir/base/error.h"

namespace ricci::test {
namespace {

Forced& of_this_run() {
    static Forced forced;
    return forced;
}

std::string force_one(const std::string& option) {
    Forced& all = of_this_run();
    const std::size_t equals = option.find('=');
    const std::string name = option.substr(0, equals);
    std::string* into = name == "--conv" ? &all.conv : name == "--gemm" ? &all.gemm : name == "--tile" ? &all.tile : nullptr;
    if (into == nullptr || equals == std::string::npos) {
        return "RICCI_TEST_OPTIONS: \"" + option + "\" is none of --conv=METHOD, --gemm=METHOD and --tile=SAMPLES";
    }
    *into = option.substr(equals + 1);
    try {
        forced(passes::Options{});
    } catch (const UserError& error) {
        return std::string("RICCI_TEST_OPTIONS: ") + error.what();
    }
    return "";
}

}  // namespace

const Forced& forced() { return of_this_run(); }

std::string force(const std::string& options) {
    std::istringstream words(options);
    for (std::string option; words >> option;) {
        if (std::string error = force_one(option); !error.empty()) return error;
    }
    return "";
}

passes::Options forced(passes::Options options) {
    const Forced& all = forced();
    if (options.conv == ricci::Convolution::automatic) options.conv = all.conv;
    if (options.gemm == Gemm::automatic) options.gemm = all.gemm;
    if (options.tile == "auto") options.tile = all.tile;
    return options;
}

}  // namespace ricci::test
