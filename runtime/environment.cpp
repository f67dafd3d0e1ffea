// Puts a longer list of variables in place of the process's, and takes it back.
#include "runtime/environment.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace ricci::runtime {

WithVariables::WithVariables(const std::vector<std::pair<std::string, std::string>>& variables) : before_(environ) {
    auto* list = new std::vector<char*>;  // never freed: see the header
    for (char** entry = before_; entry != nullptr && *entry != nullptr; ++entry) list->push_back(*entry);
    for (const auto& [name, value] : variables) {
        if (std::getenv(name.c_str()) != nullptr) continue;
        list->push_back((new std::string(name + "=" + value))->data());
        added_.push_back(name);
    }
    if (added_.empty()) {
        delete list;
        return;
    }
    list->push_back(nullptr);
    own_ = list->data();
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
