# An example runs on one backend, and prints what is true. NAME, PROGRAM (empty: it was not built, and REASON says why), BACKEND (what
# RAMP_BACKEND becomes) or KIND (its argument: "gpu", "cpu").
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
if(NOT PROGRAM)
  require(REASON MESSAGE "it was not built, and nobody says why")
  message("SKIPPED: ${REASON}")
  return()
endif()
set(ENV{RAMP_BACKEND} "${BACKEND}")
execute_process(COMMAND ${PROGRAM} ${KIND} OUTPUT_VARIABLE text ERROR_VARIABLE words RESULT_VARIABLE code)

# What is missing here: the library that it is linked with, the device that it is told to take, any device at all.
if("${code}" EQUAL 127 AND words MATCHES "lib(cuda|OpenCL)\\.so\\.1: cannot open shared object file")
  string(STRIP "${words}" words)
  message("SKIPPED: ${words}")
  return()
elseif("${code}" EQUAL 1 AND words MATCHES "^RAMP_ERROR_UNAVAILABLE: " AND NOT BACKEND MATCHES "^(cpu|)$")
  string(STRIP "${words}" words)
  message("SKIPPED: ${words}")
  return()
elseif("${code}" EQUAL 77)
  string(REGEX MATCH "SKIPPED: [^\n]+" reason "${text}")
  require(reason MESSAGE "it skips without a reason:\n${text}")
  message("${reason}")
  return()
endif()
require(code STREQUAL 0 MESSAGE "it exited with ${code}:\n${text}\n${words}")
require(NOT words MESSAGE "it exited with 0, and with this on stderr:\n${words}")

if(KIND)
  run(other 1 ${PROGRAM} nonsense)
  require(other_stderr MATCHES "'nonsense' is no kind" MESSAGE "it does not say what was wrong: ${other_stderr}")
endif()

# says(<line>...): the output has these lines, one after another; runs of spaces count as one.
string(REGEX REPLACE " +" " " squeezed "${text}")
function(says)
  string(JOIN "\n" lines ${ARGN})
  string(FIND "\n${squeezed}" "\n${lines}\n" at)
  require(at GREATER -1 MESSAGE "these lines are not in its output:\n${lines}\n\nIt printed:\n${text}")
endfunction()

set(forward_and_backward "x = -4.0 f(x) = -0.800 f'(x) = 0.0400" "x = -1.0 f(x) = -0.500 f'(x) = 0.2500"
    "x = 0.0 f(x) = 0.000 f'(x) = 1.0000" "x = 1.0 f(x) = 0.500 f'(x) = 0.2500" "x = 4.0 f(x) = 0.800 f'(x) = 0.0400")
if(NAME STREQUAL "strided")
  says("relu6 of columns 1 and 3:" " 0.00 0.00" " 2.00 4.00" " 6.00 6.00"
       "relu6 of x transposed:" " 0.00 1.00 5.00" " 0.00 2.00 6.00" " 0.00 3.00 6.00" " 0.00 4.00 6.00"
       "ramp_tensor_like: strides 1 and 4, as x")
elseif(NAME STREQUAL "mask")
  says("kept for the backward pass: 4194304 bytes of x, or 131072 bytes of mask: 32 times less"
       "x = -3 dy = 0 dx = 0" "x = -2 dy = 1 dx = 0" "x = -1 dy = 2 dx = 0" "x = 0 dy = 3 dx = 0"
       "x = 1 dy = 4 dx = 4" "x = 2 dy = 5 dx = 5" "x = 3 dy = 6 dx = 6" "dx is the same from both, bit for bit")
elseif(NAME STREQUAL "dlpack")
  says("theirs, after softsign in place:" " -0.80 -0.50 0.00" " 0.50 0.80 0.90"
       "ours, softsign once more:" " -0.44 -0.33 0.00" " 0.33 0.44 0.47")
  require(text MATCHES "\nrefused: [^\n]*kDLCUDA[^\n]*cpu:0" MESSAGE "it does not say why it refuses:\n${text}")
elseif(NAME MATCHES "^(cuda_stream|opencl_queue)$")
  says(${forward_and_backward})
elseif(NAME STREQUAL "cuda_graph")
  set(call "softsign(hardtanh")
  says("replay 1: ${call}(-1)) = -0.500 ${call}( 0)) = 0.000 ${call}( 1)) = 0.500 ${call}( 2)) = 0.667"
       "replay 2: ${call}(-2)) = -0.667 ${call}( 0)) = 0.000 ${call}( 2)) = 0.667 ${call}( 4)) = 0.667"
       "replay 3: ${call}(-3)) = -0.667 ${call}( 0)) = 0.000 ${call}( 3)) = 0.667 ${call}( 6)) = 0.667")
elseif(NAME STREQUAL "opencl_svm")
  says("x = -2.0 f(x) = -0.667" "x = -1.0 f(x) = -0.500" "x = 0.0 f(x) = 0.000" "x = 1.0 f(x) = 0.500" "x = 2.0 f(x) = 0.667")
else()
  message(FATAL_ERROR "FAILED: nothing is known of what '${NAME}' prints")
endif()
message("${text}")
