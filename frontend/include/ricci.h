/// \file ricci.h
/// Everything a user of Ricci includes.
#pragma once

#include "ricci/ricci.h"
