/// \file frontend/cli/main.cpp
/// The `ricci` command: reads the arguments, runs one subcommand, turns an error into one line and an exit status.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

int main(int argc, char** argv) {
    const std::string_view command = argc > 1 ? argv[1] : "--help";
    if (command == "--version") {
        fmt::print("ricci 0.1.0\n");
        return 0;
    }
    if (command == "--help" || command == "-h") {
        fmt::print("usage: ricci COMMAND [OPTIONS]\n\n"
                   "  --help     prints this text\n"
                   "  --version  prints the version\n");
        return 0;
    }
    fmt::print(stderr, "ricci: unknown command \"{}\"; see ricci --help\n", command);
    return 2;
}
