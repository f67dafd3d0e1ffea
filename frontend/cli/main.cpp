// The `ricci` command: finds the subcommand, runs it, turns an error into one line and an exit status.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <ranges>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "frontend/cli/commands.h"
#include "frontend/cli/streams.h"
#include "ir/base/error.h"

namespace ricci::cli {
namespace {

struct Command {
    std::string_view name;  // of one or two words
    std::string_view summary;
    int (*run)(Arguments arguments);
};

constexpr std::array kCommands = {
    Command{"train", "trains a model and tests it", train},
    Command{"eval", "tests a trained model: accuracy, each class, what it confuses", eval},
    Command{"predict", "says what a trained model sees in a picture", predict},
    Command{"summary", "lists the layers of a model: axes, parameters, operations, bytes", summary},
    Command{"models", "lists the models that have names", models},
    Command{"opt", "shows a program at any stage, from equations to assembly", opt},
    Command{"run", "runs a program on arrays, and checks machine code against the interpreter", run},
    Command{"bench step", "times the training step", bench_step},
    Command{"bench conv", "times the convolutions of well-known networks", bench_conv},
    Command{"bench peers", "times it against PyTorch, JAX and tinygrad where they are installed", bench_peers},
    Command{"bench net", "times whole training steps of networks, beside PyTorch where it is installed", bench_net},
    Command{"bench machine", "measures what the cost models count with", bench_machine},
    Command{"bench kernel", "times each kernel, beside the same one with other loops", bench_kernel},
    Command{"bench choices", "times what the compiler chose beside the other methods", bench_choices},
    Command{"bench compile", "times the compiler on long chains of equations, by pass", bench_compile},
    Command{"bench micro", "builds and runs the programs of bench/, those whose names match", bench_micro},
    Command{"data mnist", "fetches MNIST", data_mnist},
};

int print_help() {
    fmt::print(
        "usage: ricci COMMAND [OPTIONS]\n\n"
        "Compiles and trains deep-learning models written as index equations.\n\n");
    for (const Command& command : kCommands) fmt::print("  {:<14} {}\n", command.name, command.summary);
    fmt::print(
        "\n  --help         prints this text; ricci COMMAND --help prints the options of a command\n"
        "  --version      prints the versions and what this machine is\n");
    return kOk;
}

/// The command that the arguments begin with, and how many of them are its name.
std::pair<const Command*, std::size_t> find_command(Arguments arguments) {
    std::vector<std::string_view> names;
    for (const Command& command : kCommands) {
        const std::size_t space = command.name.find(' ');
        const std::size_t words = space == std::string_view::npos ? 1 : 2;
        const bool first = arguments[0] == command.name.substr(0, space);
        if (first && words == 1) return {&command, 1};
        if (first && arguments.size() > 1 && arguments[1] == command.name.substr(space + 1)) return {&command, 2};
        if (first) names.push_back(command.name);
    }
    if (!names.empty()) {
        user_error(
            "{} needs one of: {}", arguments[0],
            fmt::join(names | std::views::transform([](auto name) { return name.substr(name.find(' ') + 1); }), ", "));
    }
    for (const Command& command : kCommands) names.push_back(command.name.substr(0, command.name.find(' ')));
    if (std::string_view near = nearest(arguments[0], names); !near.empty()) {
        user_error("unknown command \"{}\"; did you mean {}?", arguments[0], near);
    }
    user_error("unknown command \"{}\"; see ricci --help", arguments[0]);
}

int dispatch(Arguments arguments) {
    const auto asks_for_help = [](std::string_view word) { return word == "--help" || word == "-h"; };
    if (arguments.empty() || arguments[0] == "help" || asks_for_help(arguments[0])) return print_help();
    if (arguments[0] == "--version") return version();
    const bool is_group = std::ranges::any_of(
        kCommands, [&](const Command& command) { return command.name.starts_with(fmt::format("{} ", arguments[0])); });
    if (is_group && arguments.size() > 1 && asks_for_help(arguments[1])) return print_help();
    const auto [command, words] = find_command(arguments);
    return command->run(arguments.subspan(words));
}

int guarded(Arguments arguments) {
    try {
        const int status = dispatch(arguments);
        // A full disk behind standard output shows only when what is buffered is written.
        flush_output();
        return status;
    } catch (const UserError& error) {
        complain(fmt::format("ricci: {}", error.what()));
        return kUserError;
    } catch (const std::system_error& error) {
        if (is_of_output(error)) return end_without_output(error);
        complain(fmt::format("ricci: {}", error.what()));
        return kUserError;
    } catch (const std::bad_alloc&) {
        complain("ricci: out of memory; fewer images or a smaller batch need less");
        return kUserError;
    } catch (const std::exception& error) {
        complain(fmt::format("ricci: {}", error.what()));
        return kInternalError;
    }
}

}  // namespace
}  // namespace ricci::cli

int main(int argc, char** argv) {
    ricci::cli::prepare_streams();
    const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return ricci::cli::guarded(arguments);
}
