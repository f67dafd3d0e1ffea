/// \file ir/surface/lexer.h
/// Cuts .ein text into tokens and walks over them, with the messages that every parser of the text shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/base/error.h"
#include "ir/core/number.h"

namespace ricci::ir {

/// A piece of the text. Its characters stay in the text, which must outlive it.
struct Token {
    enum class Form : std::uint8_t { name, number, symbol, newline, end } form = Form::end;
    std::string_view text{};
    std::uint32_t line = 0;
};

/// The tokens of a text and a place among them. Line ends are tokens, except inside ( ) and [ ], so that a long
/// equation may go over several lines. Comments run from '#' to the end of a line.
class Tokens {
  public:
    /// A byte order mark of UTF-8 is skipped. \throws UserError for a character that starts no token, or for UTF-16.
    Tokens(std::string_view text, std::string_view file, std::uint32_t line);

    const Token& peek(std::size_t ahead = 0) const;
    Token take();
    bool at_end() const { return peek().form == Token::Form::end; }
    /// The next token is this name or symbol.
    bool is(std::string_view text, std::size_t ahead = 0) const;
    bool is(Token::Form form, std::size_t ahead = 0) const { return peek(ahead).form == form; }
    /// Takes it when it is next.
    bool accept(std::string_view text);
    void expect(std::string_view text);
    /// A name; `what` it names, for the message: "the name of a value".
    std::string expect_name(std::string_view what);
    /// An integer in [low, high], with an optional minus sign.
    std::int64_t expect_integer(std::string_view what, std::int64_t low, std::int64_t high);
    /// A number with an optional sign: 3, -0.5, 1e-3, inf, -inf, nan. Integers of 64 bits are exact.
    Number expect_number(std::string_view what);
    /// A number that begins here, or nothing: a name other than inf and nan is not a number.
    std::optional<Number> accept_number();
    /// The end of a line or of the text, or a '}' that is left in place.
    void expect_line_end();
    void skip_newlines();
    /// The rest of the line as it is written, without a comment; a '}' ends it too, and is left in place.
    std::string take_line();

    /// The place behind the parenthesis that closes the one `ahead` of here; the text's end when there is none.
    std::size_t after_parenthesis(std::size_t ahead) const;

    Location here() const { return {file_, peek().line}; }
    /// \throws UserError "file:line: found X, expected Y", X being the token `ahead` of here.
    [[noreturn]] void fail(std::string_view expected, std::size_t ahead = 0) const;

  private:
    std::string file_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
};

/// True when the text form can spell a value with this name: letters, digits, '_', parts joined by '.'.
bool is_value_name(std::string_view name);

}  // namespace ricci::ir
