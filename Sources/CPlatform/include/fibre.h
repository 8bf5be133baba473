// Fibres: stacks that take turns on one thread. A switch saves what the calling convention says a
// callee must keep, and nothing else: no system call, no signal mask.
#pragma once

/// Saves the running stack in `*from` and goes on with the one saved in `to`.
///
/// Returns when somebody switches back to `*from`. Both belong to the calling thread.
void platform_fibre_switch(void **from, void *to);

/// Prepares a stack, 16-byte aligned at its upper end `top`, so that the first switch to the
/// returned value calls `entry(argument)`. `entry` must never return.
void *platform_fibre_prepare(void *top, void (*entry)(void *), void *argument);
