/// \file ir/ops/entries/entries.h
/// The files that the op table is made of: each adds its ops.
#pragma once

#include <vector>

#include "ir/ops/table.h"

namespace ricci::ir {

/// An op of one operand `x[...]` whose result is `body`, element by element.
Op pointwise(std::string name, std::string summary, const std::string& body, std::vector<OpAttribute> attributes = {},
             std::string source = "");

void add_contractions(std::vector<Op>& table);
void add_pooling_ops(std::vector<Op>& table);
void add_pointwise_ops(std::vector<Op>& table);
void add_activations(std::vector<Op>& table);
void add_broadcast_ops(std::vector<Op>& table);
void add_power_pooling_ops(std::vector<Op>& table);
void add_adaptive_pooling_ops(std::vector<Op>& table);
void add_volume_ops(std::vector<Op>& table);
void add_index_pooling_ops(std::vector<Op>& table);
void add_sparse_ops(std::vector<Op>& table);
void add_piece_ops(std::vector<Op>& table);
void add_sequence_ops(std::vector<Op>& table);
void add_shape_ops(std::vector<Op>& table);
void add_padding_ops(std::vector<Op>& table);
void add_reductions(std::vector<Op>& table);
void add_losses(std::vector<Op>& table);
void add_look_ups(std::vector<Op>& table);
void add_distance_losses(std::vector<Op>& table);
void add_norms(std::vector<Op>& table);

}  // namespace ricci::ir
