/// \file codegen/emit/body.h
/// Evaluates the body of an equation for one vector of points.
/// Internal to codegen; LLVM types are only named here.
#pragma once

#include "codegen/emit/lanes.h"

namespace ricci::codegen {

/// The value of the nest's body: a vector of lanes.width, or a scalar where it is the same for all lanes. Each read is
/// loaded once.
llvm::Value* evaluate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes);

/// The same with the value of one of the nest's reads given.
llvm::Value* evaluate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes, std::size_t read,
                           llvm::Value* value);

/// reduce(accumulator, body), for a reduction other than argmax; a sum of products is one fused multiply-add.
llvm::Value* accumulate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes,
                             llvm::Value* accumulator);

/// The same with the value of one of the nest's reads given.
llvm::Value* accumulate_body(Emitter& emitter, const ir::Nest& nest, const Point& point, const Lanes& lanes,
                             llvm::Value* accumulator, std::size_t read, llvm::Value* value);

/// A part of the nest's body, from those values of its reads that are given and loads of the others.
llvm::Value* evaluate_part(Emitter& emitter, const ir::Nest& nest, const ir::Expr& part, const Point& point,
                           const Lanes& lanes, const std::vector<llvm::Value*>& reads);

/// Values that are known before the body is evaluated.
struct Given {
    const std::vector<llvm::Value*>* reads;  // by read of the nest; null for those that are not met
    const ir::Expr* part = nullptr;          // a part of the body, if any
    llvm::Value* value = nullptr;            // and its value
};

/// accumulator + the body, a product whose factors are given, but constants.
llvm::Value* accumulate_product(Emitter& emitter, const ir::Nest& nest, const Given& given, int width,
                                llvm::Value* accumulator);

}  // namespace ricci::codegen
