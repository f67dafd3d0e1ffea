// Rewrites lines on terminals.
#include "frontend/cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <system_error>

#include "frontend/cli/streams.h"

namespace ricci::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenUpdates{100};
constexpr std::string_view kToLineStart = "\r\033[K";  // goes to the start of the line and erases what stands there

}  // namespace

LiveLine::~LiveLine() {
    try {
        clear();
    } catch (const std::system_error&) {
        // A terminal that has gone needs no clearing.
    }
}

LiveLine::LiveLine() : live_(::isatty(STDOUT_FILENO) == 1) {}

bool LiveLine::is_due() const {
    return live_ && Clock::now() >= next_;
}

void LiveLine::show(std::string_view text) {
    if (!live_) return;
    fmt::print("{}{}", kToLineStart, text);
    flush_output();
    shown_ = true;
    next_ = Clock::now() + kBetweenUpdates;
}

void LiveLine::clear() {
    if (!shown_) return;
    shown_ = false;
    fmt::print("{}", kToLineStart);
    flush_output();
}

std::string with_commas(std::int64_t number) {
    std::string text = fmt::format("{}", number);
    for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, ',');
    return text;
}

std::string loss_text(double loss) {
    constexpr double kLeast = 1e-3;  // with four decimals
    const bool small = loss != 0 && std::abs(loss) < kLeast;
    return small ? fmt::format("{:.3g}", loss) : fmt::format("{:.4f}", loss);
}

}  // namespace ricci::cli
