// Whatever stands at the place of an entry, or of the folder, of codegen/jit/object_cache.h:
// - the program is compiled anew, and its result is right;
// - nothing outside is touched, and nothing waits.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <functional>

#include "codegen/compile.h"
#include "codegen/jit/object_cache.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::codegen {
namespace {

namespace fs = std::filesystem;
using runtime::get;
using runtime::put;
using runtime::ScratchFolder;

constexpr uid_t kNobody = 65534;

/// Compiles a program with a cache in the folder, checks what it computes, and returns what the cache was good for.
CacheUse compile_and_run(const fs::path& folder, float factor = 2) {
    passes::Remarks remarks;
    const ir::Graph planned = passes::run_to(
        ir::parse(fmt::format(
            "ricci 1 model times\ninput x: f32[batch ?, feature 19]\ny[b, f] = {} * x[b, f]\noutput y\n", factor)),
        ir::Stage::planned, {}, remarks);
    CacheUse use;
    runtime::Executable executable = compile(planned, {.cache = folder}, &use);
    const std::vector<float> x(std::size_t{5} * 19, 1.0F);
    const std::vector<std::int64_t> extents{5, 19};
    runtime::ThreadTeam team(1);
    executable.run(std::vector{runtime::Binding{"x", f32, extents, x.data()}}, team);
    for (const float y : executable.output("y").span<float>()) EXPECT_EQ(y, factor);
    return use;
}

fs::path only_entry(const fs::path& folder) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path());
    EXPECT_EQ(all.size(), 1U);
    return all.at(0);
}

void make_socket(const fs::path& path) {
    // The path of a socket is short; this one may not be.
    const fs::path before = fs::current_path();
    fs::current_path(path.parent_path());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "socket"};
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(socket);
    fs::rename("socket", path);
    fs::current_path(before);
}

/// Something else than an entry. `make` is given the place, and the entry that was there.
struct Thing {
    std::string name;
    std::function<void(const fs::path& place, const std::string& entry)> make;
    std::string remark;       // part of what is said
    bool can_be_kept = true;  // the entry can take its place
};

Thing mode(mode_t bits) {
    return {fmt::format("mode {:o}", bits),
            [bits](const fs::path& place, const std::string& entry) {
                put(place, entry);
                ASSERT_EQ(::chmod(place.c_str(), bits), 0);
            },
            fmt::format("may be written by others (mode {:o}; chmod go-w makes it private)", bits)};
}

Thing device(const char* name, unsigned number) {
    return {name,
            [number](const fs::path& place, const std::string&) {
                ASSERT_EQ(::mknod(place.c_str(), S_IFCHR | 0600, makedev(1, number)), 0);
            },
            "is a device instead of a regular file"};
}

std::vector<Thing> things(const fs::path& outside) {
    std::vector<Thing> all = {
        {"link to a valid entry",
         [=](const fs::path& place, const std::string& entry) {
             put(outside / "entry", entry);
             fs::create_symlink(outside / "entry", place);
         },
         "is a symbolic link instead of a regular file"},
        {"link to a file",
         [=](const fs::path& place, const std::string&) { fs::create_symlink(outside / "file", place); },
         "is a symbolic link instead of a regular file"},
        {"link to nothing",
         [=](const fs::path& place, const std::string&) { fs::create_symlink(outside / "absent", place); },
         "is a symbolic link instead of a regular file"},
        {"link to itself", [](const fs::path& place, const std::string&) { fs::create_symlink(place, place); },
         "is a symbolic link instead of a regular file"},
        {"link to a folder", [=](const fs::path& place, const std::string&) { fs::create_symlink(outside, place); },
         "is a symbolic link instead of a regular file"},
        {"FIFO", [](const fs::path& place, const std::string&) { ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0); },
         "is a FIFO instead of a regular file"},
        {"socket", [](const fs::path& place, const std::string&) { make_socket(place); },
         "is a socket instead of a regular file"},
        {"folder", [](const fs::path& place, const std::string&) { fs::create_directory(place); },
         "Is a directory; machine code is not kept", false},
        {"folder that holds something",
         [](const fs::path& place, const std::string&) {
             fs::create_directory(place);
             put(place / "file", "old");
         },
         "Is a directory; machine code is not kept", false},
        {"empty file", [](const fs::path& place, const std::string&) { put(place, ""); }, "is damaged"},
        {"file that is too large",
         [](const fs::path& place, const std::string& entry) {
             put(place, entry);
             fs::resize_file(place, std::uintmax_t{1} << 40);  // takes no room
         },
         "is larger than 268435712 bytes, the most that is read"},
    };
    for (const mode_t bits : {0664, 0646, 0666, 0777, 0620, 0602}) all.push_back(mode(bits));
    if (::geteuid() == 0) {
        all.push_back({"entry of another user",
                       [](const fs::path& place, const std::string& entry) {
                           put(place, entry);
                           ASSERT_EQ(::chown(place.c_str(), kNobody, kNobody), 0);
                       },
                       "belongs to another user"});
        all.push_back(device("/dev/null", 3));
        all.push_back(device("/dev/zero", 5));
        all.push_back(device("/dev/full", 7));
    } else {
        all.push_back({"unreadable",
                       [](const fs::path& place, const std::string& entry) {
                           put(place, entry);
                           ASSERT_EQ(::chmod(place.c_str(), 0), 0);
                       },
                       "Permission denied"});
    }
    return all;
}

class Places : public testing::Test {
  protected:
    // Who waits for a FIFO waits for good: that is a failure, not a test that never ends.
    void SetUp() override { ::alarm(120); }
    void TearDown() override { ::alarm(0); }
};

using ObjectCachePlaces = Places;

TEST_F(ObjectCachePlaces, WhatIsNoEntryIsSaidReplacedAndNeitherRunNorFollowed) {
    const ScratchFolder outside;
    put(outside / "file", "not ours to write");
    for (const Thing& thing : things(outside.path())) {
        SCOPED_TRACE(thing.name);
        const ScratchFolder folder;
        compile_and_run(folder.path());
        const fs::path place = only_entry(folder.path());
        const std::string entry = get(place);
        fs::remove(place);
        thing.make(place, entry);

        const CacheUse use = compile_and_run(folder.path());
        EXPECT_FALSE(use.hit);
        EXPECT_NE(use.remark.find(thing.remark), std::string::npos) << use.remark;
        EXPECT_EQ(use.remark.find('\n'), std::string::npos) << use.remark;
        EXPECT_EQ(get(outside / "file"), "not ours to write");
        EXPECT_FALSE(fs::exists(outside / "absent"));
        if (!thing.can_be_kept) continue;
        EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(place)));
        EXPECT_EQ(get(place), entry);
        EXPECT_EQ(only_entry(folder.path()), place);
        EXPECT_TRUE(compile_and_run(folder.path()).hit);
    }
}

TEST_F(ObjectCachePlaces, AnEntryOfAnotherKeyIsNotRun) {
    const ScratchFolder folder;
    const ScratchFolder other;
    compile_and_run(folder.path(), 2);
    compile_and_run(other.path(), 3);
    put(only_entry(folder.path()), get(only_entry(other.path())));
    const CacheUse use = compile_and_run(folder.path(), 2);
    EXPECT_FALSE(use.hit);
    EXPECT_NE(use.remark.find("is damaged, or another program's"), std::string::npos) << use.remark;
    EXPECT_TRUE(compile_and_run(folder.path(), 2).hit);
}

TEST_F(ObjectCachePlaces, AFolderThatOthersMayWriteIsNotUsed) {
    for (const mode_t bits : {0777, 0775, 0770, 0757, 01777, 0720}) {
        SCOPED_TRACE(fmt::format("{:o}", bits));
        const ScratchFolder scratch;
        const fs::path folder = scratch / "cache";
        compile_and_run(folder);
        const fs::path place = only_entry(folder);
        const std::string entry = get(place);
        ASSERT_EQ(::chmod(folder.c_str(), bits), 0);
        const CacheUse use = compile_and_run(folder);
        EXPECT_FALSE(use.hit);
        EXPECT_EQ(use.remark, fmt::format("{} may be written by others (mode {:o}; chmod go-w makes it private); "
                                          "machine code is not kept",
                                          folder.string(), bits));
        EXPECT_EQ(get(place), entry);
        ASSERT_EQ(::chmod(folder.c_str(), 0700), 0);
        EXPECT_TRUE(compile_and_run(folder).hit);
    }
}

TEST_F(ObjectCachePlaces, AFolderOfAnotherUserIsNotUsed) {
    if (::geteuid() != 0) GTEST_SKIP() << "files cannot be given away here";
    const ScratchFolder scratch;
    const fs::path folder = scratch / "cache";
    compile_and_run(folder);
    ASSERT_EQ(::chown(folder.c_str(), kNobody, kNobody), 0);
    const CacheUse use = compile_and_run(folder);
    EXPECT_FALSE(use.hit);
    EXPECT_EQ(use.remark, folder.string() + " belongs to another user; machine code is not kept");
}

TEST_F(ObjectCachePlaces, WhatIsNoFolderIsSaidAndLeftAlone) {
    const ScratchFolder scratch;
    const fs::path folder = scratch / "cache";
    const std::vector<std::pair<std::string, std::function<void()>>> all = {
        {"Not a directory", [&] { put(folder, "a file"); }},
        {"Not a directory", [&] { ASSERT_EQ(::mkfifo(folder.c_str(), 0600), 0); }},
        {"Not a directory", [&] { make_socket(folder); }},
        {"Too many levels of symbolic links", [&] { fs::create_symlink("cache", folder); }},
        {"File exists", [&] { fs::create_symlink("absent", folder); }},
    };
    for (const auto& [reason, make] : all) {
        make();
        const CacheUse use = compile_and_run(folder);
        EXPECT_FALSE(use.hit);
        EXPECT_NE(use.remark.find(folder.string() + ": "), std::string::npos) << use.remark;
        EXPECT_NE(use.remark.find("; machine code is not kept"), std::string::npos) << use.remark;
        EXPECT_FALSE(fs::exists(scratch / "absent"));
        fs::remove(folder);
    }
}

TEST_F(ObjectCachePlaces, ALinkToAPrivateFolderIsUsed) {
    const ScratchFolder scratch;
    fs::create_directory(scratch / "large disk");
    fs::create_directory_symlink("large disk", scratch / "cache");
    compile_and_run(scratch / "cache");
    EXPECT_TRUE(compile_and_run(scratch / "cache").hit);
    only_entry(scratch / "large disk");
}

TEST_F(ObjectCachePlaces, FolderAndEntryAreMadeForThisUserAlone) {
    const ScratchFolder scratch;
    const mode_t before = ::umask(0);
    compile_and_run(scratch / "new" / "deeper");
    ::umask(before);
    EXPECT_EQ(fs::status(scratch / "new" / "deeper").permissions(), fs::perms::owner_all);
    EXPECT_EQ(fs::status(only_entry(scratch / "new" / "deeper")).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace ricci::codegen
