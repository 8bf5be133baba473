// The switch of fibres in a few lines of assembly, with `ucontext` where there is none for the
// processor at hand.
#include "fibre.h"

#include <stdint.h>

#if defined(__x86_64__)

__asm__(
    ".text\n"
    ".globl platform_fibre_switch\n"
    ".type platform_fibre_switch,@function\n"
    "platform_fibre_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n"
    "  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
    "  retq\n"
    ".size platform_fibre_switch,.-platform_fibre_switch\n"
    // First entry: rbx holds the function, r12 its argument; the stack is aligned as at a call.
    ".type platform_fibre_start,@function\n"
    "platform_fibre_start:\n"
    "  movq %r12, %rdi\n"
    "  callq *%rbx\n"
    "  ud2\n"
    ".size platform_fibre_start,.-platform_fibre_start\n");

void platform_fibre_start(void);

void *platform_fibre_prepare(void *top, void (*entry)(void *), void *argument) {
  uint64_t *stack = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15);
  *--stack = 0;  // keeps the stack aligned at the call and ends a backtrace
  *--stack = 0;
  *--stack = (uint64_t)(uintptr_t)platform_fibre_start;
  *--stack = 0;                            // rbp
  *--stack = (uint64_t)(uintptr_t)entry;   // rbx
  *--stack = (uint64_t)(uintptr_t)argument;  // r12
  *--stack = 0;                            // r13
  *--stack = 0;                            // r14
  *--stack = 0;                            // r15
  return stack;
}

#elif defined(__aarch64__)

__asm__(
    ".text\n"
    ".globl platform_fibre_switch\n"
    ".type platform_fibre_switch,%function\n"
    "platform_fibre_switch:\n"
    "  sub sp, sp, #160\n"
    "  stp x19, x20, [sp, #0]\n  stp x21, x22, [sp, #16]\n  stp x23, x24, [sp, #32]\n"
    "  stp x25, x26, [sp, #48]\n  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n"
    "  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
    "  mov x9, sp\n"
    "  str x9, [x0]\n"
    "  mov sp, x1\n"
    "  ldp x19, x20, [sp, #0]\n  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
    "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n  ldp x29, x30, [sp, #80]\n"
    "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n"
    "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
    "  add sp, sp, #160\n"
    "  ret\n"
    ".size platform_fibre_switch,.-platform_fibre_switch\n"
    ".type platform_fibre_start,%function\n"
    "platform_fibre_start:\n"
    "  mov x0, x20\n"
    "  blr x19\n"
    "  brk #1\n"
    ".size platform_fibre_start,.-platform_fibre_start\n");

void platform_fibre_start(void);

void *platform_fibre_prepare(void *top, void (*entry)(void *), void *argument) {
  enum { savedWords = 20, function = 0, parameter = 1, linkRegister = 11 };
  uint64_t *stack = (uint64_t *)((uintptr_t)top & ~(uintptr_t)15) - savedWords;
  for (int word = 0; word < savedWords; word++) stack[word] = 0;
  stack[function] = (uint64_t)(uintptr_t)entry;
  stack[parameter] = (uint64_t)(uintptr_t)argument;
  stack[linkRegister] = (uint64_t)(uintptr_t)platform_fibre_start;
  return stack;
}

#else

#include <ucontext.h>

// A saved context lives on the stack that it describes; a fresh one at the top of its stack.
static _Thread_local void (*startEntry)(void *);
static _Thread_local void *startArgument;
struct platform_fibre { ucontext_t context; void (*entry)(void *); void *argument; };

static void platform_fibre_start(void) { startEntry(startArgument); }

void platform_fibre_switch(void **from, void *to) {
  struct platform_fibre self = {.entry = 0};
  struct platform_fibre *next = to;
  *from = &self;
  if (next->entry) { startEntry = next->entry; startArgument = next->argument; }
  swapcontext(&self.context, &next->context);
}

void *platform_fibre_prepare(void *top, void (*entry)(void *), void *argument) {
  enum { usableBytes = 32 * 1024 };  // below the header; callers give at least twice that
  uintptr_t place = ((uintptr_t)top - sizeof(struct platform_fibre)) & ~(uintptr_t)63;
  struct platform_fibre *fibre = (struct platform_fibre *)place;
  getcontext(&fibre->context);
  fibre->context.uc_stack.ss_sp = (void *)(place - usableBytes);
  fibre->context.uc_stack.ss_size = usableBytes;
  fibre->context.uc_link = 0;
  fibre->entry = entry;
  fibre->argument = argument;
  makecontext(&fibre->context, platform_fibre_start, 0);
  return fibre;
}

#endif
