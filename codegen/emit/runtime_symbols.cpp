// The runtime's C ABI as symbols.
#include "codegen/emit/runtime_symbols.h"

#include "runtime/call/abi.h"

namespace ricci::codegen {

std::vector<Symbol> symbols_of_runtime() {
    std::vector<Symbol> symbols;
    for (const runtime::AbiSymbol& symbol : runtime::abi_symbols()) symbols.push_back({symbol.name, symbol.address});
    return symbols;
}

}  // namespace ricci::codegen
