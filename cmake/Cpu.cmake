# The CPU backend: always built. src/cpu/loops.c (the ops), storage.c (f16 and bf16 to float and back), short.c (ops of f16) and pairs.c (ops of bf16) are compiled once for every dtype and
# instruction set that the compiler can aim at; which runs is chosen when a device is opened.
include(CheckCCompilerFlag)

target_sources(ramp_objects PRIVATE src/cpu/backend.c src/cpu/isa.c src/cpu/launch.c src/cpu/pool.c src/cpu/roof.c src/cpu/table.c src/cpu/walk.c)

# Results do not depend on these: the loops read no errno and no exception flags.
set(loop_flags -O3 -fno-math-errno -fno-trapping-math)
# What gcc 12 needs to make good loops of the formulas: a choice by a parameter is to leave the loop however long that is (softplus would not vectorise: 12
# times as long), code that follows a choice is not to be copied into its branches, all of which a vectorised loop then runs (sigmoid and the slopes of
# softplus, logsigmoid and silu: up to 3 times as long), and one choice after another is to stay two selects, which threads of jumps would not leave it (places
# among rows: twice the instructions).
# And a short loop is to start a cache line, or what else the library holds decides whether it lies in two (f16's conversions: a third longer).
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  foreach(flag --param=max-unswitch-insns=500 -fno-thread-jumps -fno-tree-pre -fno-ssa-phiopt -falign-loops=64)
    string(MAKE_C_IDENTIFIER "RAMP_CC_${flag}" known)
    check_c_compiler_flag(${flag} ${known})
    if(${known})
      list(APPEND loop_flags ${flag})
    endif()
  endforeach()
endif()
set(isa_names baseline)
set(isa_flags_baseline "")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(isa_flags_avx2 -mavx2 -mfma -mf16c)
  set(isa_flags_avx512 -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma -mf16c -mprefer-vector-width=512)
  foreach(isa avx2 avx512)
    string(JOIN " " flags ${isa_flags_${isa}})
    check_c_compiler_flag("${flags}" RAMP_CC_${isa})
    if(RAMP_CC_${isa})
      list(APPEND isa_names ${isa})
      string(TOUPPER ${isa} upper)
      target_compile_definitions(ramp_objects PRIVATE RAMP_HAVE_${upper}=1)
    endif()
  endforeach()
endif()

foreach(isa ${isa_names})
  foreach(part loops_f32 loops_f64 storage_f16 storage_bf16 short_f16 pairs_bf16)
    string(REGEX REPLACE "_.*" "" source ${part})
    string(REGEX REPLACE ".*_" "" dtype ${part})
    string(TOUPPER "RAMP_DTYPE_${dtype} RAMP_${source}" upper)
    separate_arguments(upper)
    set(name cpu_${part}_${isa})
    add_library(${name} OBJECT src/cpu/${source}.c)
    target_include_directories(${name} PRIVATE include)
    target_compile_definitions(${name} PRIVATE ${upper}=${name}) # the last one: the table's name
    ramp_flags(${name})
    target_compile_options(${name} PRIVATE ${loop_flags} ${isa_flags_${isa}})
    list(APPEND RAMP_CPU_OBJECTS $<TARGET_OBJECTS:${name}>)
  endforeach()
endforeach()
list(JOIN isa_names ", " RAMP_CPU_NOTE)
