/// \file runtime/data/prefetch.h
/// Prepares items on a thread of its own while the reader works on those before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace ricci::runtime {

/// Items 0, 1, 2, ... in a ring of places that the caller owns. What an item holds depends on its number alone, never
/// on when it is prepared. The thread sleeps while the ring is full and takes only the time that others leave.
class Prefetch {
  public:
    /// Makes item number `item` in `place`. Never called twice at a time.
    using Prepare = std::function<void(std::int64_t item, std::size_t place)>;

    /// Starts at once. One item, a system that gives no thread, or a child process: next() prepares it itself.
    /// \param places  at least 2 for more than one item: one that is read and the ones ahead of it.
    Prefetch(std::int64_t items, int places, Prepare prepare);
    /// Stops after the item in hand; those not read are dropped.
    ~Prefetch();
    Prefetch(const Prefetch&) = delete;
    Prefetch& operator=(const Prefetch&) = delete;

    /// The place of the next item, which is the reader's until it asks for another one.
    /// \throws what preparing this item threw. Asking for more than there are is a defect.
    std::size_t next();

  private:
    void go_on_after_fork();

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::runtime
