/// \file ricci/autoencoder.h
/// An autoencoder of images.
#pragma once

#include <cstdint>

#include "ricci/model.h"

namespace ricci {

struct AutoencoderOptions {
    DType dtype = f32;
    std::int64_t batch = kOpen;  // bound at each call, or always this
    std::int64_t channels = 1;
    std::int64_t height = 28;    // of the images, as the width a multiple of 4
    std::int64_t width = 28;
    std::int64_t code = 32;      // numbers that an image becomes
    bool channels_last = false;  // images are [batch, height, width, channel]
};

struct Autoencoder {
    Model model;
    Tensor images;    // dtype[batch, channel, height, width], from 0 to 1
    Tensor code;      // dtype[batch, feature]
    Tensor restored;  // of the type of the images
    Tensor loss;      // dtype[]
};

/// Two convolutions that halve the image, a code, and the way back by transposed convolutions. The loss is the binary
/// cross-entropy of each point. 28 x 28 grey: 115,217 parameters. Source: Hinton, Salakhutdinov 2006, with convolutions.
/// \throws UserError unless 4 divides height and width.
Autoencoder autoencoder(const AutoencoderOptions& options = {});

}  // namespace ricci
