/// \file ricci/ricci.h
/// Everything a user of Ricci includes, as <ricci.h>. Nothing of the compiler comes with it.
#pragma once

#include "ricci/activations.h"
#include "ricci/arithmetic.h"
#include "ricci/array.h"
#include "ricci/axes.h"
#include "ricci/choices.h"
#include "ricci/classifier.h"
#include "ricci/compile.h"
#include "ricci/composed_functions.h"
#include "ricci/data.h"
#include "ricci/error.h"
#include "ricci/initializer.h"
#include "ricci/layers.h"
#include "ricci/lenet5.h"
#include "ricci/model.h"
#include "ricci/notation.h"
#include "ricci/optimizer.h"
#include "ricci/parameters.h"
#include "ricci/program.h"
#include "ricci/scalar_terms.h"
#include "ricci/trainer.h"
