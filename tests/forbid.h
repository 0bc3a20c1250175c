/* forbid.h: host memory that the code under test must not touch, not even read: in a build with the address sanitizer whoever does is stopped there. In
 * any other build these do nothing. */
#ifndef RAMP_TESTS_FORBID_H
#define RAMP_TESTS_FORBID_H

#include <stddef.h>

#if !defined(__SANITIZE_ADDRESS__) && defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1 /* gcc's word for it */
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

static inline void forbid(const void *at, size_t bytes) { ASAN_POISON_MEMORY_REGION(at, bytes); }
static inline void permit(const void *at, size_t bytes) { ASAN_UNPOISON_MEMORY_REGION(at, bytes); }
#else
static inline void forbid(const void *at, size_t bytes) { (void)at, (void)bytes; }
static inline void permit(const void *at, size_t bytes) { (void)at, (void)bytes; }
#endif

#endif
