/// \file frontend/cli/options.h
/// The options of one command: each is declared once, with its name, bounds and meaning, and parsed and explained from
/// that declaration.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ricci::cli {

using Arguments = std::span<const std::string_view>;

/// The closed range that a number must be in.
struct Range {
    double least = std::numeric_limits<double>::lowest();
    double most = std::numeric_limits<double>::max();
};
constexpr Range at_least(double least) {
    return {.least = least};
}
inline constexpr Range kThreads{0, 4096};  // as runtime::ThreadTeam takes them; 0 is one a processor

/// Options are given as `--name value` or `--name=value`, in any order among the words; `--` ends them. The value that
/// a variable has when it is declared is the default that the help shows.
class Options {
  public:
    /// \param command  as it is typed after `ricci`: "bench step".
    Options(std::string command, std::string summary);

    /// A word without dashes, in the order of declaration; all but the required ones may be left out.
    void word(std::string metavar, std::string& into, std::string doc, bool required);
    /// Sets the variable to `value`.
    void flag(std::string name, bool& into, std::string doc, bool value = true);
    void text(std::string name, std::string metavar, std::string& into, std::string doc);
    /// May be given several times.
    void texts(std::string name, std::string metavar, std::vector<std::string>& into, std::string doc);
    void choice(std::string name, std::vector<std::string> allowed, std::string& into, std::string doc);
    void whole(std::string name, std::string metavar, std::int64_t& into, Range range, std::string doc);
    /// One or several with commas between them. `metavar` is of one.
    void wholes(std::string name, std::string metavar, std::vector<std::int64_t>& into, Range range, std::string doc);
    void real(std::string name, std::string metavar, double& into, Range range, std::string doc);

    /// Sets the variables. False when `--help` was asked for, and printed.
    /// \throws UserError naming the option, what was given, and what it takes.
    bool parse(Arguments arguments);
    /// Whether the option was on the command line.
    bool given(std::string_view name) const;
    /// What `--help` prints.
    std::string help() const;

  private:
    struct Option {
        std::string name;
        std::string metavar;  // empty: a flag
        std::string doc;
        std::string standard;  // the default as the help shows it; empty: none
        std::function<void(const std::string&)> set;
        bool given = false;
    };
    struct Word {
        std::string metavar;
        std::string* into;
        std::string doc;
        bool required;
        bool given = false;
    };

    Option& named(std::string_view name);
    void take_word(std::string_view argument);

    std::string command_;
    std::string summary_;
    std::vector<Option> options_;
    std::vector<Word> words_;
};

/// `known` when it is near enough to be what was meant by `given`, else "".
std::string_view nearest(std::string_view given, std::span<const std::string_view> known);

}  // namespace ricci::cli
