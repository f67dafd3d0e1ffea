// A transformer of characters, block by block.
#include "ricci/sequence_models.h"

#include <string>

#include "frontend/models/classifier_parts.h"
#include "ricci/activations.h"
#include "ricci/arithmetic.h"
#include "ricci/attention.h"
#include "ricci/layers.h"
#include "ricci/noise.h"
#include "ricci/notation.h"

namespace ricci {

SequenceModel character_transformer(const CharacterTransformerOptions& o) {
    Model m("transformer");
    const Axis samples = o.batch == kOpen ? batch() : batch(o.batch);
    Tensor tokens = m.input("tokens", i32, {samples, time(o.steps)});
    Tensor labels = m.input("labels", i32, {samples, time(o.steps)});
    const auto dropped = [&](Tensor x) { return o.dropout > 0 ? dropout(x, {.rate = o.dropout}) : x; };

    const Axis character = classes(o.characters);
    Tensor table = m.parameter("embedding", o.dtype, {character, feature(o.features)}, normal(0, 0.02));
    Tensor position = m.parameter("position", o.dtype, {time(o.steps), feature(o.features)}, normal(0, 0.02));
    const Index b("b"), t("t"), f("f"), k("k", character);
    Tensor h = m.tensor("embedded");
    h[b, t, f] = sum(k)(select(tokens[b, t] == Term(k), table[k, f], 0)) + position[t, f];
    h = dropped(h);
    for (std::int64_t i = 1; i <= o.blocks; ++i) {
        const std::string block = "block" + std::to_string(i);
        Tensor seen = self_attention(layer_norm(h, {.name = block + ".norm1"}),
                                     {.heads = o.heads, .causal = true, .name = block + ".attention"});
        h = h + dropped(seen);
        Tensor hidden = gelu(linear(layer_norm(h, {.name = block + ".norm2"}), 4 * o.features, {.name = block + ".hidden"}));
        h = h + dropped(linear(hidden, o.features, {.name = block + ".out"}));
    }
    Tensor logits = linear(layer_norm(h, {.name = "norm"}), character, {.name = "logits"});
    Tensor loss = mean(softmax_cross_entropy(logits, labels));
    Tensor predicted = argmax(logits, classes);
    m.output("logits", logits);
    m.output("loss", loss);
    m.output("predicted", predicted);
    return {std::move(m), tokens, labels, logits, loss, predicted};
}

}  // namespace ricci
