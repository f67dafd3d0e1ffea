// Copies that exchange the contiguous index: what is taken for one, every shape of block, and the memory they touch.
#include "codegen/emit/emit_transpose.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "codegen/compile.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/loops/choose_loops.h"
#include "passes/loops/choose_vector.h"
#include "runtime/execute/executable.h"
#include "tests/codegen/equations.h"
#include "tests/loops.h"

namespace ricci::codegen {
namespace {

/// Whether the first equation of a text is planned as a transpose with registers of 64 bytes.
bool is_transpose(const std::string& text) {
    const ir::Graph graph = ir::parse("ricci 1 model t\n" + text + "\n");
    return passes::choose_transpose(graph, passes::choose_nest(graph, graph.equations[0], {}, 16), {}).has_value();
}

TEST(Transpose, ACopyThatExchangesTheContiguousIndexIsOne) {
    EXPECT_TRUE(is_transpose("input x: f32[height 20, width 30]\ny[w, h] = x[h, w]"));
    EXPECT_TRUE(is_transpose("input x: f32[batch ?, channel 20, height 3, width 5]\ny[b, h, w, c] = x[b, c, h, w]"));
    EXPECT_TRUE(is_transpose("input x: i64[batch ?, feature 20]\ny[f, b] = x[b, f]"));
}

TEST(Transpose, WhatComputesBroadcastsOrKeepsTheIndexIsNone) {
    EXPECT_FALSE(is_transpose("input x: f32[height 20, width 30]\ny[w, h] = 2 * x[h, w]"));
    EXPECT_FALSE(is_transpose("input x: f32[width 30]\ny[w, h] = x[w] where h: height 20"));
    EXPECT_FALSE(is_transpose("input x: f32[channel 20, height 20, width 30]\ny[h, c, w] = x[c, h, w]"));
    EXPECT_FALSE(is_transpose("input x: f32[height 20, width 30]\ny[w, h] = pad(x[h - 1, w], 0)"));
    EXPECT_FALSE(is_transpose("input x: f32[height 20, width 30]\ny[w] = sum(h: height 20) x[h, w]"));
}

TEST(Transpose, AFewChannelsAreLeftToStridedLoads) {
    EXPECT_FALSE(is_transpose("input x: f32[channel 3, height 40]\ny[h, c] = x[c, h]"));
}

TEST(Transpose, EveryTypeAndSizeOfBlockAgreesWithTheInterpreter) {
    for (const char* target : {"host", "avx2"}) {
        for (const char* dtype : {"f32", "f64", "i32", "i64"}) {
            std::string text = "ricci 1 model t\n";
            std::string equations;
            for (const int rows : {8, 16, 17, 35}) {
                for (const int columns : {8, 16, 17, 35}) {
                    const std::string name = fmt::format("{}_{}", rows, columns);
                    text += fmt::format("input x{}: {}[height {}, width {}]\n", name, dtype, rows, columns);
                    equations += fmt::format("y{0}[w, h] = x{0}[h, w]\n", name);
                }
            }
            testing::expect_equal_to_interpreter(text + equations, {.target = Target::named(target)});
        }
    }
}

TEST(Transpose, OtherIndicesMayLieAnywhere) {
    testing::expect_equal_to_interpreter(R"(ricci 1 model t
input x: f32[channel 3, height 17, depth 2, width 18]
input z: f64[width 20, channel 19]
outer[c, w, d, h] = x[c, h, d, w]
inner[w, d, c, h] = x[c, h, d, w]
part[a, c] = z[a + 2, c + 1] where a: width 17, c: channel 18
turned[c, a] = z[a + 2, c + 1] where a: width 17, c: channel 18
back[c, a] = z[19 - a, c] where a: width 20, c: channel 19
)");
}

TEST(Transpose, AnyBatchAndAnyTeamGiveTheSame) {
    for (const std::int64_t batch : {1, 7, 16, 21, 33}) {
        for (const int threads : {1, 3}) {
            testing::expect_equal_to_interpreter(R"(ricci 1 model t
input x: f32[batch ?, feature 20]
input n: f32[batch ?, channel 17, height 5, width 5]
input d: f64[batch ?, feature 9]
y[f, b] = x[b, f]
z[b, f] = y[f, b]
m[b, h, w, c] = n[b, c, h, w]
k[c, h, w, b] = n[b, c, h, w]
e[f, b] = d[b, f]
)",
                                                 {.batch = batch, .threads = threads});
        }
    }
}

TEST(Transpose, RunsWithoutGathers) {
    const ir::Graph graph =
        ir::parse("ricci 1 model t\ninput x: f32[height 20, width 30]\ny[w, h] = x[h, w]\noutput y = y\n");
    for (const char* name : {"avx512", "avx2"}) {
        const Target target = Target::named(name);
        const std::string assembly = assembly_text(test::with_loops(graph, target), {.target = target});
        EXPECT_EQ(assembly.find("gather"), std::string::npos);
        EXPECT_EQ(assembly.find("scatter"), std::string::npos);
        EXPECT_NE(assembly.find("unpck"), std::string::npos);
    }
}

/// Floats that end where a page begins that may not be read.
class GuardedFloats {
  public:
    explicit GuardedFloats(std::size_t count) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
        bytes_ = (count * sizeof(float) + page_ - 1) / page_ * page_ + page_;
        first_ = static_cast<char*>(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        mprotect(first_ + bytes_ - page_, page_, PROT_NONE);
        data_ = reinterpret_cast<float*>(first_ + bytes_ - page_) - count;
        for (std::size_t i = 0; i < count; ++i) data_[i] = static_cast<float>(i);
    }
    ~GuardedFloats() { munmap(first_, bytes_); }
    GuardedFloats(const GuardedFloats&) = delete;
    GuardedFloats& operator=(const GuardedFloats&) = delete;

    const float* data() const { return data_; }

  private:
    std::size_t page_;
    std::size_t bytes_ = 0;
    char* first_ = nullptr;
    float* data_ = nullptr;
};

TEST(Transpose, NothingBehindTheSourceIsRead) {
    const ir::Graph graph =
        ir::parse("ricci 1 model t\ninput x: f32[batch ?, feature 19]\ny[f, b] = x[b, f]\noutput y = y\n");
    for (const char* name : {"host", "avx2"}) {
        const Target target = Target::named(name);
        runtime::Executable program = compile(test::with_loops(graph, target), {.target = target});
        runtime::ThreadTeam team(1);
        for (const std::int64_t batch : {1, 5, 16, 21}) {
            const GuardedFloats x(static_cast<std::size_t>(batch) * 19);
            const std::array<std::int64_t, 2> extents = {batch, 19};
            const std::vector<runtime::Binding> bindings = {
                {.name = "x", .dtype = f32, .extents = extents, .data = x.data()}};
            program.run(bindings, team);
            const auto y = program.output("y").span<float>();
            for (std::int64_t i = 0; i < batch * 19; ++i) {
                EXPECT_EQ(y[static_cast<std::size_t>(i)], x.data()[i % batch * 19 + i / batch]);
            }
        }
    }
}

}  // namespace
}  // namespace ricci::codegen
