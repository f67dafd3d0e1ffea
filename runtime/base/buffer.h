/// \file runtime/base/buffer.h
/// Typed memory: what parameters, optimizer state, outputs and loaded arrays are held in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/base/dtype.h"
#include "ir/base/error.h"
#include "ir/base/memory.h"

namespace ricci::runtime {

using ricci::kAlignment;

/// One axis of a spec may have it, or two: pairs of samples.
using ricci::kOpen;

/// The type of an array: element type and axes, outermost first, row-major.
struct BufferSpec {
    std::string name;
    DType dtype = DType::f32;
    std::vector<std::string> kinds;     // one an axis ("batch", "height"); empty where nothing says, as in a .npy file
    std::vector<std::int64_t> extents;  // 0 and above, or kOpen

    bool open() const { return open_axes() > 0; }
    int open_axes() const;
    /// Elements, with `batch` for an open extent. \throws UserError when the product does not fit in 64 bits.
    std::int64_t elements(std::int64_t batch = 1) const;
    std::int64_t bytes(std::int64_t batch = 1) const;
    /// "images: f32[batch 64, channel 1, height 32, width 32]"; an open extent is "batch ?".
    std::string describe() const;
};

/// Owned memory of a closed spec, 64-byte aligned, zero at the start. Moves, does not copy; see clone().
class Buffer {
  public:
    Buffer() = default;
    /// \throws UserError if an extent is open or negative, or the memory is not there.
    explicit Buffer(BufferSpec spec);

    const BufferSpec& spec() const { return spec_; }
    std::int64_t elements() const { return elements_; }
    std::int64_t bytes() const { return elements_ * static_cast<std::int64_t>(size_of(spec_.dtype)); }
    void* data() { return memory_.get(); }
    const void* data() const { return memory_.get(); }
    /// The bytes of the elements.
    std::span<std::byte> contents() { return {memory_.get(), count() * size_of(spec_.dtype)}; }
    std::span<const std::byte> contents() const { return {memory_.get(), count() * size_of(spec_.dtype)}; }
    /// Takes the elements of a buffer of as many bytes.
    void copy_contents(const Buffer& from);

    /// The elements, in row-major order. \throws UserError if T is not the buffer's dtype.
    template <typename T>
    std::span<T> span() {
        check_dtype(dtype_of<T>());
        return {static_cast<T*>(data()), count()};
    }
    template <typename T>
    std::span<const T> span() const {
        check_dtype(dtype_of<T>());
        return {static_cast<const T*>(data()), count()};
    }

    /// Other extents of the same rank, in the same memory where it is large enough; the contents are then unspecified.
    void resize(std::span<const std::int64_t> extents);
    Buffer clone() const;

  private:
    std::size_t count() const { return static_cast<std::size_t>(elements_); }
    void check_dtype(DType asked) const;

    struct Free {
        void operator()(std::byte* memory) const;
    };
    BufferSpec spec_;
    std::int64_t elements_ = 0;
    std::int64_t capacity_ = 0;  // bytes
    std::unique_ptr<std::byte, Free> memory_;

    friend class Arena;
    static std::unique_ptr<std::byte, Free> allocate(std::int64_t bytes, const std::string& name);
};

/// One block of aligned memory that grows and never shrinks; growing forgets the contents.
class Arena {
  public:
    /// At least `bytes`, uninitialised when it grew. \throws UserError if the memory is not there.
    std::byte* reserve(std::int64_t bytes);
    std::int64_t bytes() const { return bytes_; }

  private:
    std::int64_t bytes_ = 0;
    std::unique_ptr<std::byte, Buffer::Free> memory_;
};

}  // namespace ricci::runtime
