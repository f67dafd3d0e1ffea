// The names of ops, each once.
#include "ir/core/op_tag.h"

#include <atomic>
#include <memory>

namespace ricci::ir {
namespace {

// A list that only grows, without a lock: a process may be forked while another thread looks a name up.
struct Entry {
    std::string name;
    Entry* next = nullptr;
};

std::atomic<Entry*>& newest() {
    static std::atomic<Entry*> entry = nullptr;
    return entry;
}

/// Of the entries from one on, as far as another one.
const std::string* found_between(const Entry* from, const Entry* to, std::string_view name) {
    for (; from != to; from = from->next) {
        if (from->name == name) return &from->name;
    }
    return nullptr;
}

}  // namespace

OpTag::OpTag(std::string_view name) {
    if (name.empty()) return;
    Entry* seen = newest().load(std::memory_order_acquire);
    name_ = found_between(seen, nullptr, name);
    if (name_ != nullptr) return;
    auto made = std::make_unique<Entry>(Entry{std::string(name), seen});
    while (!newest().compare_exchange_weak(made->next, made.get(), std::memory_order_acq_rel)) {
        // Other threads have added entries; this name may be one of them.
        name_ = found_between(made->next, seen, name);
        if (name_ != nullptr) return;
        seen = made->next;
    }
    name_ = &made.release()->name;
}

}  // namespace ricci::ir
