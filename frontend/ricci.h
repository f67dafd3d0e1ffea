/// \file frontend/ricci.h
/// Everything a user of Ricci includes, as <ricci.h>.
#pragma once

#include "frontend/arithmetic.h"
#include "frontend/axes.h"
#include "frontend/compile.h"
#include "frontend/data.h"
#include "frontend/initializer.h"
#include "frontend/layers.h"
#include "frontend/model.h"
#include "frontend/models/classifier.h"
#include "frontend/models/lenet5.h"
#include "frontend/notation.h"
#include "frontend/optimizer.h"
#include "frontend/parameters.h"
#include "frontend/program.h"
#include "frontend/scalar_terms.h"
#include "frontend/trainer.h"
