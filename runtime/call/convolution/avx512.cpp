// The convolutions, compiled for AVX-512 (see runtime/CMakeLists.txt).
#include "runtime/call/convolution/methods.inl"

namespace ricci::runtime {

const ConvolutionEngine& convolution_engine_avx512() {
    return kEngine;
}

}  // namespace ricci::runtime
