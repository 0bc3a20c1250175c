# ramp-check finds what is wrong: OpenCL kernels with one constant changed are told from right ones, with the op, the dtype and the place. The right ones
# pass.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
unset(ENV{RAMP_BACKEND})
unset(ENV{RAMP_OPENCL_KERNELS})
set(kernels ${WORK}/check_fault)

execute_process(COMMAND ${CHECK} --backend opencl --op relu6 --dtype bf16 --pass forward OUTPUT_QUIET ERROR_VARIABLE why RESULT_VARIABLE code)
if(code EQUAL 3)
  message("SKIPPED: ${why}")
  return()
endif()
require(code EQUAL 0 MESSAGE "the kernels in the library exit with ${code}: ${why}")

# faulty(<file> <text> <its replacement>): the kernels of the source tree with this one change.
function(faulty file from to)
  file(REMOVE_RECURSE ${kernels})
  file(COPY ${SOURCE}/kernels/ DESTINATION ${kernels})
  file(READ ${kernels}/${file} text)
  string(REPLACE "${from}" "${to}" changed "${text}")
  require(NOT text STREQUAL changed OR from STREQUAL to MESSAGE "kernels/${file} has no '${from}' any more: give this test another fault")
  file(WRITE ${kernels}/${file} "${changed}")
endfunction()
set(ENV{RAMP_OPENCL_KERNELS} ${kernels})

faulty(activations.h same same)
run(ignored 0 ${CHECK} --backend opencl --op relu6 --dtype f32,bf16)
run(ignored 0 ${CHECK} --backend opencl --op tanh --dtype f32 --pass backward-output)

# The bound of relu6 is one ulp too high.
faulty(activations.h "x > K(6.0) ? K(6.0)" "x > K(6.0) ? K(6.0000005)")
run(text 1 ${CHECK} --backend opencl --op "relu relu6" --dtype f32 --pass forward)
require(text MATCHES "relu6 +f32 +forward[^\n]*WRONG" MESSAGE "no row says what is wrong:\n${text}")
require(text MATCHES "relu +f32 +forward[^\n]*held" MESSAGE "the op beside it is wrong too:\n${text}")
require(text MATCHES "x = [^\n]*got 6.00000048 [^\n]*truth is 6 " MESSAGE "it does not say where:\n${text}")
string(REGEX MATCH "again: ramp-check ([^\n]*)" ignored "${text}")
separate_arguments(again UNIX_COMMAND "${CMAKE_MATCH_1}")
run(json 1 ${CHECK} ${again} --quiet --json -)
string(JSON state GET "${json}" results 0 devices 1 state)
require(state STREQUAL wrong MESSAGE "the command that it gives does not find it again:\n${json}")

# wrong(<file> <text> <its replacement> <op> <dtype> <pass> <the pass beside it, which stays right>): a kernel of one saved kind is wrong, and told with
# the place and a command that finds it again.
function(wrong file from to op dtype pass beside)
  faulty(${file} "${from}" "${to}")
  run(text 1 ${CHECK} --backend opencl --op ${op} --dtype ${dtype} --pass ${pass},${beside})
  require(text MATCHES "${op} +${dtype} +${pass} [^\n]*WRONG" MESSAGE "no row says that ${pass} is wrong:\n${text}")
  require(text MATCHES "${op} +${dtype} +${beside} [^\n]*held" MESSAGE "${beside} is wrong too:\n${text}")
  string(REGEX MATCH "again: ramp-check ([^\n]*)" ignored "${text}")
  separate_arguments(again UNIX_COMMAND "${CMAKE_MATCH_1}")
  run(json 1 ${CHECK} ${again} --quiet --json -)
  string(JSON found GET "${json}" results 0 pass)
  require(found STREQUAL pass MESSAGE "the command that it gives runs ${found}")
  set(text "${text}" PARENT_SCOPE)
  set(json "${json}" PARENT_SCOPE)
endfunction()

# The mask holds the knee at 6.
wrong(activations.h "x >= K(6.0)" "x > K(6.0)" relu6 f32 forward-mask backward-mask)
require(text MATCHES "x = 6 [^\n]*got 1 [^\n]*truth is 0 " MESSAGE "it does not say which bit:\n${text}")
string(JSON x GET "${json}" results 0 devices 1 x)
require(x EQUAL 6 MESSAGE "the bit is at ${x} in JSON:\n${json}")
# A bit of the mask is taken for its opposite.
wrong(apply.cl "(x) != K(0.0)" "(x) == K(0.0)" relu6 bf16 backward-mask forward-mask)
# 1 - y^2 is rounded twice.
wrong(smooth.h "real_fma(-y, y, K(1.0))" "(K(1.0) - y * y)" tanh f32 backward-output backward)
require(text MATCHES "x = [^\n]*, y = [^\n]*, dy = " MESSAGE "it does not say at which output:\n${text}")
json_type("${json}" NUMBER results 0 devices 1 y)

# bf16 is rounded to nearest, ties away.
faulty(storage.h "u + 0x7fffu + (u >> 16 & 1u)" "u + 0x8000u")
run(text 1 ${CHECK} --backend opencl --op hardsigmoid --dtype f16,bf16 --pass backward)
require(text MATCHES "hardsigmoid +bf16 +backward[^\n]*WRONG" MESSAGE "no row says what is wrong:\n${text}")
require(text MATCHES "hardsigmoid +f16 +backward[^\n]*held" MESSAGE "the dtype beside it is wrong too:\n${text}")
