// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* float_mode.h - strict IEEE arithmetic around a stage: round to nearest, denormal numbers kept.
 *
 * A library linked with -ffast-math may have changed the mode of the whole process, so every stage
 * that computes forces it and puts it back. The compiler fences keep memory accesses, and with them
 * the arithmetic on what they read, between the two calls. */
#ifndef LQ_FLOAT_MODE_H
#define LQ_FLOAT_MODE_H

#include <float.h>
#include <stdint.h>

#if defined(__FAST_MATH__) || !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "stages need strict IEEE arithmetic: no -ffast-math; on i386 -msse2 -mfpmath=sse"
#endif

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#define LQ_FLOAT_MODE_STRICT 0x1f80u

static inline uint64_t lq_float_mode_enter(void)
{
    uint32_t before = _mm_getcsr();

    _mm_setcsr(LQ_FLOAT_MODE_STRICT);
    __asm__ volatile("" ::: "memory");
    return before;
}

static inline void lq_float_mode_leave(uint64_t before)
{
    __asm__ volatile("" ::: "memory");
    _mm_setcsr((uint32_t)before);
}

#elif defined(__aarch64__)

static inline uint64_t lq_float_mode_enter(void)
{
    uint64_t before;

    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(UINT64_C(0)) : "memory");
    return before;
}

static inline void lq_float_mode_leave(uint64_t before)
{
    __asm__ volatile("msr fpcr, %0" ::"r"(before) : "memory");
}

#else
#include <fenv.h>

static inline uint64_t lq_float_mode_enter(void)
{
    int before = fegetround();

    fesetround(FE_TONEAREST);
    __asm__ volatile("" ::: "memory");
    return (uint64_t)before;
}

static inline void lq_float_mode_leave(uint64_t before)
{
    __asm__ volatile("" ::: "memory");
    fesetround((int)before);
}
#endif

#endif
