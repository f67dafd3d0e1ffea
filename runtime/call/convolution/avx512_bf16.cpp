// The convolutions, compiled for AVX-512 with dot products of bf16 (see runtime/CMakeLists.txt).
#include "runtime/call/convolution/methods.inl"

namespace ricci::runtime {

const ConvolutionEngine& convolution_engine_avx512_bf16() {
    return kEngine;
}

}  // namespace ricci::runtime
