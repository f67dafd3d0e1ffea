// Descriptors 0 to 2 and the signals that writing to them may raise.
#include "frontend/cli/streams.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "frontend/cli/commands.h"
#include "frontend/cli/signals.h"
#include "runtime/file/descriptor.h"

namespace ricci::cli {

void prepare_streams() {
    // Opened the wrong way round: what reads or writes there fails as if nothing was open.
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF) continue;
        const int opened = ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened >= 0 && opened != number) {
            ::dup2(opened, number);
            ::close(opened);
        }
    }
    for (const int signal : {SIGXFSZ, SIGPIPE}) {
        if (is_ignored(signal)) continue;
        // A handler that does nothing: unlike an ignored signal it is not handed on to the programs that this one runs.
        struct sigaction action {};
        action.sa_handler = [](int) {};
        action.sa_flags = SA_RESTART;
        ::sigaction(signal, &action, nullptr);
    }
}

void complain(std::string_view line) noexcept {
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
    std::fflush(stderr);
}

void flush_output() {
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
}

bool is_of_output(const std::system_error& error) {
    return std::ferror(stdout) != 0 && error.code().value() != 0;
}

int end_without_output(const std::system_error& error) {
    if (error.code().value() == EPIPE && !is_ignored(SIGPIPE)) {
        std::fflush(stderr);
        ::signal(SIGPIPE, SIG_DFL);
        ::raise(SIGPIPE);
    }
    complain(fmt::format("ricci: cannot write to standard output: {}", runtime::reason_of(error.code().value())));
    return kUserError;
}

std::string read_input(std::int64_t most) {
    const runtime::Descriptor input(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!input.is_open()) runtime::fail_at("read", "standard input", errno);
    const std::vector<std::byte> bytes = input.read(most, "standard input");
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void warn_of(const Function& function) {
    static std::set<std::string> said;
    for (const Remark& remark : function.remarks()) {
        const bool memory = remark.pass == "recompute";  // no warning: it was asked for
        if (!memory && remark.pass != "object-cache" && remark.pass != "tile-search") continue;
        if (said.insert(remark.text).second) complain((memory ? "ricci: memory: " : "ricci: warning: ") + remark.text);
    }
}

}  // namespace ricci::cli
