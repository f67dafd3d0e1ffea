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

#include "passes/choice.h"

namespace ricci::cli {

using Arguments = std::span<const std::string_view>;

/// The closed range that a number must be in. Both ends are stated: what is beyond them would overflow somewhere, fill
/// all memory, or not end.
template <typename Number>
struct RangeOf {
    Number least;
    Number most;
};
using Range = RangeOf<std::int64_t>;
using RealRange = RangeOf<double>;

inline constexpr Range kThreads{0, 4096};  // as runtime::ThreadTeam takes them; 0 is one a processor
inline constexpr Range kBatch{1, 1'000'000'000};
inline constexpr Range kImageSize{0, 65536};
inline constexpr Range kImages{1, 10'000'000};      // drawn ones, which are in memory: 8 GB
inline constexpr Range kTimedImages{1, 1'000'000};  // as floats in memory: 4 GB
inline constexpr Range kEpochs{1, 1'000'000'000};
inline constexpr Range kRepeats{1, 1'000'000};  // times that something is measured
inline constexpr Range kSeed{0, std::numeric_limits<std::int64_t>::max()};
inline constexpr RealRange kLearningRate{0, 1e38};  // a finite f32
inline constexpr RealRange kSeconds{0, 86400};      // seconds of a measurement: up to a day

/// Options are given as `--name value` or `--name=value`, in any order among the words; `--` ends them. The value that
/// a variable has when it is declared is the default that the help shows.
class Options {
  public:
    /// \param command  as it is typed after `ricci`: "bench step".
    Options(std::string command, std::string summary);

    /// A word without dashes, in the order of declaration; all but the required ones may be left out.
    void word(std::string metavar, std::string& into, std::string doc, bool required);
    /// All further words; at least one of those that are required.
    void words(std::string metavar, std::vector<std::string>& into, std::string doc, bool required = true);
    /// Sets the variable to `value`.
    void flag(std::string name, bool& into, std::string doc, bool value = true);
    void text(std::string name, std::string metavar, std::string& into, std::string doc);
    /// May be given several times.
    void texts(std::string name, std::string metavar, std::vector<std::string>& into, std::string doc);
    void choice(std::string name, std::vector<std::string> allowed, std::string& into, std::string doc);
    /// One of an enumeration, by its word.
    template <typename Enum>
    void choice(std::string name, passes::Choice<Enum>& into, std::string doc, std::size_t first = 0) {
        const std::span<const std::string_view> words = words_of<Enum>().subspan(first);
        choice(std::move(name), {words.begin(), words.end()}, std::string(into.word()),
               [&into](const std::string& word) { into = word; }, std::move(doc));
    }
    void whole(std::string name, std::string metavar, std::int64_t& into, Range range, std::string doc);
    /// One or several with commas between them. `metavar` is of one.
    void wholes(std::string name, std::string metavar, std::vector<std::int64_t>& into, Range range, std::string doc);
    void real(std::string name, std::string metavar, double& into, RealRange range, std::string doc);

    /// Sets the variables. False when `--help` was asked for, and printed.
    /// \throws UserError naming the option, what was given, and what it takes.
    bool parse(Arguments arguments);
    /// Whether the option was on the command line.
    bool given(std::string_view name) const;
    /// What `--help` prints.
    std::string help() const;

  private:
    void choice(std::string name, std::vector<std::string> allowed, std::string standard,
                std::function<void(const std::string&)> set, std::string doc);

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
        std::vector<std::string>* all = nullptr;  // that take every word from here on
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
