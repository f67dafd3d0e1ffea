/// \file codegen/jit/jit.h
/// Puts compiled kernels into this process and says where they are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/jit/target.h"

namespace llvm {
class Module;
}

namespace ricci::codegen {

class ModuleCompiler;

/// A function of this process that kernels may call: the name they call it by, and where it is.
struct Symbol {
    std::string_view name;
    const void* address;
};

/// Machine code of one kernel inside this process.
struct LoadedFunction {
    std::string name;
    const std::byte* address;
    std::size_t size;  ///< Bytes.
};

/// Holds the machine code of one program (LLVM ORC with JITLink). No page of it is ever writable and executable at
/// once. Kernels see the symbols given here, memcpy, memmove, memset, fmod and fmodf, and nothing else of the process.
///
/// Objects may be compiled on several threads, but one thread at a time may call a Jit. The code lives as long as the
/// Jit; keep it in an object, not in a static. A few objects of many functions link faster than many of one.
///
/// RICCI_PERF=1 in the environment appends names and addresses to /tmp/perf-PID.map, where `perf report` finds them.
/// RICCI_GDB=1 tells gdb of them.
class Jit {
  public:
    /// \throws UserError if the host cannot run code for `target`.
    explicit Jit(const Target& target, std::span<const Symbol> symbols = {});
    ~Jit();
    Jit(const Jit&) = delete;
    Jit& operator=(const Jit&) = delete;

    /// Adds what ModuleCompiler::object_code made. `name` appears in messages.
    /// \throws InternalError if it is no object, or defines a symbol that is already there.
    void add_object(const std::string& object, const std::string& name);

    /// Optimises, compiles and adds a module.
    void add_module(ModuleCompiler& compiler, llvm::Module& module);

    /// Where a function is; the first call of an object's function links that object.
    /// \throws InternalError naming the symbol if it, or one it calls, is not there.
    void* address(std::string_view name);

    /// The same, as a function of type F: `jit.function<void(float*, std::int64_t)>("scale")`.
    template <typename F>
    F* function(std::string_view name) {
        return reinterpret_cast<F*>(address(name));
    }

    /// Every function linked so far, in the order of their addresses.
    std::vector<LoadedFunction> functions() const;

    /// The name of the linked function that contains `address`, or "" if none does.
    std::string name_at(const void* address) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ricci::codegen
