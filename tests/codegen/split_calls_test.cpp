// Products by BLAS that threads share out: rows, columns or loops around the calls, as the text says.
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/codegen/equations.h"
#include "tests/codegen/loops_refusal.h"

namespace ricci::testing {
namespace {

/// Kernel y has rows of b and t and columns of o. z has rows of o and columns of i, and h a loop over b around its calls.
std::string products(const std::string& y, const std::string& z, const std::string& h) {
    return fmt::format(R"(ricci 1 loops products
input x: f32[batch ?, time 3, feature 24]
input w: f32[class 20, feature 24]
input v: f32[batch ?, feature 24, class 20]
kernel y(){} {{
y: f32[batch ?, time 3, class 20]
y[b, t, o] = sum(i: feature 24) x[b, t, i] * w[o, i]  by blas
}}
kernel z(){} {{
z: f32[class 20, feature 24]
z[o, i] = sum(b: batch ?, t: time 3) y[b, t, o] * x[b, t, i]  by blas
}}
kernel h(){} {{
h: f32[batch ?, time 3, class 20]
h[b, t, o] = sum(i: feature 24) x[b, t, i] * v[b, i, o]  by blas
}}
output y
output z
output h
)",
                       y, z, h);
}

TEST(SplitCalls, ComputeWhatTheWholeProductDoes) {
    for (const char* y : {"", " split b by 1", " split b by 2", " split o by 7", " split o by 20"}) {
        for (const char* z : {"", " split o by 3", " split i by 16"}) {
            for (const char* h : {"", " split b"}) {
                for (const int threads : {1, 3})
                    expect_equal_to_interpreter(products(y, z, h), {.batch = 5, .threads = threads, .only_outputs = true, .own_loops = true});
            }
        }
    }
}

TEST(SplitCalls, ReadBackAsTheSameText) {
    const std::string text = ir::print(ir::parse(products(" split o by 7", " split o by 3", " split b")));
    EXPECT_NE(text.find("kernel y() split o by 7 {"), std::string::npos) << text;
    EXPECT_EQ(ir::print(ir::parse(text)), text);
}

TEST(SplitCalls, AreRefusedWhereTheyCannotBe) {
    EXPECT_EQ(refusal(products(" split t by 1", "", "")),
              "V24 kernel y: threads cannot split t: it is no loop around the product, nor the outermost of its rows or columns");
    EXPECT_EQ(refusal(products(" split i by 8", "", "")),
              "V24 kernel y: threads cannot split i: it is no loop around the product, nor the outermost of its rows or columns");
    EXPECT_EQ(refusal(products(" split o", "", "")),
              "V24 kernel y: threads split o, but the bits of a product depend on the rows of a call: say by how many");
    EXPECT_EQ(refusal(products("", "", " split b by 2")),
              "V24 kernel h: threads split b by 2, but each call is for one of them: leave out by");
    const std::string loops = R"(ricci 1 loops net
input x: f32[channel 8, width 32]
kernel s() split c by 4 {
    for c:
        compute s over vector z of 16
    s: f32[channel 8]
    s[c] = sum(z: width 32) x[c, z]
}
output s
)";
    EXPECT_EQ(refusal(loops), "V24 kernel s: threads split c by 4, but loops have no calls");
    const std::string convolution = R"(ricci 1 loops net
input x: f32[batch 2, channel 16, height 12, width 12]
input k: f32[channel 16, channel 16, tap_h 3, tap_w 3]
kernel y() split b by 1 {
    y: f32[batch 2, channel 16, height 10, width 10]
    y[b, o, p, q] = sum(i: channel 16, r: tap_h 3, s: tap_w 3) x[b, i, p + r, q + s] * k[o, i, r, s]  by library blocks
}
output y
)";
    EXPECT_EQ(refusal(convolution), "V24 kernel y: threads split b, but a convolution of the runtime has parts of its own");
}

}  // namespace
}  // namespace ricci::testing
