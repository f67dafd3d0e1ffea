// Encoder and decoder, layer by layer.
#include "ricci/autoencoder.h"

#include <vector>

#include "ir/base/error.h"
#include "ricci/activations.h"
#include "ricci/arithmetic.h"
#include "ricci/layers.h"
#include "ricci/losses.h"
#include "ricci/volumes.h"

namespace ricci {

Autoencoder autoencoder(const AutoencoderOptions& o) {
    if (o.height % 4 != 0 || o.width % 4 != 0 || o.height < 4 || o.width < 4)
        user_error("autoencoder: images of {} x {}; both are multiples of 4", o.height, o.width);
    Model m("autoencoder");
    const Axis samples = o.batch == kOpen ? batch() : batch(o.batch);
    const Axis c = channel(o.channels), y = height(o.height), x = width(o.width);
    Tensor images = m.input("images", o.dtype, o.channels_last ? std::vector<Axis>{samples, y, x, c} : std::vector<Axis>{samples, c, y, x});
    Tensor h = relu(conv2d(images, {.out = 16, .kernel = 3, .stride = 2, .padding = 1, .name = "encode1"}));
    h = relu(conv2d(h, {.out = 32, .kernel = 3, .stride = 2, .padding = 1, .name = "encode2"}));
    const std::int64_t rows = o.height / 4, columns = o.width / 4;
    Tensor code = linear(flatten(h), o.code, {.name = "code"});
    h = relu(linear(code, 32 * rows * columns, {.name = "decode1"}));
    h = apply("unflatten", {h}, {.attributes = {{"channel", 32.0}, {"height", static_cast<double>(rows)}, {"width", static_cast<double>(columns)}}});
    if (o.channels_last) h = transpose(h, {batch, height, width, channel});
    h = relu(conv_transpose2d(h, {.out = 16, .kernel = 4, .stride = 2, .padding = 1, .name = "decode2"}));
    Tensor logits = conv_transpose2d(h, {.out = o.channels, .kernel = 4, .stride = 2, .padding = 1, .name = "decode3"});
    Tensor restored = sigmoid(logits);
    Tensor loss = mean(bce_with_logits(logits, images));
    m.output("restored", restored);
    m.output("code", code);
    m.output("loss", loss);
    return {std::move(m), images, code, restored, loss};
}

}  // namespace ricci
