// The memory that the engines' methods work in.
#include "runtime/call/convolution/engine.h"

#include "runtime/base/buffer.h"
#include "runtime/base/fill.h"

namespace ricci::runtime {

void* convolution_workspace(std::int64_t bytes) {
    thread_local Arena memory;
    std::byte* workspace = memory.reserve(bytes);
    fill_unwritten(workspace, bytes);
    return workspace;
}

}  // namespace ricci::runtime
