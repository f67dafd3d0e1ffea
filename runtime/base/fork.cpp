// The process's fork handlers and the lists that they go through.
#include "runtime/base/fork.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <ranges>
#include <utility>
#include <vector>

namespace ricci::runtime {
namespace {

std::atomic<std::uint64_t> generation = 0;

struct Lists {
    std::mutex guards_mutexes;
    std::vector<ForkSafeMutex*> mutexes;
    std::mutex guards_objects;  // locked last: an object may be made while a ForkSafeMutex is held
    std::vector<AtFork*> objects;
};

Lists& lists();

}  // namespace

struct ForkHandlers {
    static void before() {
        Lists& all = lists();
        all.guards_mutexes.lock();
        for (ForkSafeMutex* mutex : all.mutexes) mutex->lock();
        all.guards_objects.lock();
    }
    static void unlock_all() {
        Lists& all = lists();
        all.guards_objects.unlock();
        for (ForkSafeMutex* mutex : all.mutexes | std::views::reverse) mutex->unlock();
        all.guards_mutexes.unlock();
    }
    static void in_child() {
        generation.fetch_add(1, std::memory_order_relaxed);
        for (AtFork* object : lists().objects) object->in_child_();
        unlock_all();
    }
};

namespace {

Lists& lists() {
    // Never destroyed: objects that live until exit leave the list there.
    static Lists* const all = [] {
        auto* made = new Lists;
        pthread_atfork(ForkHandlers::before, ForkHandlers::unlock_all, ForkHandlers::in_child);
        return made;
    }();
    return *all;
}

}  // namespace

AtFork::AtFork(std::function<void()> in_child) : in_child_(std::move(in_child)) {
    Lists& all = lists();
    const std::lock_guard lock(all.guards_objects);
    all.objects.push_back(this);
}

AtFork::~AtFork() {
    Lists& all = lists();
    const std::lock_guard lock(all.guards_objects);
    std::erase(all.objects, this);
}

ForkSafeMutex::ForkSafeMutex() {
    Lists& all = lists();
    const std::lock_guard lock(all.guards_mutexes);
    all.mutexes.push_back(this);
}

std::uint64_t fork_generation() {
    lists();  // counting begins with the first question
    return generation.load(std::memory_order_relaxed);
}

}  // namespace ricci::runtime
