// Reads whole graphs: one statement a line, each understood with what stands above it. docs/language.md is the
// reference.
#include "ir/text/parser.h"

#include <algorithm>
#include <limits>
#include <set>

#include "ir/core/initial.h"
#include "ir/core/positions.h"
#include "ir/elaborate/elaborate.h"
#include "ir/ops/call/instantiate.h"
#include "ir/ops/optimizer_table.h"
#include "ir/surface/hints.h"
#include "ir/surface/lexer.h"
#include "ir/surface/surface_parser.h"
#include "ir/text/initial_parser.h"
#include "ir/text/loops_parser.h"
#include "ir/text/op_call_parser.h"
#include "ir/verify/verify.h"

namespace ricci::ir {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostBytes = std::int64_t{1} << 60;
constexpr int kVersion = 1;

class GraphParser {
  public:
    GraphParser(std::string_view text, std::string_view file) : tokens_(text, file, 1) {}

    Graph parse_graph();
    Training training_alone();

  private:
    void header();
    void statement();
    void declare(Role role, bool fixed = false);
    void result_type();
    void equation();
    void named_op();
    void slice();
    void constant();
    std::int64_t extent();
    void kernel();
    LoopNest nest(const WrittenLoops& written) const;
    void tile();
    void output();
    void update();
    void gradient();
    Settings settings();
    void optimizer();
    void train();
    Training training();
    void place();
    Placement::Scope scope();
    void arena();
    void batch();

    TensorType type(Value* ids = nullptr);
    std::string new_value_name(std::string_view what);
    ValueId value(std::string_view what);
    void new_result_name(const Location& where, std::string_view name) const;
    bool keyword(std::string_view word);
    void finish_equations(std::size_t first);

    Tokens tokens_;
    Graph graph_;
    std::set<ValueId> written_{};
    std::optional<OptimizerRule> rule_{};
    Scope scope_{};         // the constants that `let` names
    KernelId kernel_ = -1;  // the kernel around this place, -1 for none
    TileId tile_ = -1;      // the tile around it
};

Graph GraphParser::parse_graph() {
    tokens_.skip_newlines();
    header();
    for (tokens_.skip_newlines(); !tokens_.at_end(); tokens_.skip_newlines()) {
        Location where = tokens_.here();
        try {
            statement();
        } catch (const UserError& error) {
            // What knows nothing of the text (sizes, kinds) names no line.
            if (std::string_view(error.what()).starts_with(where.file + ":")) throw;
            throw UserError(where.prefix() + error.what());
        }
    }
    if (rule_ && !graph_.training)
        user_error(tokens_.here(), "optimizer {} trains nothing; add: train LOSS with {}(learning_rate = 0.05)", rule_->name,
                   rule_->name);
    std::vector<Violation> broken = violations(graph_);
    if (!broken.empty()) user_error(broken.front().location, "{}", broken.front().text);
    if (graph_.training) {
        check_training(*graph_.training, graph_.training->location);
        if (graph_.training->gradients.empty()) check_trained(graph_, graph_.training->location);
    }
    return std::move(graph_);
}

Training GraphParser::training_alone() {
    Training found = training();
    tokens_.expect_line_end();
    return found;
}

void GraphParser::header() {
    if (!tokens_.accept("ricci")) tokens_.fail("the first line of a graph, as in: ricci 1 model lenet5");
    tokens_.expect_integer("the version of the text", kVersion, kVersion);
    std::optional<Stage> stage = stage_named(tokens_.peek().text);
    if (!stage) tokens_.fail("a stage: model, step, lowered, kernels, loops or planned");
    graph_.stage = *stage;
    tokens_.take();
    if (tokens_.is(Token::Form::name)) graph_.name = tokens_.take().text;
    tokens_.expect_line_end();
}

/// A word opens a statement when a name or a number follows; else it is the name of a value.
bool GraphParser::keyword(std::string_view word) {
    bool opens = tokens_.is(word) && (tokens_.is(Token::Form::name, 1) || tokens_.is(Token::Form::number, 1));
    if (opens) tokens_.take();
    return opens;
}

void GraphParser::statement() {
    if (keyword("input")) return declare(Role::input);
    if (keyword("parameter")) return declare(Role::parameter);
    if (keyword("state")) return declare(Role::state);
    if (keyword("constant")) return declare(Role::state, true);
    if (keyword("output")) return output();
    if (keyword("update")) return update();
    if (keyword("gradient")) return gradient();
    if (keyword("optimizer")) return optimizer();
    if (keyword("train")) return train();
    if (keyword("kernel")) return kernel();
    if (keyword("tile")) return tile();
    if (keyword("place")) return place();
    if (keyword("arena")) return arena();
    if (keyword("batch")) return batch();
    if (keyword("let")) return constant();
    if (!tokens_.is(Token::Form::name)) tokens_.fail("a statement");
    if (tokens_.is(",", 1)) user_error(tokens_.here(), "found ',', but a statement makes one value; {}", op_written_as("split"));
    if (tokens_.is(":", 1)) return result_type();
    if (tokens_.is("=", 1)) return tokens_.is("[", 3) ? slice() : named_op();
    equation();
}

// Names and types

std::string GraphParser::new_value_name(std::string_view what) {
    if (tokens_.is(Token::Form::name) && graph_.find(tokens_.peek().text) >= 0) {
        const ValueId known = graph_.find(tokens_.peek().text);
        if (written_.contains(known))
            user_error(tokens_.here(), "{} has its equation above already; its type stands before it", tokens_.peek().text);
        user_error(tokens_.here(), "{} is declared twice", tokens_.peek().text);
    }
    return tokens_.expect_name(what);
}

/// A value that stands above.
ValueId GraphParser::value(std::string_view what) {
    if (!tokens_.is(Token::Form::name)) tokens_.fail(what);
    ValueId id = graph_.find(tokens_.peek().text);
    if (id < 0) {
        const std::string_view name = tokens_.peek().text;
        if (std::ranges::find(graph_.gradients, name, &GradientRequest::name) != graph_.gradients.end())
            user_error(tokens_.here(), "{}", unread_gradient(name));
        user_error(tokens_.here(), "{} is not the name of a value above; expected {}", name, what);
    }
    tokens_.take();
    return id;
}

/// Where `ids` is given, the element type may say what its integers are the positions of: i32<class 10>[batch ?]. It may
/// say which other one is ignored, too: i32<class 10 or -100>[batch ?].
TensorType GraphParser::type(Value* ids) {
    Location where = tokens_.here();
    std::optional<DType> dtype = dtype_named(tokens_.peek().text);
    if (!dtype) tokens_.fail("an element type: f32, f64, i32, i64, bool or bf16");
    tokens_.take();
    TensorType type{*dtype, {}};
    if (ids != nullptr && tokens_.accept("<")) {
        if (!is_integer(*dtype)) user_error(where, "{} numbers no positions; i32 and i64 do", name_of(*dtype));
        const Kind kind = Kind::named(tokens_.expect_name("the kind of the positions, as in: i32<class 10>"));
        const bool open = kind == kinds::batch() && tokens_.accept("?");
        ids->numbers = Axis{kind, open ? kOpen : tokens_.expect_integer("how many positions there are", 1, kLargest)};
        if (!open && tokens_.accept("or")) {
            ids->ignored = tokens_.expect_integer("the id that is ignored", -kLargest, kLargest);
            if (*ids->ignored >= 0 && *ids->ignored < ids->numbers->extent)
                user_error(where, "{} is one of {}; an id that is ignored beside them is none", *ids->ignored, to_string(*ids->numbers));
        }
        tokens_.expect(">");
    }
    tokens_.expect("[");
    while (!tokens_.accept("]")) {
        if (!type.axes.empty() && !tokens_.accept(",")) tokens_.fail("',' or ']' after an axis");
        std::string kind = tokens_.expect_name("the kind of an axis, as in: height 28");
        const std::int64_t positions = tokens_.accept("?") ? kOpen : extent();
        if (positions == kOpen && kind != kinds::batch().name()) {
            user_error(where, "axis {} ? of a type: only a batch axis may be open", kind);
        }
        type.axes.push_back({Kind::named(kind), positions});
    }
    type.count();
    return type;
}

// Statements

void GraphParser::declare(Role role, bool fixed) {
    Value value;
    value.location = tokens_.here();
    value.role = role;
    value.fixed = fixed;
    value.name = new_value_name(fmt::format("the name of the {}", fixed ? "constant" : name_of(role)));
    tokens_.expect(":");
    value.type = type(role == Role::input || fixed ? &value : nullptr);
    if (role != Role::input && tokens_.accept("=")) {
        value.initial = parse_initializer(tokens_, value.type, value.numbers);
        const bool same = value.initial->form == Initializer::Form::constant;
        if (auto why = misfit(value.initial->a, value.type.dtype); why && same) {
            user_error(value.location, "{}: {}", value.name, *why);
        }
    }
    if (fixed && !value.initial) {
        user_error(value.location, "constant {} has no value; give a number, or a table such as = {{1, 2, 1}}", value.name);
    }
    if (auto why = why_no_beginning(value))
        user_error(value.location, "{} {}: {}", fixed ? "constant" : name_of(role), value.name, *why);
    if (fixed && value.numbers) {
        if (auto why = why_no_positions(value, value.numbers->extent))
            user_error(value.location, "constant {} numbers {}, but {}", value.name, to_string(*value.numbers), *why);
    }
    tokens_.expect_line_end();
    graph_.add(std::move(value));
}

void GraphParser::result_type() {
    Value value;
    value.location = tokens_.here();
    value.name = new_value_name("the name of a result");
    tokens_.expect(":");
    value.type = type();
    tokens_.expect_line_end();
    graph_.add(std::move(value));
}

/// Equations from place `first` on are new: they belong to the block around them.
void GraphParser::finish_equations(std::size_t first) {
    for (std::size_t i = first; i < graph_.equations.size(); ++i) {
        graph_.equations[i].kernel = kernel_;
        graph_.equations[i].tile = tile_;
        written_.insert(graph_.equations[i].result);
    }
    tokens_.expect_line_end();
}

void GraphParser::equation() {
    std::size_t first = graph_.equations.size();
    surface::Equation written = parse_equation(tokens_);
    ValueId result = graph_.find(written.result);
    if (result >= 0 && (graph_.value(result).role != Role::temporary || written_.contains(result))) {
        std::string_view role = written_.contains(result) ? "already written" : name_of(graph_.value(result).role);
        user_error(written.location, "{} ({}) cannot be written here; an equation needs a result of its own",
                   written.result, role);
    }
    elaborate(graph_, written, scope_);
    finish_equations(first);
}

/// result = value[0, X, Y]
void GraphParser::slice() {
    const std::size_t first = graph_.equations.size();
    std::set<std::string> constants;
    for (const auto& [name, number] : scope_.constants) constants.insert(name);
    const surface::Equation written = parse_slice(tokens_, constants);
    if (graph_.find(written.result) >= 0) user_error(written.location, "{} is declared twice", written.result);
    elaborate(graph_, written, scope_);
    finish_equations(first);
}

/// let s = 2
void GraphParser::constant() {
    const Location where = tokens_.here();
    const std::string name = new_value_name("the name of a constant");
    tokens_.expect("=");
    const std::int64_t number = tokens_.expect_integer("what the constant is", -kLargest, kLargest);
    if (!scope_.constants.emplace(name, number).second) user_error(where, "constant {} is declared twice", name);
    tokens_.expect_line_end();
}

/// An extent of an axis: a number, or the name of a constant.
std::int64_t GraphParser::extent() {
    const auto constant = scope_.constants.find(std::string(tokens_.peek().text));
    if (constant == scope_.constants.end()) return tokens_.expect_integer("the extent of an axis", 1, kLargest);
    if (constant->second < 1)
        user_error(tokens_.here(), "constant {} is {}; an extent is at least 1", constant->first, constant->second);
    tokens_.take();
    return constant->second;
}

/// result = op(value, ..., attribute = number, over = kind)
void GraphParser::named_op() {
    std::size_t first = graph_.equations.size();
    OpCall call = parse_op_call(tokens_, graph_, scope_.constants);
    instantiate(graph_, call);
    finish_equations(first);
}

/// kernel name(b, y) [split b [by 64]] { loops and equations }
void GraphParser::kernel() {
    Location where = tokens_.here();
    KernelGroup group{.name = tokens_.expect_name("the name of the kernel"), .loops = {}};
    if (std::ranges::find(graph_.kernels, group.name, &KernelGroup::name) != graph_.kernels.end()) {
        user_error(where, "kernel {} is declared twice", group.name);
    }
    tokens_.expect("(");
    while (!tokens_.accept(")")) {
        if (!group.loops.empty() && !tokens_.accept(",")) tokens_.fail("',' or ')' after an index");
        group.loops.push_back(tokens_.expect_name("the name of an index"));
    }
    if (tokens_.accept("split")) {
        group.split = tokens_.expect_name("the index that threads split");
        if (tokens_.accept("by")) group.split_by = tokens_.expect_integer("the rounds of one call", 1, kLargest);
    }
    tokens_.expect("{");
    if (!tokens_.is(Token::Form::newline)) tokens_.fail("the end of the line");
    kernel_ = graph_.kernels.next();
    graph_.kernels.push_back(std::move(group));
    std::vector<WrittenLoops> loops;
    for (tokens_.skip_newlines(); !tokens_.accept("}"); tokens_.skip_newlines()) {
        if (!tokens_.is(Token::Form::name)) tokens_.fail("an equation or '}'");
        if (begins_loops(tokens_)) {
            loops.push_back(parse_loops(tokens_));
        } else if (tokens_.is(":", 1)) {
            result_type();
        } else {
            equation();
        }
    }
    for (WrittenLoops& written : loops) graph_.kernels[kernel_].nests.push_back(nest(written));
    kernel_ = -1;
    tokens_.expect_line_end();
}

/// Loops whose equations have been read.
LoopNest GraphParser::nest(const WrittenLoops& written) const {
    const auto id = [&](const WrittenName& name) {
        const ValueId found = graph_.find(name.name);
        if (found < 0) user_error(name.where, "no equation of this kernel computes {}", name.name);
        return found;
    };
    LoopNest nest = written.nest;
    nest.result = id(written.result);
    if (!written.operand.name.empty()) nest.operand = id(written.operand);
    for (const WrittenName& sum : written.alongside) nest.alongside.push_back(id(sum));
    for (std::size_t i = 0; i < written.following.size(); ++i) nest.following[i].result = id(written.following[i]);
    return nest;
}

/// tile name(16) { kernels and equations }
void GraphParser::tile() {
    Location where = tokens_.here();
    BatchTile tile{.name = tokens_.expect_name("the name of the tile"), .samples = 1};
    if (std::ranges::find(graph_.tiles, tile.name, &BatchTile::name) != graph_.tiles.end()) {
        user_error(where, "tile {} is declared twice", tile.name);
    }
    tokens_.expect("(");
    tile.samples = tokens_.expect_integer("the number of samples that run at a time", 1, kLargest);
    tokens_.expect(")");
    tokens_.expect("{");
    if (!tokens_.is(Token::Form::newline)) tokens_.fail("the end of the line");
    tile_ = graph_.tiles.next();
    graph_.tiles.push_back(std::move(tile));
    for (tokens_.skip_newlines(); !tokens_.accept("}"); tokens_.skip_newlines()) {
        if (!tokens_.is(Token::Form::name)) tokens_.fail("a kernel, an equation or '}'");
        if (keyword("kernel")) {
            kernel();
        } else if (tokens_.is(":", 1)) {
            result_type();
        } else {
            equation();
        }
    }
    tile_ = -1;
    tokens_.expect_line_end();
}

/// Gradients are outputs, too.
void GraphParser::new_result_name(const Location& where, std::string_view name) const {
    const bool taken = std::ranges::find(graph_.outputs, name, &Output::name) != graph_.outputs.end() ||
                       std::ranges::find(graph_.gradients, name, &GradientRequest::name) != graph_.gradients.end();
    if (taken) user_error(where, "a second output {}; outputs and gradients have names of their own", name);
}

void GraphParser::output() {
    const Location where = tokens_.here();
    bool renamed = tokens_.is("=", 1);
    std::string name(tokens_.peek().text);
    if (renamed) tokens_.take(), tokens_.take();
    new_result_name(where, name);
    graph_.outputs.push_back({std::move(name), value("a value to put out")});
    tokens_.expect_line_end();
}

void GraphParser::update() {
    const Location where = tokens_.here();
    ValueId target = value("the parameter or state to update");
    tokens_.expect("=");
    graph_.updates.push_back({target, value("the new value"), where});
    tokens_.expect_line_end();
}

/// gradient name = d of / d by
void GraphParser::gradient() {
    const Location where = tokens_.here();
    std::string name = tokens_.expect_name("the name of the gradient");
    new_result_name(where, name);
    tokens_.expect("=");
    tokens_.expect("d");
    ValueId of = value("a scalar");
    tokens_.expect("/");
    tokens_.expect("d");
    graph_.gradients.push_back({std::move(name), of, value("a value"), where});
    tokens_.expect_line_end();
}

/// (momentum = 0.9, nesterov = 1)
Settings GraphParser::settings() {
    Settings found;
    tokens_.expect("(");
    while (!tokens_.accept(")")) {
        if (!found.empty() && !tokens_.accept(",")) tokens_.fail("',' or ')' after a setting");
        std::string setting = tokens_.expect_name("the name of a setting");
        tokens_.expect("=");
        found.emplace_back(std::move(setting), tokens_.expect_number("a number").real());
    }
    return found;
}

/// optimizer mine(beta = 0.9) { lines }
void GraphParser::optimizer() {
    if (rule_) user_error(tokens_.here(), "a second optimizer; a graph has one");
    OptimizerRule rule{.name = tokens_.expect_name("the name of the optimizer"), .settings = {}, .lines = {}};
    rule.settings = settings();
    tokens_.expect("{");
    for (tokens_.skip_newlines(); !tokens_.accept("}"); tokens_.skip_newlines()) {
        if (tokens_.at_end()) tokens_.fail("a line of the optimizer, or '}'");
        const Location where = tokens_.here();
        rule.lines.push_back({tokens_.take_line(), where});
    }
    if (rule.lines.empty())
        user_error(tokens_.here(), "optimizer {} has no lines; one says what w.next is, the parameter after a step", rule.name);
    rule_ = std::move(rule);
    tokens_.expect_line_end();
}

/// train loss with sgd(learning_rate = 0.05)[ except bias(weight_decay = 0), ...][ schedule cosine(steps = 1000)]
/// [ stepping w by d.w, ...]
void GraphParser::train() {
    const Location where = tokens_.here();
    if (graph_.training) user_error(tokens_.here(), "a second train statement; a graph has one");
    const ValueId loss = value("the loss");
    tokens_.expect("with");
    graph_.training = training();
    graph_.training->loss = loss;
    graph_.training->location = where;
    tokens_.expect_line_end();
}

/// sgd(learning_rate = 0.05)[ except ...][ schedule ...][ stepping ...]
Training GraphParser::training() {
    Training training{.loss = -1, .optimizer = {}, .options = {}};
    training.optimizer = tokens_.expect_name("the name of an optimizer, as in: sgd(learning_rate = 0.05)");
    if (rule_) {
        if (rule_->name != training.optimizer)
            user_error(tokens_.here(), "optimizer {} stands above, but {} is asked for", rule_->name, training.optimizer);
        training.rule = rule_;
    }
    training.options = settings();
    if (tokens_.accept("except")) {
        do {
            std::string part = tokens_.expect_name("a part of the parameters' names, such as bias");
            training.groups.push_back({std::move(part), settings()});
        } while (tokens_.accept(","));
    }
    if (tokens_.accept("schedule")) {
        std::string name = tokens_.expect_name("the name of a schedule, as in: cosine(warm_up = 500)");
        training.schedule = RateSchedule{std::move(name), settings()};
    }
    if (tokens_.accept("stepping")) {
        do {
            const ValueId parameter = value("a parameter");
            tokens_.expect("by");
            training.gradients.push_back({parameter, value("its gradient")});
        } while (tokens_.accept(","));
    }
    return training;
}

/// place name at offset, bytes [per sample | per pair | per thread | per chunk], live first..last[, shares other]
void GraphParser::place() {
    Location where = tokens_.here();
    ValueId placed = value("a value to place");
    if (graph_.value(placed).placement) user_error(where, "{} is placed twice", graph_.value(placed).name);
    Placement place;
    tokens_.expect("at");
    place.offset = tokens_.expect_integer("an offset in bytes", 0, kMostBytes);
    tokens_.expect(",");
    place.bytes = tokens_.expect_integer("a number of bytes", 0, kMostBytes);
    tokens_.expect("bytes");
    if (tokens_.accept("per")) place.scope = scope();
    tokens_.expect(",");
    tokens_.expect("live");
    std::int64_t last = std::max<std::int64_t>(std::ssize(graph_.equations) - 1, 0);
    place.first = EquationId(tokens_.expect_integer("the equation that writes it", 0, last));
    tokens_.expect("..");
    place.last = EquationId(tokens_.expect_integer("the equation that last reads it", 0, last));
    if (tokens_.accept(",")) {
        tokens_.expect("shares");
        place.shares = value("the value whose storage it has");
    }
    graph_.value(placed).placement = place;
    tokens_.expect_line_end();
}

/// What stands behind "per".
Placement::Scope GraphParser::scope() {
    if (tokens_.accept("sample")) return Placement::Scope::per_sample;
    if (tokens_.accept("pair")) return Placement::Scope::per_pair;
    if (tokens_.accept("thread")) return Placement::Scope::per_thread;
    if (tokens_.accept("chunk")) return Placement::Scope::per_chunk;
    tokens_.fail("sample, pair, thread or chunk");
}

/// arena 1024 bytes + 4096 per sample [+ 16 per pair] [+ 65536 per thread + 256 per chunk]
void GraphParser::arena() {
    auto bytes = [&] { return tokens_.expect_integer("a number of bytes", 0, kMostBytes); };
    auto part = [&](std::string_view of) {
        std::int64_t amount = bytes();
        tokens_.expect("per");
        tokens_.expect(of);
        return amount;
    };
    graph_.arena_fixed = bytes();
    tokens_.expect("bytes");
    tokens_.expect("+");
    graph_.arena_per_sample = part("sample");
    bool more = tokens_.accept("+");
    if (more && tokens_.is("pair", 2)) {
        graph_.arena_per_pair = part("pair");
        more = tokens_.accept("+");
    }
    if (more) {
        graph_.arena_per_thread = part("thread");
        tokens_.expect("+");
        graph_.arena_per_chunk = part("chunk");
    }
    tokens_.expect_line_end();
}

/// batch 64
void GraphParser::batch() {
    if (graph_.fixed_batch != 0) user_error(tokens_.here(), "a second batch statement; a graph has one");
    graph_.fixed_batch = tokens_.expect_integer("the samples of every call", 1, kLargest);
    tokens_.expect_line_end();
}

}  // namespace

Graph parse(std::string_view text, std::string_view file) {
    return GraphParser(text, file).parse_graph();
}

Training parse_training(std::string_view text, std::string_view file) {
    return GraphParser(text, file).training_alone();
}

}  // namespace ricci::ir
