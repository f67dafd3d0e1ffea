// Parses and explains the options of a command.
#include "frontend/cli/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ir/base/error.h"
#include "ir/base/spelling.h"

namespace ricci::cli {
namespace {

constexpr std::size_t kDocColumn = 26;
constexpr std::size_t kLineLength = 100;

/// One entry of the help: the name, then the text from a fixed column on, broken between words.
std::string entry(const std::string& name, const std::string& doc) {
    const bool short_name = name.size() + 4 <= kDocColumn;
    std::string text =
        short_name ? fmt::format("  {:<{}}", name, kDocColumn - 2) : fmt::format("  {}\n{:{}}", name, "", kDocColumn);
    std::size_t column = kDocColumn;
    for (std::size_t begin = 0; begin < doc.size();) {
        const std::size_t end = std::min(doc.find(' ', begin), doc.size());
        if (column > kDocColumn && column + end - begin > kLineLength) {
            text += "\n" + std::string(kDocColumn, ' ');
            column = kDocColumn;
        }
        if (column > kDocColumn) text += ' ';
        text.append(doc, begin, end - begin);
        column += end - begin + 1;
        begin = end + 1;
    }
    return text + "\n";
}

template <typename Number>
Number parse_number(const std::string& name, const std::string& given, RangeOf<Number> range, const char* what) {
    Number value{};
    const char* end = given.data() + given.size();
    const auto [rest, error] = std::from_chars(given.data(), end, value);
    const bool is_number = error != std::errc::invalid_argument && rest == end &&
                           !std::isnan(static_cast<double>(value)) && !std::isinf(static_cast<double>(value));
    if (!is_number) user_error("option {}: \"{}\" is not {}", name, given, what);
    // Too long for 64 bits is out of any range.
    if (error == std::errc::result_out_of_range || value < range.least || value > range.most) {
        user_error("option {} is {}; it is from {} to {}", name, given, range.least, range.most);
    }
    return value;
}

/// An empty text is what a shell makes of a variable that is not set: it must not count as an option left out.
const std::string& not_empty(const std::string& name, const std::string& metavar, const std::string& given) {
    if (given.empty()) user_error("option {} is \"\"; it is {}, or leave it out", name, metavar);
    return given;
}

/// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& names) {
    std::string text = names.front();
    for (std::size_t i = 1; i < names.size(); ++i) text += (i + 1 < names.size() ? ", " : " or ") + names[i];
    return text;
}

}  // namespace

std::string_view nearest(std::string_view given, std::span<const std::string_view> known) {
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, given.size() / 3) + 1;
    for (std::string_view name : known) {
        // The beginning of a name counts as near: --learn for --learning-rate.
        const bool begins = given.size() >= 4 && name.starts_with(given);
        const std::size_t distance = begins ? 1 : edit_distance(given, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

Options::Options(std::string command, std::string summary)
    : command_(std::move(command)), summary_(std::move(summary)) {}

void Options::word(std::string metavar, std::string& into, std::string doc, bool required) {
    words_.push_back({std::move(metavar), &into, std::move(doc), required});
}

void Options::words(std::string metavar, std::vector<std::string>& into, std::string doc,
                    bool required) {
    words_.push_back({std::move(metavar), nullptr, std::move(doc), required, false, &into});
}

void Options::flag(std::string name, bool& into, std::string doc, bool value) {
    options_.push_back({std::move(name), "", std::move(doc), "", [&into, value](const std::string&) { into = value; }});
}

void Options::text(std::string name, std::string metavar, std::string& into, std::string doc) {
    auto set = [&into, name, metavar](const std::string& given) { into = not_empty(name, metavar, given); };
    options_.push_back({std::move(name), std::move(metavar), std::move(doc), into, set});
}

void Options::texts(std::string name, std::string metavar, std::vector<std::string>& into, std::string doc) {
    auto set = [&into, name, metavar](const std::string& given) { into.push_back(not_empty(name, metavar, given)); };
    options_.push_back({std::move(name), std::move(metavar), std::move(doc), "", set});
}

void Options::choice(std::string name, std::vector<std::string> allowed, std::string& into, std::string doc) {
    const std::string standard = into;
    choice(std::move(name), std::move(allowed), standard, [&into](const std::string& word) { into = word; },
           std::move(doc));
}

void Options::choice(std::string name, std::vector<std::string> allowed, std::string standard,
                     std::function<void(const std::string&)> set, std::string doc) {
    const std::string metavar = fmt::format("{}", fmt::join(allowed, "|"));
    auto checked = [set = std::move(set), name, allowed](const std::string& given) {
        if (std::ranges::find(allowed, given) == allowed.end()) {
            user_error("option {} is \"{}\"; it is {}", name, given, either(allowed));
        }
        set(given);
    };
    options_.push_back({std::move(name), metavar, std::move(doc), std::move(standard), checked});
}

void Options::whole(std::string name, std::string metavar, std::int64_t& into, Range range, std::string doc) {
    auto set = [&into, name, range](const std::string& given) {
        into = parse_number<std::int64_t>(name, given, range, "a whole number");
    };
    options_.push_back({name, std::move(metavar), std::move(doc), fmt::format("{}", into), set});
}

void Options::wholes(std::string name, std::string metavar, std::vector<std::int64_t>& into, Range range,
                     std::string doc) {
    auto set = [&into, name, range](const std::string& given) {
        into.clear();
        for (std::size_t at = 0; at <= given.size();) {
            const std::size_t end = std::min(given.find(',', at), given.size());
            into.push_back(parse_number<std::int64_t>(name, given.substr(at, end - at), range, "a whole number"));
            at = end + 1;
        }
    };
    options_.push_back(
        {name, metavar + "[," + metavar + "...]", std::move(doc), fmt::format("{}", fmt::join(into, ",")), set});
}

void Options::real(std::string name, std::string metavar, double& into, RealRange range, std::string doc) {
    auto set = [&into, name, range](const std::string& given) {
        into = parse_number<double>(name, given, range, "a number");
    };
    options_.push_back({name, std::move(metavar), std::move(doc), fmt::format("{}", into), set});
}

Options::Option& Options::named(std::string_view name) {
    auto found = std::ranges::find(options_, name, &Option::name);
    if (found != options_.end()) return *found;
    std::vector<std::string_view> known;
    for (const Option& option : options_) known.push_back(option.name);
    if (std::string_view near = nearest(name, known); !near.empty()) {
        user_error("unknown option {} for {}; did you mean {}?", name, command_, near);
    }
    user_error("unknown option {} for {}; see ricci {} --help", name, command_, command_);
}

void Options::take_word(std::string_view argument) {
    auto free = std::ranges::find_if(words_, [](const Word& word) { return !word.given || word.all != nullptr; });
    if (free == words_.end()) {
        user_error("{} does not take \"{}\"; see ricci {} --help", command_, argument, command_);
    }
    free->given = true;
    if (free->all != nullptr) {
        free->all->emplace_back(argument);
    } else {
        *free->into = argument;
    }
}

bool Options::parse(Arguments arguments) {
    bool only_words = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (only_words || !argument.starts_with('-') || argument == "-") {
            take_word(argument);
            continue;
        }
        if (argument == "--") {
            only_words = true;
            continue;
        }
        if (argument == "--help" || argument == "-h") {
            fmt::print("{}", help());
            return false;
        }
        const std::size_t equals = argument.find('=');
        Option& option = named(argument.substr(0, equals));
        option.given = true;
        const bool with_value = equals != std::string_view::npos;
        if (option.metavar.empty()) {
            if (with_value)
                user_error("option {} takes no value, but \"{}\" was given", option.name, argument.substr(equals + 1));
            option.set("");
        } else if (with_value) {
            option.set(std::string(argument.substr(equals + 1)));
        } else if (i + 1 < arguments.size()) {
            option.set(std::string(arguments[++i]));
        } else {
            user_error("option {} needs a value: {} {}", option.name, option.name, option.metavar);
        }
    }
    for (const Word& word : words_) {
        if (word.required && !word.given)
            user_error("{} needs {}; see ricci {} --help", command_, word.metavar, command_);
    }
    return true;
}

bool Options::given(std::string_view name) const {
    auto found = std::ranges::find(options_, name, &Option::name);
    RICCI_CHECK(found != options_.end(), "{} declares no option {}", command_, name);
    return found->given;
}

std::string Options::help() const {
    std::string text = "usage: ricci " + command_;
    for (const Word& word : words_) {
        text += word.required ? " " + word.metavar : fmt::format(" [{}]", word.metavar);
        if (word.all != nullptr) text += "...";
    }
    text += options_.empty() ? "\n\n" : " [OPTIONS]\n\n";
    text += summary_ + "\n\n";
    for (const Word& word : words_) text += entry(word.metavar, word.doc);
    for (const Option& option : options_) {
        const std::string standard = option.standard.empty() ? "" : fmt::format(" (default {})", option.standard);
        text += entry(option.metavar.empty() ? option.name : option.name + " " + option.metavar, option.doc + standard);
    }
    return text + entry("--help", "prints this text");
}

}  // namespace ricci::cli
