// The convolutions, compiled for AVX2 and FMA (see runtime/CMakeLists.txt).
#include "runtime/call/convolution/methods.inl"

namespace ricci::runtime {

const ConvolutionEngine& convolution_engine_avx2() {
    return kEngine;
}

}  // namespace ricci::runtime
