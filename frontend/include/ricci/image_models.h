/// \file ricci/image_models.h
/// Well-known networks that classify images. Each takes images of any size that it allows, in either order of axes, and
/// any number of classes. Without options each has the size, and the number of parameters, that it was published with.
#pragma once

#include <cstdint>

#include "ricci/classifier.h"

namespace ricci {

struct ImageModelOptions {
    DType dtype = f32;
    std::int64_t batch = kOpen;   // bound at each call, or always this
    std::int64_t channels = 0;    // of the images; 0, here and below: as published
    std::int64_t height = 0;      // rows
    std::int64_t width = 0;       // columns; the rows when 0
    std::int64_t classes = 0;
    bool channels_last = false;   // images are [batch, height, width, channel]
    double dropout = -1;          // the share of elements that dropout takes; as published when below 0, none when 0
    // For images of about 32 x 32: resnet* begins with 3 x 3 kernels and no pool, vgg11_norm has one linear layer.
    bool small_images = false;
};

/// Two hidden layers of 512, relu, for 28 x 28 grey images: 669,706 parameters. Source: Rumelhart, Hinton, Williams 1986.
Classifier mlp(const ImageModelOptions& options = {});

/// Five 3 x 3 convolutions with batch norm, two pools; for images of about 28 x 28: 101,050 parameters. Dropout 0.3 before
/// the classes. docs/results.md says what it reaches. Source: Simonyan, Zisserman 2015, with batch norm of Ioffe, Szegedy 2015.
Classifier convnet(const ImageModelOptions& options = {});

/// Five convolutions, three linear layers; 224 x 224, 1000 classes: 61,100,840 parameters. Dropout 0.5 before the first two
/// linear layers. Source: Krizhevsky 2014, "One weird trick", section 5, as torchvision has it.
Classifier alexnet(const ImageModelOptions& options = {});

/// Eight or thirteen 3 x 3 convolutions, three linear layers; 224 x 224, 1000 classes: 132,863,336 and 138,357,544
/// parameters. Dropout 0.5. Source: Simonyan, Zisserman 2015, configurations A and D.
Classifier vgg11(const ImageModelOptions& options = {});
Classifier vgg16(const ImageModelOptions& options = {});

/// The eight convolutions with batch norm in place of biases; torchvision's vgg11_bn has both. 224 x 224, 1000 classes:
/// 132,866,088 parameters. Dropout 0.5. Small images have one linear layer behind the last pool, and no dropout.
/// Source: Simonyan, Zisserman 2015, configuration A, with batch norm of Ioffe, Szegedy 2015.
Classifier vgg11_norm(const ImageModelOptions& options = {});

/// Nine inception blocks without auxiliary heads; 224 x 224, 1000 classes: 6,624,904 parameters. With batch norm, and 3 x 3
/// kernels in the third branch, as torchvision has it. Dropout 0.2. Source: Szegedy et al. 2015.
Classifier googlenet(const ImageModelOptions& options = {});

/// Residual networks; 224 x 224, 1000 classes: 11,689,512, 21,797,672 and 25,557,032 parameters. Those of 50 layers have
/// bottlenecks with the stride in their 3 x 3 kernels, as torchvision has them. Source: He et al. 2016, table 1.
Classifier resnet18(const ImageModelOptions& options = {});
Classifier resnet34(const ImageModelOptions& options = {});
Classifier resnet50(const ImageModelOptions& options = {});

/// Depthwise separable convolutions; 224 x 224, 1000 classes: 4,231,976 parameters. Source: Howard et al. 2017, table 1.
Classifier mobilenet(const ImageModelOptions& options = {});

}  // namespace ricci
