// Scalar expressions to LLVM instructions, on vectors or scalars alike.
#include "codegen/emit/body.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <map>

#include "codegen/emit/reduction.h"

namespace ricci::codegen {
namespace {

using ir::Expr;
using ir::ExprRef;
using ir::Scalar;
using llvm::Value;

class BodyEmitter {
  public:
    BodyEmitter(Emitter& e, const ir::Nest& nest, const Point& point, const Lanes& lanes)
        : e_(e), b_(e.builder), nest_(nest), point_(point), lanes_(lanes), loaded_(nest.reads.size(), nullptr) {}

    /// Takes the values of the reads that are given instead of loading them.
    void give(const std::vector<Value*>& reads) { loaded_ = reads; }
    void give(std::size_t read, Value* value) { loaded_[read] = value; }
    void give(const Expr& part, Value* value) { known_[&part] = value; }

    Value* evaluate(const ExprRef& expr) { return evaluate(*expr); }
    Value* evaluate(const Expr& expr) {
        if (auto known = known_.find(&expr); known != known_.end()) return known->second;
        return known_[&expr] = fresh(expr);
    }

  private:
    Value* fresh(const Expr& expr) {
        switch (expr.form) {
            case Expr::Form::constant:
                return constant(expr);
            case Expr::Form::access:
                return read(expr);
            case Expr::Form::index:
                return number(expr.affine);
            case Expr::Form::extent: {
                const std::int64_t extent = nest_.equation->indices[expr.affine.bare()].extent;
                return extent == ir::kOpen ? e_.whole_batch() : e_.integer(extent);
            }
            case Expr::Form::call:
                return call(expr);
            case Expr::Form::cast:
                return cast(evaluate(expr.args[0]), expr.args[0]->dtype, expr.dtype);
        }
        return nullptr;
    }

    Value* constant(const Expr& expr) {
        llvm::Type* type = e_.register_type(expr.dtype);
        if (is_float(expr.dtype)) return llvm::ConstantFP::get(type, expr.number.real());
        return llvm::ConstantInt::getSigned(type, expr.number.integer());
    }

    Value* read(const Expr& expr) {
        // Reads are numbered by first appearance in the body, as plan_nest lists them.
        std::size_t number = position_of(expr.access);
        if (loaded_[number] == nullptr) {
            loaded_[number] = load(e_, nest_, nest_.reads[number], expr.access.pad.value_or(0), point_, lanes_);
        }
        return loaded_[number];
    }

    std::size_t position_of(const ir::Access& access) {
        if (seen_.empty()) {
            for (const ir::Access* other : ir::accesses(nest_.equation->body)) {
                bool known = false;
                for (const ir::Access* earlier : seen_) known |= *earlier == *other;
                if (!known) seen_.push_back(other);
            }
        }
        std::size_t number = 0;
        while (!(*seen_[number] == access)) ++number;
        return number;
    }

    /// Wraps: an index may be any number of the body, unlike an address.
    Value* number(const ir::Affine& affine) {
        Value* sum = e_.integer(affine.offset);
        for (const ir::Affine::Term& term : affine.terms) {
            ir::LevelId level = nest_.level_of(term.index);
            if (level < 0) continue;  // an index of extent 1 is always 0
            Value* at = level_number(e_, nest_, level, point_, lanes_);
            Value* scaled =
                binary(at, e_.integer(term.coefficient), [&](Value* x, Value* y) { return b_.CreateMul(x, y); });
            sum = binary(sum, scaled, [&](Value* x, Value* y) { return b_.CreateAdd(x, y); });
        }
        return sum;
    }

    /// Applies `emit` to two values, repeating a scalar when the other is a vector.
    template <typename Emit>
    Value* binary(Value* x, Value* y, Emit emit) {
        if (x->getType()->isVectorTy() != y->getType()->isVectorTy()) {
            x = spread(e_, x, lanes_.width);
            y = spread(e_, y, lanes_.width);
        }
        return emit(x, y);
    }

    Value* call(const Expr& expr) {
        std::vector<Value*> values;
        for (const ExprRef& arg : expr.args) values.push_back(evaluate(arg));
        const auto is_vector = [](const Value* value) { return value->getType()->isVectorTy(); };
        if (std::ranges::any_of(values, is_vector)) {
            // One truth value may choose between vectors.
            const std::size_t first = expr.function == Scalar::select ? 1 : 0;
            for (std::size_t i = first; i < values.size(); ++i) values[i] = spread(e_, values[i], lanes_.width);
        }
        return e_.call(e_, expr.function, values);
    }

    Value* cast(Value* x, DType from, DType to) {
        llvm::Type* type = e_.register_type(to);
        if (auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(x->getType())) {
            type = llvm::FixedVectorType::get(type, vector->getNumElements());
        }
        if (to == boolean) {
            llvm::Constant* zero = llvm::Constant::getNullValue(x->getType());
            return is_float(from) ? b_.CreateFCmpUNE(x, zero) : b_.CreateICmpNE(x, zero);
        }
        if (is_float(from) && is_float(to)) return b_.CreateFPCast(x, type);
        if (is_float(from)) return b_.CreateIntrinsic(llvm::Intrinsic::fptosi_sat, {type, x->getType()}, {x});
        if (from == boolean) return is_float(to) ? b_.CreateUIToFP(x, type) : b_.CreateZExt(x, type);
        return is_float(to) ? b_.CreateSIToFP(x, type) : b_.CreateSExtOrTrunc(x, type);
    }

    Emitter& e_;
    llvm::IRBuilderBase& b_;
    const ir::Nest& nest_;
    const Point& point_;
    const Lanes& lanes_;
    std::vector<const ir::Access*> seen_;  // the different accesses, numbered as nest_.reads
    std::vector<Value*> loaded_;
    std::map<const Expr*, Value*> known_;
};

}  // namespace

Value* evaluate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes) {
    return BodyEmitter(emitter, nest, point, lanes).evaluate(nest.equation->body);
}

Value* evaluate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes, std::size_t read,
                     Value* value) {
    BodyEmitter body(emitter, nest, point, lanes);
    body.give(read, value);
    return body.evaluate(nest.equation->body);
}

Value* evaluate_part(Emitter& emitter, const ir::Nest& nest, const Expr& part, const Point& point, const Lanes& lanes,
                     const std::vector<Value*>& reads) {
    BodyEmitter body(emitter, nest, point, lanes);
    body.give(reads);
    return body.evaluate(part);
}

namespace {

Value* accumulate(Emitter& e, const ir::Nest& nest, BodyEmitter& emitter, int width, Value* accumulator) {
    const ExprRef& body = nest.equation->body;
    bool vector = accumulator->getType()->isVectorTy();
    auto fit = [&](Value* value) { return vector ? spread(e, value, width) : value; };
    bool product = body->form == Expr::Form::call && body->function == Scalar::mul && is_float(body->dtype);
    if (nest.equation->reduce == ir::Reduce::sum && product) {
        Value* x = fit(emitter.evaluate(body->args[0]));
        Value* y = fit(emitter.evaluate(body->args[1]));
        return e.builder.CreateIntrinsic(llvm::Intrinsic::fma, {x->getType()}, {x, y, accumulator});
    }
    return combine(e, nest.equation->reduce, accumulator, fit(emitter.evaluate(body)));
}

}  // namespace

Value* accumulate_body(Emitter& e, const ir::Nest& nest, const Point& point, const Lanes& lanes, Value* accumulator) {
    BodyEmitter emitter(e, nest, point, lanes);
    return accumulate(e, nest, emitter, lanes.width, accumulator);
}

Value* accumulate_body(Emitter& e, const ir::Nest& nest, const Point& point, const Lanes& lanes, Value* accumulator,
                       std::size_t read, Value* value) {
    BodyEmitter emitter(e, nest, point, lanes);
    emitter.give(read, value);
    return accumulate(e, nest, emitter, lanes.width, accumulator);
}

Value* accumulate_product(Emitter& e, const ir::Nest& nest, const Given& given, int width, Value* accumulator) {
    const Lanes lanes{width, nullptr};
    const Point nowhere;
    BodyEmitter emitter(e, nest, nowhere, lanes);
    emitter.give(*given.reads);
    if (given.part != nullptr) emitter.give(*given.part, given.value);
    return accumulate(e, nest, emitter, width, accumulator);
}

}  // namespace ricci::codegen
