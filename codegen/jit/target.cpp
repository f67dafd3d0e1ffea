// Finds out what CPU kernels are compiled for, and whether the host can run them.
#include "codegen/jit/target.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/X86TargetParser.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "ir/base/error.h"
#include "ir/base/spelling.h"

namespace ricci::codegen {
namespace {

// Instruction sets that LLVM's code generator picks by itself. The others (sgx, aes, rtm, ...) appear only where a
// program asks for them by name, which kernels never do, so a host that hides them still runs the code.
constexpr std::array<std::string_view, 12> kAutomatic = {"bmi",   "bmi2",  "f16c",   "fma",   "fma4", "gfni",
                                                         "lzcnt", "movbe", "popcnt", "ssse3", "tbm",  "xop"};

bool is_automatic(std::string_view feature) {
    return feature.starts_with("avx") || feature.starts_with("sse") ||
           std::find(kAutomatic.begin(), kAutomatic.end(), feature) != kAutomatic.end();
}

using Features = std::set<std::string, std::less<>>;

Features features_of_cpu(std::string_view cpu) {
    llvm::SmallVector<llvm::StringRef> list;
    llvm::X86::getFeaturesForCPU(llvm::StringRef(cpu.data(), cpu.size()), list);
    llvm::StringMap<bool> enabled;
    for (llvm::StringRef feature : list) {
        enabled[feature] = true;
        llvm::X86::updateImpliedFeatures(feature, true, enabled);  // AVX512BW means AVX512F, and so on
    }
    Features features;
    for (const auto& entry : enabled) {
        if (entry.second) features.insert(entry.first().str());
    }
    return features;
}

Features features_of_host() {
    Features features;
    for (const auto& entry : llvm::sys::getHostCPUFeatures()) {
        if (entry.second) features.insert(entry.first().str());
    }
    return features;
}

bool has_all(const Features& features, std::initializer_list<std::string_view> wanted) {
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](std::string_view name) { return features.find(name) != features.end(); });
}

int vector_bytes_of(const Features& features) {
    return has_all(features, {"avx512f", "avx512bw", "avx512dq", "avx512vl"}) ? 64 : 32;
}

void require_least(std::string_view cpu, const Features& features) {
    if (has_all(features, {"avx2", "fma"})) return;
    user_error("target {} has no AVX2 and FMA; the least target is avx2 (x86-64-v3)", cpu);
}

// The three known names nearest to `name` that name a usable target, nearest first.
std::string near_names(std::string_view name) {
    llvm::SmallVector<llvm::StringRef> cpus;
    llvm::X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
    std::vector<std::pair<std::size_t, std::string>> ranked = {{edit_distance(name, "avx2"), "avx2"},
                                                               {edit_distance(name, "avx512"), "avx512"}};
    for (llvm::StringRef cpu : cpus) {
        if (cpu.contains('_')) continue;  // dispatch-only spellings of the same CPUs
        if (!has_all(features_of_cpu(cpu), {"avx2", "fma"})) continue;
        ranked.emplace_back(edit_distance(name, {cpu.data(), cpu.size()}), cpu.str());
    }
    std::stable_sort(ranked.begin(), ranked.end());
    return fmt::format("{}, {} or {}", ranked[0].second, ranked[1].second, ranked[2].second);
}

}  // namespace

Target Target::host() {
    const Features features = features_of_host();
    const std::string cpu = llvm::sys::getHostCPUName().str();
    require_least(fmt::format("host ({})", cpu), features);
    // Sorted, with the absent ones: a virtual machine may hide what the CPU name implies.
    std::vector<std::string> signed_names;
    for (const auto& entry : llvm::sys::getHostCPUFeatures()) {
        signed_names.push_back(fmt::format("{}{}", entry.second ? '+' : '-', entry.first().str()));
    }
    std::sort(signed_names.begin(), signed_names.end(),
              [](const std::string& a, const std::string& b) { return a.compare(1, a.npos, b, 1, b.npos) < 0; });
    return {cpu, fmt::format("{}", fmt::join(signed_names, ",")), vector_bytes_of(features)};
}

Target Target::named(std::string_view name) {
    if (name == "host" || name == "native") return host();
    std::string cpu(name);
    if (name == "avx2") cpu = "x86-64-v3";
    if (name == "avx512") cpu = "x86-64-v4";
    if (name == "sse4") cpu = "x86-64-v2";
    if (llvm::X86::parseArchX86(cpu, /*Only64Bit=*/true) == llvm::X86::CK_None) {
        user_error("unknown target \"{}\"; did you mean {}? (host, avx2, avx512, or an LLVM CPU name)", name,
                   near_names(name));
    }
    const Features features = features_of_cpu(cpu);
    require_least(name, features);
    return {cpu, "", vector_bytes_of(features)};
}

std::vector<std::string> Target::missing_on_host() const {
    const Features host = features_of_host();
    Features wanted = features_of_cpu(cpu);
    // The signed list overrides what the name implies.
    for (std::size_t at = 0; at < features.size();) {
        const std::size_t end = std::min(features.find(',', at), features.size());
        const std::string feature = features.substr(at + 1, end - at - 1);
        if (features[at] == '+') wanted.insert(feature);
        if (features[at] == '-') wanted.erase(feature);
        at = end + 1;
    }
    std::vector<std::string> missing;
    for (const std::string& feature : wanted) {
        if (is_automatic(feature) && host.find(feature) == host.end()) missing.push_back(feature);
    }
    return missing;
}

void Target::require_runnable() const {
    const std::vector<std::string> missing = missing_on_host();
    if (missing.empty()) return;
    user_error("target {} needs {}, which this CPU ({}) lacks; compile for host or a lesser target", cpu,
               fmt::join(missing, ", "), llvm::sys::getHostCPUName().str());
}

std::string llvm_version() {
    return LLVM_VERSION_STRING;
}

}  // namespace ricci::codegen
