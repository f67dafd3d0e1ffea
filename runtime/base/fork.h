/// \file runtime/base/fork.h
/// What a process that forks must be told: the child has one thread, and the locks that the others held stay locked.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

namespace ricci::runtime {

/// Calls a function in each child process, before fork() returns there: no other thread exists, and none of the
/// parent's work goes on. A last member of the object that it sets right.
class AtFork {
  public:
    explicit AtFork(std::function<void()> in_child);
    ~AtFork();
    AtFork(const AtFork&) = delete;
    AtFork& operator=(const AtFork&) = delete;

  private:
    std::function<void()> in_child_;
    friend struct ForkHandlers;
};

/// A lock for what lives as long as the process: whoever forks holds it meanwhile, so it is free in both processes. It
/// is never locked by a thread that forks or that makes another one of its kind.
class ForkSafeMutex {
  public:
    ForkSafeMutex();
    ForkSafeMutex(const ForkSafeMutex&) = delete;
    ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;
    void lock() { mutex_.lock(); }
    void unlock() { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

/// How many forks lie between the first process and this one. Who remembers an earlier number was made by a parent.
std::uint64_t fork_generation();

}  // namespace ricci::runtime
