/// \file ricci/look_ups.h
/// Rows and elements by ids, which are integers that number positions along an axis. In an equation an id stands between
/// the brackets: y[b, t, f] = E[tokens[b, t], f]. d[tokens[b, t], f] += g[b, t, f] adds where ids say.
/// An input of ids that says what it numbers, or is looked up by, is checked once at each call. An id that was computed and
/// is no position reads 0 and adds nothing. Errors are those of ricci/layers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ricci/layers.h"

namespace ricci {

struct EmbeddingOptions {
    DType dtype = f32;
    Initializer initializer = normal(0, 1);
    std::string name{};
};
/// y[..., f] = weight[ids[...], f]: a row of its own for each id. `out`: features, or an axis.
/// Parameter NAME.weight [rows, out]. \param rows  what the ids number; may be left out where the ids say it.
/// \returns  the axes of the ids, then `out`.   Cost: a copy.
Tensor embedding(TensorAt ids, const Axis& rows, const Axis& out, const EmbeddingOptions& options = {});
Tensor embedding(TensorAt ids, const Axis& out, const EmbeddingOptions& options = {});

/// y = x[..., ids, ...]: along the axis `over` the elements that the ids number. Axes that both have go together: ids
/// [batch] of x [batch, class] pick one element of each sample. Axes that the ids alone have are new, and come first.
Tensor gather(TensorAt x, Tensor ids, Kind over);
/// gather with ids that have every other axis of x, and one of a kind of their own for what is taken.
Tensor take_along(TensorAt x, Tensor ids, Kind over);
/// gather with ids of one axis, whose kind x does not have: the same positions of every row.
Tensor index_select(TensorAt x, Tensor ids, Kind over);

/// 1 where the id is the position, else 0: the axes of the ids, then `along`.
Tensor one_hot(TensorAt ids, const Axis& along, DType dtype = f32);

/// y[id, ...] = the sum of all values with that id, 0 where there is none. It adds in the order of the values in memory, so
/// threads change no bit. \param ids  its axes are axes of the values. \returns `along`, then the other axes of the values.
Tensor scatter_add(TensorAt values, Tensor ids, const Axis& along);

struct LabelLossOptions {
    std::optional<Tensor> weight{};            // a factor for each class
    std::optional<std::int64_t> ignored{};     // the one label that counts for nothing; it may be no class: -100
    double label_smoothing = 0;                // share of the target that is spread over all classes; not of mean_nll
};
/// The mean of softmax_cross_entropy over all labels, each with the factor of its class, as PyTorch's cross_entropy:
/// sum(factor * loss) / sum(factor). nan, as there, where that sum of factors is 0: every label is ignored, or of a class
/// whose factor is 0. The gradient of what is ignored is 0 there too, that of other labels nan. A Trainer ends at such a batch.
/// An input of labels is checked at each call: a label that is neither a class nor ignored is refused.
Tensor mean_cross_entropy(TensorAt logits, Tensor labels, const LabelLossOptions& options = {});
/// The same of nll. \param x  what log_softmax gives.
Tensor mean_nll(TensorAt x, Tensor labels, const LabelLossOptions& options = {});

}  // namespace ricci
