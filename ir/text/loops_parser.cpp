// One statement a line: the loops over the result, then what is computed in them.
#include "ir/text/loops_parser.h"

#include <limits>

namespace ricci::ir {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

class LoopsParser {
  public:
    explicit LoopsParser(Tokens& tokens) : tokens_(tokens) {}

    WrittenLoops parse() {
        loops_.nest.location = tokens_.here();
        if (tokens_.accept("for")) {
            loops_.nest.outer = list();
            tokens_.expect(":");
            end_line();
        }
        if (starts("first")) {
            loops_.operand = value("a value that is computed first");
            end_line();
        }
        compute();
        if (starts("with")) {
            do loops_.alongside.push_back(value("a sum"));
            while (tokens_.accept(","));
            end_line();
        }
        while (starts("then")) {
            loops_.following.push_back(value("a value that is computed from the registers"));
            loops_.nest.following.push_back({-1, stored()});
            end_line();
        }
        if (loops_.following.empty()) loops_.nest.stored = true;
        return std::move(loops_);
    }

  private:
    bool starts(std::string_view word) {
        if (!tokens_.is(word) || !tokens_.is(Token::Form::name, 1)) return false;
        tokens_.take();
        return true;
    }

    void end_line() {
        tokens_.expect_line_end();
        tokens_.skip_newlines();
    }

    WrittenName value(std::string_view what) {
        const Location where = tokens_.here();
        return {tokens_.expect_name(what), where};
    }

    bool stored() {
        if (!tokens_.is(",") || !tokens_.is("stored", 1)) return false;
        tokens_.take();
        tokens_.take();
        return true;
    }

    void compute() {
        LoopNest& nest = loops_.nest;
        const bool turned = starts("transpose");
        if (!turned && !starts("compute"))
            tokens_.fail("`compute` or `transpose` and the value that these loops compute");
        loops_.result = value("the value that the loops compute");
        nest.stored = stored();
        if (nest.stored && !tokens_.is(Token::Form::newline)) tokens_.accept(",");
        if (turned) nest.form = LoopNest::Form::transpose;
        if (!turned && tokens_.accept("in")) {
            tokens_.expect("registers");
            nest.form = LoopNest::Form::register_tile;
        }
        if (tokens_.accept("over")) nest.inner = list();
        if (turned) {
            tokens_.expect("in");
            tokens_.expect("blocks");
            tokens_.expect("of");
            nest.lanes = static_cast<int>(tokens_.expect_integer("the rows of a block", 1, kMost));
        }
        if (tokens_.accept("predicted")) {
            nest.cycles = tokens_.expect_number("a number of cycles").real();
            tokens_.expect("cycles");
        }
        end_line();
    }

    std::vector<Loop> list() {
        std::vector<Loop> loops;
        do loops.push_back(loop());
        while (tokens_.accept(","));
        return loops;
    }

    Loop loop() {
        Loop made;
        made.look_up = word("lookup");
        made.unrolled = word("unrolled");
        made.vector = word("vector");
        made.indices = names();
        if (made.vector) {
            if (tokens_.accept("with")) made.pair = names();
            tokens_.expect("of");
            const Location where = tokens_.here();
            const auto lanes = static_cast<int>(tokens_.expect_integer("the lanes of a vector", 1, kMost));
            if (loops_.nest.lanes > 1 && loops_.nest.lanes != lanes)
                user_error(where, "vectors of {} and of {} lanes in the loops of one equation", loops_.nest.lanes, lanes);
            loops_.nest.lanes = lanes;
        }
        if (tokens_.accept("by")) made.by = tokens_.expect_integer("the points of a round", 1, kMost);
        return made;
    }

    /// A word before the name of an index, or before a run of them.
    bool word(std::string_view text) {
        if (!tokens_.is(text) || !(tokens_.is(Token::Form::name, 1) || tokens_.is("(", 1))) return false;
        // The name of an index, and then something about it.
        for (const std::string_view after : {"of", "by", "with", "predicted", "in"}) {
            if (tokens_.is(after, 1)) return false;
        }
        tokens_.take();
        return true;
    }

    std::vector<std::string> names() {
        std::vector<std::string> run;
        if (!tokens_.accept("(")) return {tokens_.expect_name("the name of an index")};
        do run.push_back(tokens_.expect_name("the name of an index"));
        while (tokens_.accept(","));
        tokens_.expect(")");
        return run;
    }

    Tokens& tokens_;
    WrittenLoops loops_;
};

}  // namespace

bool begins_loops(const Tokens& tokens) {
    if (tokens.is("for")) return tokens.is(Token::Form::name, 1) || tokens.is("(", 1);
    const bool verb = tokens.is("first") || tokens.is("compute") || tokens.is("transpose");
    return verb && tokens.is(Token::Form::name, 1);
}

WrittenLoops parse_loops(Tokens& tokens) { return LoopsParser(tokens).parse(); }

}  // namespace ricci::ir
