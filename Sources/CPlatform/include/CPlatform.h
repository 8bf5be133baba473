// What Swift's Glibc module does not import: thin shims, no logic.
//
// One header per concern; this one only gathers them.
#pragma once
#include "cleanup.h"
#include "cpu.h"
#include "process.h"
#include "fibre.h"
#include "region.h"
#include "litmus.h"
#include "torture.h"
#include "traced.h"
#include "wake.h"
#include "trace.h"
