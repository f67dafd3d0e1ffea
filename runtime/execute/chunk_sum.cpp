// Element by element, so any split of the elements gives the same bits.
#include "runtime/execute/chunk_sum.h"

namespace ricci::runtime {
namespace {

// The tree is written out by the number of chunks, so that each loop is one of vectors.
template <typename T>
void add(std::byte* result, const std::byte* first, std::int64_t stride, std::int64_t chunks, std::int64_t elements) {
    T* to = reinterpret_cast<T*>(result);
    const auto part = [&](std::int64_t chunk) { return reinterpret_cast<const T*>(first + chunk * stride); };
    const T *a = part(0), *b = part(1);
    if (chunks == 2) {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < elements; ++i) to[i] = a[i] + b[i];
        return;
    }
    const T *c = part(2), *d = part(3);
    if (chunks == 4) {
#pragma GCC ivdep
        for (std::int64_t i = 0; i < elements; ++i) to[i] = (a[i] + b[i]) + (c[i] + d[i]);
        return;
    }
    const T *e = part(4), *f = part(5), *g = part(6), *h = part(7);
#pragma GCC ivdep
    for (std::int64_t i = 0; i < elements; ++i)
        to[i] = ((a[i] + b[i]) + (c[i] + d[i])) + ((e[i] + f[i]) + (g[i] + h[i]));
}

}  // namespace

void sum_chunks(DType dtype, std::byte* to, const std::byte* first, std::int64_t stride, std::int64_t chunks,
                std::int64_t elements) {
    switch (dtype) {
        case DType::f32:
            return add<float>(to, first, stride, chunks, elements);
        case DType::f64:
            return add<double>(to, first, stride, chunks, elements);
        default:
            return add<std::uint64_t>(to, first, stride, chunks, elements);
    }
}

}  // namespace ricci::runtime
