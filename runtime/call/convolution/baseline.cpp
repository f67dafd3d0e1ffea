// The convolutions, compiled for any x86-64 processor.
#include "runtime/call/convolution/methods.inl"

namespace ricci::runtime {

const ConvolutionEngine& convolution_engine_baseline() {
    return kEngine;
}

}  // namespace ricci::runtime
