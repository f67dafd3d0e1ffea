// Promises of codegen/search/tile_search.h and codegen/search/tile_file.h: what is measured once is used from then on.
#include "codegen/search/tile_search.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "codegen/compile.h"
#include "codegen/search/tile_file.h"
#include "frontend/program/loop_search.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/loops/choose_vector.h"
#include "tests/codegen/equations.h"
#include "tests/loops.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::codegen {
namespace {

using runtime::get;
using runtime::put;
using runtime::ScratchFolder;

constexpr const char* kConvolution = R"(ricci 1 model t
input x: f32[channel 9, height 10, width 8, batch 16]
input k: f32[channel 7, channel 9, tap_h 3, tap_w 3]
y[o, h, w, b] = sum(i: channel 9, r: tap_h 3, s: tap_w 3) x[i, h + r, w + s, b] * k[o, i, r, s]
)";
constexpr const char* kRows = R"(ricci 1 model t
input x: f32[batch ?, channel 3, height 12, width 35]
input k: f32[channel 7, channel 3, tap_h 3, tap_w 3]
y[b, o, h, w] = sum(i: channel 3, r: tap_h 3, s: tap_w 3) x[b, i, h + r, w + s] * k[o, i, r, s]
)";

/// Every machine runs it, so tests measure it everywhere.
Target avx2() {
    return Target::named("avx2");
}

/// The text with loops, and with the tiles of the file.
ir::Graph searched(const char* text, const std::filesystem::path& file, TileUse& use, const Target& target = avx2()) {
    ir::Graph graph = ir::parse(text);
    graph.outputs.push_back({"y", graph.find("y")});
    return detail::search_loops(test::with_loops(graph, target), target, test::machine_of(target), file.string(), use);
}

ir::Graph searched(const char* text, const std::filesystem::path& file) {
    TileUse use;
    return searched(text, file, use);
}

TileUse compile_with(const std::filesystem::path& file, const char* text = kConvolution) {
    TileUse use;
    compile(searched(text, file, use), {.target = avx2(), .threads = 1});
    return use;
}

/// The most sums that a loop of the code carries.
int accumulators(const std::string& llvm_text) {
    std::istringstream lines(llvm_text);
    int most = 0;
    int now = 0;
    for (std::string line; std::getline(lines, line);) {
        now = line.find("= phi <8 x float>") != std::string::npos ? now + 1 : 0;
        most = std::max(most, now);
    }
    return most;
}

/// The only entry of a file, with another tile: `count` results along the height.
TileEntry force(const std::filesystem::path& file, std::int64_t count) {
    TileFile known = read_tiles(file);
    EXPECT_EQ(known.entries.size(), 1U);
    TileEntry entry = known.entries.at(0);
    entry.choice.tile = {{1, count}};
    add_tiles(file, std::vector{entry});
    return entry;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string only_remark(const TileUse& use) {
    EXPECT_EQ(use.remarks.size(), 1U);
    return use.remarks.empty() ? "" : use.remarks[0];
}

TEST(TileSearch, TheSecondRunMeasuresNothing) {
    const ScratchFolder folder;
    const TileUse first = compile_with(folder / "tiles");
    EXPECT_EQ(first.measured, 1U);
    EXPECT_EQ(first.known, 0U);
    const std::string text = get(folder / "tiles");
    const TileUse second = compile_with(folder / "tiles");
    EXPECT_EQ(second.measured, 0U);
    EXPECT_EQ(second.known, 1U);
    EXPECT_TRUE(second.remarks.empty());
    EXPECT_EQ(get(folder / "tiles"), text);
}

TEST(TileSearch, AnEntryTellsWhatWasMeasured) {
    const ScratchFolder folder;
    compile_with(folder / "tiles");
    const TileEntry entry = read_tiles(folder / "tiles").entries.at(0);
    EXPECT_EQ(entry.cpu, Target::named("avx2").cpu);
    EXPECT_EQ(entry.vector_bytes, 32);
    EXPECT_TRUE(contains(entry.nest, "f32 lanes 8 registers 16")) << entry.nest;
    EXPECT_GT(entry.nanoseconds, 0);
    EXPECT_LE(entry.nanoseconds, entry.first_nanoseconds);
}

TEST(TileSearch, WithoutAFileNothingIsMeasured) {
    const TileUse use = compile_with({});
    EXPECT_EQ(use.measured + use.known, 0U);
}

TEST(TileSearch, AForcedEntryChangesTheCodeAndNotTheValues) {
    const ScratchFolder folder;
    compile_with(folder / "tiles");
    for (const std::int64_t count : {2, 3, 5}) {
        force(folder / "tiles", count);
        const ir::Graph graph = searched(kConvolution, folder / "tiles");
        EXPECT_TRUE(contains(ir::print(graph), fmt::format("h by {}", count))) << ir::print(graph);
        EXPECT_EQ(accumulators(llvm_text(graph, {.target = avx2()})), count);
        testing::expect_equal_to_interpreter(ir::print(graph), {.target = avx2(), .own_loops = true});
    }
}

TEST(TileSearch, TheObjectCacheTellsTilesApart) {
    const ScratchFolder folder;
    auto hit = [&] {
        CacheUse use;
        compile(searched(kConvolution, folder / "tiles"),
                {.target = avx2(), .threads = 1, .cache = folder / "cache"}, &use);
        return use.hit;
    };
    EXPECT_FALSE(hit());
    EXPECT_TRUE(hit());
    force(folder / "tiles", 2);
    EXPECT_FALSE(hit());
    EXPECT_TRUE(hit());
}

TEST(TileSearch, EntriesOfAnotherCpuAreLeftAlone) {
    const ScratchFolder folder;
    compile_with(folder / "tiles");
    TileEntry entry = read_tiles(folder / "tiles").entries.at(0);
    std::filesystem::remove(folder / "tiles");
    entry.cpu = "another";
    add_tiles(folder / "tiles", std::vector{entry});
    EXPECT_EQ(compile_with(folder / "tiles").measured, 1U);
    EXPECT_EQ(read_tiles(folder / "tiles").entries.size(), 2U);
}

TEST(TileSearch, AnEntryThatDoesNotFitIsMeasuredAnew) {
    const ScratchFolder folder;
    compile_with(folder / "tiles");
    for (const std::int64_t count : {-1, 0, 100}) {
        force(folder / "tiles", count);
        const TileUse use = compile_with(folder / "tiles");
        EXPECT_EQ(use.measured, 1U) << count;
        EXPECT_TRUE(contains(only_remark(use), "does not fit it, ignored"));
        EXPECT_EQ(compile_with(folder / "tiles").known, 1U);
    }
}

TEST(TileSearch, WhatThisMachineCannotRunIsPredicted) {
    const ScratchFolder folder;
    for (const char* cpu : {"sapphirerapids", "znver4"}) {
        const Target target = Target::named(cpu);
        if (target.missing_on_host().empty()) continue;
        TileUse use;
        const std::string text = ir::print(searched(kConvolution, folder / "tiles", use, target));
        TileUse none;
        EXPECT_EQ(text, ir::print(searched(kConvolution, "", none, target)));
        EXPECT_TRUE(contains(only_remark(use), "this machine cannot run code for"));
        EXPECT_FALSE(std::filesystem::exists(folder / "tiles"));
    }
}

TEST(TileSearch, BitsDoNotDependOnTheThreads) {
    const ScratchFolder folder;
    compile_with(folder / "tiles", kRows);
    auto output = [&](int threads) {
        runtime::Executable program = compile(searched(kRows, folder / "tiles"), {.target = avx2(), .threads = 1});
        std::vector<float> x(std::size_t{5} * 3 * 12 * 35);
        std::vector<float> k(std::size_t{7} * 3 * 3 * 3);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 101) / 7;
        for (std::size_t i = 0; i < k.size(); ++i) k[i] = static_cast<float>(i % 13) / 11;
        const std::vector<std::int64_t> of_x{5, 3, 12, 35};
        const std::vector<std::int64_t> of_k{7, 3, 3, 3};
        runtime::ThreadTeam team(threads);
        program.run(std::vector{runtime::Binding{"x", f32, of_x, x.data()}, runtime::Binding{"k", f32, of_k, k.data()}},
                    team);
        const std::span<const float> y = program.output("y").span<float>();
        return std::vector<float>(y.begin(), y.end());
    };
    const std::vector<float> one = output(1);
    for (const int threads : {2, 3, 4}) EXPECT_EQ(output(threads), one) << threads;
}

TEST(TileFile, LinesThatAreNoEntriesAreIgnoredAndKept) {
    const ScratchFolder folder;
    compile_with(folder / "tiles");
    const std::string entry = get(folder / "tiles");
    const std::string bad_tile =
        R"({"cpu":"c","vector_bytes":32,"nest":"n","vector":1,"tile":[[1]],"nanoseconds":1,"first_nanoseconds":1})";
    for (const std::string& line : {std::string("{\"cpu\": 3}"), std::string("not json"), std::string("\xff\xfe"),
                                    entry.substr(0, entry.size() / 2), bad_tile}) {
        put(folder / "tiles", entry + line + "\n");
        const TileUse use = compile_with(folder / "tiles");
        EXPECT_EQ(use.known, 1U);
        EXPECT_EQ(only_remark(use), (folder / "tiles").string() + ":2: no register tile, ignored");
        force(folder / "tiles", 2);
        EXPECT_TRUE(contains(get(folder / "tiles"), line + "\n"));
    }
}

TEST(TileFile, AFileOfSomethingElseIsNotWrittenOver) {
    const ScratchFolder folder;
    put(folder / "notes.txt", "Remember the milk\n");
    try {
        compile_with(folder / "notes.txt");
        ADD_FAILURE();
    } catch (const UserError& error) {
        EXPECT_EQ(std::string(error.what()), (folder / "notes.txt").string() +
                                                 " is no file of register tiles, since it does not begin with {; name "
                                                 "another file");
    }
    EXPECT_EQ(get(folder / "notes.txt"), "Remember the milk\n");
}

TEST(TileFile, WhereNothingCanBeKeptTilesAreUsedAndThatIsSaid) {
    const ScratchFolder folder;
    const std::filesystem::path file = folder / "missing" / "tiles";
    const TileUse use = compile_with(file);
    EXPECT_EQ(use.measured, 1U);
    EXPECT_EQ(use.unsaved, "cannot write " + file.string() +
                               ": No such file or directory; 1 measured register tiles are used now but not kept");
    EXPECT_EQ(only_remark(use), use.unsaved);
}

TEST(TileFile, WhatIsNoRegularFileIsRefusedAndNeverWaitedFor) {
    const ScratchFolder folder;
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    std::filesystem::create_symlink("loop", folder / "loop");
    const auto refusal = [](const std::filesystem::path& file) -> std::string {
        try {
            read_tiles(file);
            return "read";
        } catch (const UserError& error) {
            return error.what();
        }
    };
    EXPECT_EQ(refusal("/dev/zero"), "/dev/zero is a device; it is to be a regular file");
    EXPECT_EQ(refusal(folder / "fifo"), (folder / "fifo").string() + " is a FIFO; it is to be a regular file");
    EXPECT_EQ(refusal(folder / "loop"),
              "cannot open " + (folder / "loop").string() + ": Too many levels of symbolic links");
    EXPECT_EQ(refusal(folder.path()), "cannot read " + folder.path().string() + ": Is a directory");
}

TEST(TileFile, RunsThatAddAtOnceKeepEachOthersEntries) {
    const ScratchFolder folder;
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&, number] {
                for (int i = 0; i < 10; ++i) {
                    const TileEntry entry{"cpu", 64, fmt::format("nest {} {}", number, i), {1, {{0, 4}}}, 1, 2, ""};
                    add_tiles(folder / "tiles", std::vector{entry});
                }
            });
        }
    }
    EXPECT_EQ(read_tiles(folder / "tiles").entries.size(), 40U);
}

TEST(TileFile, ShapesTellContractionsApart) {
    const ir::Graph graph = ir::parse(R"(ricci 1 model t
input a: f32[feature 40, feature 30]
input b: f32[feature 40, feature 30]
input c: f32[feature 30, feature 40]
p[i] = sum(j: feature 30) a[i, j] * b[i, j]
same[i] = sum(j: feature 30) b[i, j] * a[i, j]
other[i] = sum(j: feature 30) a[i, j] * c[j, i]
less[i] = sum(j: feature 30) a[i, j]
shifted[i] = sum(j: feature 30) a[i, j] * pad(b[i, j - 1], 0)
)");
    std::vector<std::string> shapes;
    for (const ir::Equation& equation : graph.equations) {
        shapes.push_back(shape_of(passes::choose_nest(graph, equation, {}, 16), 32, -1));
    }
    EXPECT_EQ(shapes[0], shapes[1]);
    std::ranges::sort(shapes);
    EXPECT_EQ(std::ranges::unique(shapes).size(), 1U);
}

}  // namespace
}  // namespace ricci::codegen
