// Sizes, descriptions and aligned memory of buffers.
#include "runtime/base/buffer.h"

#include <algorithm>
#include <cstdlib>

#include "ir/base/checked.h"
#include "runtime/base/fill.h"
#include "runtime/base/large_pages.h"

namespace ricci::runtime {

int BufferSpec::open_axes() const {
    return static_cast<int>(std::ranges::count(extents, kOpen));
}

std::int64_t BufferSpec::elements(std::int64_t batch) const {
    std::int64_t product = 1;
    for (std::int64_t extent : extents) {
        const std::int64_t bound = extent == kOpen ? batch : extent;
        if (bound < 0) user_error("{}: extent {} is negative", describe(), bound);
        product = checked_mul(product, bound, "elements of an array");
    }
    return product;
}

std::int64_t BufferSpec::bytes(std::int64_t batch) const {
    return checked_mul(elements(batch), static_cast<std::int64_t>(size_of(dtype)), "bytes of an array");
}

std::string BufferSpec::describe() const {
    std::string text = fmt::format("{}: {}[", name, name_of(dtype));
    for (std::size_t axis = 0; axis < extents.size(); ++axis) {
        if (axis > 0) text += ", ";
        if (axis < kinds.size()) text += kinds[axis] + " ";
        text += extents[axis] == kOpen ? "?" : fmt::format("{}", extents[axis]);
    }
    return text + "]";
}

void Buffer::Free::operator()(std::byte* memory) const {
    std::free(memory);
}

std::unique_ptr<std::byte, Buffer::Free> Buffer::allocate(std::int64_t bytes, const std::string& name) {
    constexpr std::size_t kAddressSpace = std::size_t{1} << 47;  // what a process can have on 64-bit Linux
    // aligned_alloc takes multiples of the alignment; nothing at all still gets a valid address.
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 1));
    const std::size_t large = bytes_in_large_pages(wanted);
    const std::size_t unit = large == 0 ? kAlignment : kLargePage;
    const std::size_t rounded = (wanted + unit - 1) / unit * unit;
    void* memory = rounded > kAddressSpace ? nullptr : std::aligned_alloc(unit, rounded);
    if (!memory) user_error("cannot allocate {} bytes for {}; make the batch or the model smaller", rounded, name);
    if (large > 0) prefer_large_pages(memory, large);
    return std::unique_ptr<std::byte, Free>(static_cast<std::byte*>(memory));
}

Buffer::Buffer(BufferSpec spec) : spec_(std::move(spec)) {
    if (spec_.open()) user_error("{}: a buffer needs every extent, but one is open", spec_.describe());
    elements_ = spec_.elements();
    capacity_ = spec_.bytes();
    memory_ = allocate(capacity_, spec_.name);
    std::ranges::fill(contents(), std::byte{0});
}

void Buffer::check_dtype(DType asked) const {
    if (asked != spec_.dtype)
        user_error("buffer \"{}\" holds {} but was read as {}", spec_.name, name_of(spec_.dtype), name_of(asked));
}

void Buffer::resize(std::span<const std::int64_t> extents) {
    if (std::ranges::equal(extents, spec_.extents)) return;
    if (extents.size() != spec_.extents.size())
        user_error("buffer \"{}\" has rank {} and cannot be resized to rank {}", spec_.name, spec_.extents.size(),
                   extents.size());
    BufferSpec next = spec_;
    next.extents.assign(extents.begin(), extents.end());
    const std::int64_t needed = next.bytes();
    if (needed > capacity_ || !memory_) {
        memory_ = allocate(needed, spec_.name);
        capacity_ = needed;
    }
    fill_unwritten(memory_.get(), needed);
    elements_ = next.elements();
    spec_ = std::move(next);
}

Buffer Buffer::clone() const {
    Buffer copy(spec_);
    copy.copy_contents(*this);
    return copy;
}

void Buffer::copy_contents(const Buffer& from) {
    RICCI_CHECK(from.bytes() == bytes(), "{} takes the bytes of {}", spec_.describe(), from.spec_.describe());
    std::ranges::copy(from.contents(), contents().begin());
}

std::byte* Arena::reserve(std::int64_t bytes) {
    if (bytes > bytes_ || !memory_) {
        memory_.reset();
        bytes_ = 0;
        memory_ = Buffer::allocate(bytes, "the arena");
        bytes_ = bytes;
    }
    return memory_.get();
}

}  // namespace ricci::runtime
