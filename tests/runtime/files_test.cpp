// Promises of runtime/file/files.h and runtime/base/sha256.h.
#include "runtime/file/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "runtime/base/sha256.h"
#include "runtime/data/idx.h"
#include "tests/runtime/refusal.h"
#include "tests/runtime/scratch_folder.h"

namespace ricci::runtime {
namespace {

std::int64_t files_in(const ScratchFolder& folder) {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

TEST(Files, AWriteReplacesTheWholeFileAndLeavesNothingElse) {
    const ScratchFolder folder;
    write_file(folder / "a", "first, and longer");
    write_file(folder / "a", "second");
    EXPECT_EQ(get(folder / "a"), "second");
    EXPECT_EQ(files_in(folder), 1);
}

TEST(Files, AWriteThatFailsHalfwayLeavesTheOldFile) {
    const ScratchFolder folder;
    write_file(folder / "a", "old");
    EXPECT_EQ(refusal([&] {
                  write_file(folder / "a", [](const Sink& sink) {
                      sink(std::as_bytes(std::span(std::string_view("half"))));
                      user_error("the source broke");
                  });
              }),
              "the source broke");
    EXPECT_EQ(get(folder / "a"), "old");
    EXPECT_EQ(files_in(folder), 1);
}

TEST(Files, AFullDeviceIsReported) {
    EXPECT_EQ(refusal([] { write_file("/dev/full", "text"); }), "cannot write /dev/full: No space left on device");
}

TEST(Files, APathThatCannotBeWrittenIsNamedWithTheReason) {
    const ScratchFolder folder;
    const std::string missing = (folder / "no/such/file").string();
    EXPECT_EQ(refusal([&] { write_file(missing, "text"); }), "cannot write " + missing + ": No such file or directory");
    EXPECT_EQ(refusal([&] { write_file(folder.path(), "text"); }),
              "cannot write " + folder.path().string() + ": Is a directory");
}

TEST(Files, CheckingAPathFindsWhatAWriteWouldAndChangesNothing) {
    const ScratchFolder folder;
    write_file(folder / "a", "old");
    check_writable(folder / "a");
    check_writable(folder / "new");
    EXPECT_EQ(get(folder / "a"), "old");
    EXPECT_EQ(files_in(folder), 1);
    const std::string missing = (folder / "no/file").string();
    EXPECT_EQ(refusal([&] { check_writable(missing); }), "cannot write " + missing + ": No such file or directory");
    EXPECT_EQ(refusal([&] { check_writable(folder.path()); }),
              "cannot write " + folder.path().string() + ": Is a directory");
}

TEST(Files, ASymbolicLinkIsFollowedAndTheModeIsKept) {
    const ScratchFolder folder;
    write_file(folder / "target", "old");
    chmod((folder / "target").c_str(), 0640);
    std::filesystem::create_symlink("target", folder / "link");
    write_file(folder / "link", "new");
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(get(folder / "target"), "new");
    struct stat status {};
    ASSERT_EQ(stat((folder / "target").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST(Files, APipeBehindALinkIsWrittenDirectly) {
    const ScratchFolder folder;
    int ends[2] = {};  // to read, to write
    ASSERT_EQ(pipe(ends), 0);
    const std::string own = fmt::format("/proc/self/fd/{}", ends[1]);
    std::filesystem::create_symlink(own, folder / "link");
    for (const std::filesystem::path& name : {std::filesystem::path(own), folder / "link"}) {
        check_writable(name);
        write_file(name, "text");
        char read_back[5] = {};
        EXPECT_EQ(read(ends[0], read_back, 4), 4);
        EXPECT_EQ(std::string(read_back), "text") << name;
    }
    close(ends[0]);
    close(ends[1]);
}

TEST(Files, ReadGivesEveryByteOfFilesWithAndWithoutAStatedSize) {
    const ScratchFolder folder;
    const std::string text(3'000'000, 'x');
    write_file(folder / "a", text);
    EXPECT_EQ(read_file(folder / "a").size(), text.size());
    write_file(folder / "empty", "");
    EXPECT_TRUE(read_file(folder / "empty").empty());
    EXPECT_FALSE(read_file("/proc/self/status").empty());
}

TEST(Files, ReadRefusesWhatIsTooLargeMissingOrAFolder) {
    const ScratchFolder folder;
    write_file(folder / "a", "12345");
    EXPECT_EQ(read_file(folder / "a", 5).size(), 5U);
    EXPECT_EQ(refusal([&] { read_file(folder / "a", 4); }),
              (folder / "a").string() + " is larger than 4 bytes, the most that is read");
    EXPECT_EQ(refusal([&] { read_file("/dev/zero", 1 << 20); }),
              "/dev/zero is larger than 1048576 bytes, the most that is read");
    EXPECT_EQ(refusal([] { read_file("/nowhere/at/all"); }), "cannot open /nowhere/at/all: No such file or directory");
    EXPECT_EQ(refusal([&] { read_file(folder.path()); }), "cannot read " + folder.path().string() + ": Is a directory");
}

TEST(Files, ALinkThatLeadsNowhereIsReplaced) {
    const ScratchFolder folder;
    std::filesystem::create_symlink("absent", folder / "link");
    write_file(folder / "link", "new");
    EXPECT_FALSE(std::filesystem::is_symlink(folder / "link"));
    EXPECT_EQ(get(folder / "link"), "new");
    EXPECT_EQ(files_in(folder), 1);
}

TEST(Files, ALoopOfLinksIsNamedAsOne) {
    const ScratchFolder folder;
    std::filesystem::create_symlink("loop", folder / "loop");
    const std::string loop = (folder / "loop").string();
    const std::string reason = ": Too many levels of symbolic links";
    EXPECT_EQ(refusal([&] { write_file(loop, "text"); }), "cannot write " + loop + reason);
    EXPECT_EQ(refusal([&] { check_writable(loop); }), "cannot write " + loop + reason);
    EXPECT_EQ(refusal([&] { read_file(loop); }), "cannot open " + loop + reason);
    EXPECT_EQ(refusal([&] { read_regular_file(loop, 9); }), "cannot open " + loop + reason);
    EXPECT_EQ(refusal([&] { is_there(loop); }), "cannot open " + loop + reason);
    EXPECT_EQ(refusal([&] { load_mnist(loop); }), "cannot open " + loop + reason);
    std::filesystem::create_symlink("loop", folder / "train-images-idx3-ubyte");
    EXPECT_EQ(refusal([&] { load_mnist(folder.path()); }),
              "cannot open " + (folder / "train-images-idx3-ubyte").string() + reason);
    EXPECT_FALSE(is_there(folder / "absent"));
    EXPECT_TRUE(is_there(folder.path()));
}

TEST(Files, ANewFileHasTheModeOfTheProcess) {
    const ScratchFolder folder;
    const mode_t before = ::umask(027);
    write_file(folder / "a", "text");
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(stat((folder / "a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST(Files, APipeIsWrittenDirectlyAndItsEndIsAnErrorAndNoSignal) {
    const ScratchFolder folder;
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    const std::string fifo = (folder / "fifo").string();
    std::string got;
    std::jthread reader([&] { got = get(fifo); });
    write_file(fifo, "through");
    reader.join();
    EXPECT_EQ(got, "through");
    const int open = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
    EXPECT_EQ(refusal([&] {
                  write_file(fifo, [&](const Sink& sink) {
                      ::close(open);
                      sink(std::as_bytes(std::span(std::string_view("lost"))));
                  });
              }),
              "cannot write " + fifo + ": Broken pipe");
    EXPECT_EQ(files_in(folder), 1);
}

TEST(Files, ALimitOnTheSizeOfFilesIsAnErrorAndLeavesNothing) {
    const ScratchFolder folder;
    write_file(folder / "a", "old");
    // In a process of its own: the limit is for all of it.
    const pid_t child = ::fork();
    if (child == 0) {
        constexpr rlimit kLimit{1000, 1000};
        ::setrlimit(RLIMIT_FSIZE, &kLimit);
        const std::string said = refusal([&] { write_file(folder / "a", std::string(5000, 'x')); });
        ::_exit(said == "cannot write " + (folder / "a").string() + ": File too large" ? 0 : 1);
    }
    int state = 0;
    ASSERT_EQ(::waitpid(child, &state, 0), child);
    EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0) << state;
    EXPECT_EQ(get(folder / "a"), "old");
    EXPECT_EQ(files_in(folder), 1);
}

std::string hash(std::string_view text) {
    return sha256(std::as_bytes(std::span(text)));
}

TEST(Sha256, MatchesThePublishedExamples) {
    EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hash(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArriveOrOnLookingInBetween) {
    const std::string text(300, 'q');
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Sha256 parts;
        parts.update(std::as_bytes(std::span(text).first(cut)));
        static_cast<void>(parts.hex());
        parts.update(std::as_bytes(std::span(text).subspan(cut)));
        ASSERT_EQ(parts.hex(), hash(text)) << cut;
    }
}

}  // namespace
}  // namespace ricci::runtime
