/*
 * vectors.cuh: 16 bytes of elements. Include storage.h and grid.h first.
 *
 *   vector                      the built-in type that a thread moves
 *   RAMP_LANES                  elements a vector
 *   real e[] = RAMP_UNPACK(v)   vector RAMP_PACK(e)
 *   vector RAMP_SPLAT(s)        one element, RAMP_LANES times
 *
 * and what else depends on the dtype: its name and its row of grid.h.
 *
 * Vectors are the built-in types and are indexed as vectors: a store through a cast element address is taken apart (nvcc 13.0).
 */
typedef unsigned int u32;
typedef unsigned long long u64; /* indices: never narrower, unless it was proven on the host that they fit */
typedef long long i64;

#if defined(RAMP_DTYPE_F64)
#define RAMP_DTYPE_NAME      f64
#define RAMP_VECTORS         RAMP_VECTORS_F64
#define RAMP_SINGLES         RAMP_SINGLES_F64
#define RAMP_TILE_BLOCK_LOG2 RAMP_TILE_BLOCK_LOG2_F64
#define RAMP_SIDE            RAMP_SIDE_F64
typedef double2 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y }
#define RAMP_PACK(e)  make_double2(e[0], e[1])
#define RAMP_SPLAT(s) make_double2(s, s)
#elif defined(RAMP_DTYPE_F32)
#define RAMP_DTYPE_NAME      f32
#define RAMP_VECTORS         RAMP_VECTORS_F32
#define RAMP_SINGLES         RAMP_SINGLES_F32
#define RAMP_TILE_BLOCK_LOG2 RAMP_TILE_BLOCK_LOG2_F32
#define RAMP_SIDE            RAMP_SIDE_F32
typedef float4 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y, v.z, v.w }
#define RAMP_PACK(e)  make_float4(e[0], e[1], e[2], e[3])
#define RAMP_SPLAT(s) make_float4(s, s, s, s)
#else
#if defined(RAMP_DTYPE_F16)
#define RAMP_DTYPE_NAME      f16
#define RAMP_VECTORS         RAMP_VECTORS_F16
#define RAMP_SINGLES         RAMP_SINGLES_F16
#define RAMP_TILE_BLOCK_LOG2 RAMP_TILE_BLOCK_LOG2_F16
#define RAMP_SIDE            RAMP_SIDE_F16
#else
#define RAMP_DTYPE_NAME      bf16
#define RAMP_VECTORS         RAMP_VECTORS_BF16
#define RAMP_SINGLES         RAMP_SINGLES_BF16
#define RAMP_TILE_BLOCK_LOG2 RAMP_TILE_BLOCK_LOG2_BF16
#define RAMP_SIDE            RAMP_SIDE_BF16
#endif
typedef uint4 vector;
static __device__ __forceinline__ real low(u32 pair) { return load_stored((stored)pair); }
static __device__ __forceinline__ real high(u32 pair) { return load_stored((stored)(pair >> 16)); }
static __device__ __forceinline__ u32 pair(real a, real b) { return (u32)store_real(b) << 16 | store_real(a); }
#define RAMP_UNPACK(v)                                                                                                                     \
    { low(v.x), high(v.x), low(v.y), high(v.y), low(v.z), high(v.z), low(v.w), high(v.w) }
#define RAMP_PACK(e)     make_uint4(pair(e[0], e[1]), pair(e[2], e[3]), pair(e[4], e[5]), pair(e[6], e[7]))
#define RAMP_SPLAT(s)    make_uint4(s *RAMP_BOTH_HALVES, s *RAMP_BOTH_HALVES, s *RAMP_BOTH_HALVES, s *RAMP_BOTH_HALVES)
#define RAMP_BOTH_HALVES 0x10001u
#endif

#define RAMP_LANES ((u32)(RAMP_VECTOR_BYTES / sizeof(stored)))
