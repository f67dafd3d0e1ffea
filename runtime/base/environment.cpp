// Puts a longer list of variables in place of the process's, and takes it back.
#include "runtime/base/environment.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <memory>

namespace ricci::runtime {
namespace {

/// A list of variables with the texts that are ours. It is kept for good: a thread may read one at any time.
struct Kept {
    std::vector<char*> list{};
    std::deque<std::string> texts{};
    Kept* before = nullptr;
};

constinit std::atomic<Kept*> all_kept = nullptr;

void keep(Kept* one) {
    one->before = all_kept.load(std::memory_order_relaxed);
    while (!all_kept.compare_exchange_weak(one->before, one, std::memory_order_acq_rel)) continue;
}

}  // namespace

WithVariables::WithVariables(const std::vector<std::pair<std::string, std::string>>& variables) : before_(environ) {
    auto kept = std::make_unique<Kept>();
    for (char** entry = before_; entry != nullptr && *entry != nullptr; ++entry) kept->list.push_back(*entry);
    for (const auto& [name, value] : variables) {
        if (std::getenv(name.c_str()) != nullptr) continue;
        kept->list.push_back(kept->texts.emplace_back(name + "=" + value).data());
        added_.push_back(name);
    }
    if (added_.empty()) return;
    kept->list.push_back(nullptr);
    own_ = kept->list.data();
    keep(kept.release());
    std::atomic_ref(environ).store(own_, std::memory_order_release);
}

WithVariables::~WithVariables() {
    if (own_ == nullptr) return;
    char** expected = own_;
    if (std::atomic_ref(environ).compare_exchange_strong(expected, before_, std::memory_order_acq_rel)) return;
    // Somebody has set a variable meanwhile, so the list is another one, with ours in it.
    for (const std::string& name : added_) ::unsetenv(name.c_str());
}

}  // namespace ricci::runtime
