// Promises of codegen/jit/object_cache.h and codegen/compiled_kernels.h, and of compiling with a cache.
#include "codegen/jit/object_cache.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "codegen/compile.h"
#include "codegen/compiled_kernels.h"
#include "codegen/jit/build_identity.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::codegen {
namespace {

using runtime::get;
using runtime::put;
using runtime::ScratchFolder;

std::string key(char digit) {
    return std::string(64, digit);
}

ir::Graph planned(const std::string& factor) {
    passes::Remarks remarks;
    return passes::run_to(ir::parse("ricci 1 model twice\ninput x: f32[batch ?, feature 19]\ny[b, f] = " + factor +
                                    " * x[b, f]\noutput y\n"),
                          ir::Stage::planned, {}, remarks);
}

/// Compiles with a cache in the folder, runs the program on ones, and returns what the cache was good for.
CacheUse compile_and_run(const std::filesystem::path& folder, const std::string& factor = "2") {
    CacheUse use;
    runtime::Executable executable = compile(planned(factor), {.cache = folder}, &use);
    const std::vector<float> x(5 * 19, 1.0F);
    const std::vector<std::int64_t> extents{5, 19};
    runtime::ThreadTeam team(1);
    executable.run(std::vector{runtime::Binding{"x", f32, extents, x.data()}}, team);
    EXPECT_EQ(executable.output("y").span<float>()[94], std::strtof(factor.c_str(), nullptr));
    return use;
}

std::filesystem::path only_entry(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) all.push_back(entry.path());
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ObjectCache, GivesBackWhatWasStored) {
    const ScratchFolder folder;
    ObjectCache cache(folder / "new/deeper");
    EXPECT_EQ(cache.load(key('a')), std::nullopt);
    const std::string bytes("ELF\0\n\n bytes", 12);
    cache.store(key('a'), bytes);
    cache.store(key('b'), "");
    EXPECT_EQ(cache.load(key('a')), bytes);
    EXPECT_EQ(cache.load(key('b')), "");
    EXPECT_EQ(cache.load(key('c')), std::nullopt);
    EXPECT_EQ(cache.remark(), "");
}

TEST(ObjectCache, SeesEveryTruncationAndEveryChangedByte) {
    const ScratchFolder folder;
    ObjectCache cache(folder.path());
    cache.store(key('a'), "machine code");
    const std::string whole = get(folder / key('a'));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        put(folder / key('a'), whole.substr(0, size));
        ASSERT_EQ(cache.load(key('a')), std::nullopt) << size;
        ASSERT_TRUE(
            contains(cache.remark(), "is damaged, or another program's; it is not run, and code is made again"));
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        put(folder / key('a'), changed);
        ASSERT_EQ(cache.load(key('a')), std::nullopt) << at;
    }
    put(folder / key('a'), whole + "x");
    EXPECT_EQ(cache.load(key('a')), std::nullopt);
    put(folder / key('a'), whole);
    EXPECT_EQ(cache.load(key('a')), "machine code");
}

TEST(ObjectCache, TheLongestUnusedEntriesMakeRoom) {
    const ScratchFolder folder;
    const auto age = [&](char digit, int hours) {
        std::filesystem::last_write_time(folder / key(digit),
                                         std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
    };
    ObjectCache cache(folder.path(), 4000);
    const std::string kilobyte(1000, 'x');
    for (const char digit : {'a', 'b', 'c'}) cache.store(key(digit), kilobyte);
    put(folder / (key('e') + ".k3Xa91"), kilobyte);  // left by a process that was stopped
    put(folder / "notes.txt", kilobyte);             // not the cache's
    age('a', 3);
    age('b', 2);
    age('c', 1);
    std::filesystem::last_write_time(folder / (key('e') + ".k3Xa91"),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(9));
    EXPECT_TRUE(cache.load(key('a')));  // used now
    cache.store(key('d'), kilobyte);
    EXPECT_TRUE(cache.load(key('a')));
    EXPECT_FALSE(cache.load(key('b')));
    EXPECT_TRUE(cache.load(key('c')));
    EXPECT_TRUE(cache.load(key('d')));
    EXPECT_FALSE(std::filesystem::exists(folder / (key('e') + ".k3Xa91")));
    EXPECT_TRUE(std::filesystem::exists(folder / "notes.txt"));
}

TEST(ObjectCache, AFolderThatCannotBeWrittenIsARemark) {
    const ScratchFolder folder;
    put(folder / "file", "");
    ObjectCache cache(folder / "file/below");
    cache.store(key('a'), "code");
    EXPECT_TRUE(contains(cache.remark(), "machine code is not kept")) << cache.remark();
    EXPECT_EQ(cache.load(key('a')), std::nullopt);
}

TEST(ObjectCache, AnEntryOfAnotherUserIsNotRun) {
    const ScratchFolder folder;
    ObjectCache cache(folder.path());
    cache.store(key('a'), "code");
    constexpr uid_t kNobody = 65534;
    if (::chown((folder / key('a')).c_str(), kNobody, kNobody) != 0) {
        std::puts("files cannot be given away here: nothing to see");
        return;
    }
    EXPECT_EQ(cache.load(key('a')), std::nullopt);
    EXPECT_TRUE(contains(cache.remark(), "belongs to another user"));
}

TEST(ObjectCache, WritersAndReadersOfOneEntrySeeItWhole) {
    const ScratchFolder folder;
    std::vector<std::jthread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            ObjectCache cache(folder.path());
            for (int turn = 0; turn < 50; ++turn) {
                cache.store(key('a'), std::string(20000, static_cast<char>('0' + number)));
                const std::optional<std::string> seen = cache.load(key('a'));
                ASSERT_TRUE(seen) << cache.remark();
                ASSERT_EQ(*seen, std::string(20000, seen->front()));
            }
        });
    }
}

class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        if (const char* old = std::getenv(name)) before_ = old;
        value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
    }
    ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

  private:
    const char* name_;
    std::optional<std::string> before_;
};

TEST(ObjectCache, TheFolderComesFromTheEnvironment) {
    const Variable home("HOME", "/home/someone");
    {
        const Variable own("RICCI_CACHE", "/own");
        EXPECT_EQ(ObjectCache::default_folder(), "/own");
    }
    for (const char* off : {"off", ""}) {
        const Variable own("RICCI_CACHE", off);
        EXPECT_EQ(ObjectCache::default_folder(), "");
    }
    const Variable none("RICCI_CACHE", nullptr);
    {
        const Variable base("XDG_CACHE_HOME", "/caches");
        EXPECT_EQ(ObjectCache::default_folder(), "/caches/ricci");
    }
    const Variable base("XDG_CACHE_HOME", nullptr);
    EXPECT_EQ(ObjectCache::default_folder(), "/home/someone/.cache/ricci");
    const Variable homeless("HOME", nullptr);
    EXPECT_EQ(ObjectCache::default_folder(), "");
}

TEST(CompiledKernels, BytesReadBackAndNoPartOfThemDoes) {
    const CompiledKernels code{{{"first", 8, 2, 1.5}, {"second", -1, 0, 0}}, {"object one", ""}};
    const std::string bytes = to_bytes(code);
    const std::optional<CompiledKernels> again = from_bytes(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(to_bytes(*again), bytes);
    EXPECT_EQ(again->kernels[1].name, "second");
    EXPECT_EQ(again->kernels[1].parallel_extent, -1);
    EXPECT_EQ(again->kernels[0].cost, 1.5);
    EXPECT_EQ(again->objects[0], "object one");
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(from_bytes(bytes.substr(0, size))) << size;
    EXPECT_FALSE(from_bytes(bytes + "x"));
    EXPECT_FALSE(from_bytes(std::string(40, '\xff')));
}

TEST(Key, DependsOnTheEquationsTheTargetAndTheOrderOfTheValues) {
    const Target avx2 = Target::named("avx2");
    const std::string one = key_of(planned("2"), avx2);
    EXPECT_EQ(one.size(), 64U);
    EXPECT_EQ(key_of(planned("2"), avx2), one);
    EXPECT_NE(key_of(planned("3"), avx2), one);
    EXPECT_NE(key_of(planned("2"), Target::named("avx512")), one);
    Target tuned = avx2;
    tuned.features = "+vnni";
    EXPECT_NE(key_of(planned("2"), tuned), one);
    tuned = avx2;
    tuned.vector_bytes = 16;
    EXPECT_NE(key_of(planned("2"), tuned), one);
    ir::Graph renumbered = planned("2");
    renumbered.values.push_back({.name = "z", .type = renumbered.values[0].type, .role = ir::Role::input});
    ir::Graph swapped = renumbered;
    std::swap(swapped.values[1].name, swapped.values[2].name);
    EXPECT_NE(key_of(renumbered, avx2), key_of(swapped, avx2));
}

TEST(Build, HasAnIdentity) {
    EXPECT_GE(build_identity().size(), 16U);
    EXPECT_EQ(build_identity().find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(CachedCompile, TheSecondTimeCompilesNothing) {
    const ScratchFolder folder;
    const CacheUse first = compile_and_run(folder.path());
    EXPECT_FALSE(first.hit);
    EXPECT_EQ(first.remark, "");
    EXPECT_TRUE(compile_and_run(folder.path()).hit);
    EXPECT_FALSE(compile_and_run(folder.path(), "3").hit);
    EXPECT_TRUE(compile_and_run(folder.path()).hit);
}

TEST(CachedCompile, WithoutAFolderNothingIsKept) {
    EXPECT_FALSE(compile_and_run({}).hit);
    EXPECT_FALSE(compile_and_run({}).hit);
}

TEST(CachedCompile, DamagedEntriesAreMadeAgain) {
    const ScratchFolder folder;
    compile_and_run(folder.path());
    const std::filesystem::path entry = only_entry(folder.path());
    const std::string whole = get(entry);
    for (const std::string& damaged : {whole.substr(0, whole.size() / 2), std::string("nonsense"), std::string()}) {
        put(entry, damaged);
        const CacheUse use = compile_and_run(folder.path());
        EXPECT_FALSE(use.hit);
        EXPECT_TRUE(contains(use.remark, "is damaged, or another program's; it is not run, and code is made again"))
            << use.remark;
        EXPECT_EQ(get(entry), whole);
        EXPECT_TRUE(compile_and_run(folder.path()).hit);
    }
}

TEST(CachedCompile, SeveralThreadsAtOnceAllGetTheProgram) {
    const ScratchFolder folder;
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 3; ++number) threads.emplace_back([&] { compile_and_run(folder.path()); });
    }
    EXPECT_TRUE(compile_and_run(folder.path()).hit);
    only_entry(folder.path());
}

TEST(CachedCompile, AFolderThatCannotBeWrittenIsARemark) {
    const ScratchFolder folder;
    put(folder / "file", "");
    const CacheUse use = compile_and_run(folder / "file");
    EXPECT_FALSE(use.hit);
    EXPECT_TRUE(contains(use.remark, "machine code is not kept")) << use.remark;
}

}  // namespace
}  // namespace ricci::codegen
