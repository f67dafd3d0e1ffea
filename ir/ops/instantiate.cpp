// Binding ops to operands by name; the op table holds no op that needs it yet.
#include "ir/ops/table.h"

namespace ricci::ir {

ValueId instantiate(Graph&, const OpCall& call) {
    user_error(call.location, "unknown op \"{}\"; pointwise ops are called in bodies, as in y[i] = relu(x[i])", call.op);
}

}  // namespace ricci::ir
