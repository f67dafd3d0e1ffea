/// \file runtime/base/cpu.h
/// What the processor is and can do: decides the BLAS core, the vector width and the tile size.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ricci::runtime {

struct CpuInfo {
    std::string brand;  // "Intel(R) Xeon(R) Processor"; "unknown CPU" where cpuid does not say
    bool avx2 = false;
    bool fma = false;
    bool avx512f = false;
    bool avx512dq = false;
    bool avx512bw = false;
    bool avx512vl = false;
    bool avx512_bf16 = false;   // dot products of bf16
    bool amx_bf16 = false;      // the matrix unit, for products of bf16; the system has permitted its use
    int threads = 1;            // threads at a time: the affinity mask, at most what a cgroup's quota leaves
    std::int64_t l1_bytes = 0;  // data cache of one core; 32 KiB, 512 KiB and 8 MiB are assumed where unknown
    std::int64_t l2_bytes = 0;
    std::int64_t l3_bytes = 0;

    /// F, DQ, BW and VL: what vector kernels and OpenBLAS's SkylakeX core need together.
    bool avx512() const { return avx512f && avx512dq && avx512bw && avx512vl; }
    /// "Intel(R) Xeon(R) Processor, AVX-512, 2 threads, L1 48 KiB, L2 2 MiB, L3 240 MiB".
    std::string describe() const;
};

/// The processors of a line of the file cpu.max, quota and period in microseconds: 2 for "150000 100000". At most
/// `otherwise`, and that for "max" or for what is no such line.
int processors_of_quota(std::string_view cpu_max, int otherwise);

/// The processor this runs on, read once. The features are those the operating system has enabled too.
const CpuInfo& cpu();

}  // namespace ricci::runtime
