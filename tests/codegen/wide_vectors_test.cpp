// Vectors of more lanes than a register of the target has, with guards that leave whole registers out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/codegen/equations.h"

namespace ricci::testing {
namespace {

/// A gradient by an image of two channels: the rows and columns that it reads are there or not, both at once.
std::string gradient(const std::string& read, const std::string& result, int lanes, int width, const std::string& reduced) {
    return fmt::format(R"(ricci 1 loops wide
input g: {0}[channel 2, height 2, width 3]
input w: {1}[channel 2, channel 2, tap_h 3, tap_w {4}]
kernel d() {{
    for i, y, vector x of {2}:
        compute d over {3}
    d: {1}[channel 2, height 4, width {5}]
    d[i, y, x] = sum(dy: tap_h 3, dx: tap_w {4}, o: channel 2) {1}(pad(g[o, y - dy, x - dx], 0)) * w[o, i, dy, dx]
}}
output d
)",
                       read, result, lanes, reduced, width - 2, width);
}

// Where 8 lanes of f64 are two registers, LLVM 19 read g[1, 0, 1] of the next row for the padding of g[0, 0, 4]. It took a
// mask without a true lane for one without a false lane. RandomShapes found it on 2026-11-30, with seed 20261130000073
// and loops that were planned for AVX-512.
TEST(WideVectors, ReadNothingThatAGuardLeavesOut) {
    for (const char* target : {"host", "avx2"}) {
        for (const auto& [read, result] : {std::pair("f64", "f64"), {"f32", "f32"}, {"f64", "f32"}, {"f32", "f64"}}) {
            for (const int lanes : {4, 8, 16}) {
                if (lanes == 16 && std::string(result) == "f64") continue;
                for (const char* reduced : {"dy, dx, o", "unrolled dy, unrolled dx, unrolled o"}) {
                    SCOPED_TRACE(fmt::format("{} {} of {} lanes, over {}, {}", read, result, lanes, reduced, target));
                    expect_equal_to_interpreter(gradient(read, result, lanes, 5, reduced), {.target = codegen::Target::named(target),
                                                                                         .only_outputs = true,
                                                                                         .own_loops = true});
                }
            }
        }
    }
}

// What lies between the lanes is read with them: 12 or 24 numbers, which are no whole registers.
TEST(WideVectors, ReadLanesThatLieApartToTheLastOfThem) {
    for (const char* target : {"host", "avx2"}) {
        for (const char* dtype : {"f32", "f64"}) {
            for (const int lanes : {2, 4, 8}) {
                for (const int width : {3, 9, 14}) {
                    expect_equal_to_interpreter(fmt::format(R"(ricci 1 loops apart
input x: {0}[height 2, width {1}]
kernel d() {{
    for y, vector z of {2}:
        compute d
    d: {0}[height 2, width {3}]
    d[y, z] = 2 * x[y, 3*z + 1]
}}
output d
)",
                                                            dtype, 3 * width, lanes, width),
                                                {.target = codegen::Target::named(target), .only_outputs = true, .own_loops = true});
                }
            }
        }
    }
}

}  // namespace
}  // namespace ricci::testing
