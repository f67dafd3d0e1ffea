// Cutting text into tokens; every number is range-checked where it is read.
#include "ir/surface/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "ir/surface/hints.h"

namespace ricci::ir {
namespace {

// Longer ones first: the first match is taken. The last ones mean nothing here; ir/surface/hints.h says what to write.
constexpr std::array<std::string_view, 35> kSymbols = {"...", "..", "+=", "*=", "<=", ">=", "==", "!=", "&&", "||", "**",
                                                       "<<",  ">>", "~",  "[",   "]",  "(",  ")",  "{",  "}",  ",",  ":",  "=",  "+",  "-",
                                                       "*",   "/",  "<",  ">",  "?",  "^",  "%",  "!",  "&",  "|"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word(char c) {
    return is_letter(c) || is_digit(c);
}

char at(std::string_view text, std::size_t i) {
    return i < text.size() ? text[i] : '\0';
}

/// Length of the name that begins the text: words joined by single dots.
std::size_t name_length(std::string_view text) {
    std::size_t i = 0;
    while (is_word(at(text, i)) || (at(text, i) == '.' && is_word(at(text, i + 1)))) ++i;
    return i;
}

/// Length of the number that begins the text: digits, a fraction, an exponent.
std::size_t number_length(std::string_view text) {
    std::size_t i = 0;
    auto digits = [&] {
        while (is_digit(at(text, i))) ++i;
    };
    digits();
    if (at(text, i) == '.' && is_digit(at(text, i + 1))) ++i, digits();
    if (at(text, i) == 'e' || at(text, i) == 'E') {
        std::size_t sign = at(text, i + 1) == '+' || at(text, i + 1) == '-' ? 1 : 0;
        if (is_digit(at(text, i + 1 + sign))) i += 1 + sign, digits();
    }
    return i;
}

/// The character a message shows; bytes that a terminal would not are spelt as numbers.
std::string spelt(char c) {
    bool shown = c >= ' ' && c <= '~';
    return shown ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
}

std::string spelt(const Token& token) {
    constexpr std::size_t kShown = 40;
    bool cut = token.text.size() > kShown;
    std::string text = fmt::format("{}{}", token.text.substr(0, kShown), cut ? "..." : "");
    switch (token.form) {
        case Token::Form::name:
            return fmt::format("\"{}\"", text);
        case Token::Form::number:
            return text;
        case Token::Form::symbol:
            return fmt::format("'{}'", text);
        case Token::Form::newline:
            return "the end of the line";
        case Token::Form::end:
            return "the end of the text";
    }
    return text;
}

/// Length of the mark that some editors put before a text in UTF-8.
std::size_t byte_order_mark(std::string_view text, const Location& here) {
    using namespace std::string_view_literals;
    const std::string_view start = text.substr(0, 4);
    if (start.starts_with("\xff\xfe"sv) || start.starts_with("\xfe\xff"sv) || start.find('\0') != start.npos) {
        user_error(here, "the text is UTF-16 or UTF-32; save it as UTF-8");
    }
    return start.starts_with("\xef\xbb\xbf"sv) ? 3 : 0;
}

}  // namespace

Tokens::Tokens(std::string_view text, std::string_view file, std::uint32_t line) : file_(file) {
    int open = 0;  // brackets and parentheses around this place
    std::size_t i = byte_order_mark(text, {file_, line});
    auto add = [&](Token::Form form, std::size_t length) {
        tokens_.push_back({form, text.substr(i, length), line});
        i += length;
    };
    while (i < text.size()) {
        char c = text[i];
        std::string_view rest = text.substr(i);
        if (c == '\n') {
            if (open > 0) {
                ++i;
            } else {
                add(Token::Form::newline, 1);
            }
            ++line;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            ++i;
        } else if (c == '#') {
            i += std::min(rest.find('\n'), rest.size());
        } else if (is_letter(c)) {
            add(Token::Form::name, name_length(rest));
        } else if (is_digit(c)) {
            add(Token::Form::number, number_length(rest));
            if (is_letter(at(text, i))) {
                user_error({file_, line}, "found {} right after {}, expected a space or an operator", spelt(text[i]),
                           spelt(tokens_.back()));
            }
        } else if (c == '@') {
            add(Token::Form::symbol, 1);
        } else {
            auto symbol = std::ranges::find_if(kSymbols, [&](std::string_view s) { return rest.starts_with(s); });
            if (symbol == kSymbols.end()) {
                if (const std::string letter = found_letter(rest); !letter.empty())
                    user_error({file_, line}, "found {}", letter);
                user_error({file_, line}, "found {}, expected a name, a number or an operator", spelt(c));
            }
            if (c == '(' || c == '[') ++open;
            if ((c == ')' || c == ']') && open > 0) --open;
            add(Token::Form::symbol, symbol->size());
        }
    }
    add(Token::Form::end, 0);
}

const Token& Tokens::peek(std::size_t ahead) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

Token Tokens::take() {
    Token token = peek();
    if (next_ + 1 < tokens_.size()) ++next_;
    return token;
}

bool Tokens::is(std::string_view text, std::size_t ahead) const {
    const Token& token = peek(ahead);
    return (token.form == Token::Form::name || token.form == Token::Form::symbol) && token.text == text;
}

bool Tokens::accept(std::string_view text) {
    bool found = is(text);
    if (found) take();
    return found;
}

void Tokens::expect(std::string_view text) {
    if (!accept(text)) fail(fmt::format("'{}'", text));
}

std::string Tokens::expect_name(std::string_view what) {
    if (!is(Token::Form::name)) fail(what);
    return std::string(take().text);
}

std::int64_t Tokens::expect_integer(std::string_view what, std::int64_t low, std::int64_t high) {
    std::string expected = fmt::format("{}, an integer from {} to {}", what, low, high);
    std::size_t sign = is("-") ? 1 : 0;
    const Token& token = peek(sign);
    if (token.form != Token::Form::number) fail(expected, sign);
    std::string digits = fmt::format("{}{}", sign == 1 ? "-" : "", token.text);
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < low || value > high)
        fail(expected, sign);
    if (sign == 1) take();
    take();
    return value;
}

std::optional<Number> Tokens::accept_number() {
    std::size_t sign = is("-") ? 1 : 0;
    const Token& token = peek(sign);
    double value = 0;
    if (is("inf", sign)) {
        value = std::numeric_limits<double>::infinity();
    } else if (is("nan", sign)) {
        value = std::numeric_limits<double>::quiet_NaN();
    } else if (token.form == Token::Form::number) {
        const std::string text = fmt::format("{}{}", sign == 1 ? "-" : "", token.text);
        std::int64_t integer = 0;
        const auto [stop, wrong] = std::from_chars(text.data(), text.data() + text.size(), integer);
        const bool exact = wrong == std::errc{} && stop == text.data() + text.size();
        if (exact && (sign == 0 || integer != 0)) {  // -0 is the double
            if (sign == 1) take();
            take();
            return integer;
        }
        auto [end, error] = std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
        if (error != std::errc{}) fail("a number from 5e-324 to 1.7976931348623157e+308", sign);
    } else {
        return std::nullopt;
    }
    if (sign == 1) take();
    take();
    return sign == 1 ? -value : value;
}

Number Tokens::expect_number(std::string_view what) {
    std::optional<Number> value = accept_number();
    if (!value) fail(what);
    return *value;
}

void Tokens::expect_line_end() {
    if (is("}") || at_end()) return;
    if (!is(Token::Form::newline)) fail("the end of the line");
    take();
}

std::string Tokens::take_line() {
    const char* begin = peek().text.data();
    const char* end = begin;
    while (!is(Token::Form::newline) && !at_end() && !is("}")) {
        const Token token = take();
        end = token.text.data() + token.text.size();
    }
    return {begin, end};
}

void Tokens::skip_newlines() {
    while (is(Token::Form::newline)) take();
}

std::size_t Tokens::after_parenthesis(std::size_t ahead) const {
    int open = 0;
    while (next_ + ahead < tokens_.size()) {
        if (is("(", ahead) || is("[", ahead)) ++open;
        if (is(")", ahead) || is("]", ahead)) --open;
        ++ahead;
        if (open <= 0) break;
    }
    return ahead;
}

void Tokens::fail(std::string_view expected, std::size_t ahead) const {
    const Token& token = peek(ahead);
    user_error({file_, token.line}, "found {}, expected {}", spelt(token), expected);
}

bool is_value_name(std::string_view name) {
    return !name.empty() && is_letter(name[0]) && name_length(name) == name.size();
}

}  // namespace ricci::ir
