// Child processes by posix_spawn.
#include "frontend/cli/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ir/base/error.h"
#include "runtime/file/descriptor.h"

namespace ricci::cli {
namespace {

constexpr int kNotFound = 127;
constexpr int kSignalled = 128;

/// This process's environment with some variables set anew, as "NAME=value".
std::vector<std::string> environment_with(const std::map<std::string, std::string>& set) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!set.contains(text.substr(0, text.find('=')))) all.push_back(text);
    }
    for (const auto& [name, value] : set) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> chunk{};
    for (;;) {
        const ssize_t got = ::read(descriptor, chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

Finished run_program(const std::vector<std::string>& command, const ProcessOptions& options) {
    std::vector<std::string> words = command;
    std::vector<std::string> variables = environment_with(options.environment);
    int ends[2] = {-1, -1};
    if (options.capture && ::pipe2(ends, O_CLOEXEC) != 0) {
        user_error("cannot run {}: {}", command[0], runtime::reason_of(errno));
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (options.capture) ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (options.quiet) ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error =
        ::posix_spawnp(&child, words[0].c_str(), &actions, nullptr, pointers(words).data(), pointers(variables).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (options.capture) ::close(ends[1]);

    Finished finished;
    if (error == 0 && options.capture) finished.output = read_all(ends[0]);
    if (options.capture) ::close(ends[0]);
    if (error == ENOENT || error == EACCES) return {kNotFound, ""};
    if (error != 0) user_error("cannot run {}: {}", command[0], runtime::reason_of(error));
    int state = 0;
    while (::waitpid(child, &state, 0) < 0 && errno == EINTR) continue;
    finished.status = WIFEXITED(state) ? WEXITSTATUS(state) : kSignalled + WTERMSIG(state);
    return finished;
}

std::filesystem::path own_executable() {
    std::error_code error;
    std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) user_error("cannot find the file of this program: {}", error.message());
    return path;
}

}  // namespace ricci::cli
