// Operands and attributes of calls, and what whole tensors cannot do.
#include "ir/text/op_call_parser.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "ir/core/body_size.h"
#include "ir/ops/table.h"

namespace ricci::ir {
namespace {

using Constants = std::map<std::string, std::int64_t>;

using Pair = std::pair<std::string_view, std::string_view>;

/// Ops of the operators.
constexpr std::array<Pair, 4> kOperators = {{{"+", "add"}, {"-", "sub"}, {"*", "mul"}, {"/", "div"}}};
/// Usual names of indices over the axes of a kind.
constexpr std::array<Pair, 9> kUsual = {{{"batch", "b"},
                                         {"channel", "c"},
                                         {"height", "y"},
                                         {"width", "x"},
                                         {"feature", "i"},
                                         {"class", "k"},
                                         {"time", "t"},
                                         {"tap_h", "dy"},
                                         {"tap_w", "dx"}}};

class CallParser {
  public:
    CallParser(Tokens& tokens, Graph& graph, const Constants& constants, int depth = 0)
        : tokens_(tokens), graph_(graph), constants_(constants), depth_(depth) {}

    OpCall call() {
        call_.location = tokens_.here();
        if (graph_.find(tokens_.peek().text) >= 0) user_error(call_.location, "{} is declared twice", tokens_.peek().text);
        call_.result = tokens_.expect_name("the name of a result");
        tokens_.expect("=");
        if (!tokens_.is("(", 1)) refuse_formula();
        return rest();
    }

  private:
    /// From the op's name on.
    OpCall rest() {
        call_.op = tokens_.expect_name("the name of an op");
        tokens_.expect("(");
        while (!tokens_.accept(")")) {
            const bool more = !call_.operands.empty() || !call_.attributes.empty() || call_.over || !numbers_.empty();
            if (more && !tokens_.accept(",")) tokens_.fail("',' or ')' after an argument");
            argument();
        }
        name_numbers();
        return std::move(call_);
    }

    /// `mean(square(x))`: the inner call's result is called "y.arg1" for the first operand of y.
    ValueId inner_call() {
        if (depth_ == kMostNested) tokens_.fail(fmt::format("at most {} calls in one another", kMostNested));
        CallParser inner(tokens_, graph_, constants_, depth_ + 1);
        inner.call_.location = tokens_.here();
        inner.call_.result = fmt::format("{}.arg{}", call_.result, call_.operands.size() + 1);
        return instantiate(graph_, inner.rest());
    }

    /// A number of a call. `truth` is the word, where it is written as one.
    struct Given {
        double number;
        std::string_view truth{};
    };

    /// A number, the name of one, or a truth value.
    std::optional<Given> number() {
        const std::string_view word = tokens_.peek().text;
        if ((word == "true" || word == "false") && graph_.find(word) < 0) {
            tokens_.take();
            return Given{word == "true" ? 1.0 : 0.0, word};
        }
        const auto named = constants_.find(std::string(tokens_.peek().text));
        if (named == constants_.end()) {
            const std::optional<Number> written = tokens_.accept_number();
            return written ? std::optional(Given{written->real()}) : std::nullopt;
        }
        tokens_.take();
        return Given{static_cast<double>(named->second)};
    }

    void argument() {
        if (!tokens_.is("=", 1)) {
            if (const std::optional<Given> given = number()) return numbers_.push_back(*given);
            if (!tokens_.is(Token::Form::name)) tokens_.fail("a value or an attribute");
            if (tokens_.is("(", 1)) return call_.operands.push_back(inner_call());
            const ValueId id = graph_.find(tokens_.peek().text);
            if (id < 0) {
                user_error(tokens_.here(), "{} is not the name of a value above; expected a value or an attribute",
                           tokens_.peek().text);
            }
            tokens_.take();
            return call_.operands.push_back(id);
        }
        std::string attribute = tokens_.expect_name("the name of an attribute");
        tokens_.expect("=");
        if (attribute == "over") {
            call_.over = Kind::named(tokens_.expect_name("a kind"));
            return;
        }
        const std::optional<Given> given = number();
        if (!given) tokens_.fail("a number");
        give(attribute, *given);
    }

    void give(const std::string& attribute, const Given& given) {
        if (!given.truth.empty()) truths_[attribute] = given.truth;
        if (!call_.attributes.emplace(attribute, given.number).second)
            user_error(call_.location, "{}: attribute {} is given twice", call_.op, attribute);
    }

    [[noreturn]] void refuse_numbers(const Op& op) const {
        const std::size_t takes = op.attributes.size(), given = numbers_.size();
        if (takes > 0) {
            user_error(call_.location, "{} takes {} number{}, but {} {} given", call_.op, takes, takes == 1 ? "" : "s", given,
                       given == 1 ? "is" : "are");
        }
        const auto row = std::ranges::find(kOperators, std::string_view(call_.op), &Pair::second);
        if (row == kOperators.end() || call_.operands.size() != 1 || given != 1)
            user_error(call_.location, "{} takes no numbers; an equation does, as in {}[i] = 2 * x[i]", call_.op, call_.result);
        const std::string x = graph_.value(call_.operands[0]).name, at = index_names(x);
        user_error(call_.location, "{0} takes no numbers; an equation does: {1}[{2}] = {3}[{2}] {4} {5}", call_.op,
                   call_.result, at, x, row->first, numbers_[0].number);
    }

    /// Truth values stand for elements of a bool alone.
    void check_truths(const Op& op) const {
        for (const auto& [name, truth] : truths_) {
            const auto attribute = std::ranges::find(op.attributes, name, &OpAttribute::name);
            const bool element = attribute != op.attributes.end() && attribute->element;
            if (!element) user_error(call_.location, "{}: {} is {}; a number is needed", call_.op, name, truth);
            if (call_.operands.empty()) return;
            const Value& first = graph_.value(call_.operands[0]);
            if (first.type.dtype == DType::boolean) continue;
            user_error(call_.location, "{}: {} is {}, but {} is {}; a number is needed", call_.op, name, truth, first.name,
                       name_of(first.type.dtype));
        }
    }

    void name_numbers() {
        const Op* op = op_named(call_.op);
        if (op == nullptr) return;
        if (numbers_.size() > op->attributes.size()) {
            refuse_numbers(*op);
        }
        for (std::size_t i = 0; i < numbers_.size(); ++i) give(op->attributes[i].name, numbers_[i]);
        check_truths(*op);
    }

    /// `y = x + x`, `y = -x`, `y = x`: what to write for it.
    [[noreturn]] void refuse_formula() const {
        const bool is_value = tokens_.is(Token::Form::name) && graph_.find(tokens_.peek().text) >= 0;
        const std::string x = is_value ? std::string(tokens_.peek().text) : "x";
        const auto* row = std::ranges::find(kOperators, tokens_.peek(is_value ? 1 : 0).text, &Pair::first);
        if (is_value && row != kOperators.end()) {
            const std::string other(tokens_.is(Token::Form::name, 2) ? tokens_.peek(2).text : "z");
            const std::string at = index_names(x), of_other = index_names(other);
            user_error(tokens_.here(),
                       "whole tensors take ops: {0} = {1}({2}, {3}); an equation is of elements: {0}[{4}] = {2}[{4}] {5} "
                       "{3}[{6}]",
                       call_.result, row->second, x, other, at, row->first, of_other);
        }
        if (is_value && (tokens_.is(Token::Form::newline, 1) || tokens_.is(Token::Form::end, 1))) {
            user_error(tokens_.here(),
                       "{0} = {1} would be a copy; output {0} = {1} puts {1} out under that name, and {0}[{2}] = {1}[{2}] "
                       "copies it",
                       call_.result, x, index_names(x));
        }
        if (tokens_.is("-") || tokens_.is(Token::Form::number) || tokens_.is("(")) {
            user_error(tokens_.here(),
                       "whole tensors take ops, as in {0} = neg(x) or {0} = add(x, z); an equation is of elements: {0}[i] = "
                       "2 * x[i]",
                       call_.result);
        }
        if (!tokens_.is(Token::Form::name)) tokens_.fail("the name of an op");
        tokens_.fail("'('", 1);
    }

    /// "b, c, y": indices with the usual names for the axes of a value; for another name "i".
    std::string index_names(std::string_view value) const {
        const ValueId id = graph_.find(value);
        if (id < 0) return "i";
        std::vector<std::string> names;
        for (const Axis& axis : graph_.value(id).type.axes) {
            const auto* row = std::ranges::find(kUsual, axis.kind.name(), &Pair::first);
            std::string name(row == kUsual.end() ? axis.kind.name() : row->second);
            const auto again = std::ranges::count_if(names, [&](const std::string& n) { return n.starts_with(name); });
            names.push_back(again == 0 ? name : fmt::format("{}{}", name, again + 1));
        }
        return fmt::format("{}", fmt::join(names, ", "));
    }

    Tokens& tokens_;
    Graph& graph_;
    const Constants& constants_;
    int depth_;
    OpCall call_{};
    std::vector<Given> numbers_{};
    std::map<std::string, std::string_view> truths_{};  // of attributes that a truth value is given for
};

}  // namespace

OpCall parse_op_call(Tokens& tokens, Graph& graph, const Constants& constants) {
    return CallParser(tokens, graph, constants).call();
}

}  // namespace ricci::ir
