/// \file ir/base/dtype.h
/// The element types of tensors: a word that the compiler shares with its users.
#pragma once

#include "ricci/dtype.h"
