// Every scalar function and conversion, on every element type, at the bounds of the type, against docs/language.md.
// Machine code and interpreter give the values stated there. The code is of two instruction sets, in vectors and in
// tails, with literals and without, folded or not.
#include "tests/codegen/numbers.h"

#include <gtest/gtest.h>

#include <map>

#include "codegen/compile.h"
#include "ir/interpret/interpreter.h"
#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/cleanup/fold.h"
#include "tests/loops.h"

namespace ricci::testing {
namespace {

using Types = ir::ScalarInfo::Types;

bool takes(Types types, DType dtype) {
    switch (types) {
        case Types::same:
            return dtype != boolean;
        case Types::real:
            return is_float(dtype);
        case Types::logical:
            return dtype == boolean;
        case Types::bits:
            return is_integer(dtype);
        case Types::integer:
            return false;  // of three arguments: Philox.*, Dropout.BitsAreThoseOfTheReferenceOnEachTarget
        default:
            return true;
    }
}

/// An equation: its function, or a conversion, and where a literal stands.
struct Case {
    const ir::ScalarInfo* function = nullptr;
    DType to = f32;    // of a conversion
    int literal = -1;  // the argument that is one
    std::size_t number = 0;
};

/// Literals: enough for each rule of the folding.
template <typename T>
std::vector<T> literals() {
    if constexpr (std::is_floating_point_v<T>) {
        using Limits = std::numeric_limits<T>;
        return {T(0), -T(0), T(1), T(-1), T(2), T(3), Limits::infinity(), Limits::quiet_NaN(), Limits::max(),
                Limits::denorm_min()};
    } else {
        return bounds<T>();
    }
}

template <typename T>
class Numbers : public ::testing::Test {
  protected:
    Numbers() {
        text_ = fmt::format("ricci 1 model numbers\ninput a: {0}[batch ?]\ninput b: {0}[batch ?]\ninput c: bool[batch ?]\n",
                            name_of(dtype_of<T>()));
        for (const ir::ScalarInfo& function : ir::scalars()) {
            if (!takes(function.types, dtype_of<T>())) continue;
            add({.function = &function});
            for (std::size_t i = 0; i < literals<T>().size(); ++i) {
                add({.function = &function, .literal = 0, .number = i});
                if (function.arity == 2) add({.function = &function, .literal = 1, .number = i});
            }
        }
        for (DType to : {f32, f64, i32, i64, boolean}) add({.to = to});
        const bool one[] = {false, true};
        for (T a : bounds<T>()) {
            for (T b : bounds<T>()) {
                a_.push_back(a);
                b_.push_back(b);
                c_.push_back(one[a_.size() % 3 == 0]);
            }
        }
    }

    void add(const Case& added) {
        cases_.push_back(added);
        std::string value;
        DType dtype = added.to;
        if (added.function == nullptr) {
            value = fmt::format("{}(a[i])", name_of(added.to));
        } else {
            const ir::ScalarInfo& f = *added.function;
            const std::string literal = spelt<T>(literals<T>()[added.number]);
            const std::string first = added.literal == 0 ? literal : "a[i]";
            const std::string second = added.literal == 1 ? literal : "b[i]";
            value = f.types == Types::select
                        ? fmt::format("select(c[i], {}, {})", first, second)
                        : fmt::format("{}({}{})", f.name, first, f.arity == 1 ? "" : ", " + second);
            dtype = f.types == Types::comparison ? boolean : dtype_of<T>();
        }
        const std::size_t number = cases_.size() - 1;
        text_ += fmt::format("y{0}: {1}[batch ?]\ny{0}[i] = {2}\noutput y{0}\n", number, name_of(dtype), value);
    }

    ir::Graph graph(bool folded) const {
        ir::Graph graph = ir::parse(text_);
        for (ir::Equation& equation : graph.equations) {
            if (folded) equation.body = passes::fold(equation.body);
        }
        return graph;
    }

    /// Calls visit with the type of the case's result.
    template <typename Visit>
    void with_type(const Case& c, Visit visit) const {
        const bool truth = c.function != nullptr && c.function->types == Types::comparison;
        switch (c.function == nullptr ? c.to : truth ? boolean : dtype_of<T>()) {
            case DType::f32:
                return visit(float());
            case DType::f64:
                return visit(double());
            case DType::i32:
                return visit(std::int32_t());
            case DType::i64:
                return visit(std::int64_t());
            case DType::boolean:
                return visit(bool());
            case DType::bf16:
                break;  // nothing is computed in it
        }
    }

    template <typename R>
    Exact<R> expected(const Case& c, std::size_t i) const {
        if (c.function == nullptr) return {converted<R>(a_[i])};
        const T literal = literals<T>()[c.number];
        const T a = c.literal == 0 ? literal : a_[i];
        const T b = c.literal == 1 ? literal : b_[i];
        if (c.function->types == Types::comparison) return {R(compared(std::string(c.function->name), a, b))};
        if constexpr (std::is_same_v<R, T>) {
            if (c.function->types == Types::select) return {c_[i] ? a : b};
            return exact(std::string(c.function->name), a, b);
        }
        return {};
    }

    template <typename R>
    void check(std::size_t number, std::size_t i, R got, const Exact<R>& wanted, const std::string& by) {
        ++checked_;
        if (is_exact(got, wanted)) return;
        const ir::Graph written = graph(false);
        ADD_FAILURE() << by << ": " << ir::print(written, written.equations[number]) << " with a = " << spelt<T>(a_[i])
                      << ", b = " << spelt<T>(b_[i]) << " is " << spelt(got) << ", expected " << spelt(wanted.value);
    }

    /// Elements from `first` on, `count` of them, in one call.
    void run(runtime::Executable& program, std::size_t first, std::size_t count, const std::string& by) {
        const std::vector<std::int64_t> extents = {static_cast<std::int64_t>(count)};
        runtime::Buffer a({"a", dtype_of<T>(), {}, extents});
        runtime::Buffer b({"b", dtype_of<T>(), {}, extents});
        runtime::Buffer c({"c", boolean, {}, extents});
        for (std::size_t i = 0; i < count; ++i) {
            a.template span<T>()[i] = a_[first + i];
            b.template span<T>()[i] = b_[first + i];
            c.span<bool>()[i] = c_[first + i];
        }
        const std::vector<runtime::Binding> bindings = {
            runtime::Binding::of("a", a), runtime::Binding::of("b", b), runtime::Binding::of("c", c)};
        runtime::ThreadTeam team(1);
        program.run(bindings, team);
        for (std::size_t number = 0; number < cases_.size() && !this->HasFailure(); ++number) {
            with_type(cases_[number], [&]<typename R>(R) {
                const auto got = program.output(fmt::format("y{}", number)).template span<R>();
                for (std::size_t i = 0; i < count; ++i) {
                    check<R>(number, first + i, got[i], expected<R>(cases_[number], first + i), by);
                }
            });
        }
    }

    void run_machine_code(const codegen::Target& target, bool folded) {
        runtime::Executable program = codegen::compile(test::with_loops(graph(folded), target), {.target = target, .threads = 1});
        const std::string by = fmt::format("{} bytes a vector{}", target.vector_bytes, folded ? ", folded" : "");
        run(program, 0, a_.size(), by);
        constexpr std::size_t kTail = 3;  // fewer than a vector holds
        for (std::size_t i = 0; i < a_.size(); i += kTail) {
            run(program, i, std::min(kTail, a_.size() - i), by + ", tails");
        }
    }

    void run_interpreter(bool folded) {
        auto array = [&]<typename E>(const std::vector<E>& from) {
            ir::Array to{{static_cast<std::int64_t>(from.size())}, {}};
            for (E element : from) {
                to.elements.push_back(static_cast<double>(element));
                if (std::is_integral_v<E>) to.integers.push_back(static_cast<std::int64_t>(element));
            }
            return to;
        };
        const ir::Arrays got =
            ir::interpret(graph(folded), {{"a", array(a_)}, {"b", array(b_)}, {"c", array(c_)}});
        for (std::size_t number = 0; number < cases_.size(); ++number) {
            const ir::Array& y = got.at(fmt::format("y{}", number));
            with_type(cases_[number], [&]<typename R>(R) {
                for (std::size_t i = 0; i < a_.size(); ++i) {
                    Exact<R> wanted = expected<R>(cases_[number], i);
                    wanted.ulps = std::max(wanted.ulps, sizeof(R) == 4 ? 1.0 : 0.0);  // f32 is rounded here
                    const R element = std::is_integral_v<R> ? static_cast<R>(y.integers[i])
                                                            : static_cast<R>(y.elements[i]);
                    check<R>(number, i, element, wanted, folded ? "interpreter, folded" : "interpreter");
                }
            });
        }
    }

    std::string text_;
    std::vector<Case> cases_;
    std::vector<T> a_, b_;
    std::vector<char> c_;
    std::size_t checked_ = 0;
};

using ElementTypes = ::testing::Types<float, double, std::int32_t, std::int64_t, bool>;
TYPED_TEST_SUITE(Numbers, ElementTypes);

TYPED_TEST(Numbers, EveryFunctionIsAsTheLanguageSaysAtTheBounds) {
    for (bool folded : {false, true}) {
        this->run_interpreter(folded);
        for (const codegen::Target& target : {codegen::Target::host(), codegen::Target::named("avx2")}) {
            this->run_machine_code(target, folded);
        }
    }
    this->RecordProperty("results", std::to_string(this->checked_));
    constexpr std::size_t kWays = 2 * (1 + 2 * 2);  // folded or not: the interpreter; two targets, at once and in tails
    EXPECT_EQ(this->checked_, kWays * this->cases_.size() * this->a_.size());
}

}  // namespace
}  // namespace ricci::testing
