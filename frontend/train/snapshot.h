/// \file frontend/train/snapshot.h
/// Copies of what a training step changes, to go back to when the numbers run away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/compile.h"
#include "runtime/base/buffer.h"

namespace ricci::detail {

/// The last parameters and states of a training step that are known to give a finite loss.
class Snapshot {
  public:
    explicit Snapshot(const Function& step);

    /// Copies the numbers as they are before step `step` of epoch `epoch`, both from 1. Good only once confirmed.
    void take(std::int64_t epoch, std::int64_t step);
    /// The loss of the numbers taken last is finite.
    void confirm();
    /// Puts the last good numbers back. Says what they are, or that there are none and the first ones are back.
    std::string restore();
    /// The last good numbers, by their names; none where none are known.
    std::vector<runtime::Buffer> good() const;
    /// Makes these the good ones, where the tensors have all of them under their names behind `prefix`.
    void put(const std::vector<runtime::Buffer>& tensors, std::string_view prefix);
    /// The name of a parameter that began finite and has an element that is infinite or no number now, or "".
    std::string not_finite() const;

  private:
    struct Copy {
        std::vector<std::vector<std::byte>> bytes;  // of each buffer
        std::int64_t epoch = 0;
        std::int64_t step = 0;
    };

    std::vector<std::shared_ptr<runtime::Buffer>> buffers_;
    std::vector<std::shared_ptr<runtime::Buffer>> watched_;  // the parameters that began finite
    Copy taken_;
    Copy good_;
    bool confirmed_ = true;  // what was taken last
};

}  // namespace ricci::detail
