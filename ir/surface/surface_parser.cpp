// Recursive descent over one equation. Nested constructs and long chains are bounded. So no text can exhaust the stack,
// here or in what walks the tree later.
#include "ir/surface/surface_parser.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "ir/core/body_size.h"
#include "ir/core/scalar.h"
#include "ir/surface/hints.h"
#include "ir/surface/lexer.h"

namespace ricci::ir {
namespace {

using surface::Expr;
using surface::IndexDecl;
using surface::IndexExpr;
using Types = ScalarInfo::Types;

constexpr int kMostIndexOperators = 100;
/// Look-ups inside each other: each makes an equation.
constexpr int kMostLookUps = 16;

constexpr std::int64_t kMostNegative = std::numeric_limits<std::int64_t>::min() + 1;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

/// A scalar expression and the height of its tree.
struct Sized {
    Expr expr;
    int height = 1;
};

std::optional<Reduce> reduction_named(std::string_view name) {
    for (Reduce reduce : {Reduce::sum, Reduce::prod, Reduce::max, Reduce::min, Reduce::argmax}) {
        if (name_of(reduce) == name) return reduce;
    }
    return std::nullopt;
}

const ScalarInfo* infix_operator(const Token& token) {
    if (token.form != Token::Form::symbol) return nullptr;
    for (const ScalarInfo& row : scalars()) {
        if (row.infix == token.text && row.arity == 2) return &row;
    }
    return nullptr;
}

class Parser {
  public:
    explicit Parser(Tokens& tokens) : tokens_(tokens) {}

    surface::Equation equation();
    surface::Equation slice(const std::set<std::string>& constants);
    Schedule schedule();
    std::vector<IndexDecl> declarations();

  private:
    IndexExpr index();
    bool is_tuple_of_one() const;
    IndexExpr tuple_of_one();
    IndexExpr index_sum();
    IndexExpr index_product();
    IndexExpr index_operand();
    IndexExpr look_up(std::string name);
    IndexExpr combine(IndexExpr::Form form, IndexExpr a, IndexExpr b);
    IndexDecl declaration();
    std::vector<IndexExpr> subscript(std::vector<IndexDecl>& decls);

    Sized infix(int weakest);
    Sized unary();
    Sized operand();
    Sized access(std::string name);
    Sized reduction(Reduce reduce);
    Sized function(std::string name);
    Sized join(Expr node, std::vector<Sized> args);
    bool starts_number(std::size_t ahead) const;
    bool starts_operand(std::size_t ahead) const;
    bool starts_factor() const;
    void refuse_other_operator() const;
    bool is_reduction(Reduce reduce) const;
    Reduce assignment();

    /// Counts the nesting of constructs while one is being read.
    class Nested {
      public:
        explicit Nested(Parser& parser) : depth_(parser.depth_) {
            if (++depth_ > kMostNested) {
                parser.tokens_.fail(fmt::format("at most {} nested constructs", kMostNested));
            }
        }
        ~Nested() { --depth_; }
        Nested(const Nested&) = delete;
        Nested& operator=(const Nested&) = delete;

      private:
        int& depth_;
    };

    Tokens& tokens_;
    int depth_ = 0;
    int index_operators_ = 0;
    int look_ups_ = 0;
};

// Index expressions

IndexExpr Parser::combine(IndexExpr::Form form, IndexExpr a, IndexExpr b) {
    if (++index_operators_ > kMostIndexOperators) {
        tokens_.fail(fmt::format("at most {} operators in an index expression", kMostIndexOperators));
    }
    IndexExpr combined{.form = form};
    combined.args.push_back(std::move(a));
    combined.args.push_back(std::move(b));
    return combined;
}

IndexExpr Parser::index() {
    const int operators = std::exchange(index_operators_, 0);
    if (tokens_.accept("...")) return {.form = IndexExpr::Form::ellipsis};
    // Apart from the depth of the body around it, so that a body's depth does not depend on its subscripts.
    const int outside = std::exchange(depth_, 0);
    IndexExpr expr = is_tuple_of_one() ? tuple_of_one() : index_sum();
    depth_ = outside;
    index_operators_ = operators;
    return expr;
}

/// "(c)" alone on an axis flattens, as (c, y, x) does; in a sum it is c.
bool Parser::is_tuple_of_one() const {
    return tokens_.is("(") && tokens_.is(Token::Form::name, 1) && tokens_.is(")", 2) &&
           (tokens_.is(",", 3) || tokens_.is("]", 3));
}

IndexExpr Parser::tuple_of_one() {
    tokens_.expect("(");
    IndexExpr tuple{.form = IndexExpr::Form::tuple};
    tuple.args.push_back({.form = IndexExpr::Form::name, .name = tokens_.expect_name("an index")});
    tokens_.expect(")");
    return tuple;
}

IndexExpr Parser::index_sum() {
    Nested nested(*this);
    IndexExpr sum = index_product();
    while (tokens_.is("+") || tokens_.is("-")) {
        IndexExpr::Form form = tokens_.take().text == "+" ? IndexExpr::Form::add : IndexExpr::Form::sub;
        sum = combine(form, std::move(sum), index_product());
    }
    return sum;
}

IndexExpr Parser::index_product() {
    IndexExpr product = index_operand();
    while (tokens_.accept("*")) product = combine(IndexExpr::Form::mul, std::move(product), index_operand());
    return product;
}

IndexExpr Parser::index_operand() {
    Nested nested(*this);
    if (tokens_.is(Token::Form::number) || (tokens_.is("-") && tokens_.is(Token::Form::number, 1))) {
        return {.number = tokens_.expect_integer("an index expression", kMostNegative, kLargest)};
    }
    if (tokens_.accept("-")) return combine(IndexExpr::Form::mul, {.number = -1}, index_operand());
    if (tokens_.accept("(")) {
        IndexExpr first = index_sum();
        if (tokens_.accept(")")) return first;
        IndexExpr tuple{.form = IndexExpr::Form::tuple};
        tuple.args.push_back(std::move(first));
        while (!tokens_.accept(")")) {
            if (!tokens_.accept(",")) tokens_.fail("',' or ')' in a tuple of indices");
            tuple.args.push_back(index_sum());
        }
        return tuple;
    }
    std::string name = tokens_.expect_name("an index expression");
    if (tokens_.is("[")) return look_up(std::move(name));
    if (tokens_.is("(")) {
        user_error(tokens_.here(),
                   "{}(...) stands where an index does; give it an equation of its own, and look up by its elements", name);
    }
    return {.form = IndexExpr::Form::name, .name = std::move(name)};
}

/// `tokens[b, t]` where an index stands.
IndexExpr Parser::look_up(std::string name) {
    if (++look_ups_ > kMostLookUps) tokens_.fail(fmt::format("at most {} look-ups inside each other", kMostLookUps));
    IndexExpr expr{.form = IndexExpr::Form::data};
    expr.data = std::make_shared<const Expr>(access(std::move(name)).expr);
    --look_ups_;
    return expr;
}

/// `name`, `name: kind`, `name: extent`, `name: kind extent`. What follows the colon is a kind when it is a name alone,
/// or a name before an extent. A name that cannot be a kind, or has an operator after it, is a constant of the scope.
IndexDecl Parser::declaration() {
    IndexDecl decl{.name = tokens_.expect_name("the name of an index")};
    if (!tokens_.accept(":")) return decl;
    index_operators_ = 0;
    bool is_operator = tokens_.is("+", 1) || tokens_.is("-", 1) || tokens_.is("*", 1);
    bool capital = tokens_.is(Token::Form::name) &&
                   std::ranges::any_of(tokens_.peek().text, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (tokens_.is(Token::Form::name) && !is_operator && !capital) {
        decl.kind = Kind::named(tokens_.take().text);
        bool extent = tokens_.is(Token::Form::number) || tokens_.is("?") || tokens_.is("(") || tokens_.is("-") ||
                      (tokens_.is(Token::Form::name) && !tokens_.is("where"));
        if (!extent) return decl;
    }
    if (tokens_.accept("?")) {
        decl.extent = IndexExpr{.number = kOpen};
    } else if (tokens_.is(Token::Form::name) || tokens_.is(Token::Form::number) || tokens_.is("(") || tokens_.is("-")) {
        decl.extent = index_sum();
    } else {
        tokens_.fail(fmt::format("the kind or the extent of index {}", decl.name));
    }
    return decl;
}

std::vector<IndexDecl> Parser::declarations() {
    std::vector<IndexDecl> decls;
    do decls.push_back(declaration());
    while (tokens_.accept(","));
    return decls;
}

/// "[b, 2*y + dy, (c, x), ...]", with what is said of bare indices inline going to `decls`.
std::vector<IndexExpr> Parser::subscript(std::vector<IndexDecl>& decls) {
    std::vector<IndexExpr> at;
    tokens_.expect("[");
    if (tokens_.accept("]")) return at;
    do {
        if (tokens_.is(Token::Form::name) && tokens_.is(":", 1)) {
            decls.push_back(declaration());
            at.push_back({.form = IndexExpr::Form::name, .name = decls.back().name});
        } else {
            at.push_back(index());
        }
        if (tokens_.is("/") || tokens_.is("%")) {
            user_error(tokens_.here(),
                       "found '{}', but an index is not divided: name the quotient h and the rest i, and write (h, i) for "
                       "both on the other side",
                       tokens_.peek().text);
        }
    } while (tokens_.accept(","));
    if (!tokens_.accept("]")) tokens_.fail("',' or ']'");
    return at;
}

// Scalar expressions

/// A node over its arguments. \throws UserError when the tree gets too high.
Sized Parser::join(Expr node, std::vector<Sized> args) {
    int height = 0;
    for (Sized& arg : args) {
        height = std::max(height, arg.height);
        node.args.push_back(std::move(arg.expr));
    }
    if (height >= kMostHigh) tokens_.fail(fmt::format("an expression of at most {} nested operators", kMostHigh));
    return {.expr = std::move(node), .height = height + 1};
}

/// Operators that bind at least as tight as `weakest`, from the left to the right. Factors side by side are a product,
/// which binds as '*' does.
Sized Parser::infix(int weakest) {
    Nested nested(*this);
    Sized left = unary();
    const ScalarInfo* before = nullptr;
    for (;;) {
        const bool side_by_side = starts_factor();
        const ScalarInfo* op = side_by_side ? &info(Scalar::mul) : infix_operator(tokens_.peek());
        if (op == nullptr || op->precedence < weakest) break;
        if (side_by_side && before != nullptr && before->function == Scalar::div) {
            tokens_.fail("'*' or parentheses, for a / b c may mean a / (b * c)");
        }
        if (before != nullptr && before->types == Types::comparison && op->types == Types::comparison) {
            tokens_.fail("parentheses around one of two comparisons");
        }
        if (!side_by_side) tokens_.take();
        std::vector<Sized> args;
        args.push_back(std::move(left));
        args.push_back(infix(op->precedence + 1));
        left = join({.form = Expr::Form::call, .name = std::string(op->name)}, std::move(args));
        before = op;
    }
    refuse_other_operator();
    return left;
}

/// A name or a parenthesis right behind an operand; `where` and `by` go on with the equation unless they are tensors.
bool Parser::starts_factor() const {
    if (tokens_.is(Token::Form::name) && !said_as(tokens_.peek().text).empty()) return tokens_.is("[", 1);
    return !tokens_.is(Token::Form::number) && starts_operand(0);
}

void Parser::refuse_other_operator() const {
    const std::string_view said = said_as(tokens_.peek().text);
    if (!said.empty())
        user_error(tokens_.here(), "found '{}', which is no operator here; write {}", tokens_.peek().text, said);
}

/// A minus sign right before a number belongs to the number: -2 is a constant, -(2) a negation.
Sized Parser::unary() {
    if (starts_number(tokens_.is("-") ? 1 : 0)) {
        return {.expr = {.form = Expr::Form::number, .number = tokens_.expect_number("a number")}};
    }
    if (tokens_.is("!") || tokens_.is("~")) refuse_other_operator();
    if (!tokens_.accept("-")) return operand();
    Nested nested(*this);
    std::vector<Sized> args;
    args.push_back(unary());
    return join({.form = Expr::Form::call, .name = std::string(info(Scalar::neg).name)}, std::move(args));
}

bool Parser::starts_number(std::size_t ahead) const {
    if (tokens_.is(Token::Form::number, ahead)) return true;
    return (tokens_.is("inf", ahead) || tokens_.is("nan", ahead)) && !tokens_.is("[", ahead + 1);
}

bool Parser::starts_operand(std::size_t ahead) const {
    if (tokens_.is("where", ahead) || tokens_.is("by", ahead)) return tokens_.is("[", ahead + 1);
    return tokens_.is(Token::Form::name, ahead) || tokens_.is(Token::Form::number, ahead) || tokens_.is("(", ahead);
}

Sized Parser::operand() {
    Nested nested(*this);
    if (tokens_.accept("(")) {
        Sized inner = infix(0);
        if (!tokens_.accept(")")) tokens_.fail("an operator or ')'");
        return inner;
    }
    if (!starts_operand(0)) tokens_.fail("an expression");
    std::string name(tokens_.take().text);
    if (tokens_.is("[")) return access(std::move(name));
    if (!tokens_.is("(")) return {.expr = {.form = Expr::Form::name, .name = std::move(name)}};
    if (std::optional<Reduce> reduce = reduction_named(name); reduce && is_reduction(*reduce))
        return reduction(*reduce);
    return function(std::move(name));
}

Sized Parser::access(std::string name) {
    Expr access{.form = Expr::Form::access, .name = std::move(name)};
    access.at = subscript(access.decls);
    return {.expr = std::move(access)};
}

/// max(a, b) is a call and max(k) z[k] a reduction: what follows the parenthesis tells, or a colon inside. Names of indices
/// stand in the parentheses of a reduction, and nothing else does.
bool Parser::is_reduction(Reduce reduce) const {
    if (reduce != Reduce::max && reduce != Reduce::min) return true;
    if (tokens_.is(":", 2)) return true;
    std::size_t end = 1;
    while (tokens_.is(Token::Form::name, end) && tokens_.is(",", end + 1)) end += 2;
    const bool names = tokens_.is(Token::Form::name, end) && (tokens_.is(")", end + 1) || tokens_.is(":", end + 1));
    return names && starts_operand(tokens_.after_parenthesis(0));
}

/// The body of a prefix reduction reaches as far as a product does.
Sized Parser::reduction(Reduce reduce) {
    Expr node{.form = Expr::Form::reduction, .reduce = reduce};
    tokens_.expect("(");
    node.decls = declarations();
    if (!tokens_.accept(")")) {
        tokens_.fail(fmt::format("',' or ')' after an index of the reduction, as in {0}(i) x[i]", name_of(reduce)));
    }
    std::vector<Sized> args;
    args.push_back(infix(info(Scalar::mul).precedence));
    return join(std::move(node), std::move(args));
}

/// pad, index and extent, which take no scalar arguments, and the calls that do.
Sized Parser::function(std::string name) {
    tokens_.expect("(");
    if (tokens_.is(Token::Form::name) && tokens_.is(":", 1)) {
        user_error(tokens_.here(),
                   "no reduction is called {}; there are sum, prod, max, min and argmax, and a mean is sum(i) x[i] / "
                   "f32(extent(i))",
                   name);
    }
    Expr node{.form = Expr::Form::call, .name = name};
    std::vector<Sized> args;
    if (name == "pad") {
        node = access(tokens_.expect_name("the tensor to pad")).expr;
        node.pad = tokens_.accept(",") ? tokens_.expect_number("the number that stands outside the tensor") : Number();
    } else if (name == "index") {
        node = {.form = Expr::Form::index};
        node.at.push_back(index());
    } else if (name == "extent") {
        node = {.form = Expr::Form::extent, .name = tokens_.expect_name("the name of an index")};
    } else if (!tokens_.is(")")) {
        do args.push_back(infix(0));
        while (tokens_.accept(","));
    }
    if (!tokens_.accept(")")) tokens_.fail(fmt::format("',' or ')' after an argument of {}", name));
    return join(std::move(node), std::move(args));
}

// Equations

Reduce Parser::assignment() {
    if (tokens_.accept("=")) return Reduce::none;
    if (tokens_.accept("+=")) return Reduce::sum;
    if (tokens_.accept("*=")) return Reduce::prod;
    std::optional<Reduce> reduce = reduction_named(tokens_.peek().text);
    if (!reduce || !tokens_.is("=", 1)) tokens_.fail("'=', '+=', '*=', 'max=', 'min=' or 'argmax='");
    tokens_.take();
    tokens_.take();
    return *reduce;
}

surface::Equation Parser::equation() {
    surface::Equation equation;
    equation.location = tokens_.here();
    if (tokens_.is("clip") && tokens_.is(Token::Form::name, 1)) equation.clipped = tokens_.accept("clip");
    equation.result = tokens_.expect_name("an equation: the name of its result");
    equation.left = subscript(equation.left_decls);
    equation.reduce = assignment();
    equation.body = infix(0).expr;
    if (tokens_.accept("where")) equation.where = declarations();
    if (tokens_.is("@") && tokens_.is("[", 2)) {
        user_error(tokens_.here(), "found '@ {}[', but '@' names an op; a product of matrices is a[m, K] * b[K, n]",
                   tokens_.peek(1).text);
    }
    if (tokens_.accept("@")) equation.op = tokens_.expect_name("the name of an op");
    if (tokens_.accept("by")) equation.schedule = schedule();
    return equation;
}

/// Names in the subscript, outside of the constants.
void collect_axes(const IndexExpr& at, const std::set<std::string>& constants, std::vector<std::string>& names) {
    if (at.form == IndexExpr::Form::name && !constants.contains(at.name) && std::ranges::count(names, at.name) == 0)
        names.push_back(at.name);
    for (const IndexExpr& arg : at.args) collect_axes(arg, constants, names);
}

surface::Equation Parser::slice(const std::set<std::string>& constants) {
    surface::Equation equation;
    equation.location = tokens_.here();
    equation.result = tokens_.expect_name("the name of a result");
    tokens_.expect("=");
    const std::string whole = tokens_.expect_name("the tensor to cut from");
    equation.body = access(whole).expr;
    std::vector<std::string> names;
    for (const IndexExpr& at : equation.body.at) collect_axes(at, constants, names);
    for (std::string& name : names) {
        if (name[0] < 'A' || name[0] > 'Z') {
            user_error(equation.location,
                       "{} = {}[...] is a slice: capitals run over whole axes and all else is a number; say what {} is, as in "
                       "{}[{}] = ... or let {} = 0",
                       equation.result, whole, name, equation.result, name, name);
        }
        equation.left.push_back({.form = IndexExpr::Form::name, .name = std::move(name)});
    }
    if (!tokens_.is(Token::Form::newline) && !tokens_.at_end() && !tokens_.is("}")) {
        tokens_.fail(fmt::format("the end of the slice; an equation has indices on its left: {}[...] = {}[...]",
                                 equation.result, whole));
    }
    return equation;
}

/// One word or two, as ir/core/schedule.h lists them.
Schedule Parser::schedule() {
    std::vector<std::string_view> known;
    for (const ScheduleWords& words : schedules()) known.push_back(words.text);
    for (const ScheduleWords& words : schedules()) {
        const std::size_t space = words.text.find(' ');
        if (!tokens_.is(words.text.substr(0, space))) continue;
        if (space != std::string::npos && !tokens_.is(words.text.substr(space + 1), 1)) continue;
        tokens_.take();
        if (space != std::string::npos) tokens_.take();
        return words.schedule;
    }
    // Behind `library` the routines alone can stand, behind `copy` the copies.
    std::vector<std::string_view> behind;
    std::string_view first;
    for (const std::string_view text : known) {
        const std::size_t space = text.find(' ');
        if (space == std::string_view::npos || !tokens_.is(text.substr(0, space))) continue;
        first = text.substr(0, space);
        behind.push_back(text.substr(space + 1));
    }
    if (behind.empty()) tokens_.fail(fmt::format("a schedule: {}", fmt::join(known, ", ")));
    tokens_.take();
    tokens_.fail(fmt::format("what stands behind `by {}`: {}", first, fmt::join(behind, ", ")));
}

}  // namespace

surface::Equation parse_equation(Tokens& tokens) {
    return Parser(tokens).equation();
}

surface::Equation parse_slice(Tokens& tokens, const std::set<std::string>& constants) {
    return Parser(tokens).slice(constants);
}

std::vector<surface::IndexDecl> parse_declarations(Tokens& tokens) {
    return Parser(tokens).declarations();
}

surface::Equation parse_equation(std::string_view text, std::string_view file, std::uint32_t line) {
    Tokens tokens(text, file, line);
    tokens.skip_newlines();
    surface::Equation equation = parse_equation(tokens);
    tokens.skip_newlines();
    if (!tokens.at_end()) tokens.fail("the end of the equation");
    return equation;
}

std::vector<surface::Equation> parse_equations(std::string_view text, std::string_view file, std::uint32_t line) {
    Tokens tokens(text, file, line);
    std::vector<surface::Equation> equations;
    for (tokens.skip_newlines(); !tokens.at_end(); tokens.skip_newlines()) {
        equations.push_back(parse_equation(tokens));
        tokens.expect_line_end();
    }
    return equations;
}

}  // namespace ricci::ir
